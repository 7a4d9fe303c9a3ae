"""How the cameras stand, as Prometheus reads it: ids of cameras and counts, nothing about anybody."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, get_args

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from adsum_camera.heartbeats import State
from adsum_camera.status import Standing, Statuses
from adsum_contracts.ids import CameraId

Reading = Callable[[Standing], float | None]
Readings = Callable[[Standing], Mapping[str, float]]

GAUGES: Final[tuple[tuple[str, str, Reading], ...]] = (
    ("beat_age_seconds", "Since the loop's last heartbeat.", lambda each: each.beat_age_s),
    ("frame_age_seconds", "Age of the source's newest frame.", lambda each: each.source.frame_age_s),
    ("source_frames_per_second", "What the source brings.", lambda each: each.source.fps),
    ("lesson_coverage_ratio", "Watched of the lesson under way.", lambda each: each.lesson_coverage),
    ("spool_events", "Events that the server does not have yet.", lambda each: each.spool_events),
    ("spool_bytes", "Bytes of these events, sealed.", lambda each: each.spool_bytes),
    ("spool_writable", "0 when the disk is full or fails.", lambda each: each.spool_writes),
    ("server_connected", "1 after the last event sent was taken.", lambda each: each.connected),
    ("committed_age_seconds", "Since the server last confirmed.", lambda each: each.committed_age_s),
    ("clock_offset_seconds", "Added to the box's own clock.", lambda each: each.clock_offset_s),
)

COUNTERS: Final[tuple[tuple[str, str, Reading], ...]] = (
    ("frames", "Frames that were looked at.", lambda each: each.seen.frames),
    ("frames_dropped", "Frames that came too fast.", lambda each: each.seen.frames_dropped),
    ("looks", "Frames searched for faces.", lambda each: each.seen.looks),
    ("faces", "Faces found, each once a look.", lambda each: each.seen.faces),
    ("faces_too_small", "Faces too small to match.", lambda each: each.seen.faces_too_small),
    ("crops_chosen", "Crops handed to the spool.", lambda each: each.seen.crops_sent),
    ("source_reconnects", "How often the source was opened again.", lambda each: each.source.reconnects),
    ("events_published", "Events sent, copies included.", lambda each: each.published),
    ("events_committed", "Events that the server confirmed.", lambda each: each.committed),
    ("commands_refused", "Commands forged, malformed or not ours.", lambda each: each.commands_refused),
    ("spool_syncs_failed", "Times the disk kept nothing for good.", lambda each: each.spool_syncs_failed),
    ("heartbeats_joined", "Heartbeats joined to save room.", lambda each: each.heartbeats_joined),
)

LABELLED: Final[tuple[tuple[str, str, str, Readings], ...]] = (
    ("spool_dropped", "Events given up, since the spool was made.", "kind", lambda each: each.spool_dropped),
    (
        "faces_unsent",
        "Faces that were not worth sending.",
        "reason",
        lambda each: {str(reason): count for reason, count in each.unsent.items()},
    ),
)


class CameraMetrics:
    """The text of `/metrics`; the statuses are asked at each reading."""

    def __init__(self, statuses: Statuses) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._registry.register(_Cameras(statuses))

    def text(self) -> bytes:
        """Return the exposition, in Prometheus' text format 0.0.4."""
        return generate_latest(self._registry)


class _Cameras(Collector):
    def __init__(self, statuses: Statuses) -> None:
        self._statuses = statuses

    def collect(self) -> Iterable[GaugeMetricFamily | CounterMetricFamily]:
        """Yield every family, with one sample a camera where there is something to tell."""
        standings = self._statuses.standings()
        yield _failed(standings, self._statuses.failures())
        yield _states(standings)
        for name, meaning, reading in GAUGES:
            yield _filled(GaugeMetricFamily(_named(name), meaning, labels=("camera",)), standings, reading)
        for name, meaning, reading in COUNTERS:
            yield _filled(CounterMetricFamily(_named(name), meaning, labels=("camera",)), standings, reading)
        for name, meaning, label, readings in LABELLED:
            family = CounterMetricFamily(_named(name), meaning, labels=("camera", label))
            for each in standings:
                for value, count in readings(each).items():
                    family.add_metric((str(each.camera_id), value), count)
            yield family


def _failed(standings: Sequence[Standing], failures: Iterable[CameraId]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(
        _named("failed"), "1 while it is closed and waits to be opened again.", labels=("camera",)
    )
    states = dict.fromkeys((each.camera_id for each in standings), 0) | dict.fromkeys(failures, 1)
    for camera_id, failed in states.items():
        family.add_metric((str(camera_id),), failed)
    return family


def _states(standings: Sequence[Standing]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(
        _named("state"), "1 for the state of the last heartbeat.", labels=("camera", "state")
    )
    for each in standings:
        for state in get_args(State):
            family.add_metric((str(each.camera_id), state), each.state == state)
    return family


def _filled(
    family: GaugeMetricFamily | CounterMetricFamily, standings: Sequence[Standing], reading: Reading
) -> GaugeMetricFamily | CounterMetricFamily:
    for each in standings:
        value = reading(each)
        if value is not None:
            family.add_metric((str(each.camera_id),), value)
    return family


def _named(name: str) -> str:
    return f"adsum_camera_{name}"
