"""`GET /metrics`: how the api, its clocks, cameras and registers do, as Prometheus reads it. Nothing about
anybody."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry, generate_latest

from adsum_api.access.needs import everybody
from adsum_api.deps import Now, Work
from adsum_api.health.readings import Found
from adsum_api.retention.alarms import states
from adsum_store.repositories import overview

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
    summary="Show the metrics of the api",
)
def show_metrics(request: Request, work: Work, now: Now) -> Response:
    """Show how long this process takes to answer, how cameras and the day's registers stand, and how old each
    retention clock's last success is, in Prometheus' text format. The proxy of the composition passes no
    stranger on to it."""
    found = Found(
        retention=states(work, now),
        cameras=overview.cameras(work, now),
        lessons=overview.lessons(work, now),
        entries=overview.entries(work, now),
        owed=overview.owed(work, now),
    )
    answered: CollectorRegistry = request.app.state.latencies.registry
    return MetricsResponse(generate_latest(found.registry()) + generate_latest(answered))
