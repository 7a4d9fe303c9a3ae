"""What single sign-on reads from the environment; without `ADSUM_OIDC_ISSUER` there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, HttpUrl, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from adsum_api.access.rights import Role
from adsum_api.addresses import is_private_way
from adsum_api.sign_on.admission import Admission
from adsum_api.sign_on.provider import Provider, Registration

CALLBACK: Final = "/sign-in/sso/callback"
"""What the provider has to know as our redirect URI, below ADSUM_PUBLIC_URL."""


@dataclass(frozen=True, slots=True)
class SignOn:
    """Single sign-on as this installation has it; `name`: what the button says."""

    provider: Provider
    admission: Admission
    name: str


def _issuer(text: str) -> str:
    if not is_private_way(text) or "?" in text or "#" in text:
        raise ValueError("not an address such as https://accounts.example.org, as the provider writes it")
    return text


def _person_role(role: Role) -> Role:
    if role is Role.INTEGRATOR:
        raise ValueError("an integrator is a program: add a client")
    return role


PersonRole = Annotated[Role, AfterValidator(_person_role)]


class SignOnSettings(BaseSettings):
    """The provider, and whom it may bring; each field is documented in docs/accounts.md."""

    model_config = SettingsConfigDict(env_prefix="ADSUM_", frozen=True)

    oidc_issuer: Annotated[str, AfterValidator(_issuer)] | None = None
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr | None = None
    oidc_name: Annotated[str, Field(min_length=1, max_length=60)] = "your school account"
    oidc_email_claim: Annotated[str, Field(min_length=1)] = "email"
    oidc_email_verified_claim: Annotated[str, Field(min_length=1)] = "email_verified"
    oidc_domains: str = ""
    oidc_new_role: PersonRole | None = None
    oidc_role_claim: Annotated[str, Field(min_length=1)] | None = None
    oidc_roles: Mapping[str, PersonRole] = {}
    public_url: Annotated[HttpUrl | None, Field(description="where browsers and programs reach the api")] = (
        None
    )

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.oidc_issuer is None:
            return self
        if not self.oidc_client_id or self.public_url is None:
            raise ValueError("ADSUM_OIDC_ISSUER needs ADSUM_OIDC_CLIENT_ID and ADSUM_PUBLIC_URL too")
        if (self.oidc_role_claim is None) != (not self.oidc_roles):
            raise ValueError("ADSUM_OIDC_ROLE_CLAIM and ADSUM_OIDC_ROLES go together")
        if (self.oidc_new_role or self.oidc_roles) and not self.oidc_domains:
            raise ValueError("who gets an account by itself: name your own domains in ADSUM_OIDC_DOMAINS")
        return self

    @property
    def sign_on(self) -> SignOn | None:
        """Single sign-on, where there is one."""
        if self.oidc_issuer is None:
            return None
        secret = self.oidc_client_secret
        registration = Registration(
            issuer=self.oidc_issuer,
            client_id=self.oidc_client_id,
            client_secret=None if secret is None else secret.get_secret_value().strip(),
            redirect_uri=str(self.public_url).rstrip("/") + CALLBACK,
        )
        return SignOn(Provider(registration), self._admission, self.oidc_name)

    @property
    def _admission(self) -> Admission:
        return Admission(
            email_claim=self.oidc_email_claim,
            verified_claim=self.oidc_email_verified_claim,
            domains=frozenset(part.strip().lower() for part in self.oidc_domains.split(",") if part.strip()),
            new_role=self.oidc_new_role,
            role_claim=self.oidc_role_claim,
            roles=tuple(self.oidc_roles.items()),
        )
