"""From committed tracks to the register: once, whoever applies and however often."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text, update

from adsum_api.attendance import service
from adsum_api.attendance.agreement import Agreement
from adsum_api.runtime import Runtime
from adsum_api.worker import worker_app
from adsum_contracts.routes import APPLY_ATTENDANCE, CLOSE_DUE_LESSONS
from adsum_contracts.tasks import ApplyAttendance
from adsum_store.models import Lesson, Mark, OutboxMessage, Track
from adsum_store.unit_of_work import Store

AGREED = Agreement()


def applied(classroom: Any) -> int:
    with classroom.store.begin() as work:
        return service.apply(work, classroom.school_id, classroom.lesson_id, AGREED)


def closed(classroom: Any, after_minutes: float = 46) -> None:
    with classroom.store.begin() as work:
        lesson = work.session.get_one(Lesson, classroom.lesson_id)
        now = lesson.starts_at + timedelta(minutes=after_minutes)
        service.close(work, classroom.school_id, classroom.lesson_id, AGREED, now)


def told(store: Store) -> list[dict[str, Any]]:
    with store.begin() as work:
        return list(work.session.scalars(select(OutboxMessage.payload).order_by(OutboxMessage.id)))


def test_a_recognised_track_becomes_one_mark_one_entry_and_one_message(classroom: Any) -> None:
    ada = classroom.student("101")
    track = classroom.track(ada, 2, 10)
    assert applied(classroom) == 1
    (mark,) = classroom.log(ada)
    assert (mark.status, mark.source, mark.minutes_late) == ("present", "machine", None)
    assert mark.evidence == {"tracks": [str(track)], "captured_at": "2026-02-11T09:10:00+00:00"}
    entry = classroom.entry(ada)
    assert (entry.status, entry.mark_id, entry.minutes_present) == ("present", mark.id, 8)
    (message,) = told(classroom.store)
    assert (message["student_id"], message["status"]) == (str(ada), "present")
    assert "Ada" not in str(message)


def test_applying_again_adds_nothing_but_keeps_the_last_sighting_fresh(classroom: Any) -> None:
    ada = classroom.student("101")
    track = classroom.track(ada, 2, 10)
    applied(classroom)
    classroom.track(ada, 2, 30, track)
    assert applied(classroom) == 0
    assert classroom.entry(ada).minutes_present == 28
    assert len(told(classroom.store)) == 1


def test_many_workers_at_once_mark_everybody_once(classroom: Any) -> None:
    students = [classroom.student(str(number)) for number in range(101, 106)]
    for student in students:
        for minute in range(3):
            classroom.track(student, minute, minute + 1)
    start, errors = Barrier(4), []

    def work_on_it() -> None:
        start.wait()
        try:
            for _ in range(3):
                applied(classroom)
        except Exception as error:
            errors.append(error)

    workers = [Thread(target=work_on_it) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not errors
    assert [classroom.statuses(student) for student in students] == [["present"]] * 5
    assert len(told(classroom.store)) == 5


def test_the_database_refuses_a_second_mark_of_writers_who_did_not_wait(classroom: Any) -> None:
    ada = classroom.student("101")
    classroom.track(ada, 2, 10)
    applied(classroom)
    (mark,) = classroom.log(ada)
    with classroom.store.begin() as work:
        again = text(
            "INSERT INTO marks (school_id, lesson_id, student_id, mark_key, status, source, actor) SELECT "
            "school_id, lesson_id, student_id, mark_key, status, source, actor FROM marks "
            "ON CONFLICT DO NOTHING"
        )
        assert work.session.execute(again).rowcount == 0  # type: ignore[attr-defined]
    assert mark.mark_key == "machine:after:0"


def test_who_turns_out_to_be_unknown_is_taken_back(classroom: Any) -> None:
    ada = classroom.student("101")
    track = classroom.track(ada, 2, 10)
    applied(classroom)
    classroom.track(None, 2, 10, track)
    applied(classroom)
    assert classroom.statuses(ada) == ["present", "unmarked"]
    assert classroom.entry(ada).status == "unmarked"
    assert classroom.entry(ada).first_seen_at is None
    classroom.track(ada, 2, 11, track)
    applied(classroom)
    assert classroom.statuses(ada) == ["present", "unmarked", "present"]


def test_an_earlier_track_that_comes_late_makes_a_late_one_present(classroom: Any) -> None:
    ada = classroom.student("101")
    classroom.watched()
    classroom.track(ada, 12, 20)
    applied(classroom)
    assert classroom.entry(ada).minutes_late == 12
    classroom.track(ada, 1, 2)
    applied(classroom)
    assert (classroom.entry(ada).status, classroom.entry(ada).minutes_late) == ("present", None)


def test_closing_judges_who_never_came(classroom: Any) -> None:
    ada = classroom.student("101")
    bea = classroom.student("102", consent=False)
    classroom.watched()
    closed(classroom)
    assert classroom.statuses(ada) == ["absent"]
    assert classroom.statuses(bea) == ["not_observed"]
    assert told(classroom.store)[-1]["type"] == "lesson_closed"


def test_a_camera_that_was_down_makes_nobody_absent(classroom: Any) -> None:
    ada = classroom.student("101")
    classroom.watched(0, 45, "no_signal")
    closed(classroom)
    assert classroom.statuses(ada) == ["not_observed"]


def test_who_may_be_a_picture_waits_for_a_person_with_the_reason(classroom: Any) -> None:
    ada = classroom.student("101")
    classroom.watched()
    classroom.track(ada, 1, 44, review="may_be_a_picture")
    applied(classroom)
    closed(classroom)
    applied(classroom)
    assert set(classroom.statuses(ada)) == {"pending_review"}
    mark = classroom.log(ada)[-1]
    assert (mark.reason, mark.evidence["proposed_status"]) == ("may_be_a_picture", "present")
    assert classroom.entry(ada).status == "pending_review"
    classroom.track(ada, 2, 43)
    applied(classroom)
    assert classroom.entry(ada).status == "present"


def test_who_was_there_before_the_name_is_not_late(classroom: Any) -> None:
    ada = classroom.student("101")
    classroom.watched()
    track_id = classroom.track(ada, 12, 44)
    applied(classroom)
    assert classroom.entry(ada).status == "late"
    with classroom.store.begin() as work:
        work.session.execute(
            update(Track).where(Track.id == track_id).values(since=Track.started_at - timedelta(minutes=10))
        )
    applied(classroom)
    assert classroom.entry(ada).status == "present"


def test_after_closing_new_evidence_goes_to_review(classroom: Any) -> None:
    ada = classroom.student("101")
    classroom.watched()
    closed(classroom)
    classroom.track(ada, 2, 44)
    applied(classroom)
    applied(classroom)
    assert classroom.statuses(ada) == ["absent", "pending_review"]
    assert classroom.log(ada)[-1].evidence["proposed_status"] == "present"
    assert classroom.entry(ada).status == "pending_review"


def test_closing_twice_changes_nothing(classroom: Any) -> None:
    ada = classroom.student("101")
    closed(classroom)
    closed(classroom, 60)
    assert len(classroom.log(ada)) == 1


def test_the_register_of_a_closed_lesson_can_be_rebuilt_from_its_log(classroom: Any) -> None:
    ada, bea = classroom.student("101"), classroom.student("102")
    classroom.watched()
    track = classroom.track(ada, 2, 10)
    applied(classroom)
    classroom.track(ada, 2, 44, track)
    closed(classroom)
    columns = ("status", "mark_id", "first_seen_at", "last_seen_at", "minutes_present")
    before = [[getattr(classroom.entry(s), name) for name in columns] for s in (ada, bea)]
    with classroom.store.begin() as work:
        work.session.execute(text("DELETE FROM register_entries"))
    applied(classroom)
    assert [[getattr(classroom.entry(s), name) for name in columns] for s in (ada, bea)] == before


def test_a_student_outside_the_roster_is_left_aside(classroom: Any) -> None:
    guest = classroom.student("999", member=False)
    classroom.track(guest, 2, 10)
    assert applied(classroom) == 0


def test_an_unknown_lesson_adds_nothing(classroom: Any) -> None:
    with classroom.store.begin() as work:
        assert service.apply(work, classroom.school_id, uuid4(), AGREED) == 0


def test_marks_leave_with_their_student(classroom: Any) -> None:
    ada = classroom.student("101")
    classroom.track(ada, 2, 10)
    applied(classroom)
    with classroom.store.begin() as work:
        work.session.execute(text("DELETE FROM students"))
        assert work.session.scalar(select(func.count()).select_from(Mark)) == 0


@pytest.mark.parametrize(
    ("minute", "newest_report", "is_closed"),
    [
        (45.1, 46, False),  # it settles for ten seconds
        (45.2, 46, True),  # the camera has reported from after the end
        (45.2, 44, False),  # it was watching and still owes news
        (46.1, 44, True),  # and nobody waits for it longer than a minute
        (45.2, None, True),  # a camera that never spoke owes nothing
    ],
)
def test_a_lesson_closes_once_it_has_settled(
    classroom: Any, runtime: Runtime, clock: Any, minute: float, newest_report: float | None, is_closed: bool
) -> None:
    ada = classroom.student("101")
    if newest_report is not None:
        classroom.watched(0, newest_report)
    clock.now = classroom_time(classroom, minute)
    assert service.close_due(runtime.store, AGREED, clock) == is_closed
    assert bool(classroom.log(ada)) == is_closed


def test_a_lost_follow_up_is_caught_up_with(classroom: Any, runtime: Runtime, clock: Any) -> None:
    ada = classroom.student("101")
    classroom.track(ada, 2, 10)
    clock.now = classroom_time(classroom, 11)
    service.close_due(runtime.store, AGREED, clock)
    assert classroom.statuses(ada) == ["present"]


def test_the_tasks_are_shells_around_it(classroom: Any, runtime: Runtime, clock: Any) -> None:
    ada = classroom.student("101")
    classroom.track(ada, 2, 10)
    app = worker_app("memory://", runtime)
    message = ApplyAttendance(school_id=classroom.school_id, lesson_id=classroom.lesson_id)
    app.tasks[APPLY_ATTENDANCE](message.model_dump(mode="json"))
    assert classroom.statuses(ada) == ["present"]
    clock.now = classroom_time(classroom, 60)
    app.tasks[CLOSE_DUE_LESSONS]()
    assert classroom.statuses(ada)[-1] == "present"
    with classroom.store.begin() as work:
        assert work.session.get_one(Lesson, classroom.lesson_id).closed_at == clock.now


def classroom_time(classroom: Any, minute: float) -> Any:
    with classroom.store.begin() as work:
        return work.session.get_one(Lesson, classroom.lesson_id).starts_at + timedelta(minutes=minute)
