"""Consent texts: added as versions that succeed each other, and named by the consents to them."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from uuid import UUID

from adsum_api.audit.recording import record
from adsum_api.consents.text_schemas import ConsentTextAdded, ConsentTextIn, ConsentTextOut
from adsum_api.deps import Operator
from adsum_api.errors import Invalid, NotFound
from adsum_store.models import ConsentText
from adsum_store.repositories import consent_texts, schools
from adsum_store.repositories.audit import Action
from adsum_store.unit_of_work import UnitOfWork


def add(work: UnitOfWork, caller: Operator, new: ConsentTextIn, now: datetime) -> ConsentTextAdded:
    """Keep a text. With `renew_by` earlier consents end then at the latest. Raises `Invalid`."""
    schools.lock(work, caller.school)
    newest = consent_texts.newest_version(work, caller.school_id)
    version = new.version or newest + 1
    _check(new, version, newest, now)
    text = consent_texts.add(
        work,
        ConsentText(
            school_id=caller.school_id,
            language=new.language,
            version=version,
            body=new.body,
            sha256=sha256(new.body.encode()).digest(),
            valid_from=new.valid_from or now,
            renew_by=new.renew_by,
        ),
    )
    lapsing = 0
    if new.renew_by is not None:
        lapsing = consent_texts.end_earlier(work, caller.school_id, version, new.renew_by)
    record(
        work, caller, Action.CONSENT_TEXT_ADDED, ("consent_text", text.id), version=version,
        language=text.language, sha256=text.sha256.hex(), lapsing=lapsing,
    )  # fmt: skip
    return ConsentTextAdded(text=ConsentTextOut.of(text), lapsing=lapsing)


def show(work: UnitOfWork, caller: Operator, text_id: UUID) -> ConsentTextOut:
    """Return a text; raise `NotFound`."""
    text = consent_texts.get(work, caller.school_id, text_id)
    if text is None:
        raise NotFound("consent text", text_id)
    return ConsentTextOut.of(text)


def lapse_of(work: UnitOfWork, caller: Operator, text_id: UUID | None, given_at: datetime) -> datetime | None:
    """Return when a consent to this text has to be renewed, if ever; raise `Invalid` for no text of the
    school, or one that was not valid yet."""
    if text_id is None:
        return consent_texts.lapse_of(work, caller.school_id, 0)
    text = consent_texts.get(work, caller.school_id, text_id)
    if text is None:
        raise Invalid("there is no such consent text: GET /v1/consent-texts lists them")
    if given_at < text.valid_from:
        raise Invalid(f"this text is valid from {text.valid_from.isoformat()} on: nobody could agree before")
    return consent_texts.lapse_of(work, caller.school_id, text.version)


def _check(new: ConsentTextIn, version: int, newest: int, now: datetime) -> None:
    if version > newest + 1:
        raise Invalid(f"the next version is {newest + 1}: versions leave no gap")
    if new.renew_by is None:
        return
    if version <= newest:
        raise Invalid("a translation asks for no renewal: its version did so, or the next one may")
    if new.renew_by <= max(now, new.valid_from or now):
        raise Invalid("renew_by lies before anybody could agree: give people time")
