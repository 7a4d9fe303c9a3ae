"""`/v1/join-tokens`, `/join` and `/v1/cameras/{id}/credentials`."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request, Response

from adsum_api.access.gate import JOIN_PATH
from adsum_api.access.needs import everybody, needs
from adsum_api.access.rights import Right
from adsum_api.cameras import joining, renewing
from adsum_api.cameras.credentials import front_door
from adsum_api.cameras.joining_schemas import CredentialsOut, JoinIn, JoinTokenIn, JoinTokenOut, RenewalIn
from adsum_api.contract.routing import ContractRoute
from adsum_api.deps import Caller, Now, Reach, Work
from adsum_api.problems import documented
from adsum_contracts.credentials import Joined

router = APIRouter(tags=["rooms and cameras"], route_class=ContractRoute)

MANAGE: Final = [needs(Right.ACCESS_WRITE)]
CREDENTIALS: Final = "/v1/cameras/{camera_id}/credentials"
NOT_FOUND: Final = documented(
    404, "camera-not-found", "there is no camera 6d0e3f5c-0000-4000-8000-000000000001"
)
REFUSALS: Final = (
    documented(401, "join-token-unknown", "nobody made this join token: copy it whole, or make a new one")
    | documented(409, "join-token-used", "this join token was used before: make a new one")
    | documented(410, "join-token-expired", "this join token has expired: make a new one")
)


@router.post("/v1/join-tokens", dependencies=MANAGE, status_code=HTTPStatus.CREATED, responses=NOT_FOUND)
def make_join_token(
    work: Work, caller: Caller, runtime: Reach, request: Request, now: Now, wanted: JoinTokenIn
) -> JoinTokenOut:
    """Make a token by which a classroom's box gets the credentials of its cameras, once.

    The token is in this answer and nowhere else. An unused one of before for any of the cameras ends.
    """
    token, secret = joining.make_token(work, caller, wanted.camera_ids, wanted.minutes, now)
    front_door(runtime)
    server = runtime.public_url or str(request.base_url).rstrip("/")
    return JoinTokenOut(
        id=token.id,
        camera_ids=token.camera_ids,
        token=secret,
        expires_at=token.expires_at,
        command=f"adsum-camera join {server} --token {secret}",
    )


@router.post(JOIN_PATH, dependencies=[everybody()], responses=REFUSALS)
def join(work: Work, runtime: Reach, response: Response, now: Now, shown: JoinIn) -> Joined:
    """Exchange a join token for the cameras' users, passwords and keys on the ingress server.

    A box of before that had these cameras is shut out by it. Without `ca_pem` the box believes the
    certificates that its system believes.
    """
    response.headers["Cache-Control"] = "no-store"
    return joining.join(work, runtime, shown.token, now)


@router.get(CREDENTIALS, dependencies=MANAGE, responses=NOT_FOUND)
def show_credentials(work: Work, caller: Caller, camera_id: UUID) -> CredentialsOut:
    """Tell how a camera's box is let in, and whether it is moving over to new credentials."""
    return renewing.show(work, caller, camera_id)


@router.post(CREDENTIALS + "/rotate", dependencies=MANAGE, responses=NOT_FOUND)
def rotate_credentials(
    work: Work, caller: Caller, runtime: Reach, now: Now, camera_id: UUID, wanted: RenewalIn
) -> CredentialsOut:
    """Offer a camera's box a new key and password, which it fetches by itself; nothing that it saw is lost.

    Both hold until it uses the new ones, or `grace_hours` are over. This is for keys that grew old. A thief
    who has those of now would be offered the new ones: shut a stolen box out instead.
    """
    return renewing.renew(work, runtime, caller, camera_id, timedelta(hours=wanted.grace_hours), now)


@router.delete(CREDENTIALS, dependencies=MANAGE, status_code=HTTPStatus.NO_CONTENT, responses=NOT_FOUND)
def revoke_credentials(work: Work, caller: Caller, runtime: Reach, now: Now, camera_id: UUID) -> None:
    """Shut a camera's box out at once: its user is gone, its connections are cut, its key opens nothing.

    What it sent and was not read yet is refused. The camera stays: a new join token lets a box in again.
    """
    renewing.shut_out(work, runtime, caller, camera_id, now)
