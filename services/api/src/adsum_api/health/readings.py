"""What `/metrics` tells, as families of Prometheus: ids of cameras and counts, nothing about anybody."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from adsum_api.retention.alarms import ClockState
from adsum_store.repositories.overview import CameraStanding, LessonCounts, Owed

Reading = Callable[[CameraStanding], float | None]

OF_CAMERAS: Final[tuple[tuple[str, str, Reading], ...]] = (
    ("heartbeat_age_seconds", "Since what it last said of itself was seen.", lambda each: each.age_s),
    ("source_frames_per_second", "What its source brings.", lambda each: each.fps),
    ("spool_events", "Events that wait on its box.", lambda each: each.spool_depth),
    ("lesson_coverage_ratio", "Seen of the lesson under way.", lambda each: each.lesson_coverage),
    ("looks_per_second", "Frames searched for faces.", lambda each: _rate(each, each.looks)),
    ("faces_per_second", "Faces found, each once a look.", lambda each: _rate(each, each.faces)),
    ("crops_per_second", "Crops handed to the spool.", lambda each: _rate(each, each.crops_sent)),
    ("faces_unsent_per_second", "Faces not worth sending.", lambda each: _rate(each, each.faces_unsent)),
    ("source_reconnects", "Times the source was opened again, by its newest heartbeat.",
     lambda each: each.reconnects),
)  # fmt: skip
"""All by the newest heartbeat, so that nobody has to reach the boxes."""


class Retention(Collector):
    """How retention does."""

    def __init__(self, found: Iterable[ClockState]) -> None:
        self._found = list(found)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the age of each clock's last success, the oldest of all schools, and how many ring."""
        ages = GaugeMetricFamily(
            "adsum_api_retention_last_success_age_seconds",
            "Since a retention clock last did its work; since the school was made where it never did.",
            labels=["kind"],
        )
        for kind in sorted({state.kind for state in self._found}):
            oldest = max(state.age.total_seconds() for state in self._found if state.kind == kind)
            ages.add_metric([kind], oldest)
        yield ages
        yield GaugeMetricFamily(
            "adsum_api_retention_clocks_ringing",
            "Clocks whose last run failed, or that have not run for two hours.",
            value=sum(state.alarm is not None for state in self._found),
        )


class Cameras(Collector):
    """How each camera stands."""

    def __init__(self, found: Sequence[CameraStanding]) -> None:
        self._found = found

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield each reading with one sample a camera that has it, and the state that it is in."""
        for name, meaning, reading in OF_CAMERAS:
            family = GaugeMetricFamily(f"adsum_api_camera_{name}", meaning, labels=["camera"])
            for each in self._found:
                if (value := reading(each)) is not None:
                    family.add_metric([str(each.camera_id)], value)
            yield family
        states = GaugeMetricFamily("adsum_api_camera_state", "1 for its state.", labels=["camera", "state"])
        for each in self._found:
            states.add_metric([str(each.camera_id), each.state], 1.0)
        yield states


class Registers(Collector):
    """How far the lessons of the last day are, and who said what in their registers."""

    def __init__(self, counts: LessonCounts, entries: Mapping[tuple[str, str], int]) -> None:
        self._counts, self._entries = counts, entries

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the lessons by state (running, closing, unsigned, signed), and the entries."""
        family = GaugeMetricFamily(
            "adsum_api_lessons", "Lessons that began within a day, by how far they are.", labels=["state"]
        )
        for state, count in asdict(self._counts).items():
            family.add_metric([state], count)
        yield family
        said = GaugeMetricFamily(
            "adsum_api_register_entries",
            "Entries in the registers of lessons that began within a day, by who said so and what.",
            labels=["source", "status"],
        )
        for labels, count in self._entries.items():
            said.add_metric(labels, count)
        yield said


class Debts(Collector):
    """What is owed to people and programs."""

    def __init__(self, owed: Owed) -> None:
        self._owed = owed

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the registers that nobody signed, and what waits to be sent."""
        for name, meaning, value in (
            ("registers_missing", "Registers of the last week that nobody has signed.", self._owed.registers),
            ("webhook_deliveries_pending", "Messages that wait for a webhook.", self._owed.deliveries),
            ("webhook_overdue_seconds", "Since the oldest of them was due.", self._owed.overdue_s),
        ):
            yield GaugeMetricFamily(f"adsum_api_{name}", meaning, value=value)


def _rate(each: CameraStanding, count: int) -> float | None:
    return count / each.beat_s if each.beat_s > 0 else None


@dataclass(frozen=True, slots=True)
class Found:
    """What was read of the record for one scrape; `entries` are counts by source and status."""

    retention: Sequence[ClockState]
    cameras: Sequence[CameraStanding]
    lessons: LessonCounts
    entries: Mapping[tuple[str, str], int]
    owed: Owed

    def registry(self) -> CollectorRegistry:
        """Return all of it as Prometheus' families."""
        registry = CollectorRegistry()
        registry.register(Retention(self.retention))
        registry.register(Cameras(self.cameras))
        registry.register(Registers(self.lessons, self.entries))
        registry.register(Debts(self.owed))
        return registry
