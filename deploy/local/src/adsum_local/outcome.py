"""What `adsum demo --once --json` prints, measured from committed rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from adsum_local.quantiles import quantile
from adsum_local.score import IN_THE_ROOM, NamedFace, Person, RegisterLine, Score, score
from adsum_local.sim import Truth
from adsum_local.stack import Stack
from adsum_store.engine import create_store_engine
from adsum_store.repositories.evidence import Evidence, NamedTrack
from adsum_store.unit_of_work import Store


@dataclass(frozen=True, slots=True)
class Outcome:
    """One lesson in figures; what cannot be known without a truth is None."""

    embedder: str
    students: int
    strangers: int | None
    truth_present: int | None
    marked_present: int
    correct: int | None
    wrong_name: int | None
    missed: int | None
    strangers_named: int | None
    late_correct: int | None
    late_wrong: int | None
    latency_ms: dict[str, float | None]
    frames: int
    crops: int
    duration_s: float

    def as_json(self) -> dict[str, Any]:
        """The one object on standard output."""
        return asdict(self)

    def in_words(self) -> str:
        """One line for the terminal."""
        if self.truth_present is None:
            return f"{self.marked_present} of {self.students} students marked."
        return (
            f"{self.correct} of {self.truth_present} present students marked, {self.wrong_name} wrong names, "
            f"{self.strangers_named} of {self.strangers} strangers named; "
            f"{self.latency_ms['p50'] or 0:.0f} ms from capture to mark (p50)."
        )


def measure(
    stack: Stack,
    register: Mapping[str, Any],
    truth: Truth | None,
    starts_at: datetime,
    duration_s: float,
) -> Outcome:
    """Read what the lesson left behind and hold it against the truth, if there is one."""
    lesson_id, ends_at = UUID(register["lesson"]["id"]), datetime.fromisoformat(register["lesson"]["ends_at"])
    engine = create_store_engine(stack.database_url)
    with Store(engine).begin() as work:
        evidence = Evidence(work.session)
        tracks = evidence.named_tracks(lesson_id)
        frames = sum(evidence.frame_count(starts_at, ends_at).values())
        crops = evidence.crop_count(lesson_id)
    engine.dispose()
    lines = tuple(_line(entry) for entry in register["entries"])
    figures = _figures(truth, tracks, lines, starts_at)
    strangers = sum(p.role == "stranger" for p in truth.people) if truth else None
    return Outcome(
        embedder=stack.embedder,
        students=len(lines),
        strangers=strangers,
        frames=frames,
        crops=crops,
        duration_s=round(duration_s, 1),
        **figures,
    )


def _figures(
    truth: Truth | None, tracks: tuple[NamedTrack, ...], lines: tuple[RegisterLine, ...], starts_at: datetime
) -> dict[str, Any]:
    if truth is not None:
        faces = tuple(_face(track, starts_at) for track in tracks)
        return asdict(score(people_of(truth), faces, lines))
    delays = sorted(line.latency_ms for line in lines if line.latency_ms is not None)
    unknown = dict.fromkeys(Score.__dataclass_fields__)
    return unknown | {
        "marked_present": sum(line.status in IN_THE_ROOM for line in lines),
        "latency_ms": {"p50": quantile(delays, 0.5), "p95": quantile(delays, 0.95)},
    }


def _line(entry: Mapping[str, Any]) -> RegisterLine:
    captured, marked = entry.get("captured_at"), entry.get("marked_at")
    latency = None
    if captured and marked and entry["status"] in IN_THE_ROOM:
        latency = (datetime.fromisoformat(marked) - datetime.fromisoformat(captured)).total_seconds() * 1000
    return RegisterLine(str(entry["number"]), entry["status"], bool(entry.get("minutes_late")), latency)


def _face(track: NamedTrack, starts_at: datetime) -> NamedFace:
    return NamedFace(
        track.number,
        tuple(((crop.captured_at - starts_at).total_seconds(), crop.frame_box) for crop in track.crops),
    )


def people_of(truth: Truth) -> tuple[Person, ...]:
    """Return who was in the film, with their boxes by the second of the lesson."""
    return tuple(
        Person(
            number=person.id,
            is_student=person.role == "student",
            present=person.present,
            late=person.late,
            boxes={frame / truth.fps: box for frame, box in person.boxes.items()},
        )
        for person in truth.people
    )
