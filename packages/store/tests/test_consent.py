"""No template without consent: the database itself refuses."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Thread

import numpy as np
import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from adsum_store.models import Consent, School, Student, Template
from adsum_store.unit_of_work import Store

NOON = datetime(2026, 2, 11, 12, tzinfo=UTC)


def consented_student(store: Store) -> Consent:
    with store.begin() as work:
        school = School(name="Test school", timezone="Europe/Zurich")
        work.session.add(school)
        work.session.flush()
        student = Student(school_id=school.id, number="101", name="Ada")
        work.session.add(student)
        work.session.flush()
        consent = Consent(
            school_id=school.id,
            student_id=student.id,
            active=True,
            basis="guardian",
            given_by="test",
            granted_at=NOON,
        )
        work.session.add(consent)
    return consent


def template_of(consent: Consent, **changes: object) -> Template:
    fields = {
        "school_id": consent.school_id,
        "student_id": consent.student_id,
        "consent_id": consent.id,
        "consent_active": True,
        "model_id": "test",
        "embedding": np.eye(512, dtype=np.float32)[0],
        "quality": 1.0,
        "source": "photo",
        "source_key": "1",
    }
    return Template(**fields | changes)


def test_a_template_needs_an_active_consent(store: Store) -> None:
    consent = consented_student(store)
    with store.begin() as work:
        work.session.execute(update(Consent).values(active=False))
    with pytest.raises(IntegrityError), store.begin() as work:
        work.session.add(template_of(consent))


def test_a_template_cannot_claim_to_be_without_consent(store: Store) -> None:
    consent = consented_student(store)
    with pytest.raises(IntegrityError), store.begin() as work:
        work.session.add(template_of(consent, consent_active=False))


def test_a_consent_cannot_end_while_its_template_stands(store: Store) -> None:
    consent = consented_student(store)
    with store.begin() as work:
        work.session.add(template_of(consent))
    with pytest.raises(IntegrityError), store.begin() as work:
        work.session.execute(update(Consent).values(active=False))


def test_an_enrolment_in_flight_never_wins_against_a_withdrawal(store: Store) -> None:
    consent = consented_student(store)
    refused: list[Exception] = []

    def enrol_late() -> None:
        try:
            with store.begin() as work:
                work.session.add(template_of(consent))
        except IntegrityError as error:
            refused.append(error)

    with store.begin() as work:
        work.session.execute(select(Consent).with_for_update())
        late = Thread(target=enrol_late)
        late.start()
        late.join(0.3)
        assert late.is_alive(), "the enrolment waits for the withdrawal"
        work.session.execute(delete(Template))
        work.session.execute(update(Consent).values(active=False))
    late.join()
    assert refused
    with store.begin() as work:
        assert work.session.scalar(select(func.count()).select_from(Template)) == 0


def test_erasing_a_student_erases_consent_and_templates(store: Store) -> None:
    consent = consented_student(store)
    with store.begin() as work:
        work.session.add(template_of(consent))
    with store.begin() as work:
        work.session.execute(delete(Student))
    with store.begin() as work:
        assert work.session.scalar(select(func.count()).select_from(Consent)) == 0
        assert work.session.scalar(select(func.count()).select_from(Template)) == 0
