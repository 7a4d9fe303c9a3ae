"""How a route states who may call it: one of `needs`, `known_callers` and `everybody`, on every route.

    @router.get("/lessons/{lesson_id}/register", dependencies=[needs(Right.ATTENDANCE_READ, own=Own.LESSON)])

A teacher is let through only where `own` says how the route keeps to their sections.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.openapi.models import OAuthFlowClientCredentials, OAuthFlows
from fastapi.params import Depends as Dependency
from fastapi.params import Security
from fastapi.routing import APIRoute
from fastapi.security import APIKeyCookie, HTTPBearer, OAuth2

from adsum_api.access.gate import READING, SESSION_COOKIE, TOKEN_PATH
from adsum_api.access.own import Own, check_own
from adsum_api.access.rights import MEANING, SCOPES, Right
from adsum_api.audit.recording import record_request
from adsum_api.deps import Caller, Now, Work
from adsum_api.errors import Forbidden

_MACHINE = OAuth2(
    scheme_name="machine",
    description="A program: client credentials of `POST /v1/clients` or `adsum-api clients add`.",
    flows=OAuthFlows(
        clientCredentials=OAuthFlowClientCredentials(
            tokenUrl=TOKEN_PATH, scopes={str(right): MEANING[right] for right in Right if right in SCOPES}
        )
    ),
    auto_error=False,
)
_PERSON = APIKeyCookie(
    scheme_name="person", name=SESSION_COOKIE, description="Somebody who signed in at `/sign-in`.",
    auto_error=False,
)  # fmt: skip
_OPERATOR = HTTPBearer(
    scheme_name="operator", description="`ADSUM_API_TOKEN`, which opens everything.", auto_error=False
)


class WholeSchoolOnly(Forbidden):
    """A teacher asks for what only those may do who see the whole school."""

    def __init__(self) -> None:
        super().__init__(
            "this concerns the whole school, and you have the sections that you teach: ask the office"
        )


def _schemes(
    _machine: Annotated[object, Depends(_MACHINE)],
    _person: Annotated[object, Depends(_PERSON)],
    _operator: Annotated[object, Depends(_OPERATOR)],
) -> None:
    """For the OpenAPI document: the gate has looked at all three."""


def needs(*rights: Right, own: Own | None = None) -> Security:
    """Let through whoever has all these rights, and a teacher for their `own` alone."""

    def may(
        caller: Caller, work: Work, request: Request, now: Now, _: Annotated[None, Depends(_schemes)]
    ) -> None:
        for right in rights:
            caller.require(right)
        if caller.taught_by is not None:
            if own is None:
                raise WholeSchoolOnly
            check_own(work, caller, own, request, now)
        if request.method not in READING:
            record_request(work, caller, request)

    return Security(may, scopes=list(rights), scope="function")


def _is_known(_caller: Caller, _: Annotated[None, Depends(_schemes)]) -> None:
    """The gate has let nobody else through."""


def _is_anybody() -> None:
    """The gate lists the same paths in `OPEN`."""


def known_callers() -> Dependency:
    """Let everybody through who is known, whatever their rights."""
    return Dependency(_is_known, scope="function")


def everybody() -> Dependency:
    """Let everybody through, strangers too."""
    return Dependency(_is_anybody)


class UnstatedAccess(Exception):  # noqa: N818 - reads as the sentence it is
    """A route does not say who may call it; raised at start, for whoever added the route."""

    def __init__(self, route: APIRoute) -> None:
        super().__init__(
            f"{' '.join(sorted(route.methods or ()))} {route.path} does not say who may call it: give its "
            "decorator `dependencies=[needs(Right.…)]` (adsum_api.access.needs), with `own=Own.…` where a "
            "teacher may, and add its line to services/api/tests/access/matrix.txt"
        )


def check_stated(routers: Iterable[APIRouter]) -> None:
    """Raise `UnstatedAccess` for a route that does not say who may call it."""
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute) and not _is_stated(route):
                raise UnstatedAccess(route)


def _is_stated(route: APIRoute) -> bool:
    return any(
        asked.own_oauth_scopes or asked.call in (_is_known, _is_anybody)
        for asked in route.dependant.dependencies
    )
