"""`/v1/absence-warnings`, and the page of an office."""

from __future__ import annotations

from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from adsum_api.absences.warnings import decide
from adsum_api.access.needs import needs
from adsum_api.access.rights import Right
from adsum_api.contract.paging import Paged
from adsum_api.contract.routing import ContractRoute
from adsum_api.deps import Caller, Now, Work
from adsum_api.pages.rendering import render
from adsum_api.problems import documented
from adsum_store.repositories import warnings
from adsum_store.repositories.warnings import Warned

router = APIRouter(prefix="/v1/absence-warnings", tags=["absences"], route_class=ContractRoute)
pages = APIRouter(prefix="/warnings", include_in_schema=False, default_response_class=HTMLResponse)

State = Literal["held", "released", "dismissed"]
READS: Final = [needs(Right.ATTENDANCE_READ)]
WRITES: Final = [needs(Right.ATTENDANCE_WRITE)]
DECIDED: Final = documented(409, "warning-decided", "Mr Frei dismissed this warning already")


class WarningOut(BaseModel):
    """`count` lessons or days in a row without a sign of the student. A held one has been told to nobody."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    student_id: UUID
    number: str
    name: str
    kind: Literal["lessons", "days"]
    count: int
    first_on: date
    last_on: date
    state: State
    decided_by: str | None
    decided_at: datetime | None
    note: str | None


class DecisionIn(BaseModel):
    """Why, if it needs saying."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"note": "spoke with the father"}]}
    )

    note: Annotated[str, Field(min_length=1, max_length=500)] | None = None


@router.get("", dependencies=READS, summary="List absence warnings")
def list_warnings(
    work: Work, caller: Caller, paged: Paged, state: Annotated[State | None, Query()] = None
) -> list[WarningOut]:
    """Return who missed lesson after lesson, by the first day. A held warning is told to nobody."""
    found = warnings.page(work, caller.school_id, state, paged.wanted)
    page = paged.page(found, lambda each: (each.warning.first_on, each.warning.id))
    return [_out(each) for each in page]


@router.post("/{warning_id}/release", dependencies=WRITES, responses=DECIDED, summary="Release a warning")
def release_warning(warning_id: UUID, wanted: DecisionIn, work: Work, caller: Caller, now: Now) -> WarningOut:
    """Let the warning be told: to webhooks, as `absence_warning_released`, with ids and no names."""
    return _out(decide(work, caller, warning_id, "released", wanted.note, now))


@router.post("/{warning_id}/dismiss", dependencies=WRITES, responses=DECIDED, summary="Dismiss a warning")
def dismiss_warning(warning_id: UUID, wanted: DecisionIn, work: Work, caller: Caller, now: Now) -> WarningOut:
    """Let the warning be told to nobody, and not be made again for this streak."""
    return _out(decide(work, caller, warning_id, "dismissed", wanted.note, now))


@pages.get("", dependencies=READS)
def show_warnings(work: Work, caller: Caller) -> HTMLResponse:
    """Show what is held."""
    held = [_out(each) for each in warnings.page(work, caller.school_id, "held")]
    return render("warnings.html", school=caller.school.name, held=held)


@pages.post("/{warning_id}/release", dependencies=WRITES)
def release(warning_id: UUID, work: Work, caller: Caller, now: Now) -> RedirectResponse:
    """Release a warning and show what is still held."""
    decide(work, caller, warning_id, "released", None, now)
    return RedirectResponse("/warnings", HTTPStatus.SEE_OTHER)


@pages.post("/{warning_id}/dismiss", dependencies=WRITES)
def dismiss(warning_id: UUID, work: Work, caller: Caller, now: Now) -> RedirectResponse:
    """Dismiss a warning and show what is still held."""
    decide(work, caller, warning_id, "dismissed", None, now)
    return RedirectResponse("/warnings", HTTPStatus.SEE_OTHER)


def _out(warned: Warned) -> WarningOut:
    columns = {name: getattr(warned.warning, name) for name in WarningOut.model_fields if name not in NAMED}
    return WarningOut(number=warned.number, name=warned.name, **columns)


NAMED: Final = frozenset({"number", "name"})
