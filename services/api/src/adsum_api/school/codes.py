"""`/v1/school/status-codes`."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from adsum_api.access.needs import needs
from adsum_api.access.own import Own
from adsum_api.access.rights import Right
from adsum_api.attendance.codes import CodedStatus, CodeSet, CountsAs, StatusCode
from adsum_api.contract.preconditions import EDITS, IfMatch, tell_tag
from adsum_api.contract.routing import ContractRoute
from adsum_api.deps import Caller, Work
from adsum_api.texts import Name
from adsum_store.models import School
from adsum_store.repositories import schools

router = APIRouter(prefix="/v1/school/status-codes", tags=["school"], route_class=ContractRoute)

Code = Annotated[str, Field(min_length=1, max_length=16, pattern=r"^[A-Za-z0-9._/-]+$")]
EXAMPLE: Final[list[JsonValue]] = [
    {"code": "PRS", "label": "Present", "status": "present", "counts_as": "attended", "usual": True},
    {"code": "T", "label": "Tardy", "status": "late", "counts_as": "attended", "usual": True},
    {
        "code": "ED",
        "label": "Left early",
        "status": "left_early",
        "counts_as": "attended",
        "usual": True,
    },
    {"code": "U", "label": "Unexcused absence", "status": "absent", "counts_as": "missed", "usual": True},
    {"code": "X", "label": "Excused absence", "status": "excused", "counts_as": "missed", "usual": True},
    {"code": "FT", "label": "Field trip", "status": "excused", "counts_as": "attended", "usual": False},
]


class StatusCodeIn(BaseModel):
    """`counts_as`: in attendance rates; `usual`: the code of marks of this status that have none."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    code: Code
    label: Name
    status: CodedStatus
    counts_as: CountsAs
    usual: bool = False


class StatusCodes(BaseModel):
    """A whole set of codes; each of the five statuses that people say has one usual code."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"codes": EXAMPLE}]})

    codes: Annotated[list[StatusCodeIn], Field(min_length=5, max_length=100)]

    @model_validator(mode="after")
    def _is_a_set(self) -> StatusCodes:
        CodeSet(tuple(StatusCode(**each.model_dump()) for each in self.codes))
        return self


class StatusCodesOut(StatusCodes):
    """The set in force; `id` is the school's."""

    id: UUID


@router.get("", dependencies=[needs(Right.SCHOOL_READ, own=Own.SHARED)], summary="Show the status codes")
def show_codes(caller: Caller, response: Response) -> StatusCodesOut:
    """Show what marks are called at this school, and what each counts as."""
    return _shown(caller.school, response)


@router.put("", dependencies=[needs(Right.SCHOOL_WRITE)], responses=EDITS, summary="Set the status codes")
def set_codes(
    work: Work, caller: Caller, response: Response, seen: IfMatch, wanted: StatusCodes
) -> StatusCodesOut:
    """Put this set in the place of the one before. Marks keep the codes that they were made with."""
    schools.lock(work, caller.school)
    seen.check(_out(caller.school), StatusCodes)
    caller.school.status_codes = [each.model_dump() for each in wanted.codes]
    work.session.flush()
    return _shown(caller.school, response)


def _out(school: School) -> StatusCodesOut:
    codes = [StatusCodeIn.model_validate(each) for each in CodeSet.of(school.status_codes).codes]
    return StatusCodesOut(id=school.id, codes=codes)


def _shown(school: School, response: Response) -> StatusCodesOut:
    shown = _out(school)
    tell_tag(response, shown, StatusCodes)
    return shown
