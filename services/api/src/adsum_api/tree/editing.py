"""What is the same for every kind of row of the tree: added, listed, shown, changed, removed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Self, TypeVar
from uuid import UUID

from fastapi import Response
from pydantic import BaseModel, ConfigDict, model_validator
from sqlalchemy.exc import IntegrityError

from adsum_api.contract.paging import Paging
from adsum_api.contract.preconditions import Seen, tell_tag
from adsum_api.deps import Operator
from adsum_api.errors import Conflict, NotFound
from adsum_store.models import Building, Course, StaffMember, Term
from adsum_store.repositories import tree
from adsum_store.unit_of_work import UnitOfWork

Model = TypeVar("Model", Building, Course, StaffMember, Term)
Shown = TypeVar("Shown", bound=BaseModel)


class Change(BaseModel):
    """What is left out stays as it is; null takes away what may be missing."""

    model_config = ConfigDict(extra="forbid")

    MAY_BE_MISSING: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="after")
    def _keeps_what_must_be(self) -> Self:
        for name in sorted(self.model_fields_set - self.MAY_BE_MISSING):
            if getattr(self, name) is None:
                raise ValueError(f"{name} cannot be taken away")
        return self

    def changes(self) -> dict[str, Any]:
        """Return what was sent, by its name."""
        return self.model_dump(exclude_unset=True)


class FromTheSchoolSystem(Conflict):
    """A row that rosters bring is kept as they bring it."""

    def __init__(self, noun: str) -> None:
        super().__init__(f"this {noun} comes from your school system: change it there, and import it again")


class StillUsed(Conflict):
    """Others speak of the row."""

    def __init__(self, noun: str) -> None:
        super().__init__(f"this {noun} is still in use: take it out of what refers to it first")


@dataclass(frozen=True, slots=True)
class Kind(Generic[Model, Shown]):
    """A kind of row: what it is called, kept as, shown as and listed by; `change` is what can be set."""

    noun: str
    model: type[Model]
    shown: type[Shown]
    change: type[Change]
    order: tuple[str, ...]

    def add(self, work: UnitOfWork, caller: Operator, new: BaseModel) -> Shown:
        """Store a row of the caller's school."""
        row = self.model(school_id=caller.school_id, **new.model_dump())
        return self.shown.model_validate(tree.add(work, row))

    def page(self, work: UnitOfWork, caller: Operator, paged: Paging) -> list[Shown]:
        """Return a page of the school's rows."""
        columns = [getattr(self.model, name) for name in self.order]
        rows = tree.page(work, self.model, caller.school_id, columns, paged.wanted)
        page = paged.page(rows, lambda row: tuple(getattr(row, name) for name in self.order))
        return [self.shown.model_validate(row) for row in page]

    def show(self, work: UnitOfWork, caller: Operator, response: Response, row_id: UUID) -> Shown:
        """Return one row, and tell its tag; raise `NotFound`."""
        row = tree.get(work, self.model, caller.school_id, row_id)
        if row is None:
            raise NotFound(self.noun, row_id)
        return self._told(response, row)

    def edit(
        self,
        work: UnitOfWork,
        caller: Operator,
        response: Response,
        seen: Seen,
        row_id: UUID,
        change: Change,
    ) -> Shown:
        """Apply what `change` sets; raise `NotFound`, `ChangedMeanwhile` or `FromTheSchoolSystem`."""
        row = self._own(work, caller, row_id)
        seen.check(self.shown.model_validate(row), self.change)
        for name, value in change.changes().items():
            setattr(row, name, value)
        work.session.flush()
        return self._told(response, row)

    def remove(self, work: UnitOfWork, caller: Operator, row_id: UUID) -> None:
        """Delete a row; raise `NotFound`, `FromTheSchoolSystem` or `StillUsed`."""
        row = self._own(work, caller, row_id)
        try:
            tree.remove(work, row)
        except IntegrityError as error:
            raise StillUsed(self.noun) from error

    def _own(self, work: UnitOfWork, caller: Operator, row_id: UUID) -> Model:
        row = tree.locked(work, self.model, caller.school_id, row_id)
        if row is None:
            raise NotFound(self.noun, row_id)
        if getattr(row, "source_id", None) is not None:
            raise FromTheSchoolSystem(self.noun)
        return row

    def _told(self, response: Response, row: Model) -> Shown:
        shown = self.shown.model_validate(row)
        tell_tag(response, shown, self.change)
        return shown
