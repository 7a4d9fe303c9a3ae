"""`/v1/courses`: what is taught, whichever section learns it."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from typing import ClassVar
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from adsum_api.access.needs import needs
from adsum_api.access.own import Own
from adsum_api.access.rights import Right
from adsum_api.contract.paging import Paged
from adsum_api.contract.preconditions import EDITS, IfMatch
from adsum_api.contract.routing import ContractRoute
from adsum_api.deps import Caller, Work
from adsum_api.texts import Name
from adsum_api.tree.editing import Change, Kind
from adsum_store.models import Course

router = APIRouter(prefix="/v1/courses", tags=["the school's tree"], route_class=ContractRoute)


class CourseIn(BaseModel):
    """A new course; `code` is the school's own."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"title": "Mathematics", "code": "MATH"}]}
    )

    title: Name
    code: Name | None = None


class CourseChange(Change):
    """What is left out stays as it is; a `code` of null is taken away."""

    MAY_BE_MISSING: ClassVar[frozenset[str]] = frozenset({"code"})

    title: Name | None = None
    code: Name | None = None


class CourseOut(BaseModel):
    """A course. `source_id`: its id in the school system that brought it; `removed_on`: the day from which
    that no longer had it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    title: str
    code: str | None
    source_id: str | None
    removed_on: date | None


COURSES = Kind("course", Course, CourseOut, CourseChange, ("title", "id"))


@router.post("", dependencies=[needs(Right.ROSTER_WRITE)], status_code=HTTPStatus.CREATED)
def add_course(work: Work, caller: Caller, new: CourseIn) -> CourseOut:
    """Add a course."""
    return COURSES.add(work, caller, new)


@router.get("", dependencies=[needs(Right.ROSTER_READ, own=Own.SHARED)])
def list_courses(work: Work, caller: Caller, paged: Paged) -> list[CourseOut]:
    """List the courses, by title."""
    return COURSES.page(work, caller, paged)


@router.get("/{course_id}", dependencies=[needs(Right.ROSTER_READ, own=Own.SHARED)])
def show_course(work: Work, caller: Caller, response: Response, course_id: UUID) -> CourseOut:
    """Show one course."""
    return COURSES.show(work, caller, response, course_id)


@router.patch("/{course_id}", dependencies=[needs(Right.ROSTER_WRITE)], responses=EDITS)
def change_course(
    work: Work, caller: Caller, response: Response, seen: IfMatch, course_id: UUID, change: CourseChange
) -> CourseOut:
    """Change a course and no roster brings."""
    return COURSES.edit(work, caller, response, seen, course_id, change)


@router.delete("/{course_id}", dependencies=[needs(Right.ROSTER_WRITE)], status_code=HTTPStatus.NO_CONTENT)
def remove_course(work: Work, caller: Caller, course_id: UUID) -> None:
    """Remove a course that nothing refers to any more and no roster brings."""
    COURSES.remove(work, caller, course_id)
