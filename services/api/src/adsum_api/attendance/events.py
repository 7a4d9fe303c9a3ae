"""What happens to a register, told to open pages as server-sent events, from the outbox."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final
from uuid import UUID

import structlog
from anyio import Event
from fastapi import APIRouter, Header
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
from adsum_store.repositories.outbox import Subject
from adsum_store.unit_of_work import Store

log = structlog.get_logger()
router = APIRouter(prefix="/v1", tags=["attendance"], route_class=ContractRoute)

PAGE: Final = 200
"""Messages read at once: what one slow reader can hold in memory."""

PATIENCE_S: Final = 15.0
"""After so long a reader looks without being woken: a lost wake-up costs no more than this."""

PING_S: Final = 15
RETRY_S: Final = 3.0
SEND_TIMEOUT_S: Final = 30.0
GRACE_S: Final = 5.0
LONGEST_S: Final = 600.0
"""A stream ends by itself after ten minutes; the page comes back at once, and its rights are looked at anew:
so long, at most, does somebody listen whose rights were taken away."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Whom to tell: one lesson's page, from after number `last` on. `newest` was there when it came; `caller`
    has its seat; `ending` is set when the process is about to end."""

    about: Subject
    last: int
    newest: int
    caller: str = ""
    ending: Event = field(default_factory=Event)


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
    `lesson_closed`. Without `Last-Event-ID` the telling begins now.

    A lesson's events are numbered from 1 on, without a gap. Where those after `Last-Event-ID` are kept no
    longer, `events_missed` comes first: read the register again.
    """
    runtime.seats.check(caller.key)
    lessons.find(work, caller.school_id, lesson_id)
    about = Subject(caller.school_id, REGISTER_TOPIC, str(lesson_id))
    newest = outbox.newest(work, about)
    last = newest if last_event_id is None else _number(last_event_id)
    listener = Listener(about, last, newest, caller.key)
    telling = tell(runtime.store, runtime.seats, listener)
    return EventSourceResponse(
        telling,
        ping=PING_S,
        send_timeout=SEND_TIMEOUT_S,
        shutdown_event=listener.ending,
        shutdown_grace_period=GRACE_S,
    )


async def tell(store: Store, seats: Seats, listener: Listener) -> AsyncIterator[ServerSentEvent]:
    """Yield what is committed about the lesson until the page leaves, the process ends or ten minutes pass.

    Holds a connection and a thread only while it reads. While Postgres is away it waits, and then goes on
    where it was. The first event has a number and no content: a page that leaves before anything happened
    comes back to here.
    """
    ends_at = asyncio.get_running_loop().time() + LONGEST_S
    last = min(listener.last, listener.newest)
    missed = last < listener.last
    with seats.one(listener.caller), store.wakeups.of(listener.about.key) as woken:
        yield ServerSentEvent(id=str(last), retry=int(RETRY_S * 1000))
        while not listener.ending.is_set() and asyncio.get_running_loop().time() < ends_at:
            woken.clear()
            messages = await _read(store, seats, listener.about, last)
            reached = messages[0].sequence if messages else max(last, listener.newest) + 1
            if missed or reached > last + 1:
                yield ServerSentEvent(id=str(reached - 1), event="events_missed", data="{}")
            missed, last = False, reached - 1
            for message in messages:
                last = message.sequence
                yield _event(message)
            if len(messages) < PAGE:
                await _wait(woken, listener.ending)


async def _read(store: Store, seats: Seats, about: Subject, last: int) -> Sequence[OutboxMessage]:
    while True:
        try:
            return await seats.read(lambda: _messages(store, about, last))
        except SERVERS_AWAY as error:
            log.warning("events_wait_for_postgres", error=type(error).__name__)
            await asyncio.sleep(RETRY_S)


def _messages(store: Store, about: Subject, last: int) -> Sequence[OutboxMessage]:
    with store.begin() as work:
        return outbox.after(work, about, last, PAGE)


async def _wait(*events: asyncio.Event | Event) -> None:
    """Wait for one of these, no longer than `PATIENCE_S`."""
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, timeout=PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waiting:
            each.cancel()


def _event(message: OutboxMessage) -> ServerSentEvent:
    return ServerSentEvent(
        data=json.dumps(message.payload), event=message.payload["type"], id=str(message.sequence)
    )


def _number(sent: str) -> int:
    if not (sent.isascii() and sent.isdigit() and len(sent) <= 18):
        raise Invalid("Last-Event-ID is the id of an event of this stream: a number")
    return int(sent)
