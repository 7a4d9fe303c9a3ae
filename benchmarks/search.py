"""Finding a face's owner: our one SQL round trip for a batch, against the original demo's way, a Python
loop over every stored embedding of the school."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import numpy as np
import psycopg
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from adsum_local.children import start_child, stop_child
from adsum_local.ports import free_port
from adsum_local.postgres_server import PostgresServer
from adsum_store.engine import create_store_engine
from adsum_store.migrations import upgrade
from adsum_store.models import Camera, Consent, Lesson, Room, School, Section, SectionEnrolment, Student
from adsum_store.repositories import templates
from adsum_store.unit_of_work import Store
from benchmarks.measure import Asked, Comparison, compare

STUDENTS, TEMPLATES_EACH, ROSTER, BATCH = 2000, 3, 30, 16
MODEL = "benchmark"
NOON = datetime(2026, 2, 11, 12, tzinfo=UTC)


def run(asked: Asked) -> list[Comparison]:
    """Look for 16 faces in a school of 2000 students with 3 templates each, rosters of 30."""
    vectors = _unit(np.random.default_rng(1).normal(size=(STUDENTS * TEMPLATES_EACH, 512)))
    with _store() as store:
        with store.begin() as work:
            camera = _fill(work.session, vectors)
        probes = [templates.Probe(camera, NOON, MODEL, vectors[i * TEMPLATES_EACH]) for i in range(BATCH)]
        gallery = {str(i): vectors[i * 3 : i * 3 + 3].tolist() for i in range(STUDENTS)}

        def ours() -> None:
            with store.begin() as work:
                templates.nearest(work.session, probes, limit=5)

        def theirs() -> None:
            for probe in probes:
                _original_search(probe.embedding, gallery)

        return [
            compare(
                f"search, a face of a batch of {BATCH}",
                ours,
                "loop over a JSON file's vectors, as in the original demo",
                theirs,
                rounds=3,
                units=BATCH,
                note=f"school of {STUDENTS}, {TEMPLATES_EACH} templates each, roster of {ROSTER}",
            )
        ]


def _original_search(probe: NDArray[np.float32], gallery: dict[str, list[list[float]]]) -> tuple[str, float]:
    best, highest = "", -1.0
    for number, embeddings in gallery.items():
        for embedding in embeddings:
            stored = np.array(embedding)
            score = float(np.dot(probe, stored) / (np.linalg.norm(probe) * np.linalg.norm(stored)))
            if score > highest:
                best, highest = number, score
    return best, highest


def _fill(session: Session, vectors: NDArray[np.float32]) -> UUID:
    school = School(name="Benchmark", timezone="UTC")
    session.add(school)
    session.flush()
    own = {"school_id": school.id}
    room, section = Room(name="1", **own), Section(name="1", late_after_s=300, **own)
    students = [Student(number=str(i), name=f"Student {i}", **own) for i in range(STUDENTS)]
    session.add_all([room, section, *students])
    session.flush()
    session.add_all(_consent(student) for student in students)
    session.add_all(
        SectionEnrolment(section_id=section.id, student_id=student.id, starts_on=date(2026, 1, 1), **own)
        for student in students[:ROSTER]
    )
    camera = Camera(name="1", room_id=room.id, key_sealed=b"", **own)
    hour = timedelta(hours=1)
    lesson = Lesson(
        section_id=section.id, room_id=room.id, starts_at=NOON - hour, ends_at=NOON + hour, late_after_s=0,
        key="1", **own,
    )  # fmt: skip
    session.add_all([camera, lesson])
    session.flush()
    for index, vector in enumerate(vectors):
        student = students[index // TEMPLATES_EACH].id
        new = templates.NewTemplate(school.id, student, MODEL, vector, 1.0, "photo", str(index))
        templates.add(session, new)
    return camera.id


def _consent(student: Student) -> Consent:
    return Consent(
        school_id=student.school_id, student_id=student.id, active=True, basis="guardian",
        given_by="benchmark",
        granted_at=NOON,
    )  # fmt: skip


@contextmanager
def _store() -> Iterator[Store]:
    folder = Path(tempfile.mkdtemp(prefix="adsum-bench-"))
    folder.chmod(0o711)
    server = PostgresServer(folder / "postgres", free_port(), "benchmark")
    server.prepare()
    child = start_child(server.command, user=server.user, cwd=server.folder, quiet=True)
    try:
        _await(server.url)
        upgrade(server.url)
        engine = create_store_engine(server.url)
        yield Store(engine)
        engine.dispose()
    finally:
        stop_child(child)
        shutil.rmtree(folder, ignore_errors=True)


def _await(url: str) -> None:
    for _ in range(200):
        try:
            psycopg.connect(url.replace("+psycopg", "")).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float32]:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
