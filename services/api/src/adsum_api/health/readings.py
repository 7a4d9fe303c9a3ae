"""What `/metrics` tells, as families of Prometheus: ids of cameras and counts, nothing about anybody."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Final

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from adsum_api.retention.alarms import ClockState
from adsum_store.repositories.overview import CameraStanding, LessonCounts

Reading = Callable[[CameraStanding], float | None]

OF_CAMERAS: Final[tuple[tuple[str, str, Reading], ...]] = (
    ("heartbeat_age_seconds", "Since what it last said of itself was seen.", lambda each: each.age_s),
    ("source_frames_per_second", "What its source brings.", lambda each: each.fps),
    ("spool_events", "Events that wait on its box.", lambda each: each.spool_depth),
    ("lesson_coverage_ratio", "Seen of the lesson under way.", lambda each: each.lesson_coverage),
)


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
    """How far the lessons of the last day are."""

    def __init__(self, counts: LessonCounts) -> None:
        self._counts = counts

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the lessons by state: running, closing, unsigned, signed."""
        family = GaugeMetricFamily(
            "adsum_api_lessons", "Lessons that began within a day, by how far they are.", labels=["state"]
        )
        for state, count in asdict(self._counts).items():
            family.add_metric([state], count)
        yield family
