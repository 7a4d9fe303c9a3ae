"""Many new students in one request."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from pydantic import BaseModel, ConfigDict

from adsum_api.contract.bulk import Items, Outcome, accepted, without_repeats
from adsum_api.deps import Operator
from adsum_api.errors import CONSTRAINTS, DomainError
from adsum_api.texts import Name, Number
from adsum_store.repositories import students
from adsum_store.unit_of_work import UnitOfWork

NUMBER_TAKEN = CONSTRAINTS["uq_students_school_id_number"]


class StudentRow(BaseModel):
    """A new student. A consent is a word of its own: record it by `POST /v1/students/{id}/consent`."""

    model_config = ConfigDict(extra="forbid")

    number: Number
    name: Name


class StudentsIn(BaseModel):
    """New students."""

    model_config = ConfigDict(extra="forbid")

    students: Items[StudentRow]


def add_many(work: UnitOfWork, caller: Operator, items: Sequence[StudentRow | DomainError]) -> list[Outcome]:
    """Store the students whose numbers are free, in one statement; return each one's outcome."""
    items = without_repeats(items, lambda item: item.number)
    new = [(item.number, item.name) for item in accepted(items)]
    ids = students.add_many(work, caller.school_id, new)
    return [
        item
        if isinstance(item, DomainError)
        else (HTTPStatus.CREATED, ids[item.number])
        if item.number in ids
        else NUMBER_TAKEN
        for item in items
    ]
