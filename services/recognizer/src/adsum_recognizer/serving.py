"""Runs the dispatcher until it is told to stop, through every outage of a server."""

from __future__ import annotations

import signal
from threading import Event
from types import FrameType
from typing import Final

import redis
import structlog

from adsum_recognizer.adapters.groups import Groups
from adsum_recognizer.adapters.streams import standing
from adsum_recognizer.dispatcher import Dispatcher, DispatchPolicy
from adsum_recognizer.errors import OUTAGES
from adsum_recognizer.health import health_page
from adsum_recognizer.metrics import Metrics
from adsum_recognizer.reports import dispatcher_reports
from adsum_recognizer.runtime import connect
from adsum_recognizer.settings import Settings
from adsum_recognizer.sign_of_life import SignOfLife

log = structlog.get_logger()

FIRST_PAUSE_S: Final = 0.2
LONGEST_PAUSE_S: Final = 5.0
IDLE_S: Final = 0.5
"""How long to wait where there is no camera at all."""


def run_dispatcher(settings: Settings) -> int:
    """Dispatch until SIGTERM or SIGINT; return the exit status."""
    stop = Event()
    _stop_on_signals(stop)
    connections = connect(settings, "dispatcher")
    policy = DispatchPolicy(
        settings.batch_max, settings.batch_wait_s, settings.in_flight_max, settings.reclaim_after_s
    )
    sign = SignOfLife(settings.sign_of_life)
    metrics = Metrics(sign, connections.backlog)
    dispatcher = Dispatcher(
        connections.store,
        Groups(connections.ingress),
        metrics.of_batches(connections.queues, settings.batch_max),
        connections.watching(),
        policy,
    )
    metrics.of_streams(connections.ingress, lambda: dispatcher.cameras)
    reports = dispatcher_reports(
        connections.broker, sign, lambda: standing(connections.ingress.client, dispatcher.cameras)
    )
    reports.start(stop)
    with health_page(settings, sign, metrics):
        log.info("dispatcher_ready", model=settings.embedder)
        serve(dispatcher, stop, sign)
    return 0


def serve(dispatcher: Dispatcher, stop: Event, sign: SignOfLife | None = None) -> None:
    """Run round after round; say once that a server is away, and once that all are back.

    Gives the sign of life before each round: one that hangs lets it grow old.
    """
    pause_s = 0.0
    while not stop.is_set():
        if sign is not None:
            sign.give()
        try:
            entries = dispatcher.round()
        except (*OUTAGES, redis.RedisError) as error:
            if not pause_s:
                log.warning("server_away", error=type(error).__name__)
            pause_s = min(max(FIRST_PAUSE_S, 2 * pause_s), LONGEST_PAUSE_S)
            stop.wait(pause_s)
            continue
        if pause_s:
            log.info("servers_back")
        pause_s = 0.0
        if not entries and not dispatcher.cameras:
            stop.wait(IDLE_S)


def _stop_on_signals(stop: Event) -> None:
    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
