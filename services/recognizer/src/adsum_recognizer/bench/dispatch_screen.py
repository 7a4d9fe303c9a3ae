"""What `adsum-recognizer bench dispatch` shows: tables for people, figures for machines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from rich.table import Table

from adsum_recognizer.bench.dispatch import BACKLOG, Point

PROTOCOL: Final = (
    "drawn crops as signed entries of simulated cameras; one dispatcher, the workers, PostgreSQL and two "
    "Redis servers on this machine; throughput: with {backlog} crops kept waiting for {seconds:g} s; "
    "latency: from a camera's sending to the commit of the row, and of the decision that counts it, at the "
    "offered rate for as long; no worker of the api"
)


def figures(points: Sequence[Point], workers: int, embedder: str, seconds: float) -> dict[str, Any]:
    """Return what JSON says."""
    return {
        "protocol": PROTOCOL.format(backlog=BACKLOG, seconds=seconds),
        "embedder": embedder,
        "workers": workers,
        "seconds": seconds,
        "points": [_figures(point) for point in points],
    }


def tables(points: Sequence[Point], workers: int, embedder: str) -> tuple[Table, Table]:
    """Return what was reached, and where the time went."""
    reached = Table(
        title=f"From cameras to rows, {workers} workers, {embedder}",
        caption="latency at half the throughput; the rest while saturated, the largest seen",
    )
    for heading in (
        "cameras",
        "crops/s",
        "p50 ms",
        "p95 ms",
        "decided p50",
        "decided p95",
        "batch fill",
        "queue",
        "oldest s",
        "Redis MiB",
    ):
        reached.add_column(heading, justify="right")
    for point in points:
        reached.add_row(
            f"{point.cameras:,}",
            f"{point.throughput:.0f}",
            f"{point.latency.p50_ms:.0f}",
            f"{point.latency.p95_ms:.0f}",
            f"{point.decided.p50_ms:.0f}",
            f"{point.decided.p95_ms:.0f}",
            f"{point.batch_fill:.0%}",
            str(point.queue_depth),
            f"{point.oldest_crop_age_s:.1f}",
            f"{point.redis_memory_peak_mib:.0f}",
        )
    return reached, _where_time_goes(points)


def _where_time_goes(points: Sequence[Point]) -> Table:
    table = Table(title="Where the time goes while saturated")
    for heading in ("", *(f"{point.cameras:,} cameras" for point in points)):
        table.add_column(heading, justify="right" if heading else "left")
    for step in dict.fromkeys(name for point in points for name in point.steps_ms):
        table.add_row(f"{step}, ms a crop", *(f"{point.steps_ms.get(step, 0):.2f}" for point in points))
    table.add_row("a worker's CPU, ms a crop", *(f"{point.worker_cpu_ms:.2f}" for point in points))
    table.add_row("crops a decision", *(f"{point.crops_a_decision:.1f}" for point in points))
    table.add_section()
    for role in dict.fromkeys(name for point in points for name in point.cores):
        table.add_row(f"{role}, cores", *(f"{point.cores.get(role, 0):.2f}" for point in points))
    return table


def _figures(point: Point) -> dict[str, Any]:
    return {
        "cameras": point.cameras,
        "throughput_per_s": round(point.throughput, 1),
        "offered_per_s": round(point.offered, 1),
        "latency_p50_ms": round(point.latency.p50_ms, 1),
        "latency_p95_ms": round(point.latency.p95_ms, 1),
        "decided_p50_ms": round(point.decided.p50_ms, 1),
        "decided_p95_ms": round(point.decided.p95_ms, 1),
        "saturated_latency_p50_ms": round(point.saturated_latency.p50_ms, 1),
        "saturated_latency_p95_ms": round(point.saturated_latency.p95_ms, 1),
        "saturated_decided_p50_ms": round(point.saturated_decided.p50_ms, 1),
        "saturated_decided_p95_ms": round(point.saturated_decided.p95_ms, 1),
        "crops_per_decision": round(point.crops_a_decision, 1),
        "batch_fill": round(point.batch_fill, 3),
        "queue_depth": point.queue_depth,
        "in_flight": point.in_flight,
        "oldest_crop_age_s": round(point.oldest_crop_age_s, 2),
        "redis_memory_peak_mib": round(point.redis_memory_peak_mib, 1),
        "worker_ms_per_crop": {name: round(value, 3) for name, value in point.steps_ms.items()},
        "worker_cpu_ms_per_crop": round(point.worker_cpu_ms, 3),
        "cores_busy": {name: round(value, 3) for name, value in point.cores.items()},
    }
