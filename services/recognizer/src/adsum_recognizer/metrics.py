"""How dispatcher and workers do, as Prometheus reads it: counts and ages, nothing about anybody."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import redis
from prometheus_client import CollectorRegistry, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from adsum_contracts.ids import CameraId
from adsum_contracts.tasks import EnrolSamples, IdentifyFaces
from adsum_recognizer.adapters.backlog import Backlog
from adsum_recognizer.adapters.ingress import Ingress
from adsum_recognizer.adapters.streams import Standing, standing
from adsum_recognizer.dispatcher import Tasks
from adsum_recognizer.ports import Waiting
from adsum_recognizer.sign_of_life import SignOfLife
from adsum_vision.laps import Laps

Family = GaugeMetricFamily | CounterMetricFamily

FILLS: Final = (0.125, 0.25, 0.5, 0.75, 1.0)

GAUGES: Final[tuple[tuple[str, str, Callable[[Standing], float]], ...]] = (
    ("stream_entries", "Entries in the camera streams.", lambda now: now.entries),
    ("in_flight_entries", "Of these, read and not settled.", lambda now: now.in_flight),
    ("oldest_crop_age_seconds", "Age of the oldest entry in a stream.", lambda now: now.oldest_age_s),
    ("dead_letters", "Entries given up, kept for a day.", lambda now: now.dead_letters),
    ("ingress_memory_bytes", "What the cameras' Redis holds.", lambda now: now.memory),
    ("ingress_memory_limit_bytes", "What it may hold; 0: no limit.", lambda now: now.memory_limit),
)


class Metrics:
    """The text of `/metrics`; whatever others know is asked at each reading."""

    def __init__(self, sign: SignOfLife, backlog: Backlog) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.registry.register(_Life(sign))
        self.registry.register(_Queues(backlog))

    def text(self) -> bytes:
        """Return the exposition, in Prometheus' text format 0.0.4."""
        return generate_latest(self.registry)

    def of_streams(self, ingress: Ingress, cameras: Callable[[], Sequence[CameraId]]) -> None:
        """Tell of these cameras' streams as well, and of what was refused."""
        self.registry.register(_Streams(ingress, cameras))

    def of_work(self, laps: Laps) -> None:
        """Tell where a worker's time goes as well."""
        self.registry.register(_Work(laps))

    def of_batches(self, tasks: Tasks, batch_max: int) -> MeteredTasks:
        """Tell how full the batches are as well, of what is sent through the answer."""
        fill = Histogram(
            _named("batch_fill_ratio"),
            "Entries of a task, of those that it could have.",
            buckets=FILLS,
            registry=self.registry,
        )
        return MeteredTasks(tasks, fill, batch_max)


class MeteredTasks:
    """The dispatcher's tasks, and how full each batch was."""

    def __init__(self, tasks: Tasks, fill: Histogram, batch_max: int) -> None:
        self._tasks, self._fill, self._batch_max = tasks, fill, batch_max

    def identify(self, task: IdentifyFaces) -> None:
        """Have these crops embedded and matched."""
        self._tasks.identify(task)
        self._fill.observe(len(task.entries) / self._batch_max)

    def enrol_samples(self, task: EnrolSamples) -> None:
        """Have these samples judged and made templates."""
        self._tasks.enrol_samples(task)
        self._fill.observe(len(task.entries) / self._batch_max)

    def waiting(self) -> Waiting:
        """Say what nobody has taken yet."""
        return self._tasks.waiting()


class _Life(Collector):
    def __init__(self, sign: SignOfLife) -> None:
        self._sign = sign

    def collect(self) -> Iterable[Family]:
        """Yield the age of the sign of life."""
        yield _gauge("sign_of_life_age_seconds", "Since it last consumed, or idled.", self._sign.age_s)


class _Queues(Collector):
    def __init__(self, backlog: Backlog) -> None:
        self._backlog = backlog

    def collect(self) -> Iterable[Family]:
        """Yield the queues' lengths, or nothing while the broker is away."""
        try:
            depths = self._backlog.depths()
        except redis.RedisError:
            return
        yield _labelled(
            GaugeMetricFamily(_named("queue_depth"), "Tasks nobody took.", labels=("queue",)), depths
        )


class _Streams(Collector):
    def __init__(self, ingress: Ingress, cameras: Callable[[], Sequence[CameraId]]) -> None:
        self._ingress, self._cameras = ingress, cameras

    def collect(self) -> Iterable[Family]:
        """Yield how the streams stand, or nothing while their server is away."""
        try:
            now, refused = standing(self._ingress.client, self._cameras()), self._ingress.refused()
        except redis.RedisError:
            return
        for name, meaning, reading in GAUGES:
            yield _gauge(name, meaning, reading(now))
        yield _labelled(
            CounterMetricFamily(_named("entries_refused"), "Refused, by reason.", labels=("reason",)), refused
        )


class _Work(Collector):
    def __init__(self, laps: Laps) -> None:
        self._laps = laps

    def collect(self) -> Iterable[Family]:
        """Yield the seconds of each step, waiting for work included, and how often it was done."""
        yield _labelled(
            CounterMetricFamily(_named("step_seconds"), "Time by step of the work.", labels=("step",)),
            dict(self._laps.seconds),
        )
        yield _labelled(
            CounterMetricFamily(_named("steps"), "Steps of the work done.", labels=("step",)),
            dict(self._laps.times),
        )


def _gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(_named(name), meaning, value=value)


def _labelled(family: Family, values: Mapping[str, float]) -> Family:
    for label, value in values.items():
        family.add_metric((label,), value)
    return family


def _named(name: str) -> str:
    return f"adsum_recognizer_{name}"
