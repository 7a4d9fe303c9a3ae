"""`GET /metrics`: how old the work of the api's clocks is, as Prometheus reads it. Nothing about anybody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from adsum_api.access.needs import everybody
from adsum_api.deps import Now, Work
from adsum_api.retention.alarms import ClockState, states

TEXT: Final = "text/plain; version=0.0.4; charset=utf-8"


class MetricsResponse(Response):
    """Prometheus' text format."""

    media_type = TEXT


router = APIRouter(tags=["health"])


@router.get(
    "/metrics",
    dependencies=[everybody()],
    response_class=MetricsResponse,
    responses={200: {"content": {TEXT: {"schema": {"type": "string"}}}}},
    summary="Show the metrics of retention",
)
def show_metrics(work: Work, now: Now) -> Response:
    """Show the age of each retention clock's last success, the oldest of all schools, and how many ring, in
    Prometheus' text format. The proxy of the composition passes no stranger on to it."""
    registry = CollectorRegistry()
    registry.register(_Retention(states(work, now)))
    return MetricsResponse(generate_latest(registry))


class _Retention(Collector):
    def __init__(self, found: Iterable[ClockState]) -> None:
        self._found = list(found)

    def collect(self) -> Iterator[GaugeMetricFamily]:
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
