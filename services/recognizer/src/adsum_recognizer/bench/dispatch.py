"""How many crops a second get from cameras to rows, and how long one takes: no video, and everything else.

Each number of cameras is measured twice. Saturated: the cameras keep a fixed number of crops waiting, so that
the workers never rest; what gets through is the throughput. At half of that rate, or at the one asked for:
how long a crop takes from its camera to the commit of its row, and to that of a decision that counts it,
while nothing is overloaded.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from adsum_recognizer.bench.replay import Place
from adsum_recognizer.bench.rig import START_PATIENCE_S, BenchFailed, Rig, Samples, rig

BACKLOG: Final = 384
"""Crops that wait while saturated: three times what may be in flight."""

SLICE: Final = 128
LOOK_EVERY_S: Final = 0.5
DRAIN_PATIENCE_S: Final = 60.0
PREFIX: Final = "adsum_recognizer_"
STEP: Final = f"{PREFIX}step_seconds_total "
DECISIONS: Final = f"{PREFIX}steps_total decide"
CPU: Final = "process_cpu_seconds_total"


@dataclass(frozen=True, slots=True)
class Latency:
    """From a camera's sending a crop to a commit, in milliseconds."""

    p50_ms: float
    p95_ms: float


@dataclass(frozen=True, slots=True)
class Point:
    """What was found with so many cameras. Rates are crops a second; depths, ages and memory are the largest
    seen while saturated; `steps_ms` a crop, `cores` those kept busy, on average. `decided` is the latency of
    the newest crop of each track, to the decision that counts it; `crops_a_decision` how many share one;
    `worker_cpu_ms` a crop, which other work on the machine does not lengthen."""

    cameras: int
    throughput: float
    offered: float
    latency: Latency
    decided: Latency
    saturated_latency: Latency
    saturated_decided: Latency
    crops_a_decision: float
    batch_fill: float
    queue_depth: int
    in_flight: int
    oldest_crop_age_s: float
    redis_memory_peak_mib: float
    steps_ms: dict[str, float]
    cores: dict[str, float]
    worker_cpu_ms: float


@dataclass(slots=True)
class _Window:
    """A stretch of a run: when it was, what was seen in it, and what each process counted meanwhile."""

    began: float
    ended: float = 0.0
    looks: list[Samples] = field(default_factory=list)
    counted: dict[str, float] = field(default_factory=dict)
    sending_s: float = 0.0

    @property
    def seconds(self) -> float:
        return self.ended - self.began

    def most(self, name: str) -> float:
        """The largest value of a gauge of the dispatcher's."""
        return max((look.get(PREFIX + name, 0.0) for look in self.looks), default=0.0)


def measure(
    cameras: Sequence[int],
    seconds: float,
    workers: int,
    embedder: str,
    tell: Callable[[str], None],
    rate: float | None = None,
) -> list[Point]:
    """Measure each number of cameras on servers of its own, latency at `rate` crops a second where that is
    given; raise `NoServers` or `BenchFailed`."""
    points = []
    for count in cameras:
        tell(f"{count:,} cameras: starting")
        with rig(count, workers, embedder) as ready:
            points.append(_point(ready, count, seconds, tell, rate))
    return points


def _point(
    ready: Rig, cameras: int, seconds: float, tell: Callable[[str], None], rate: float | None
) -> Point:
    _warm_up(ready)
    tell(f"{cameras:,} cameras: as fast as it goes")
    full = _run(ready, seconds, lambda: max(BACKLOG - ready.replay.waiting(), 0))
    _drain(ready)
    committed = ready.committed_at()
    saturated_decided = _latency(ready.replay.sent_at, ready.decided_at(), full)
    crops = sum(full.began <= at < full.ended for at in committed.values())
    if not crops:
        raise BenchFailed(f"no crop of {cameras} cameras was stored within {seconds:.0f} s")
    throughput = crops / full.seconds
    offered = rate or throughput / 2
    tell(f"{cameras:,} cameras: {offered:.0f} crops a second")
    half = _run(ready, seconds, _paced(offered, ready.replay.sent, lambda: ready.replay.sent))
    _drain(ready)
    return Point(
        cameras=cameras,
        throughput=throughput,
        offered=offered,
        latency=_latency(ready.replay.sent_at, ready.committed_at(), half),
        decided=_latency(ready.replay.sent_at, ready.decided_at(), half),
        saturated_latency=_latency(ready.replay.sent_at, committed, full),
        saturated_decided=saturated_decided,
        crops_a_decision=crops / max(full.counted.get(DECISIONS, 0.0), 1.0),
        batch_fill=_batch_fill(full),
        queue_depth=int(full.most("queue_depth recognizer.identify")),
        in_flight=int(full.most("in_flight_entries")),
        oldest_crop_age_s=full.most("oldest_crop_age_seconds"),
        redis_memory_peak_mib=ready.ingress.info("memory")["used_memory_peak"] / 2**20,
        steps_ms={
            name.removeprefix(STEP): 1000 * value / crops
            for name, value in full.counted.items()
            if name.startswith(STEP)
        },
        cores=_cores(full),
        worker_cpu_ms=1000 * full.counted[f"worker {CPU}"] / crops,
    )


def _cores(window: _Window) -> dict[str, float]:
    return {
        "dispatcher": window.counted[f"dispatch {CPU}"] / window.seconds,
        "workers": window.counted[f"worker {CPU}"] / window.seconds,
        "redis": window.counted["redis cpu"] / window.seconds,
        "simulated cameras": window.sending_s / window.seconds,
    }


def _warm_up(ready: Rig) -> None:
    """Wait until everybody has begun, and has done a little."""
    deadline = time.monotonic() + START_PATIENCE_S
    while not all(process.is_ready for process in (ready.dispatcher, *ready.workers)):
        if time.monotonic() > deadline:
            raise BenchFailed(f"the processes were not ready within {START_PATIENCE_S:.0f} s")
        time.sleep(0.1)
    ready.replay.send(32 * len(ready.workers))
    _drain(ready)


def _drain(ready: Rig) -> None:
    """Wait until every crop is stored, settled and decided; raise `BenchFailed` when none is for long."""
    least: tuple[float, float] = (math.inf, math.inf)
    deadline = time.monotonic() + DRAIN_PATIENCE_S
    while any(left := _left(ready)):
        ready.forget_follow_ups()
        if left < least:
            least, deadline = left, time.monotonic() + DRAIN_PATIENCE_S
        if time.monotonic() > deadline:
            waiting, undecided = left
            crops = f"{waiting} crops wait" if waiting else f"{undecided:.0f} crops are undecided"
            raise BenchFailed(f"{crops}, and in {DRAIN_PATIENCE_S:.0f} s none was done")
        time.sleep(0.05)


def _left(ready: Rig) -> tuple[int, float]:
    """Return how many crops wait in the streams, and how many are undecided, asked once none waits."""
    waiting = ready.replay.waiting()
    return waiting, ready.undecided() if not waiting else math.inf


def _run(ready: Rig, seconds: float, due: Callable[[], int]) -> _Window:
    """Send what is due for so many seconds, looking now and then."""
    before, sending = _counted(ready), time.process_time()
    window = _Window(time.time())
    next_look = window.began
    while (now := time.time()) < window.began + seconds:
        crops = min(due(), SLICE)
        if crops:
            ready.replay.send(crops)
        if now >= next_look:
            window.looks.append(ready.dispatcher.samples())
            ready.forget_follow_ups()
            next_look = now + LOOK_EVERY_S
        time.sleep(0.002 if crops else 0.01)
    window.ended, window.sending_s = time.time(), time.process_time() - sending
    after = _counted(ready)
    window.counted = {name: value - before.get(name, 0.0) for name, value in after.items()}
    return window


def _paced(rate: float, sent_before: int, sent: Callable[[], int]) -> Callable[[], int]:
    began = time.time()
    return lambda: int((time.time() - began) * rate) - (sent() - sent_before)


def _counted(ready: Rig) -> dict[str, float]:
    """Return what only grows: each worker's steps added up, CPU seconds by role, and the batches."""
    told = ready.dispatcher.samples()
    found = {name: told[name] for name in told if "batch_fill" in name}
    found[f"dispatch {CPU}"] = told[CPU]
    for worker in ready.workers:
        told = worker.samples()
        for name in (name for name in told if name.startswith(STEP) or name in (CPU, DECISIONS)):
            key = f"worker {CPU}" if name == CPU else name
            found[key] = found.get(key, 0.0) + told[name]
    cpu = ready.ingress.info("cpu"), ready.broker.info("cpu")
    found["redis cpu"] = sum(each["used_cpu_user"] + each["used_cpu_sys"] for each in cpu)
    return found


def _batch_fill(window: _Window) -> float:
    name = f"{PREFIX}batch_fill_ratio"
    return window.counted.get(f"{name}_sum", 0.0) / max(window.counted.get(f"{name}_count", 0.0), 1.0)


def _latency(sent_at: dict[Place, float], committed_at: dict[Place, float], window: _Window) -> Latency:
    """Of those of the crops that were sent in the window which `committed_at` knows."""
    took = [
        1000 * (at - sent_at[place])
        for place, at in committed_at.items()
        if window.began <= sent_at[place] < window.ended
    ]
    p50, p95 = np.percentile(took, (50, 95)) if took else (float("nan"), float("nan"))
    return Latency(float(p50), float(p95))
