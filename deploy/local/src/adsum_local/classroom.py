"""Whom a demo enrols, and the room, camera and section it makes for them through the API."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adsum_local.client import ApiClient
from adsum_local.sim import Truth

ENROL_FIRST = 3
PICTURES = frozenset({".jpg", ".jpeg", ".png"})


@dataclass(frozen=True, slots=True)
class Pupil:
    """A student to enrol, with photos."""

    number: str
    name: str
    photos: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Classroom:
    """A room with a camera in it and a section taught there."""

    room_id: str
    camera_id: str
    camera_key: str
    section_id: str

    @classmethod
    def create(cls, api: ApiClient, late_after_s: int) -> Classroom:
        """Make all of it through the API."""
        room_id = api.create_room("Room 1")
        camera_id, camera_key = api.create_camera("Camera 1", room_id)
        section_id = api.create_section("Demo section", late_after_s)
        return cls(room_id, camera_id, camera_key, section_id)


def pupils_of_simulation(truth: Truth, enrolment: Path) -> tuple[Pupil, ...]:
    """The simulated students with their enrolment pictures, which are never pictures of the film."""
    return tuple(
        Pupil(person.id, person.name, pictures(enrolment / person.id))
        for person in truth.people
        if person.role == "student"
    )


def pupils_of_folder(faces: Path, most: int) -> tuple[Pupil, ...]:
    """The first `most` people of `faces/enrolled`, each with the first three photos."""
    folders = sorted(path for path in (faces / "enrolled").iterdir() if path.is_dir())[:most]
    return tuple(
        Pupil(str(101 + index), folder.name.replace("_", " "), pictures(folder)[:ENROL_FIRST])
        for index, folder in enumerate(folders)
    )


def pictures(folder: Path) -> tuple[Path, ...]:
    """The pictures in a folder, by name."""
    return tuple(sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURES))


def enrol_pupils(
    api: ApiClient, classroom: Classroom, pupils: Sequence[Pupil], progress: Callable[[float], None]
) -> None:
    """Create everybody, send their photos, and wait until each photo has its verdict."""
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    jobs = []
    for pupil in pupils:
        student_id = api.create_student(pupil.number, pupil.name)
        api.put_on_roster(classroom.section_id, student_id, yesterday)
        jobs.append(api.enrol(student_id, pupil.photos))
    for done, job_id in enumerate(jobs, start=1):
        api.await_enrolment(job_id)
        progress(done / len(jobs))
