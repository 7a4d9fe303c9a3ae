"""Whom a provider may bring, and as what: pure rules over the claims of an ID token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from adsum_api.access.rights import Role
from adsum_api.errors import Forbidden

Claims = Mapping[str, object]
"""What a provider says of somebody: the claims of OpenID Connect Core 1.0, 5.1, and its own."""

VERIFIED: Final = (True, 1, "true", "True", "1")
"""Providers send a Boolean as one of these."""
LONGEST_NAME: Final = 200


class UnverifiedAddress(Forbidden):
    """Anybody can write somebody else's address into a profile; only a verified one tells who it is."""

    def __init__(self) -> None:
        super().__init__("your provider has not confirmed your e-mail address: ask who runs it to do so")


class NoAccountHere(Forbidden):
    """The provider knows somebody for whom nobody has made an account."""

    def __init__(self) -> None:
        super().__init__("there is no account for you here yet: ask the office to make one")


@dataclass(frozen=True, slots=True)
class Admission:
    """What the school agreed on about those whom the provider brings.

    `domains`: of whose addresses alone an account is made or bound; all where it is empty. `roles`: what a
    value of `role_claim` makes somebody, the first that fits. Without it `new_role`; without both nobody gets
    an account by signing in.
    """

    email_claim: str = "email"
    verified_claim: str = "email_verified"
    domains: frozenset[str] = frozenset()
    new_role: Role | None = None
    role_claim: str | None = None
    roles: tuple[tuple[str, Role], ...] = ()

    def lacks_address(self, claims: Claims) -> bool:
        """Whether the claims say nothing of an address, so that the provider has to be asked."""
        return self.email_claim not in claims or self.verified_claim not in claims

    def address(self, claims: Claims) -> str:
        """Return the e-mail address that the provider vouches for; raise `UnverifiedAddress` or
        `NoAccountHere` for one of another domain."""
        address = claims.get(self.email_claim)
        if not isinstance(address, str) or claims.get(self.verified_claim) not in VERIFIED:
            raise UnverifiedAddress
        name, at, domain = address.strip().rpartition("@")
        if not (name and at and domain):
            raise UnverifiedAddress
        if self.domains and domain.lower() not in self.domains:
            raise NoAccountHere
        return address.strip()

    def role(self, claims: Claims) -> Role:
        """Return what a new account becomes; raise `NoAccountHere`."""
        given = claims.get(self.role_claim or "")
        values = given if isinstance(given, list) else [given]
        found = next((role for value, role in self.roles if value in values), self.new_role)
        if found is None:
            raise NoAccountHere
        return found


def name_of(claims: Claims, address: str) -> str:
    """Return what people call them: the claim `name`, else the address."""
    name = claims.get("name")
    return name.strip()[:LONGEST_NAME] if isinstance(name, str) and name.strip() else address
