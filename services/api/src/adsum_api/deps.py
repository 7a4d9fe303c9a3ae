"""What an endpoint may ask for: `work: Work, caller: Caller, now: Now, runtime: Reach`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Depends, Request
from starlette.types import Scope

from adsum_api.access.rights import EVERY_RIGHT, MEANING, Right, Role
from adsum_api.errors import Forbidden, Unauthorized
from adsum_api.runtime import Runtime
from adsum_store.models import School
from adsum_store.unit_of_work import UnitOfWork


def _runtime(request: Request) -> Runtime:
    runtime: Runtime = request.app.state.runtime
    return runtime


Reach = Annotated[Runtime, Depends(_runtime)]


async def _turn(request: Request) -> AsyncIterator[None]:
    """Wait for one's turn on the event loop, where it costs nothing.

    Without it requests wait for a connection in every thread there is, while those that have one wait for a
    thread to go on with: nobody moves until the pool gives up.
    """
    async with request.app.state.turns:
        yield


def _work(runtime: Reach, _turn: Annotated[None, Depends(_turn, scope="function")]) -> Iterator[UnitOfWork]:
    with runtime.store.begin() as work:
        yield work


Work = Annotated[UnitOfWork, Depends(_work, scope="function")]
"""The request's one transaction: committed, and its messages sent, before the answer leaves."""


class StrangerHere(Unauthorized):
    """A route asks for its caller where the gate lets everybody through."""

    def __init__(self) -> None:
        super().__init__("sign in first")


class RightMissing(Forbidden):
    """The caller is known and may not do this."""

    def __init__(self, right: Right, role: Role) -> None:
        self.headers = {  # RFC 6750, 3.1
            "WWW-Authenticate": f'Bearer realm="adsum", error="insufficient_scope", scope="{right}"'
        }
        super().__init__(f"this needs the right {right} ({MEANING[right]}), which this {role} has not")


@dataclass(frozen=True, slots=True)
class Operator:
    """Who acts for a school, and with which rights; `name` stands in marks and consents.

    `key` tells callers apart for ever, as a name that somebody may change does not. Who has `taught_by`, the
    id of a member of staff, sees and changes what concerns their sections alone.
    """

    school: School
    name: str = "operator"
    role: Role = Role.ADMIN
    rights: frozenset[Right] = EVERY_RIGHT
    taught_by: UUID | None = None
    key: str = "operator"

    @property
    def school_id(self) -> UUID:
        """The id that every row of this caller carries."""
        return self.school.id

    @property
    def zone(self) -> ZoneInfo:
        """The school's time zone: for what people read and for dates, never for storage."""
        return ZoneInfo(self.school.timezone)

    def actor(self, said: str | None) -> str:
        """Return whose word it is: a person speaks for themselves, a program for whom it names."""
        return self.name if said is None or self.key.startswith("account:") else said

    def require(self, right: Right) -> None:
        """Raise `RightMissing` without `right`."""
        if right not in self.rights:
            raise RightMissing(right, self.role)


def known_by(scope: Scope) -> Operator | None:
    """Return whom the gate took the caller for."""
    known: Operator | None = scope.get("state", {}).get("caller")
    return known


def _caller(request: Request, work: Work) -> Operator:
    """Return the caller; what the gate has read of the school belongs to this transaction from now on."""
    known = known_by(request.scope)
    if known is None:
        raise StrangerHere
    return replace(known, school=work.session.merge(known.school, load=False))


Caller = Annotated[Operator, Depends(_caller, scope="function")]


def _now(runtime: Reach) -> datetime:
    return runtime.clock()


Now = Annotated[datetime, Depends(_now)]
"""The time of the request, in UTC."""
