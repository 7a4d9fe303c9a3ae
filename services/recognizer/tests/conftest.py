"""A small school with a camera in a room, real servers, and an embedder that reads off what to say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import cv2
import numpy as np
import pytest
import redis
from cryptography.fernet import Fernet
from numpy.typing import NDArray
from sqlalchemy import select

from adsum_contracts.commands import CAMERA_COMMAND
from adsum_contracts.events import CAMERA_EVENT, EnrolmentSample, FaceCaptured, Heartbeat, TrackAlive
from adsum_contracts.face import Box, FaceCrop
from adsum_contracts.logs import log_to_stderr
from adsum_contracts.models import DLIB_RESNET_V1, ModelSpec
from adsum_contracts.routes import commands_stream, events_stream
from adsum_contracts.sealing import seal, unseal
from adsum_contracts.tasks import (
    DecideLesson,
    EnrolmentProgress,
    EnrolPhotos,
    EnrolSamples,
    EntryRef,
    IdentifyFaces,
)
from adsum_recognizer.adapters.groups import Groups
from adsum_recognizer.adapters.ingress import Ingress
from adsum_recognizer.embedders import LoadedEmbedders
from adsum_recognizer.errors import ModelNotReady
from adsum_recognizer.handlers.deciding import Deciding
from adsum_recognizer.handlers.enrolment import Enrolment
from adsum_recognizer.handlers.faces import Faces
from adsum_recognizer.handlers.intake import Intake
from adsum_recognizer.handlers.opening import Opener
from adsum_recognizer.handlers.watching import Watching
from adsum_recognizer.ports import Waiting
from adsum_store.models import (
    Base,
    Camera,
    Consent,
    EnrolmentJob,
    Lesson,
    Room,
    School,
    Section,
    SectionEnrolment,
    Student,
)
from adsum_store.repositories import templates
from adsum_store.sealing import Vault
from adsum_store.unit_of_work import Store
from adsum_vision import types as vision_types
from adsum_vision.crops import Crop
from adsum_vision.types import BgrImage, Face

NINE = datetime(2026, 2, 11, 9, tzinfo=UTC)
CROP_PX = 120
PATCH_PX = 8


def unit(axis: int) -> NDArray[np.float32]:
    """The template of person `axis`."""
    return np.eye(512, dtype=np.float32)[axis]


def picture(person: int, score: float) -> bytes:
    """A textured crop that tells the embedder below what to say; lossless."""
    image = np.random.default_rng(7).integers(60, 200, (CROP_PX, CROP_PX, 3), dtype=np.uint8)
    image[:PATCH_PX, :PATCH_PX] = person
    image[:PATCH_PX, PATCH_PX : 2 * PATCH_PX] = round(score * 250)
    return cv2.imencode(".png", image)[1].tobytes()


class ReadingEmbedder:
    """Reads person and score off the crop: a vector that far from the person's template."""

    spec: ModelSpec = DLIB_RESNET_V1

    def embed(self, crops: Sequence[Crop]) -> NDArray[np.float32]:
        vectors = [self._vector(crop.image) for crop in crops]
        return np.array(vectors, np.float32).reshape(len(crops), 512)

    def _vector(self, image: BgrImage) -> NDArray[np.float32]:
        person, score = int(image[0, 0, 0]), float(image[0, PATCH_PX, 0]) / 250
        return (score * unit(person) + np.sqrt(1 - score**2) * unit(511)).astype(np.float32)


class ChokingEmbedder(ReadingEmbedder):
    """Fails on one person's crops."""

    def __init__(self, person: int) -> None:
        self._person = person

    def _vector(self, image: BgrImage) -> NDArray[np.float32]:
        if image[0, 0, 0] == self._person:
            raise RuntimeError("choked")
        return super()._vector(image)


class OneFace:
    """A detector that finds one face, in the middle."""

    def detect(self, image: BgrImage) -> tuple[Face, ...]:
        side = image.shape[0]
        points = tuple((x * side, y * side) for x, y in LANDMARKS)
        return (Face(vision_types.Box(side / 4, side / 4, side / 2, side / 2), points, 0.99),)  # type: ignore[arg-type]


LANDMARKS = ((0.42, 0.42), (0.58, 0.42), (0.5, 0.516), (0.43, 0.58), (0.57, 0.58))


@dataclass
class Told:
    """Remembers the follow-ups."""

    attendance: list[UUID] = field(default_factory=list)
    judged: list[UUID] = field(default_factory=list)
    photos: list[EnrolPhotos] = field(default_factory=list)
    progress: list[EnrolmentProgress] = field(default_factory=list)
    identify_tasks: list[IdentifyFaces] = field(default_factory=list)
    sample_tasks: list[EnrolSamples] = field(default_factory=list)
    decide_at_once: Callable[[UUID], None] | None = None
    waits: Waiting = field(default_factory=lambda: Waiting(0, 0))

    def decide(self, lessons: Iterable[UUID]) -> None:
        for lesson_id in sorted(set(lessons)):
            assert self.decide_at_once is not None
            self.decide_at_once(lesson_id)

    def decision_begins(self, lesson_id: UUID) -> tuple[str, ...]:
        return ()

    def apply_attendance(self, school_id: UUID, lesson_id: UUID) -> None:
        self.attendance.append(lesson_id)

    def enrolment_judged(self, school_id: UUID, job_id: UUID) -> None:
        self.judged.append(job_id)

    def enrol_photos(self, task: EnrolPhotos) -> None:
        self.photos.append(task)

    def enrolment_progress(self, progress: EnrolmentProgress) -> None:
        self.progress.append(progress)

    def identify(self, task: IdentifyFaces) -> None:
        self.identify_tasks.append(task)

    def enrol_samples(self, task: EnrolSamples) -> None:
        self.sample_tasks.append(task)

    def waiting(self) -> Waiting:
        return self.waits


class Classroom:
    """Rows and stream entries, made in one line each."""

    nine = NINE
    picture = staticmethod(picture)
    choking_on = ChokingEmbedder

    def __init__(self, store: Store, client: redis.Redis) -> None:
        self.store, self.client = store, client
        self.secret_key = Fernet.generate_key().decode()
        self.vault = Vault(self.secret_key)
        self.told = Told(decide_at_once=self.decide)
        self.now = NINE + timedelta(days=1)
        self.embedder = ReadingEmbedder()
        self.spool_id, self.sequence = uuid4(), 0
        self.school = self.add(School(name="Test school", timezone="Europe/Zurich"))
        self.room = self.add(Room(school_id=self.school.id, name="101"))
        self.section = self.add(Section(school_id=self.school.id, name="3b"))
        self.key = bytes(range(32))
        self.camera = self.new_camera("front")

    def add(self, row):  # noqa: ANN001, ANN201 - one of many models, given back
        with self.store.begin() as work:
            work.session.add(row)
        return row

    def all(self, model: type[Base]) -> list:
        with self.store.begin() as work:
            return list(work.session.scalars(select(model)))

    def new_camera(self, name: str, room: Room | None = None) -> Camera:
        room = room or self.room
        sealed = self.vault.seal(self.key)
        return self.add(Camera(school_id=self.school.id, name=name, room_id=room.id, key_sealed=sealed))

    def new_room(self, name: str) -> Room:
        return self.add(Room(school_id=self.school.id, name=name))

    def lesson(self, **changes: object) -> Lesson:
        fields = {
            "school_id": self.school.id,
            "section_id": self.section.id,
            "room_id": self.room.id,
            "starts_at": NINE,
            "ends_at": NINE + timedelta(hours=1),
            "late_after_s": 300,
            "key": str(uuid4()),
        }
        return self.add(Lesson(**fields | changes))

    def student(self, number: int, *, on_roster: bool = True, template: bool = True) -> Student:
        """A consented student whose template is `unit(number)`."""
        student = self.add(Student(school_id=self.school.id, number=str(number), name=f"Student {number}"))
        self.consent(student)
        if on_roster:
            self.add(
                SectionEnrolment(
                    school_id=self.school.id,
                    section_id=self.section.id,
                    student_id=student.id,
                    starts_on=NINE.date(),
                )
            )
        if template:
            with self.store.begin() as work:
                new = templates.NewTemplate(
                    self.school.id, student.id, self.embedder.spec.id, unit(number), 0.9, "photo", "t:0"
                )
                assert templates.add(work.session, new)
        return student

    def consent(self, student: Student) -> Consent:
        return self.add(
            Consent(
                school_id=self.school.id,
                student_id=student.id,
                active=True,
                basis="guardian",
                given_by="test",
                granted_at=NINE,
            )
        )

    def job(self, student: Student, source: str = "camera") -> EnrolmentJob:
        return self.add(
            EnrolmentJob(school_id=self.school.id, student_id=student.id, source=source, wanted=1)
        )

    def face(self, track_id: UUID, at_s: float, camera: Camera | None = None) -> FaceCaptured:
        """The next event of the spool: a crop captured `at_s` seconds into the lesson."""
        self.sequence += 1
        return FaceCaptured(
            camera_id=(camera or self.camera).id,
            spool_id=self.spool_id,
            sequence=self.sequence,
            captured_at=NINE + timedelta(seconds=at_s),
            track_id=track_id,
            track_started_at=NINE + timedelta(seconds=at_s),
            frame_width=1280,
            frame_height=720,
            frame_box=Box(x=10, y=10, width=60, height=60),
            face=crop_details(),
        )

    def sample(self, job: EnrolmentJob, index: int) -> EnrolmentSample:
        self.sequence += 1
        return EnrolmentSample(
            camera_id=self.camera.id,
            spool_id=self.spool_id,
            sequence=self.sequence,
            captured_at=NINE,
            job_id=job.id,
            index=index,
            face=crop_details(),
        )

    def heartbeat(self, track_id: UUID | None = None, last_seen_s: float = 0) -> Heartbeat:
        seen = NINE + timedelta(seconds=last_seen_s)
        alive = TrackAlive(track_id=track_id or uuid4(), started_at=NINE, last_seen_at=seen)
        return Heartbeat(
            camera_id=self.camera.id,
            spool_id=self.spool_id,
            sequence=1000,
            captured_at=NINE + timedelta(seconds=75),
            state="watching",
            since=NINE,
            frames=750,
            frames_dropped=0,
            faces=1,
            faces_too_small=0,
            spool_depth=0,
            tracks=(alive,),
        )

    def send(self, event, blob: bytes = b"", key: bytes | None = None) -> EntryRef:  # noqa: ANN001
        """Put the event into its camera's stream, signed."""
        fields = seal("event", CAMERA_EVENT.dump_json(event), blob, key or self.key)
        entry_id = self.client.xadd(events_stream(event.camera_id), fields)
        return EntryRef(camera_id=event.camera_id, entry_id=entry_id.decode())

    def show(self, person: int, score: float, track_id: UUID, at_s: float) -> EntryRef:
        return self.send(self.face(track_id, at_s), picture(person, score))

    def commands(self, camera: Camera | None = None) -> list:
        rows = self.client.xrange(commands_stream((camera or self.camera).id))
        return [CAMERA_COMMAND.validate_json(unseal("command", fields, self.key).body) for _, fields in rows]

    def ingress(self, consumer: str = "test") -> Ingress:
        return Ingress(self.client, consumer)

    def groups(self, consumer: str = "dispatcher") -> Groups:
        return Groups(self.ingress(consumer))

    def intake(self) -> Intake:
        ingress = self.ingress()
        return Intake(ingress, Opener(self.store, ingress, self.vault), lambda: self.now)

    def embedders(self, *others, missing: ModelSpec | None = None) -> LoadedEmbedders:  # noqa: ANN002
        """The class's own embedder, and those of other models, or in its place; all but one."""
        known = {each.spec: each for each in (self.embedder, *others)}

        def load(spec: ModelSpec):  # noqa: ANN202
            if spec == missing:
                raise ModelNotReady("its files are not here")
            return known[spec]

        return LoadedEmbedders(self.embedder.spec, load)

    def faces(self, embedder=None, others: LoadedEmbedders | None = None) -> Faces:  # noqa: ANN001
        embedders = others or self.embedders(*[embedder] if embedder else [])
        return Faces(self.store, self.intake(), self.ingress(), embedders, self.told)

    def deciding(self) -> Deciding:
        default = self.embedder.spec
        return Deciding(self.store, self.ingress(), self.vault, self.told, default, lambda: NINE)

    def decide(self, lesson_id: UUID) -> None:
        self.deciding().decide(DecideLesson(lesson_id=lesson_id))

    def enrolment(self, embedders: LoadedEmbedders | None = None) -> Enrolment:
        embedders = embedders or self.embedders()
        return Enrolment(self.store, self.intake(), self.vault, OneFace(), embedders, self.told)

    def watching(self) -> Watching:
        return Watching(self.store, self.intake(), self.told)

    def receive(self, *refs: EntryRef) -> tuple[EntryRef, ...]:
        """Make the entries pending, as a dispatcher does before it sends a task."""
        groups = self.groups()
        cameras = sorted({ref.camera_id for ref in refs})
        groups.ensure(cameras)
        groups.read(cameras, 1000, 0.01)
        return refs

    def identify(self, *refs: EntryRef) -> None:
        self.faces().identify(IdentifyFaces(entries=self.receive(*refs)))


def crop_details() -> FaceCrop:
    side = float(CROP_PX)
    return FaceCrop(
        width=CROP_PX,
        height=CROP_PX,
        box=Box(x=side / 4, y=side / 4, width=side / 2, height=side / 2),
        landmarks=tuple((x * side, y * side) for x, y in LANDMARKS),
        detector_score=0.99,
        quality=0.5,
    )


@pytest.fixture
def ingress_client(ingress_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(ingress_url) as client:
        yield client


@pytest.fixture
def classroom(store: Store, ingress_client: redis.Redis) -> Classroom:
    return Classroom(store, ingress_client)


@pytest.fixture(autouse=True, scope="session")
def _plain_logs() -> None:
    log_to_stderr("recognizer")
