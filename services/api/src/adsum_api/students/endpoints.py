"""`/v1/students`, and the consent of each."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query, Response

from adsum_api.access.needs import needs
from adsum_api.access.own import Own
from adsum_api.access.rights import Right
from adsum_api.contract.bulk import BulkOut, answered, read
from adsum_api.contract.paging import Paged
from adsum_api.contract.preconditions import EDITS, IfMatch, tell_tag
from adsum_api.contract.routing import ContractRoute
from adsum_api.deps import Caller, Now, Reach, Work
from adsum_api.students import consents, erasure, service, subject_access
from adsum_api.students.bulk import StudentRow, StudentsIn, add_many
from adsum_api.students.schemas import (
    ConsentIn,
    ConsentOut,
    Receipt,
    StudentChange,
    StudentIn,
    StudentOut,
)
from adsum_store.repositories.students import Search

ZIP: Final = "application/zip"


class ZipResponse(Response):
    """A zip."""

    media_type = ZIP


router = APIRouter(prefix="/v1/students", tags=["students"], route_class=ContractRoute)


@router.post("", dependencies=[needs(Right.ROSTER_WRITE)], status_code=HTTPStatus.CREATED)
def add_student(work: Work, caller: Caller, now: Now, student: StudentIn) -> StudentOut:
    """Add a student, with a consent or without."""
    return service.add(work, caller, student, now)


@router.post("/bulk", dependencies=[needs(Right.ROSTER_WRITE)])
def add_students(work: Work, caller: Caller, wanted: StudentsIn) -> BulkOut:
    """Add up to 1,000 students. The answer is 200, and tells each one's status and id, or problem."""
    return answered(add_many(work, caller, read(StudentRow, wanted.students)))


@router.get("", dependencies=[needs(Right.ROSTER_READ, own=Own.STUDENTS)])
def list_students(
    work: Work,
    caller: Caller,
    paged: Paged,
    q: Annotated[str, Query(max_length=200, description="Part of a name, or how a number begins.")] = "",
) -> list[StudentOut]:
    """List students by number, page by page."""
    found = service.search(work, caller, Search(q, paged.wanted))
    return list(paged.page(found, lambda student: (student.number,)))


@router.get("/{student_id}", dependencies=[needs(Right.ROSTER_READ, own=Own.STUDENT)])
def show_student(work: Work, caller: Caller, response: Response, student_id: UUID) -> StudentOut:
    """Show one student."""
    shown = service.show(work, caller, student_id)
    tell_tag(response, shown, StudentChange)
    return shown


@router.patch("/{student_id}", dependencies=[needs(Right.ROSTER_WRITE)], responses=EDITS)
def rename_student(
    work: Work, caller: Caller, response: Response, seen: IfMatch, student_id: UUID, change: StudentChange
) -> StudentOut:
    """Correct a student's name."""
    changed = service.rename(work, caller, student_id, change, seen)
    tell_tag(response, changed, StudentChange)
    return changed


@router.delete(
    "/{student_id}",
    dependencies=[needs(Right.ROSTER_WRITE, Right.CONSENT_WRITE)],
    status_code=HTTPStatus.NO_CONTENT,
)
def erase_student(work: Work, caller: Caller, runtime: Reach, now: Now, student_id: UUID) -> None:
    """Erase a student, as `POST …/erasure` does; the receipt is in `GET /v1/erasures`."""
    erasure.erase(work, caller, runtime.vault, student_id, now)


@router.post(
    "/{student_id}/consent", dependencies=[needs(Right.CONSENT_WRITE)], status_code=HTTPStatus.CREATED
)
def give_consent(work: Work, caller: Caller, now: Now, student_id: UUID, consent: ConsentIn) -> ConsentOut:
    """Record that a guardian or the student agrees to face recognition."""
    return service.consent(work, caller, student_id, consent, now)


@router.delete("/{student_id}/consent", dependencies=[needs(Right.CONSENT_WRITE)])
def withdraw_consent(work: Work, caller: Caller, now: Now, student_id: UUID) -> Receipt:
    """Take the consent back, whoever gave it: templates and waiting photos are deleted at once; the answer is
    the receipt. What one parent takes back is `DELETE …/guardians/{guardian_id}/consent`."""
    student = service.get(work, caller, student_id)
    return consents.withdraw(work, caller, student.id, now)


@router.post("/{student_id}/refusal", dependencies=[needs(Right.CONSENT_WRITE)])
def refuse_faces(work: Work, caller: Caller, now: Now, student_id: UUID) -> StudentOut:
    """Record that the student does not want to be recognised: a veto, whoever has consented.

    A consent ends at once, with every template and picture that rests on it.
    """
    student = service.get(work, caller, student_id)
    consents.refuse(work, caller, student.id, now)
    work.session.expire_all()
    return service.show(work, caller, student_id)


@router.delete("/{student_id}/refusal", dependencies=[needs(Right.CONSENT_WRITE)])
def lift_refusal(work: Work, caller: Caller, now: Now, student_id: UUID) -> StudentOut:
    """Record that the student refuses no longer. A consent has to be given anew."""
    student = service.get(work, caller, student_id)
    consents.lift_refusal(work, caller, student.id, now)
    work.session.expire_all()
    return service.show(work, caller, student_id)


@router.post(
    "/{student_id}/subject-access",
    dependencies=[needs(Right.ROSTER_READ, Right.ROSTER_WRITE, Right.CONSENT_WRITE, Right.ATTENDANCE_READ)],
    response_class=ZipResponse,
    responses={200: {"content": {ZIP: {"schema": {"type": "string", "format": "binary"}}}}},
)
def export_subject(work: Work, caller: Caller, runtime: Reach, now: Now, student_id: UUID) -> Response:
    """Give a student everything that is held of them: a zip with pictures, JSON, and a page to read it by.

    What it says of others is left out. That it was made stands in the audit log.
    """
    packed = subject_access.export(work, caller, runtime.vault, student_id, now)
    told = {"Content-Disposition": f'attachment; filename="{student_id}.zip"', "Cache-Control": "no-store"}
    return ZipResponse(packed, headers=told)
