"""Merged sections: sections that are taught together, and whose members are those of their parts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final
from uuid import UUID

from sqlalchemy import Date, delete, func, literal_column, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from adsum_store.models import Section, SectionEnrolment, SectionPart
from adsum_store.unit_of_work import UnitOfWork

FOREVER: Final = literal_column("'infinity'::date", Date)


def parts(work: UnitOfWork, school_id: UUID) -> Mapping[UUID, frozenset[UUID]]:
    """Return the parts of every merged section."""
    query = select(SectionPart.whole_id, SectionPart.part_id).where(SectionPart.school_id == school_id)
    found: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for whole_id, part_id in work.session.execute(query):
        found[whole_id].add(part_id)
    return {whole_id: frozenset(part_ids) for whole_id, part_ids in found.items()}


def add(work: UnitOfWork, whole: Section, part_ids: Iterable[UUID]) -> Section:
    """Store a section that is made of others; raise `IntegrityError` (uq_sections_school_id_name)."""
    work.session.add(whole)
    work.session.flush()
    for part_id in part_ids:
        work.session.add(SectionPart(school_id=whole.school_id, whole_id=whole.id, part_id=part_id))
    work.session.flush()
    return whole


def refresh(work: UnitOfWork, school_id: UUID) -> None:
    """Let every merged section have the members of its parts, with their days."""
    work.session.flush()
    wanted = (
        select(
            SectionPart.school_id,
            SectionPart.whole_id,
            SectionEnrolment.student_id,
            SectionEnrolment.starts_on,
            # An enrolment without an end outlasts every other.
            func.nullif(func.max(func.coalesce(SectionEnrolment.ends_on, FOREVER)), FOREVER),
        )
        .join(SectionEnrolment, SectionEnrolment.section_id == SectionPart.part_id)
        .where(SectionPart.school_id == school_id)
        .group_by(SectionPart.school_id, SectionPart.whole_id)
        .group_by(SectionEnrolment.student_id, SectionEnrolment.starts_on)
    )
    there = wanted.subquery()
    work.session.execute(
        delete(SectionEnrolment).where(
            SectionEnrolment.section_id.in_(
                select(SectionPart.whole_id).where(SectionPart.school_id == school_id)
            ),
            tuple_(
                SectionEnrolment.section_id, SectionEnrolment.student_id, SectionEnrolment.starts_on
            ).not_in(select(there.c.whole_id, there.c.student_id, there.c.starts_on)),
        )
    )
    columns = ["school_id", "section_id", "student_id", "starts_on", "ends_on", "id"]
    row = insert(SectionEnrolment).from_select(columns, wanted.add_columns(func.gen_random_uuid()))
    row = row.on_conflict_do_update(
        index_elements=["section_id", "student_id", "starts_on"], set_={"ends_on": row.excluded.ends_on}
    )
    work.session.execute(row)
