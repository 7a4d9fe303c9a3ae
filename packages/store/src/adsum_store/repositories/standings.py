"""How far each student has come from one model to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ScalarSelect, exists, func, select
from sqlalchemy.orm import Session

from adsum_store.models import Consent, EnrolmentCrop, Student, Template


@dataclass(frozen=True, slots=True)
class Standing:
    """A student by the school's number: templates of the active model and of the one on standby, and kept
    crops, of any."""

    number: str
    active: int
    standby: int
    crops: int

    @property
    def missing(self) -> bool:
        """Whether the model on standby would never name somebody whom the active one can name."""
        return self.active > 0 and self.standby == 0

    @property
    def thinner(self) -> bool:
        """Whether the model on standby knows fewer pictures of them."""
        return 0 < self.standby < self.active


def of_school(session: Session, school_id: UUID, active_id: str, standby_id: str) -> Sequence[Standing]:
    """Return every student with consent and a template of either model, in the order of numbers."""
    has_template = exists().where(
        Template.school_id == school_id,
        Template.student_id == Student.id,
        Template.model_id.in_((active_id, standby_id)),
    )
    rows = session.execute(
        select(Student.number, _templates(active_id), _templates(standby_id), _of_student(EnrolmentCrop))
        .join(Consent, (Consent.student_id == Student.id) & Consent.active)
        .where(Student.school_id == school_id, has_template)
        .order_by(Student.number)
    )
    return [Standing(number, active, standby, crops) for number, active, standby, crops in rows]


def _of_student(table: type[Template] | type[EnrolmentCrop]) -> ScalarSelect[int]:
    own = (table.school_id == Student.school_id, table.student_id == Student.id)
    return select(func.count()).select_from(table).where(*own).scalar_subquery()


def _templates(model_id: str) -> ScalarSelect[int]:
    own = (Template.school_id == Student.school_id, Template.student_id == Student.id)
    query = select(func.count()).select_from(Template).where(*own, Template.model_id == model_id)
    return query.scalar_subquery()
