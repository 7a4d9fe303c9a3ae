"""From one model to another: kept crops, templates beside each other, one switch, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from adsum_contracts.ids import StudentId, TrackId
from adsum_contracts.models import DLIB_RESNET_V1, FACENET_VGGFACE2, ModelSpec
from adsum_contracts.routes import DEAD_FACES, events_stream
from adsum_contracts.tasks import EnrolPhotos, IdentifyFaces
from adsum_recognizer.crop_file import packed, unpacked
from adsum_recognizer.errors import ModelNotReady
from adsum_recognizer.evidence import Candidate
from adsum_recognizer.handlers.enrolment import Enrolment
from adsum_recognizer.handlers.reembedding import NotNow, Reembedding
from adsum_recognizer.handlers.switching import Allowed, NotReady, Switching
from adsum_recognizer.known_vectors import known_picture
from adsum_recognizer.policies import DEFAULTS
from adsum_recognizer.shadow import Opinion, is_sampled, opinion, outcome
from adsum_store.models import (
    Calibration,
    EnrolmentCrop,
    EnrolmentPhoto,
    EnrolmentVerdict,
    ModelChoice,
    ModelComparison,
    School,
    Sighting,
    Student,
    Template,
    Track,
)
from adsum_store.repositories import consents, student_keys, templates
from adsum_store.repositories.lineups import UnknownModel
from adsum_store.repositories.templates import NewTemplate, Probe
from adsum_vision.crops import Crop, UnreadableImage

AT_ONCE = Allowed(during_lessons=True, default_thresholds=True)


class OtherEmbedder:
    """Another model for the same pictures: it sees each person somewhere else."""

    spec: ModelSpec = FACENET_VGGFACE2
    device = "cpu"

    def __init__(self, first: Any) -> None:
        self._first = first

    def embed(self, crops: Sequence[Crop]) -> Any:
        return np.roll(self._first.embed(crops), 100, axis=1)


class Change:
    """A school that keeps its crops, on its way from one model to the other."""

    def __init__(self, classroom: Any) -> None:
        self.classroom = classroom
        self.other = OtherEmbedder(classroom.embedder)
        self.school_id = classroom.school.id
        self.keep_crops(True)
        self.reembedding = Reembedding(classroom.store, self.school_id, DLIB_RESNET_V1)
        self.switching = Switching(classroom.store, self.school_id, DLIB_RESNET_V1)

    def keep_crops(self, kept: bool) -> None:
        with self.classroom.store.begin() as work:
            work.session.execute(update(School).values(keep_enrolment_crops=kept))

    def enrol(self, number: int, *scores: float, embedders: Any = None) -> Any:
        student = self.classroom.student(number, template=False)
        job = self.classroom.job(student, "photos")
        for index, score in enumerate(scores or (1.0,)):
            sealed = self.classroom.vault.seal(self.classroom.picture(number, score))
            photo = EnrolmentPhoto(
                school_id=self.school_id, job_id=job.id, index=index, sealed=sealed,
                expires_at=self.classroom.now,
            )  # fmt: skip
            self.classroom.add(photo)
        enrolment: Enrolment = self.classroom.enrolment(embedders or self.embedders())
        enrolment.enrol_photos(EnrolPhotos(school_id=self.school_id, job_id=job.id))
        return student

    def embedders(self) -> Any:
        return self.classroom.embedders(self.other)

    def begin(self, share: float = 0.0) -> None:
        self.reembedding.begin(FACENET_VGGFACE2, share)

    def embed(self) -> int:
        waiting = self.reembedding.waiting(FACENET_VGGFACE2)
        return sum(self.reembedding.embed(waiting, self.other, self.classroom.vault))

    def templates(self) -> dict[tuple[str, str], int]:
        """How many templates each student has by each model."""
        numbers = {student.id: student.number for student in self.classroom.all(Student)}
        found: dict[tuple[str, str], int] = {}
        for row in self.classroom.all(Template):
            key = (numbers[row.student_id], row.model_id)
            found[key] = found.get(key, 0) + 1
        return found

    def see(self, person: int, *, embedders: Any = None) -> list[Track]:
        """Two crops of a person, and the tracks of all lessons after them."""
        track = uuid4()
        refs = [self.classroom.show(person, 0.99, track, at) for at in (10, 12)]
        faces = self.classroom.faces(others=embedders or self.embedders())
        faces.identify(IdentifyFaces(entries=self.classroom.receive(*refs)))
        return self.classroom.all(Track)


@pytest.fixture
def change(classroom: Any) -> Change:
    return Change(classroom)


DLIB, FACENET = DLIB_RESNET_V1.id, FACENET_VGGFACE2.id


def test_a_crop_is_the_same_after_it_was_kept() -> None:
    crop = known_picture(1)
    again = unpacked(packed(crop))
    np.testing.assert_array_equal(again.image, crop.image)
    assert (again.box, again.landmarks) == (crop.box, crop.landmarks)


def test_what_is_no_kept_crop_is_said_to_be_none() -> None:
    for content in (b"", b"1", packed(known_picture(1))[:150], b"2" + packed(known_picture(1))[1:]):
        with pytest.raises(UnreadableImage):
            unpacked(content)


def test_crops_are_kept_sealed_where_the_school_wants_it_and_only_of_templates(change: Change) -> None:
    change.keep_crops(False)
    change.enrol(1)
    assert change.classroom.all(EnrolmentCrop) == []
    change.keep_crops(True)
    change.enrol(2, 1.0, 0.0)
    (crop,) = change.classroom.all(EnrolmentCrop)
    assert crop.source_key in {template.source_key for template in change.classroom.all(Template)}
    with pytest.raises(UnreadableImage):
        unpacked(crop.sealed)
    with change.classroom.store.begin() as work:
        theirs = student_keys.opener(work.session, change.classroom.vault, crop.school_id, crop.student_id)
    assert unpacked(theirs.open(crop.sealed)).image[0, 0, 0] == 2


def test_a_withdrawal_takes_the_crops_and_both_models_templates(change: Change) -> None:
    change.begin()
    student = change.enrol(1)
    with change.classroom.store.begin() as work:
        gone = consents.withdraw(work, change.school_id, student.id, change.classroom.now)
    assert gone is not None
    assert (gone.templates_deleted, gone.crops_deleted) == (2, 1)
    assert change.classroom.all(EnrolmentCrop) == []


def test_each_crop_becomes_a_template_beside_the_old_one_and_only_once(change: Change) -> None:
    change.enrol(1, 1.0, 0.99), change.enrol(2)
    change.keep_crops(False)
    change.enrol(3)
    change.begin()
    assert change.embed() == 3
    assert change.embed() == 0, "begun again, it makes what is not there"
    assert change.templates() == {
        ("1", DLIB): 2, ("2", DLIB): 1, ("3", DLIB): 1, ("1", FACENET): 2, ("2", FACENET): 1,
    }  # fmt: skip
    enrolled_at = {crop.source_key: crop.created_at for crop in change.classroom.all(EnrolmentCrop)}
    new = [row for row in change.classroom.all(Template) if row.model_id == FACENET]
    assert {row.source_key: row.created_at for row in new} == enrolled_at, "as old as their pictures"
    assert change.switching.overview().missing == ["3"]


def test_whoever_withdraws_meanwhile_gets_no_template(change: Change) -> None:
    student = change.enrol(1)
    change.begin()

    class Withdrawing(OtherEmbedder):
        def embed(self, crops: Sequence[Crop]) -> Any:
            with change.classroom.store.begin() as work:
                consents.withdraw(work, change.school_id, student.id, change.classroom.now)
            change.classroom.consent(student)
            return super().embed(crops)

    waiting = change.reembedding.waiting(FACENET_VGGFACE2)
    withdrawing = Withdrawing(change.classroom.embedder)
    assert sum(change.reembedding.embed(waiting, withdrawing, change.classroom.vault)) == 0
    assert change.templates() == {}


def test_a_picture_enrolled_meanwhile_becomes_a_template_of_both(change: Change) -> None:
    change.begin()
    change.keep_crops(False)
    change.enrol(1)
    assert change.templates() == {("1", DLIB): 1, ("1", FACENET): 1}
    assert [row.model_id for row in change.classroom.all(EnrolmentVerdict)] == [DLIB]


def test_an_enrolment_that_the_change_overtakes_is_made_anew(change: Change) -> None:
    class Overtaken(type(change.classroom.embedder)):  # type: ignore[misc]
        def embed(self, crops: Sequence[Crop]) -> Any:
            if not change.classroom.all(ModelChoice):
                change.begin()
            return super().embed(crops)

    change.enrol(1, embedders=change.classroom.embedders(Overtaken(), change.other))
    assert change.templates() == {("1", DLIB): 1, ("1", FACENET): 1}


def test_the_same_photo_again_fills_what_the_other_model_lacks(change: Change) -> None:
    change.keep_crops(False)
    student = change.enrol(1)
    change.begin()
    job = change.classroom.job(student, "photos")
    sealed = change.classroom.vault.seal(change.classroom.picture(1, 1.0))
    photo = EnrolmentPhoto(
        school_id=change.school_id, job_id=job.id, index=0, sealed=sealed, expires_at=change.classroom.now
    )
    change.classroom.add(photo)
    enrolment = change.classroom.enrolment(change.embedders())
    enrolment.enrol_photos(EnrolPhotos(school_id=change.school_id, job_id=job.id))
    assert change.templates() == {("1", DLIB): 1, ("1", FACENET): 1}
    assert len({row.source_key for row in change.classroom.all(Template)}) == 1


def test_without_the_other_model_s_files_enrolment_goes_on(change: Change) -> None:
    change.begin()
    change.enrol(1, embedders=change.classroom.embedders(missing=FACENET_VGGFACE2))
    assert change.templates() == {("1", DLIB): 1}
    assert change.switching.overview().missing == ["1"]


def test_workers_notice_a_switch_and_the_way_back_at_their_next_batch(change: Change) -> None:
    change.classroom.lesson()
    change.enrol(1)
    change.begin()
    change.embed()
    embedders = change.embedders()
    change.see(1, embedders=embedders)
    change.switching.switch("A. Keller", change.classroom.now, AT_ONCE)
    change.see(1, embedders=embedders)
    change.switching.back(change.classroom.now, AT_ONCE)
    tracks = change.see(1, embedders=embedders)
    by_time = sorted(change.classroom.all(Sighting), key=lambda row: row.sequence)
    assert [row.model_id for row in by_time] == [DLIB] * 2 + [FACENET] * 2 + [DLIB] * 2
    assert all(row.candidates for row in by_time)
    assert [track.decision for track in tracks].count("recognised") >= 1


def test_a_switch_says_who_would_be_unknown_and_takes_no_silence_for_consent(change: Change) -> None:
    change.enrol(1)
    change.keep_crops(False)
    change.enrol(2), change.enrol(3)
    change.begin()
    change.embed()
    now = change.classroom.now
    with pytest.raises(NotReady, match=r"2 students \(2, 3\)"):
        change.switching.switch("A. Keller", now, Allowed(missing=1))
    assert change.switching.switch("A. Keller", now, Allowed(missing=2)).active == FACENET_VGGFACE2
    (row,) = change.classroom.all(ModelChoice)
    assert (row.active_id, row.standby_id, row.switched_by) == (FACENET, DLIB, "A. Keller")
    with pytest.raises(NotNow, match="switched before"):
        change.switching.switch("A. Keller", now, Allowed(missing=2))


def test_a_switch_waits_for_the_end_of_the_lesson(change: Change) -> None:
    change.enrol(1)
    change.begin()
    change.embed()
    lesson = change.classroom.lesson()
    with pytest.raises(NotReady, match="a lesson is on"):
        change.switching.switch("A. Keller", lesson.starts_at + timedelta(minutes=1), Allowed())
    change.switching.switch("A. Keller", lesson.ends_at, Allowed())


def test_a_calibrated_school_does_not_fall_back_to_defaults_unasked(change: Change) -> None:
    change.enrol(1)
    change.begin()
    change.embed()
    accepted = Calibration(
        school_id=change.school_id, model_id=DLIB, version=1, threshold=0.95, strong_threshold=0.97,
        margin=0.01, clear_margin=0.02, roster=30, false_marks=0.03, students=9, genuine_pairs=9,
        impostor_pairs=9, accepted_by="A. Keller", accepted_at=change.classroom.now,
    )  # fmt: skip
    change.classroom.add(accepted)
    with pytest.raises(NotReady, match="calibrate --model facenet-vggface2"):
        change.switching.switch("A. Keller", change.classroom.now, Allowed())
    change.switching.switch("A. Keller", change.classroom.now, Allowed(default_thresholds=True))


def test_what_was_dropped_cannot_be_gone_back_to(change: Change) -> None:
    change.enrol(1)
    with pytest.raises(NotNow, match="nothing to drop"):
        change.reembedding.drop()
    change.begin()
    change.embed()
    change.switching.switch("A. Keller", change.classroom.now, Allowed())
    assert change.reembedding.drop() == 1
    assert change.templates() == {("1", FACENET): 1}
    with pytest.raises(NotNow, match="dropped since"):
        change.switching.back(change.classroom.now, Allowed())
    with pytest.raises(NotNow, match="active model already"):
        change.begin()


def test_the_shadow_counts_and_marks_nobody(change: Change) -> None:
    change.classroom.lesson()
    change.enrol(1)
    change.keep_crops(False)
    change.enrol(2, embedders=change.classroom.embedders(missing=FACENET_VGGFACE2))
    change.begin(share=1.0)
    change.embed()
    change.see(1), change.see(2)
    lineup, counts = change.switching.compared()
    assert lineup.share == 1.0
    found = {tally.outcome: crops for tally, crops in counts.items()}
    assert found == {"same": 2, "only_active": 2}
    assert {row.model_id for row in change.classroom.all(Sighting)} == {DLIB}
    assert all(track.decision == "recognised" for track in change.classroom.all(Track))
    columns = {column.name for column in ModelComparison.__table__.columns}
    assert not {name for name in columns if "student" in name or "track" in name}


def test_a_replay_is_compared_no_second_time_and_none_without_a_share(change: Change) -> None:
    change.classroom.lesson()
    change.enrol(1)
    change.begin(share=0.0)
    change.embed()
    change.see(1)
    assert change.switching.compared()[1] == {}
    change.begin(share=1.0)
    event = change.classroom.face(TrackId(uuid4()), 20)
    for _ in range(2):
        ref = change.classroom.send(event, change.classroom.picture(1, 0.99))
        faces = change.classroom.faces(others=change.embedders())
        faces.identify(IdentifyFaces(entries=change.classroom.receive(ref)))
    assert sum(change.switching.compared()[1].values()) == 1


def test_whatever_a_model_on_trial_does_the_lesson_goes_on(change: Change) -> None:
    class Broken(OtherEmbedder):
        def embed(self, crops: Sequence[Crop]) -> Any:
            raise RuntimeError("a driver bug")

    change.classroom.lesson()
    change.enrol(1)
    change.begin(share=1.0)
    broken = change.classroom.embedders(Broken(change.classroom.embedder))
    (track,) = change.see(1, embedders=broken)
    assert track.decision == "recognised"
    assert change.classroom.client.xlen(events_stream(change.classroom.camera.id)) == 0


@pytest.mark.parametrize("active", [FACENET, "dlib-resnet-v1.of-last-year"])
def test_crops_wait_where_the_active_model_cannot_run_and_none_is_buried(change: Change, active: str) -> None:
    change.classroom.lesson()
    change.classroom.add(ModelChoice(school_id=change.school_id, active_id=active, share=0))
    embedders = change.classroom.embedders(missing=FACENET_VGGFACE2)
    for _ in range(4):
        with pytest.raises((ModelNotReady, UnknownModel)):
            change.see(1, embedders=embedders)
    assert change.classroom.client.xlen(DEAD_FACES) == 0
    assert change.classroom.client.xlen(events_stream(change.classroom.camera.id)) == 8


def test_a_probe_is_never_compared_with_another_model_s_templates(change: Change) -> None:
    """Whatever templates there are: each answer is as if those of the other model were not."""
    classroom, rng = change.classroom, np.random.default_rng(5)
    classroom.lesson()
    students = [classroom.student(number, template=False) for number in range(3)]
    vectors = rng.normal(size=(24, 512)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    models = rng.choice([DLIB, FACENET], size=24)

    def keep(model: str) -> None:
        with classroom.store.begin() as work:
            for at in np.flatnonzero(models == model):
                own = (change.school_id, students[at % 3].id, model, vectors[at])
                templates.add(work.session, NewTemplate(*own, 0.9, "photo", str(at)))

    def found(probes: Sequence[Probe]) -> list[tuple[Any, ...]]:
        with classroom.store.begin() as work:
            return [each.matches for each in templates.nearest(work.session, probes, 3)]

    looked_for = [Probe(classroom.camera.id, classroom.nine, str(rng.choice([DLIB, FACENET])), vector)
                  for vector in vectors]  # fmt: skip
    keep(DLIB)
    alone = found(looked_for)
    assert all(bool(matches) == (probe.model_id == DLIB)
               for probe, matches in zip(looked_for, alone, strict=True))  # fmt: skip
    keep(FACENET)
    together = found(looked_for)
    assert [
        matches for probe, matches in zip(looked_for, together, strict=True) if probe.model_id == DLIB
    ] == [matches for probe, matches in zip(looked_for, alone, strict=True) if probe.model_id == DLIB]


ADA, BEA = StudentId(uuid4()), StudentId(uuid4())


@pytest.mark.parametrize(
    ("active", "standby", "expected"),
    [
        (ADA, ADA, "same"),
        (ADA, BEA, "different"),
        (ADA, None, "only_active"),
        (None, BEA, "only_standby"),
        (None, None, "neither"),
    ],
)
def test_two_opinions_agree_or_not(active: Any, standby: Any, expected: str) -> None:
    assert outcome(Opinion(active, 0.9), Opinion(standby, 0.8)) == expected


def test_an_opinion_needs_score_and_lead() -> None:
    policy = DEFAULTS[FACENET]
    assert opinion((Candidate(ADA, 0.8), Candidate(BEA, 0.5)), policy) == Opinion(ADA, 0.8)
    assert opinion((Candidate(ADA, 0.8), Candidate(BEA, 0.75)), policy) == Opinion(None, 0.8)
    assert opinion((Candidate(ADA, 0.6),), policy) == Opinion(None, 0.6)
    assert opinion((), policy) == Opinion(None, -1.0)


@given(st.uuids(), st.floats(0, 1), st.floats(0, 1))
def test_a_larger_share_has_every_track_of_a_smaller_one(track: Any, one: float, other: float) -> None:
    less, more = sorted((one, other))
    assert is_sampled(track, 1.0)
    assert not is_sampled(track, 0.0)
    assert is_sampled(track, more) or not is_sampled(track, less)


def test_a_share_is_about_that_share_of_the_tracks() -> None:
    rng = np.random.default_rng(2)
    tracks = [TrackId(UUID(bytes=rng.bytes(16))) for _ in range(2000)]
    assert sum(is_sampled(track, 0.2) for track in tracks) == pytest.approx(400, abs=80)
