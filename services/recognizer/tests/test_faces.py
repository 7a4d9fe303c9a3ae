"""From a stream entry to a sighting and a track, on real servers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import delete, update

from adsum_contracts.events import PlaceSeen
from adsum_contracts.face import LivenessDoubt
from adsum_contracts.models import DLIB_RESNET_V1
from adsum_contracts.routes import CONSUMER_GROUP, DEAD_FACES, events_stream
from adsum_contracts.tasks import IdentifyFaces
from adsum_recognizer.adapters.ingress import REFUSED
from adsum_recognizer.handlers.decisions import decide_tracks, undecided
from adsum_recognizer.handlers.intake import GIVE_UP_AFTER
from adsum_recognizer.policies import apart_for
from adsum_store.models import CameraHeartbeat, Correction, SectionEnrolment, Sighting, Track
from adsum_store.repositories import corrections
from adsum_store.sealing import Vault, WrongSecretKey, new_secret_key


def test_two_agreeing_crops_name_the_track_and_tell_everybody(classroom: Any) -> None:
    ada, lesson, track_id = classroom.student(1), classroom.lesson(), uuid4()
    classroom.student(2)
    first, second = classroom.show(1, 0.95, track_id, 10), classroom.show(1, 0.95, track_id, 12)

    classroom.identify(first, second)

    (track,) = classroom.all(Track)
    assert (track.decision, track.student_id, track.sightings) == ("recognised", ada.id, 2)
    assert len(classroom.all(Sighting)) == 2
    assert classroom.told.attendance == [lesson.id]
    assert classroom.client.xlen(events_stream(classroom.camera.id)) == 0
    named, committed = classroom.commands()
    assert (named.type, named.name) == ("track_named", "Student 1")
    assert (committed.type, committed.sequences) == ("committed", (1, 2))


def test_whom_a_person_said_it_is_not_the_track_is_no_longer(classroom: Any) -> None:
    ada, lesson, track_id = classroom.student(1), classroom.lesson(), uuid4()
    bea = classroom.student(2)
    classroom.identify(classroom.show(1, 0.95, track_id, 10), classroom.show(1, 0.95, track_id, 12))
    with classroom.store.begin() as work:
        said = Correction(
            school_id=lesson.school_id, lesson_id=lesson.id, track_id=track_id, student_id=ada.id,
            rather_id=bea.id, model_id=DLIB_RESNET_V1.id, lead=0.3, actor="A. Keller",
        )  # fmt: skip
        corrections.add(work.session, said)

    classroom.decide(lesson.id)

    (track,) = classroom.all(Track)
    assert (track.decision, track.reason) == ("ambiguous", "said_not_to_be")
    assert classroom.told.attendance == [lesson.id, lesson.id]
    with classroom.store.begin() as work:
        apart = apart_for(work.session, lesson.school_id, DLIB_RESNET_V1)
    assert apart == {frozenset((ada.id, bea.id)): 0.3}

    with classroom.store.begin() as work:
        (said,) = corrections.of_lesson(work.session, lesson.school_id, lesson.id)
        said.taken_back_by, said.taken_back_at = "B. Frei", datetime.now(UTC)
    classroom.decide(lesson.id)
    (track,) = classroom.all(Track)
    assert (track.decision, track.student_id) == ("recognised", ada.id)
    with classroom.store.begin() as work:
        assert apart_for(work.session, lesson.school_id, DLIB_RESNET_V1) == {}


def test_a_correction_counts_without_its_task_and_without_sightings(classroom: Any) -> None:
    ada, lesson, track_id = classroom.student(1), classroom.lesson(), uuid4()
    classroom.identify(classroom.show(1, 0.95, track_id, 10), classroom.show(1, 0.95, track_id, 12))
    with classroom.store.begin() as work:
        work.session.execute(delete(Sighting))
        said = Correction(
            school_id=lesson.school_id, lesson_id=lesson.id, track_id=track_id, student_id=ada.id,
            rather_id=None, model_id=DLIB_RESNET_V1.id, lead=0.3, actor="A. Keller",
        )  # fmt: skip
        corrections.add(work.session, said)
    since = datetime.now(UTC) - timedelta(minutes=1)
    assert undecided(classroom.store, DLIB_RESNET_V1, since) == (lesson.id,)

    decide_tracks(classroom.store, lesson.id, DLIB_RESNET_V1)

    (track,) = classroom.all(Track)
    assert (track.decision, track.reason) == ("ambiguous", "said_not_to_be")
    assert undecided(classroom.store, DLIB_RESNET_V1, since) == ()

    with classroom.store.begin() as work:
        (said,) = corrections.of_lesson(work.session, lesson.school_id, lesson.id)
        said.taken_back_by, said.taken_back_at = "B. Frei", datetime.now(UTC)
    assert undecided(classroom.store, DLIB_RESNET_V1, since) == (lesson.id,)
    decide_tracks(classroom.store, lesson.id, DLIB_RESNET_V1)
    (track,) = classroom.all(Track)
    assert (track.decision, track.student_id, track.reason) == ("recognised", ada.id, None)
    assert undecided(classroom.store, DLIB_RESNET_V1, since) == ()


def test_a_replay_is_no_second_sighting_and_is_told_all_the_same(classroom: Any) -> None:
    classroom.student(1), classroom.lesson()
    event, blob = classroom.face(uuid4(), 10), classroom.picture(1, 0.97)
    for _ in range(3):
        classroom.identify(classroom.send(event, blob))
    assert len(classroom.all(Sighting)) == 1
    assert len(classroom.all(Track)) == 1
    assert len(classroom.told.attendance) == 3
    assert [command.type for command in classroom.commands()].count("track_named") == 1


def test_the_same_face_sent_many_times_from_two_workers_is_one_sighting(classroom: Any) -> None:
    classroom.student(1), classroom.lesson()
    event, blob = classroom.face(uuid4(), 10), classroom.picture(1, 0.97)
    refs = classroom.receive(*(classroom.send(event, blob) for _ in range(8)))

    def work(mine: Sequence[Any]) -> None:
        for ref in mine:
            classroom.faces().identify(IdentifyFaces(entries=(ref,)))

    workers = [Thread(target=work, args=(mine,)) for mine in (refs, refs[::-1])]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(classroom.all(Sighting)) == 1
    (track,) = classroom.all(Track)
    assert (track.decision, track.sightings) == ("recognised", 1)
    assert classroom.client.xpending(events_stream(classroom.camera.id), CONSUMER_GROUP)["pending"] == 0


def test_a_forged_entry_is_counted_and_buried_without_its_picture(classroom: Any) -> None:
    classroom.student(1), classroom.lesson()
    forged = classroom.send(classroom.face(uuid4(), 10), classroom.picture(1, 0.97), key=bytes(32))
    honest = classroom.show(1, 0.97, uuid4(), 11)

    classroom.identify(forged, honest)

    assert len(classroom.all(Sighting)) == 1
    assert classroom.client.hgetall(REFUSED) == {b"forged": b"1"}
    ((_, letter),) = classroom.client.xrange(DEAD_FACES)
    assert set(letter) == {b"camera_id", b"entry_id", b"error"}
    assert classroom.client.ttl(DEAD_FACES) > 0
    assert classroom.client.xlen(events_stream(classroom.camera.id)) == 0


def test_an_unreadable_crop_is_a_sighting_with_its_reason(classroom: Any) -> None:
    classroom.student(1)
    lesson = classroom.lesson()
    classroom.identify(classroom.send(classroom.face(uuid4(), 10), b"no picture"))
    (sighting,) = classroom.all(Sighting)
    assert (sighting.refusal, sighting.candidates, sighting.lesson_id) == ("unreadable_image", [], lesson.id)
    (track,) = classroom.all(Track)
    assert (track.decision, track.reason) == ("unknown", "no_usable_face")


def test_a_crop_outside_any_lesson_is_kept_and_nobody_is_looked_for(classroom: Any) -> None:
    classroom.student(1), classroom.lesson()
    classroom.identify(classroom.show(1, 0.97, uuid4(), -1), classroom.show(1, 0.97, uuid4(), 3600))
    sightings = classroom.all(Sighting)
    assert [(sighting.lesson_id, sighting.candidates) for sighting in sightings] == [(None, [])] * 2
    assert classroom.all(Track) == []
    assert classroom.told.attendance == []


def test_only_the_roster_of_that_day_is_looked_for(classroom: Any) -> None:
    classroom.student(1, on_roster=False), classroom.student(2)
    leaver = classroom.student(3)
    with classroom.store.begin() as work:
        yesterday = {"starts_on": classroom.nine.date() - timedelta(9), "ends_on": classroom.nine.date()}
        left = SectionEnrolment.student_id == leaver.id
        work.session.execute(update(SectionEnrolment).where(left).values(yesterday))
    classroom.lesson()
    next_day = classroom.lesson(
        starts_at=classroom.nine + timedelta(days=1), ends_at=classroom.nine + timedelta(days=1, hours=1)
    )
    classroom.identify(classroom.show(1, 0.97, uuid4(), 10), classroom.show(3, 0.97, uuid4(), 86400 + 10))
    today, tomorrow = sorted(classroom.all(Sighting), key=lambda sighting: sighting.captured_at)
    assert len(today.candidates) == 2
    assert tomorrow.lesson_id == next_day.id
    assert len(tomorrow.candidates) == 1


def test_an_ad_hoc_lesson_looks_for_every_consented_student(classroom: Any) -> None:
    ada = classroom.student(1, on_roster=False)
    classroom.lesson(section_id=None)
    classroom.identify(classroom.show(1, 0.97, uuid4(), 10))
    (track,) = classroom.all(Track)
    assert track.student_id == ada.id


def test_a_lesson_may_ask_for_a_higher_threshold_and_never_for_a_lower_one(classroom: Any) -> None:
    classroom.student(1), classroom.lesson(threshold=0.98)
    classroom.identify(classroom.show(1, 0.97, uuid4(), 10))
    (track,) = classroom.all(Track)
    assert (track.decision, track.reason) == ("unknown", "below_threshold")


def test_a_low_threshold_asked_for_changes_nothing(classroom: Any) -> None:
    classroom.student(1), classroom.lesson(threshold=0.1)
    classroom.identify(classroom.show(1, 0.9, uuid4(), 10))
    (track,) = classroom.all(Track)
    assert (track.decision, track.reason) == ("unknown", "below_threshold")


def test_what_fails_three_times_is_buried_whole_and_costs_the_others_nothing(classroom: Any) -> None:
    classroom.student(1), classroom.lesson()
    poison, good = classroom.show(9, 0.97, uuid4(), 10), classroom.show(1, 0.97, uuid4(), 11)
    refs = classroom.receive(poison, good)
    faces = classroom.faces(classroom.choking_on(9))

    for _ in range(GIVE_UP_AFTER):
        faces.identify(IdentifyFaces(entries=refs))

    assert len(classroom.all(Sighting)) == 1
    ((_, letter),) = classroom.client.xrange(DEAD_FACES)
    assert letter[b"error"] == b"RuntimeError: choked"
    assert {b"body", b"blob", b"mac"} <= set(letter)
    assert classroom.client.xpending(events_stream(classroom.camera.id), CONSUMER_GROUP)["pending"] == 0
    told = [sequence for command in classroom.commands() for sequence in getattr(command, "sequences", ())]
    assert sorted(told) == [1, 2]


def test_a_wrong_secret_key_is_nobody_s_fault_and_loses_nothing(classroom: Any) -> None:
    classroom.student(1), classroom.lesson()
    (ref,) = classroom.receive(classroom.show(1, 0.97, uuid4(), 10))
    right, classroom.vault = classroom.vault, Vault(new_secret_key())
    for _ in range(GIVE_UP_AFTER + 1):
        with pytest.raises(WrongSecretKey):
            classroom.faces().identify(IdentifyFaces(entries=(ref,)))
    classroom.vault = right
    classroom.faces().identify(IdentifyFaces(entries=(ref,)))
    assert len(classroom.all(Sighting)) == 1
    assert classroom.client.xlen(DEAD_FACES) == 0


def test_an_entry_that_its_stream_dropped_is_acknowledged(classroom: Any) -> None:
    (ref,) = classroom.receive(classroom.show(1, 0.97, uuid4(), 10))
    stream = events_stream(classroom.camera.id)
    classroom.client.xtrim(stream, maxlen=0, approximate=False)
    classroom.faces().identify(IdentifyFaces(entries=(ref,)))
    assert classroom.client.xpending(stream, CONSUMER_GROUP)["pending"] == 0
    assert classroom.commands() == []


def test_a_sweep_decides_what_was_stored_by_a_worker_that_died(classroom: Any) -> None:
    classroom.student(1)
    lesson = classroom.lesson()
    classroom.identify(classroom.show(1, 0.97, uuid4(), 10))
    with classroom.store.begin() as work:
        work.session.execute(Track.__table__.delete())
    classroom.told.attendance.clear()

    classroom.deciding().sweep_undecided()
    classroom.deciding().sweep_undecided()

    assert [track.decision for track in classroom.all(Track)] == ["recognised"]
    assert classroom.told.attendance == [lesson.id]


def test_a_heartbeat_is_stored_once_and_says_how_long_a_track_lasted(classroom: Any) -> None:
    classroom.student(1)
    lesson, track_id = classroom.lesson(), uuid4()
    classroom.identify(classroom.show(1, 0.97, track_id, 10))
    beat = classroom.heartbeat(track_id, last_seen_s=70)
    for _ in range(2):
        classroom.watching().keep_heartbeats(classroom.receive(classroom.send(beat)))
    assert len(classroom.all(CameraHeartbeat)) == 1
    (track,) = classroom.all(Track)
    assert track.last_seen_at == classroom.nine + timedelta(seconds=70)
    assert classroom.told.attendance == [lesson.id] * 3


def test_a_heartbeat_is_kept_whole(classroom: Any) -> None:
    said = {
        "looks": 12, "fps": 9.5, "frame_age_s": 0.25, "reconnects": 2, "spool_dropped": 3, "crops_sent": 7,
        "clock_offset_s": -0.5, "lesson_coverage": 0.75, "unsent": {"masked": 4, "still": 0},
        "coverage": (PlaceSeen(column=3, row=8, faces=5, too_small=1, face_px=44.5, yaw=12.0),),
    }  # fmt: skip
    beat = classroom.heartbeat().model_copy(update=said)
    classroom.watching().keep_heartbeats(classroom.receive(classroom.send(beat)))
    (row,) = classroom.all(CameraHeartbeat)
    place = {"column": 3, "row": 8, "faces": 5, "too_small": 1, "face_px": 44.5, "yaw": 12.0}
    kept = {name: getattr(row, name) for name in said}
    assert kept == said | {"unsent": {"masked": 4}, "coverage": [place]}


def test_a_name_that_may_be_a_pictures_is_kept_for_review(classroom: Any) -> None:
    ada, _ = classroom.student(1), classroom.lesson()
    track_id, liveness = uuid4(), LivenessDoubt(doubt=0.75, cues=("never_changes", "no_parallax"))
    for at in (10, 12):
        face = classroom.face(track_id, at).model_copy(update={"liveness": liveness})
        classroom.identify(classroom.send(face, classroom.picture(1, 0.95)))
    (track,) = classroom.all(Track)
    assert (track.decision, track.student_id, track.review) == ("recognised", ada.id, "may_be_a_picture")
    sighting = classroom.all(Sighting)[0]
    assert (sighting.doubt, sighting.cues) == (0.75, ["never_changes", "no_parallax"])


def test_who_sat_there_before_they_had_a_name_was_there_since_then(classroom: Any) -> None:
    classroom.student(1), classroom.lesson()
    first, named = uuid4(), uuid4()
    classroom.identify(classroom.show(1, 0.95, first, 5))
    classroom.identify(*(classroom.show(1, 0.95, named, at) for at in (8, 10)))
    found = {track.id: (track.decision, track.since) for track in classroom.all(Track)}
    assert found == {
        first: ("unknown", None),
        named: ("recognised", classroom.nine + timedelta(seconds=5)),
    }


def test_one_student_is_not_two_faces_at_once(classroom: Any) -> None:
    classroom.student(1), classroom.lesson()
    better, worse = uuid4(), uuid4()
    for track_id, score in ((better, 0.98), (worse, 0.964)):
        classroom.identify(*(classroom.show(1, score, track_id, at) for at in (10, 12)))
    decisions = {track.id: (track.decision, track.reason) for track in classroom.all(Track)}
    assert decisions == {better: ("recognised", None), worse: ("ambiguous", "seen_elsewhere")}
