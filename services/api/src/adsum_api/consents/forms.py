"""Which forms are printed: of which text, blank or for the students of a section."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from adsum_api.consents.form import NOBODY, Asked, Terms
from adsum_api.deps import Operator
from adsum_api.errors import Invalid, NotFound
from adsum_api.lessons.days import local_day
from adsum_store.models import ConsentText
from adsum_store.repositories import consent_texts, consent_words, sections
from adsum_store.unit_of_work import UnitOfWork

IN_HEX: Final = 16


def terms_of(work: UnitOfWork, caller: Operator, text_id: UUID) -> Terms:
    """Return what the form says of the school and its text; raise `NotFound`."""
    text = consent_texts.get(work, caller.school_id, text_id)
    if text is None:
        raise NotFound("consent text", text_id)
    return Terms(caller.school.name, text.language, text.body, _foot(text))


def named_terms(work: UnitOfWork, caller: Operator, version: int | None, language: str) -> Terms:
    """Return the same of a version, the newest where none is named, in a language; raise `Invalid`."""
    wanted = version or consent_texts.newest_version(work, caller.school_id)
    text = consent_texts.of_version(work, caller.school_id, wanted, language)
    if text is None:
        raise Invalid(
            f"there is no consent text {wanted or ''} in {language!r}: GET /v1/consent-texts lists them"
        )
    return Terms(caller.school.name, text.language, text.body, _foot(text))


def section_named(work: UnitOfWork, caller: Operator, name: str) -> UUID:
    """Return the section of this name; raise `Invalid`."""
    found = sections.with_name(work, caller.school_id, name)
    if found is None:
        raise Invalid(f"there is no section {name!r}: GET /v1/sections lists them")
    return found.id


def asked_of(work: UnitOfWork, caller: Operator, section_id: UUID | None, now: datetime) -> Sequence[Asked]:
    """Return who belongs to the section today, with the parents on record; one blank form without a section.
    Raises `NotFound`."""
    if section_id is None:
        return [NOBODY]
    if sections.get(work, caller.school_id, section_id) is None:
        raise NotFound("section", section_id)
    day = local_day(caller.zone, now)
    members = [each.student for each in sections.members_on(work, caller.school_id, section_id, day)]
    parents: defaultdict[UUID, list[str]] = defaultdict(list)
    for each in consent_words.guardians_of(work, caller.school_id, [student.id for student in members]):
        parents[each.student_id].append(each.name)
    return [Asked(student.name, student.number, parents[student.id]) for student in members]


def _foot(text: ConsentText) -> str:
    """Say which words were on the paper, so that a signature can be recorded with its text."""
    return f"Adsum · {text.version} · {text.language} · SHA-256 {text.sha256.hex()[:IN_HEX]}…"
