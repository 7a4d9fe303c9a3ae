"""The provider of single sign-on, as OpenID Connect has it: discovery, the code for tokens, the ID token."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import BoundedSemaphore
from typing import Any, Final
from urllib.parse import urlencode

import httpx2
import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from adsum_api.addresses import is_private_way
from adsum_api.errors import Unauthorized, Unavailable
from adsum_api.sign_on.admission import Claims
from adsum_api.sign_on.attempt import Attempt

log = structlog.get_logger()

DISCOVERY: Final = "/.well-known/openid-configuration"
BASIC: Final = "client_secret_basic"
SCOPE: Final = "openid email profile"
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures by a key that the provider alone has: neither `none` nor one made with our own secret."""
SKEW_S: Final = 120
"""How far the provider's clock may be from ours."""
PATIENCE_S: Final = 5
KNOWN_FOR: Final = timedelta(hours=1)
"""How long what discovery said is taken as said. Keys are never kept: a rotated one counts at once."""
LONGEST_SUBJECT: Final = 255
"""ASCII characters (Core 1.0, 2)."""
AT_ONCE: Final = 8
"""Conversations with the provider of one process: a silent provider must not take every thread there is."""


AWAY: Final = (httpx2.HTTPError, httpx2.InvalidURL, AuthlibBaseError, KeyError, TypeError, ValueError)
"""No answer, or none as OpenID Connect has it."""


class ProviderAway(Unavailable):
    """The provider does not answer, or not as OpenID Connect has it."""

    def __init__(self) -> None:
        super().__init__(
            "single sign-on does not answer: try again in a minute, or sign in with the password that you "
            "have here"
        )


class NotConfirmed(Unauthorized):
    """The provider does not say who it is: somebody cancelled, or the code was used, or made up."""

    def __init__(self) -> None:
        super().__init__("your provider did not confirm who you are: begin again")


class NotTrusted(Unauthorized):
    """An ID token that is not for us, not for this try, not of now, or not signed by the provider."""

    def __init__(self) -> None:
        super().__init__("the provider's answer cannot be trusted: begin again, and tell an administrator")


@dataclass(frozen=True, slots=True)
class Registration:
    """How the provider knows us; without `client_secret` we are a public client, with PKCE alone."""

    issuer: str
    client_id: str
    client_secret: str | None
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Metadata:
    """What discovery says (OpenID Connect Discovery 1.0, 3), as far as we need it."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    end_session_endpoint: str | None
    auth_methods: tuple[str, ...]


class Provider:
    """Talks to the provider; every method raises `ProviderAway`."""

    def __init__(self, registration: Registration) -> None:
        self.registration = registration
        self._seats = BoundedSemaphore(AT_ONCE)
        self._trusted = httpx2.create_ssl_context()  # 0.1 s to make: once, not for each conversation
        self._known: tuple[datetime, Metadata] | None = None

    def authorization_url(self, attempt: Attempt, now: datetime) -> str:
        """Return where the browser is sent, to be asked who it is."""
        with self._conversation() as client:
            endpoint = self._metadata(client, now).authorization_endpoint
            url, _ = client.create_authorization_url(
                endpoint, attempt.state, attempt.verifier, nonce=attempt.nonce
            )
        return str(url)

    def claims(self, code: str, attempt: Attempt, now: datetime, lacks: Callable[[Claims], bool]) -> Claims:
        """Return what the provider says of whoever `code` stands for; raise `NotConfirmed` or `NotTrusted`.

        Where the ID token `lacks` something, what UserInfo says is added to it.
        """
        with self._conversation() as client:
            metadata = self._metadata(client, now)
            client.token_endpoint_auth_method = self._auth_method(metadata)
            tokens = _tokens(client, metadata, code, attempt)
            keys = _json(client, metadata.jwks_uri)
            claims = self._verified(tokens, keys, attempt.nonce, now)
            if lacks(claims) and metadata.userinfo_endpoint is not None:
                return self._completed(client, metadata.userinfo_endpoint, claims)
        return claims

    def sign_out_url(self, back_to: str, now: datetime) -> str | None:
        """Return where a browser is signed out there too (RP-Initiated Logout 1.0), if anywhere."""
        with self._conversation() as client:
            endpoint = self._metadata(client, now).end_session_endpoint
        asked = {"client_id": self.registration.client_id, "post_logout_redirect_uri": back_to}
        return None if endpoint is None else f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"

    @contextmanager
    def _conversation(self) -> Iterator[OAuth2Client]:
        """Lend a client that gives up on a silent provider; what goes wrong on the way is `ProviderAway`."""
        if not self._seats.acquire(blocking=False):
            raise ProviderAway
        try:
            with self._client() as client:
                yield client
        except AWAY as error:
            log.warning("sign_on_provider_away", issuer=self.registration.issuer, error=type(error).__name__)
            raise ProviderAway from None
        finally:
            self._seats.release()

    def _client(self) -> OAuth2Client:
        known = self.registration
        return OAuth2Client(
            client_id=known.client_id, client_secret=known.client_secret, redirect_uri=known.redirect_uri,
            scope=SCOPE, code_challenge_method="S256", timeout=PATIENCE_S, follow_redirects=False,
            verify=self._trusted,
        )  # fmt: skip

    def _metadata(self, client: OAuth2Client, now: datetime) -> Metadata:
        if self._known is None or not timedelta() <= now - self._known[0] < KNOWN_FOR:
            said = _json(client, self.registration.issuer.rstrip("/") + DISCOVERY)
            self._known = (now, _metadata_of(said, self.registration.issuer))
        return self._known[1]

    def _auth_method(self, metadata: Metadata) -> str:
        if self.registration.client_secret is None:
            return "none"
        return BASIC if BASIC in metadata.auth_methods else "client_secret_post"

    def _verified(self, tokens: Mapping[str, Any], keys: dict[str, Any], nonce: str, now: datetime) -> Claims:
        """Check the ID token as OpenID Connect Core 1.0, 3.1.3.7 has it."""
        known = self.registration
        try:
            token = jwt.decode(tokens["id_token"], KeySet.import_key_set(keys), registry=_SIGNATURES)  # type: ignore[arg-type]
            claims = CodeIDToken(
                token.claims,
                token.header,
                {"iss": _exactly(known.issuer), "aud": _exactly(known.client_id)},
                {"nonce": nonce, "client_id": known.client_id, "access_token": tokens.get("access_token")},
            )
            claims.validate(now=int(now.timestamp()), leeway=SKEW_S)
        except (JoseError, KeyError, TypeError, ValueError) as error:
            log.warning("sign_on_not_trusted", issuer=known.issuer, error=type(error).__name__)
            raise NotTrusted from None
        if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= LONGEST_SUBJECT:
            raise NotTrusted
        return dict(claims)

    def _completed(self, client: OAuth2Client, endpoint: str, claims: Claims) -> Claims:
        """Add what UserInfo says of the same person (Core 1.0, 5.3.2). Its word goes first: else the
        ID token's address would be taken for verified because another one is."""
        answer = client.get(endpoint)
        answer.raise_for_status()
        said = dict(answer.json())
        if said.get("sub") != claims["sub"]:
            log.warning("sign_on_not_trusted", issuer=self.registration.issuer, error="another subject")
            raise NotTrusted
        return {**claims, **said}


_SIGNATURES: Final = JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)


def _exactly(value: str) -> dict[str, Any]:
    return {"essential": True, "value": value}


def _json(client: OAuth2Client, url: str) -> dict[str, Any]:
    answer = client.request("GET", url, withhold_token=True)
    answer.raise_for_status()
    return dict(answer.json())


def _tokens(client: OAuth2Client, metadata: Metadata, code: str, attempt: Attempt) -> Mapping[str, Any]:
    try:
        tokens: Mapping[str, Any] = client.fetch_token(
            metadata.token_endpoint, code=code, code_verifier=attempt.verifier,
            grant_type="authorization_code",
        )  # fmt: skip
    except OAuthError as error:
        log.warning("sign_on_not_confirmed", error=type(error).__name__)
        raise NotConfirmed from None
    return tokens


def _metadata_of(said: Mapping[str, Any], issuer: str) -> Metadata:
    """Read what discovery says; raise `ValueError` where it speaks for another issuer or in the open."""
    if said["issuer"] != issuer:
        raise ValueError("another issuer")
    metadata = Metadata(
        said["authorization_endpoint"], said["token_endpoint"], said["jwks_uri"],
        said.get("userinfo_endpoint"), said.get("end_session_endpoint"),
        tuple(said.get("token_endpoint_auth_methods_supported") or [BASIC]),
    )  # fmt: skip
    there = (metadata.userinfo_endpoint, metadata.end_session_endpoint)
    urls = [metadata.authorization_endpoint, metadata.token_endpoint, metadata.jwks_uri, *filter(None, there)]
    if not all(is_private_way(url) for url in urls):
        raise ValueError("an endpoint without HTTPS")
    return metadata
