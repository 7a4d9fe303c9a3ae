"""Erasing a student: what goes, and the signed receipt that stays and names nobody."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from adsum_api.audit.recording import record
from adsum_api.contract.idempotency import forget_answers_about
from adsum_api.deps import Operator
from adsum_api.errors import NotFound
from adsum_api.lessons.days import local_day
from adsum_api.students.service import StudentNotFound
from adsum_api.students.telling import tell
from adsum_store.models import Erasure
from adsum_store.repositories import erasure, students
from adsum_store.repositories.audit import Action
from adsum_store.sealing import Vault
from adsum_store.unit_of_work import UnitOfWork


def erase(work: UnitOfWork, caller: Operator, vault: Vault, student_id: UUID, now: datetime) -> Erasure:
    """Erase everything about the student and return the receipt; raise `StudentNotFound`.

    All of it in one transaction: whoever is killed half-way has erased nothing, and begins again.
    """
    student = students.get(work, caller.school_id, student_id)
    if student is None:
        raise StudentNotFound(student_id)
    words = (str(student_id), student.number, student.name)
    forget_answers_about(work, vault, caller.school_id, words)
    marks: erasure.Marks = "anonymised" if caller.school.erased_marks == "anonymised" else "deleted"
    counts = erasure.erase(work, caller.school_id, student_id, marks, local_day(caller.zone, now))
    if counts is None:
        raise StudentNotFound(student_id)
    receipt = _receipt(caller, vault, marks, counts, now)
    receipt.tombstone = student_id
    record(
        work, caller, Action.STUDENT_ERASED, ("student", student_id), receipt=str(receipt.id),
        digest=receipt.digest.hex(),
    )  # fmt: skip
    tell(work, caller.school_id, student_id, "student_erased", student_id)
    return erasure.add(work, receipt)


def show(work: UnitOfWork, caller: Operator, erasure_id: UUID) -> Erasure:
    """Return a receipt; raise `NotFound`."""
    found = erasure.get(work, caller.school_id, erasure_id)
    if found is None:
        raise NotFound("erasure", erasure_id)
    return found


def said(receipt: Erasure) -> bytes:
    """Return what a receipt says, as it is hashed and signed: JSON with sorted keys and no spaces."""
    return _said(
        receipt.id, receipt.school_id, receipt.erased_at, receipt.actor, receipt.marks, receipt.counts
    )


def _said(
    receipt_id: UUID, school_id: UUID, at: datetime, actor: str, marks: str, counts: Mapping[str, int]
) -> bytes:
    told = {
        "receipt": str(receipt_id),
        "school": str(school_id),
        "erased_at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        "by": actor,
        "marks": marks,
        "counts": dict(counts),
    }
    return json.dumps(told, sort_keys=True, separators=(",", ":")).encode()


def _receipt(caller: Operator, vault: Vault, marks: str, counts: dict[str, int], now: datetime) -> Erasure:
    receipt_id, signer = uuid4(), vault.signer
    text = _said(receipt_id, caller.school_id, now, caller.key, marks, counts)
    return Erasure(
        id=receipt_id,
        school_id=caller.school_id,
        erased_at=now,
        actor=caller.key,
        marks=marks,
        counts=counts,
        digest=sha256(text).digest(),
        signature=signer.sign(text),
        public_key=signer.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw),
    )
