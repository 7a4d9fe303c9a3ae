"""A whole embedded run that may be broken: real servers and services under the real supervisor, a camera that
spools drawn crops, and, for every crop, what the record must say of it in the end."""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import httpx
from sqlalchemy import Select, func, select, tuple_

from adsum_local.folder import DataFolder
from adsum_local.score import IN_THE_ROOM
from adsum_local.stack import Stack, StackPlan
from adsum_local.supervisor import Supervisor
from adsum_recognizer.bench.child import THUMBNAIL
from adsum_recognizer.bench.replay import CROPS_A_LESSON, CROPS_A_TRACK, track_of
from adsum_recognizer.bench.school import LESSON, STUDENTS, ReplayedCamera, found_school
from adsum_recognizer.bench.thumbnail import ThumbnailEmbedder
from adsum_store.engine import create_store_engine
from adsum_store.models import Lesson, Mark, RegisterEntry, School, Sighting, Student, Track
from adsum_store.sealing import Vault
from adsum_store.unit_of_work import Store
from benchmarks.fault_camera import CameraPlan

CAMERA: Final = "camera"
SEEING_WORKER: Final = (sys.executable, "-m", "adsum_recognizer.bench.child", "worker", THUMBNAIL)
"""The recognizer's own worker; only its network is replaced, by one that no setting of a service names."""


@dataclass(frozen=True, slots=True)
class Patience:
    """In seconds: when a silent service is replaced, a pending entry is claimed, an unconfirmed one is sent
    again, and a worker that takes nothing ends itself."""

    silent_s: float
    reclaim_after_s: float
    resend_after_s: float
    stalled_after_s: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of crops. `lost`: not in the record; `doubled`: there more than once; `uncounted`: in no
    decision; `misnamed`: tracks without their student's name; `unmarked`: students who were seen in a lesson
    and are not there by its register; `waiting`: crops that the camera still keeps."""

    lost: int
    doubled: int
    uncounted: int
    misnamed: int
    unmarked: int
    waiting: int

    @property
    def left(self) -> int:
        """How much is still to be done."""
        return self.lost + self.uncounted + self.misnamed + self.unmarked + self.waiting


@dataclass(slots=True)
class Site:
    """The run, and the one camera of its school; `sent` counts the crops that it is to have spooled."""

    stack: Stack
    store: Store
    camera: ReplayedCamera
    goal: Path
    sent: int = 0

    @property
    def supervisor(self) -> Supervisor:
        """Who looks after every process."""
        return self.stack.supervisor

    def send(self, crops: int) -> None:
        """Have the camera spool so many more."""
        self.sent += crops
        partial = self.goal.with_suffix(".partial")
        partial.write_text(str(self.sent), encoding="utf-8")
        partial.replace(self.goal)

    def sightings(self) -> int:
        """Count them."""
        return self._number(select(func.count()).select_from(Sighting))

    def marks(self) -> int:
        """Count what was said of students."""
        return self._number(select(func.count()).select_from(Mark))

    def answered_at(self) -> float | None:
        """Say when (`time.time`) the api answered, just now; None where it does not."""
        try:
            return time.time() if httpx.get(f"{self.stack.address}/healthz", timeout=2).is_success else None
        except httpx.HTTPError:
            return None

    def sign_of(self, service: str) -> float | None:
        """When (`time.time`) it last gave a sign of life; None where it is so young that it gave none."""
        sign = self.stack.folder.path / "state" / f"{service}.alive"
        return sign.stat().st_mtime if sign.exists() else None

    def verdict(self, first: int) -> Verdict:
        """Judge the crops from this number on, and those before it in the same lesson."""
        first -= first % CROPS_A_LESSON
        wanted = Wanted.of(self.camera, first, self.sent)
        stored, distinct = self._stored(wanted.since)
        return Verdict(
            lost=self.sent - first - distinct,
            doubled=stored - distinct,
            uncounted=self.sent - first - self._counted(wanted.since),
            misnamed=len(wanted.names.items() - self._named(wanted.since).items()),
            unmarked=len(wanted.there - self._there(wanted.since)),
            waiting=self._waiting(),
        )

    def _stored(self, since: datetime) -> tuple[int, int]:
        crop = tuple_(Sighting.camera_id, Sighting.captured_at)
        query = select(func.count(), func.count(crop.distinct())).where(Sighting.captured_at >= since)
        with self.store.begin() as work:
            stored, distinct = work.session.execute(query).one()
        return int(stored), int(distinct)

    def _counted(self, since: datetime) -> int:
        return self._number(
            select(func.coalesce(func.sum(Track.sightings), 0)).join(Lesson, Lesson.id == Track.lesson_id)
            .where(Lesson.starts_at >= since)
        )  # fmt: skip

    def _named(self, since: datetime) -> dict[UUID, str]:
        query = (
            select(Track.id, Student.number).join(Student, Student.id == Track.student_id)
            .where(Track.started_at >= since)
        )  # fmt: skip
        with self.store.begin() as work:
            return dict(work.session.execute(query).all())

    def _there(self, since: datetime) -> set[tuple[datetime, str]]:
        query = (
            select(Lesson.starts_at, Student.number).join(RegisterEntry, RegisterEntry.lesson_id == Lesson.id)
            .join(Student, Student.id == RegisterEntry.student_id)
            .where(Lesson.starts_at >= since, RegisterEntry.status.in_(IN_THE_ROOM))
        )  # fmt: skip
        with self.store.begin() as work:
            return {(starts_at, number) for starts_at, number in work.session.execute(query)}

    def _waiting(self) -> int:
        file = next(iter(self._spool.glob("*.sqlite")), None)
        if file is None:
            return 0
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=30)) as spool:
            return int(spool.execute("SELECT count(*) FROM entries").fetchone()[0])

    @property
    def _spool(self) -> Path:
        return self.stack.folder.path / "spool"

    def _number(self, query: Select[int]) -> int:
        with self.store.begin() as work:
            return int(work.session.scalar(query) or 0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the record must say of a stretch of crops: the name of each track, who was in which lesson."""

    since: datetime
    names: Mapping[UUID, str]
    there: frozenset[tuple[datetime, str]]

    @staticmethod
    def of(camera: ReplayedCamera, first: int, end: int) -> Wanted:
        """Return it for the crops from `first`, which begins a lesson, up to `end`."""
        names, there = {}, set()
        for nth in range(first, end):
            lesson, of_lesson = divmod(nth, CROPS_A_LESSON)
            third, of_third = divmod(of_lesson, STUDENTS * CROPS_A_TRACK)
            seat = of_third % STUDENTS
            number = str(camera.roster[seat])
            names[track_of(camera.id, lesson, third, seat)] = number
            there.add((camera.first_lesson + lesson * LESSON, number))
        return Wanted(camera.first_lesson + first // CROPS_A_LESSON * LESSON, names, frozenset(there))


@contextmanager
def site(crops: int, patience: Patience, lines: list[str] | None = None) -> Iterator[Site]:
    """Start everything, with lessons for so many crops, and leave nothing behind; `lines` gets the logs."""
    log = [] if lines is None else lines
    folder = Path(tempfile.mkdtemp(prefix="adsum-faults-"))
    settings = {
        "ADSUM_RECLAIM_AFTER_S": str(patience.reclaim_after_s),
        "ADSUM_STALLED_AFTER_S": str(patience.stalled_after_s),
        "ADSUM_CLOSE_AFTER_S": "3600",
    }
    plan = StackPlan(
        port=0,
        settings=settings,
        silent_s=patience.silent_s,
        in_place_of={"recognizer": SEEING_WORKER},
    )
    with ExitStack() as run:
        run.callback(shutil.rmtree, folder, ignore_errors=True)
        data = run.enter_context(DataFolder(folder))
        tell = lambda service, line: log.append(f"{service:>10} | {line}")  # noqa: E731
        stack = Stack(data, run.enter_context(Supervisor(tell, data.remember_child)), plan)
        stack.start()
        store = Store(create_store_engine(stack.database_url, application="faults"))
        run.callback(store.engine.dispose)
        lessons = -(-crops // CROPS_A_LESSON)
        made = Site(stack, store, _camera(stack, store, lessons), folder / "goal")
        made.send(0)
        _start_camera(made, patience.resend_after_s)
        yield made


def _camera(stack: Stack, store: Store, lessons: int) -> ReplayedCamera:
    with store.begin() as work:
        school_id = work.session.scalars(select(School.id)).one()
    vault, now = Vault(stack.credentials.secret_key), datetime.now(UTC)
    (camera,) = found_school(store, vault, ThumbnailEmbedder(), 1, lessons, now, school_id)
    return camera


def _start_camera(made: Site, resend_after_s: float) -> None:
    stack, camera, folder = made.stack, made.camera, made.stack.folder.path
    plan = CameraPlan(
        str(camera.id), camera.key.hex(), (camera.roster[0], camera.roster[-1] + 1),
        camera.first_lesson.isoformat(), camera.lessons, stack.ingress_url, str(folder / "spool"),
        str(made.goal), resend_after_s,
    )  # fmt: skip
    file = folder / "camera-plan.json"
    file.touch(mode=0o600)
    file.write_text(json.dumps(asdict(plan)), encoding="utf-8")
    command = (sys.executable, "-m", "benchmarks.fault_camera", str(file))
    service = stack.service(CAMERA, *command, env=stack.env)
    sign = folder / "state" / f"{CAMERA}.alive"
    made.supervisor.start(replace(service, ready=sign.exists))
