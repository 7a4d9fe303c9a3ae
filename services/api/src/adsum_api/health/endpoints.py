"""`GET /healthz`: open to all, so it names what fails and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel
from sqlalchemy import text

from adsum_api.access.needs import everybody
from adsum_api.deps import Reach
from adsum_api.errors import SERVERS_AWAY
from adsum_api.retention.alarms import reasons, states
from adsum_api.runtime import Runtime

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """`checks` has, for each server, `ok` or the kind of its failure, and for `retention` why a clock rings.

    `degraded`: everything answers, and somebody should look; no new process would mend it.
    """

    status: Literal["ok", "degraded", "failing"]
    checks: dict[str, str]


@router.get(
    "/healthz",
    dependencies=[everybody()],
    responses={503: {"model": Health, "description": "A server does not answer."}},
)
def healthz(runtime: Reach, response: Response) -> Health:
    """Ask Postgres and both Redis servers for a sign of life, and whether retention does its work.

    Where data is kept for too long the status is `degraded`, with 200: whoever restarts what answers 503
    would mend nothing by it.
    """
    checks = {
        "postgres": _outcome(lambda: _ask_postgres(runtime)),
        "ingress": _outcome(runtime.ingress.ping),
        "broker": _outcome(runtime.broker.ping),
    }
    failing = any(outcome != "ok" for outcome in checks.values())
    if failing:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
        return Health(status="failing", checks=checks)
    ringing = _ringing(runtime)
    checks["retention"] = "; ".join(ringing) or "ok"
    return Health(status="degraded" if ringing else "ok", checks=checks)


def _ringing(runtime: Runtime) -> list[str]:
    with runtime.store.begin() as work:
        return reasons(states(work, runtime.clock()))


def _outcome(ask: Callable[[], object]) -> str:
    try:
        ask()
    except SERVERS_AWAY as error:
        return type(error).__name__
    return "ok"


def _ask_postgres(runtime: Runtime) -> None:
    with runtime.store.begin() as work:
        work.session.execute(text("SELECT 1"))
