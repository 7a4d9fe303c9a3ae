"""Consent texts: added, listed, and what a new one makes of the consents to earlier ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import CursorResult, func, or_, select, update

from adsum_store.models import Consent, ConsentText, ConsentWord, School
from adsum_store.repositories.pages import EVERYTHING, PageWanted, narrowed
from adsum_store.unit_of_work import UnitOfWork


def add(work: UnitOfWork, text: ConsentText) -> ConsentText:
    """Keep a text; raise `IntegrityError` (uq_consent_texts_school_id_version_language) for one too many."""
    work.session.add(text)
    work.session.flush()
    return text


def get(work: UnitOfWork, school_id: UUID, text_id: UUID) -> ConsentText | None:
    """Return a text of this school."""
    return work.session.scalar(
        select(ConsentText).where(ConsentText.school_id == school_id, ConsentText.id == text_id)
    )


def of_version(work: UnitOfWork, school_id: UUID, version: int, language: str) -> ConsentText | None:
    """Return the text of a version in a language."""
    return work.session.scalar(
        select(ConsentText).where(
            ConsentText.school_id == school_id,
            ConsentText.version == version,
            ConsentText.language == language,
        )
    )


def page(work: UnitOfWork, school_id: UUID, wanted: PageWanted = EVERYTHING) -> Sequence[ConsentText]:
    """Return texts by version and language."""
    query = select(ConsentText).where(ConsentText.school_id == school_id)
    order = [ConsentText.version, ConsentText.language]
    return work.session.scalars(narrowed(query, wanted, order, ConsentText.created_at.expression)).all()


def newest(work: UnitOfWork, school_id: UUID) -> Sequence[ConsentText]:
    """Return the texts of the highest version, one for each of its languages; none before the first."""
    version = select(func.max(ConsentText.version)).where(ConsentText.school_id == school_id)
    query = select(ConsentText).where(
        ConsentText.school_id == school_id, ConsentText.version == version.scalar_subquery()
    )
    return work.session.scalars(query.order_by(ConsentText.language)).all()


def newest_version(work: UnitOfWork, school_id: UUID) -> int:
    """Return the highest version, 0 before the first."""
    query = select(func.max(ConsentText.version)).where(ConsentText.school_id == school_id)
    return work.session.scalar(query) or 0


def lapse_of(work: UnitOfWork, school_id: UUID, version: int) -> datetime | None:
    """Return when a consent to this version lapses (0: to no text), if a later one has to be agreed to.

    The school's row is locked FOR SHARE first: a text that asks for renewal is seen here, or waits and finds
    the consent that is about to be written.
    """
    work.session.execute(select(School.id).where(School.id == school_id).with_for_update(read=True))
    query = select(func.min(ConsentText.renew_by)).where(
        ConsentText.school_id == school_id, ConsentText.version > version
    )
    return work.session.scalar(query)


def end_earlier(work: UnitOfWork, school_id: UUID, version: int, at: datetime) -> int:
    """Let every consent to an earlier version, or to no text, end at `at` at the latest; return how many
    active ones do so for that reason."""
    newer = select(ConsentText.id).where(ConsentText.school_id == school_id, ConsentText.version >= version)
    words = update(ConsentWord).where(
        ConsentWord.school_id == school_id,
        ConsentWord.says == "given",
        or_(ConsentWord.text_id.is_(None), ConsentWord.text_id.not_in(newer)),
        or_(ConsentWord.ends_at.is_(None), ConsentWord.ends_at > at),
    )
    active = update(Consent).where(
        Consent.school_id == school_id,
        Consent.active,
        or_(Consent.text_id.is_(None), Consent.text_id.not_in(newer)),
        or_(Consent.expires_at.is_(None), Consent.expires_at > at),
    )
    apart = {"synchronize_session": False}
    work.session.execute(words.values(ends_at=at), execution_options=apart)
    ended = work.session.execute(active.values(expires_at=at), execution_options=apart)
    assert isinstance(ended, CursorResult)  # noqa: S101 - for mypy: a DML statement has a row count
    return ended.rowcount
