"""What happens to a register, told to open pages as server-sent events, from the outbox."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

import structlog
from fastapi import APIRouter, Header
from fastapi.concurrency import run_in_threadpool
from sse_starlette import EventSourceResponse, ServerSentEvent

from adsum_api.access.needs import needs
from adsum_api.access.own import Own
from adsum_api.access.rights import Right
from adsum_api.attendance.projection import REGISTER_TOPIC
from adsum_api.attendance.seats import Seats
from adsum_api.contract.routing import ContractRoute
from adsum_api.deps import Caller, Reach, Work
from adsum_api.errors import SERVERS_AWAY, Invalid
from adsum_api.lessons import service as lessons
from adsum_store.models import OutboxMessage
from adsum_store.repositories import outbox
from adsum_store.unit_of_work import Store

log = structlog.get_logger()
router = APIRouter(prefix="/v1", tags=["attendance"], route_class=ContractRoute)

POLL_S: Final = 0.5
PING_S: Final = 15
RETRY_S: Final = 3.0


@dataclass(frozen=True, slots=True)
class Listener:
    """Whom to tell: one lesson's page, from after `last_id` on."""

    school_id: UUID
    lesson_id: UUID
    last_id: int


@router.get(
    "/lessons/{lesson_id}/events",
    dependencies=[needs(Right.ATTENDANCE_READ, own=Own.LESSON)],
    response_class=EventSourceResponse,
)
def listen(
    lesson_id: UUID,
    work: Work,
    caller: Caller,
    runtime: Reach,
    last_event_id: Annotated[str | None, Header(description="go on after this event")] = None,
) -> EventSourceResponse:
    """Tell each change of a lesson's register as it is committed: `register_changed`, `lesson_ended`,
    `lesson_closed`. Without `Last-Event-ID` the telling begins now."""
    runtime.seats.check()
    lessons.find(work, caller.school_id, lesson_id)
    last_id = outbox.newest_id(work, caller.school_id, REGISTER_TOPIC, str(lesson_id))
    if last_event_id is not None:
        last_id = _event_id(last_event_id)
    listener = Listener(caller.school_id, lesson_id, last_id)
    return EventSourceResponse(tell(runtime.store, runtime.seats, listener), ping=PING_S)


async def tell(store: Store, seats: Seats, listener: Listener) -> AsyncIterator[ServerSentEvent]:
    """Yield what is committed about the lesson, until the page goes away.

    Holds a connection only while it reads. While Postgres is away it waits, and then goes on where it was.
    """
    last_id = listener.last_id
    seats.taken += 1
    try:
        while True:
            try:
                messages = await run_in_threadpool(_read, store, listener, last_id)
            except SERVERS_AWAY as error:
                log.warning("events_wait_for_postgres", error=type(error).__name__)
                await asyncio.sleep(RETRY_S)
                continue
            for message in messages:
                last_id = message.id
                yield _event(message)
            await asyncio.sleep(POLL_S)
    finally:
        seats.taken -= 1


def _read(store: Store, listener: Listener, last_id: int) -> Sequence[OutboxMessage]:
    with store.begin() as work:
        return outbox.after(work, listener.school_id, REGISTER_TOPIC, str(listener.lesson_id), last_id)


def _event(message: OutboxMessage) -> ServerSentEvent:
    return ServerSentEvent(
        data=json.dumps(message.payload), event=message.payload["type"], id=str(message.id)
    )


def _event_id(sent: str) -> int:
    if not (sent.isascii() and sent.isdigit() and len(sent) <= 18):
        raise Invalid("Last-Event-ID is the id of an event of this stream: a number")
    return int(sent)
