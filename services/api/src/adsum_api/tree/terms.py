"""`/v1/terms`: the parts of a school year."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from typing import Annotated, ClassVar, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from adsum_api.access.needs import needs
from adsum_api.access.own import Own
from adsum_api.access.rights import Right
from adsum_api.contract.paging import Paged
from adsum_api.contract.preconditions import EDITS, IfMatch
from adsum_api.contract.routing import ContractRoute
from adsum_api.deps import Caller, Work
from adsum_api.texts import Name
from adsum_api.tree.editing import Change, Kind
from adsum_store.models import Term

router = APIRouter(prefix="/v1/terms", tags=["the school's tree"], route_class=ContractRoute)


TermKind = Literal["schoolYear", "semester", "term", "gradingPeriod"]
"""OneRoster's kinds of academic sessions."""

SchoolYear = Annotated[int, Field(ge=1900, le=2999, description="the year in which its school year ends")]


class TermIn(BaseModel):
    """A new term; both its days are included. `parent_id`: the term that it is a part of."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{
                "title": "Autumn", "kind": "term", "starts_on": "2026-08-17", "ends_on": "2026-12-18",
                "school_year": 2027,
            }]
        },
    )  # fmt: skip

    title: Name
    kind: TermKind = "term"
    starts_on: date
    ends_on: date
    school_year: SchoolYear | None = None
    parent_id: UUID | None = None

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.ends_on < self.starts_on:
            raise ValueError("ends_on lies before starts_on")
        return self


class TermChange(Change):
    """What is left out stays as it is; a `school_year` of null is taken away."""

    MAY_BE_MISSING: ClassVar[frozenset[str]] = frozenset({"school_year"})

    title: Name | None = None
    kind: TermKind | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    school_year: SchoolYear | None = None


class TermOut(BaseModel):
    """A term. `source_id`: its id in the school system that brought it; `removed_on`: the day from which that
    no longer had it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    title: str
    kind: str
    starts_on: date
    ends_on: date
    school_year: int | None
    parent_id: UUID | None
    source_id: str | None
    removed_on: date | None


TERMS = Kind("term", Term, TermOut, TermChange, ("starts_on", "title", "id"))


@router.post("", dependencies=[needs(Right.ROSTER_WRITE)], status_code=HTTPStatus.CREATED)
def add_term(work: Work, caller: Caller, new: TermIn) -> TermOut:
    """Add a term."""
    return TERMS.add(work, caller, new)


@router.get("", dependencies=[needs(Right.ROSTER_READ, own=Own.SHARED)])
def list_terms(work: Work, caller: Caller, paged: Paged) -> list[TermOut]:
    """List the terms, by their first day."""
    return TERMS.page(work, caller, paged)


@router.get("/{term_id}", dependencies=[needs(Right.ROSTER_READ, own=Own.SHARED)])
def show_term(work: Work, caller: Caller, response: Response, term_id: UUID) -> TermOut:
    """Show one term."""
    return TERMS.show(work, caller, response, term_id)


@router.patch("/{term_id}", dependencies=[needs(Right.ROSTER_WRITE)], responses=EDITS)
def change_term(
    work: Work, caller: Caller, response: Response, seen: IfMatch, term_id: UUID, change: TermChange
) -> TermOut:
    """Change a term and no roster brings."""
    return TERMS.edit(work, caller, response, seen, term_id, change)


@router.delete("/{term_id}", dependencies=[needs(Right.ROSTER_WRITE)], status_code=HTTPStatus.NO_CONTENT)
def remove_term(work: Work, caller: Caller, term_id: UUID) -> None:
    """Remove a term that nothing refers to any more and no roster brings."""
    TERMS.remove(work, caller, term_id)
