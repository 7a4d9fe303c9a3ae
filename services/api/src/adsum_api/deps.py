"""What an endpoint may ask for: `work: Work, caller: Caller, now: Now, runtime: Reach`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Depends, Request

from adsum_api.errors import Unavailable
from adsum_api.runtime import Runtime
from adsum_store.models import School
from adsum_store.repositories import schools
from adsum_store.unit_of_work import UnitOfWork


def _runtime(request: Request) -> Runtime:
    runtime: Runtime = request.app.state.runtime
    return runtime


Reach = Annotated[Runtime, Depends(_runtime)]


def _work(runtime: Reach) -> Iterator[UnitOfWork]:
    with runtime.store.begin() as work:
        yield work


Work = Annotated[UnitOfWork, Depends(_work, scope="function")]
"""The request's one transaction: committed, and its messages sent, before the answer leaves."""


@dataclass(frozen=True, slots=True)
class Operator:
    """Whoever has the token, speaking for their school; `name` stands in marks and consents."""

    school: School
    name: str = "operator"

    @property
    def school_id(self) -> UUID:
        """The id that every row of this caller carries."""
        return self.school.id

    @property
    def zone(self) -> ZoneInfo:
        """The school's time zone: for what people read and for dates, never for storage."""
        return ZoneInfo(self.school.timezone)


def _caller(work: Work) -> Operator:
    school = schools.only(work)
    if school is None:
        raise Unavailable("there is no school yet: run `adsum-api db upgrade`")
    return Operator(school)


Caller = Annotated[Operator, Depends(_caller, scope="function")]


def _now(runtime: Reach) -> datetime:
    return runtime.clock()


Now = Annotated[datetime, Depends(_now)]
"""The time of the request, in UTC."""
