"""`POST /oauth/token` (RFC 6749, 4.4) and its metadata (RFC 8414)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Header, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from adsum_api.access.gate import METADATA_PATH, TOKEN_PATH
from adsum_api.access.needs import everybody
from adsum_api.access.rights import SCOPES
from adsum_api.access.secrets import hash_of
from adsum_api.clients import service
from adsum_api.clients.credentials import Unusable, shown
from adsum_api.deps import Now, Reach, Work
from adsum_store.repositories import clients

router = APIRouter(tags=["access"])

GRANT: Final = "client_credentials"
UNKEPT: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}

Field = Annotated[str, Form(max_length=2000)]


class TokenOut(BaseModel):
    """An access token, to be sent as `Authorization: Bearer` for `expires_in` seconds."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - the kind, not a secret
    expires_in: int
    scope: str


class OAuthError(BaseModel):
    """A refusal as RFC 6749, 5.2 has it."""

    error: str
    error_description: str


REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    400: {"model": OAuthError, "description": "The request cannot be meant so."},
    401: {"model": OAuthError, "description": "No such client, or not this secret."},
}


@router.post(TOKEN_PATH, dependencies=[everybody()], response_model=TokenOut, responses=REFUSALS)
def give_token(
    work: Work,
    now: Now,
    grant_type: Field = "",
    scope: Field = "",
    client_id: Field = "",
    client_secret: Field = "",
    authorization: Annotated[str, Header(include_in_schema=False)] = "",
) -> Response:
    """Give a client an access token for its scopes, or for those of them that it asks for.

    The client's id and secret come by HTTP Basic or in the form; the token lasts 15 minutes.
    """
    who = shown(authorization, client_id, client_secret)
    if isinstance(who, Unusable):
        return _refused(who.error, who.description, by_header=bool(authorization))
    client = clients.with_secret(work, who.client_id, hash_of(who.secret))
    if client is None:
        return _refused(
            "invalid_client", "no client has this id and this secret", by_header=bool(authorization)
        )
    if grant_type != GRANT:
        error = "unsupported_grant_type" if grant_type else "invalid_request"
        return _refused(error, f"send grant_type={GRANT}")
    scopes = service.scopes_of(client, scope)
    if scopes is None:
        return _refused("invalid_scope", f"this client may ask for: {' '.join(client.scopes)}")
    told = TokenOut(
        access_token=service.give_token(work, client, scopes, now),
        expires_in=int(service.TOKEN_LIFE.total_seconds()),
        scope=" ".join(scopes),
    )
    return JSONResponse(told.model_dump(), headers=UNKEPT)


@router.get(METADATA_PATH, dependencies=[everybody()])
def show_metadata(request: Request, runtime: Reach) -> dict[str, Any]:
    """Tell programs where tokens are given, and for which scopes."""
    issuer = runtime.public_url or str(request.base_url).rstrip("/")
    return {
        "issuer": issuer,
        "token_endpoint": issuer + TOKEN_PATH,
        "grant_types_supported": [GRANT],
        "response_types_supported": [],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "scopes_supported": sorted(SCOPES),
        "service_documentation": f"{issuer}/docs",
    }


def _refused(error: str, description: str, *, by_header: bool = False) -> Response:
    status = HTTPStatus.UNAUTHORIZED if error == "invalid_client" else HTTPStatus.BAD_REQUEST
    challenge = {"WWW-Authenticate": 'Basic realm="adsum"'} if by_header else {}
    told = OAuthError(error=error, error_description=description)
    return JSONResponse(told.model_dump(), status, UNKEPT | challenge)
