"""How a client shows who it is: `client_secret_basic` or `client_secret_post` (RFC 6749, 2.3.1). Pure."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass
from urllib.parse import unquote_plus
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Shown:
    """An id and a secret, as they came; whether they are right, the record knows."""

    client_id: UUID
    secret: str


@dataclass(frozen=True, slots=True)
class Unusable:
    """The error code of RFC 6749, 5.2, and what is wrong."""

    error: str
    description: str


def shown(authorization: str, client_id: str, client_secret: str) -> Shown | Unusable:
    """Read the header `Authorization`, or the two fields of the form: one of both, never both."""
    if authorization and (client_id or client_secret):
        return Unusable("invalid_request", "send the client's secret in the header or in the body, not both")
    basic = _basic(authorization) if authorization else (client_id, client_secret)
    if basic is None or not all(basic):
        return Unusable("invalid_client", "send client_id and client_secret by HTTP Basic or in the body")
    try:
        return Shown(UUID(basic[0]), basic[1])
    except ValueError:
        return Unusable("invalid_client", "no client has this id and this secret")


def _basic(authorization: str) -> tuple[str, str] | None:
    """Return id and secret, each form-encoded inside the Base64 as the RFC asks for."""
    kind, _, encoded = authorization.partition(" ")
    try:
        text = b64decode(encoded.strip(), validate=True).decode() if kind.lower() == "basic" else ""
    except ValueError:
        return None
    name, colon, secret = text.partition(":")
    return (unquote_plus(name), unquote_plus(secret)) if colon else None
