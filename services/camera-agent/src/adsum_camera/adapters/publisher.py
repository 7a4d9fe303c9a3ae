"""Sends what is in the spool to the camera's own Redis stream, again until the server says it has it.

What is in flight is remembered here alone: after a restart, or a lost connection, everything that is
still in the spool is sent again, and the server recognises what it already has.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import redis

from adsum_camera.adapters.redis_client import IngressClient, patiently
from adsum_camera.adapters.spool import Spool
from adsum_camera.adapters.spool_entries import SpooledEntry
from adsum_camera.clock import LinkClock
from adsum_camera.credentials import Credentials, Shown
from adsum_contracts.ids import CameraId
from adsum_contracts.routes import EVENTS_MAXLEN, events_stream
from adsum_contracts.sealing import seal


@dataclass(frozen=True, slots=True)
class PublishPolicy:
    """Seconds until an entry is sent again (then twice that, and so on), and how many may be in flight.

    The bound keeps a server that has stopped from having its Redis filled with copies of one spool.
    """

    resend_after_s: float = 30.0
    longest_resend_s: float = 600.0
    most_in_flight: int = 2000
    idle_s: float = 0.5


@dataclass(slots=True)
class _Flight:
    due_again_at: float
    pause_s: float


@dataclass(slots=True)
class Publisher:
    """Publishes one camera's spool; `run` is a thread of its own, so Redis never holds up a frame.

    `connected`: the last event sent was taken. `published` counts events sent, copies included.
    """

    spool: Spool
    client: IngressClient
    camera_id: CameraId
    credentials: Credentials
    clock: LinkClock
    policy: PublishPolicy = PublishPolicy()
    connected: bool = field(default=False, init=False)
    published: int = field(default=0, init=False)
    _in_flight: dict[int, _Flight] = field(default_factory=dict, init=False)
    _connection: int = field(default=0, init=False)
    _shown: Shown = field(init=False)

    def __post_init__(self) -> None:
        self._shown = self.credentials.now

    def run(self) -> None:
        """Publish until the stop; while Redis is away, try again with growing pauses."""
        while not self.clock.stopping:
            patiently(self.clock, "events_not_published")(self._publish_or_start_over)
            self.spool.news.wait(self.policy.idle_s)

    def _publish_or_start_over(self) -> None:
        try:
            self.publish_due()
        except redis.RedisError:
            self.connected = False
            self._in_flight.clear()
            raise

    def publish_due(self) -> int:
        """Send, in the order of sequences, what is due, and return how many entries that were.

        Nothing goes while the disk refuses to keep it for good. Raises `redis.RedisError`.
        """
        self._show_renewed()
        self.spool.news.clear()
        waiting = self.spool.waiting(self.policy.most_in_flight)
        self._in_flight = {
            sequence: flight for sequence in waiting if (flight := self._in_flight.get(sequence)) is not None
        }
        due = [sequence for sequence in waiting if self._is_due(sequence)]
        if due and not self.spool.sync():
            return 0
        for sequence in due:
            entry = self.spool.entry(sequence)
            if entry is not None:
                self._send(entry)
        return len(due)

    def _show_renewed(self) -> None:
        """Come in again by renewed credentials: so the server knows that they work."""
        if self._shown is not self.credentials.now:
            self._shown = self.credentials.now
            self.client.connection_pool.disconnect()

    def _is_due(self, sequence: int) -> bool:
        flight = self._in_flight.get(sequence)
        return flight is None or flight.due_again_at <= self.clock.steady()

    def _send(self, entry: SpooledEntry) -> None:
        fields = seal("event", entry.body, entry.picture, self.credentials.key)
        sent_at = self.clock.steady()
        entry_id = self.client.xadd(
            events_stream(self.camera_id), dict(fields.items()), maxlen=EVENTS_MAXLEN, approximate=True
        )
        self.clock.heard(cast(bytes, entry_id), sent_at, self.clock.steady())
        self.connected = True
        self.published += 1
        before = self._in_flight.get(entry.sequence)
        self._doubt_what_another_connection_sent()
        pause = self.policy.resend_after_s if before is None else 2 * before.pause_s
        pause = min(pause, self.policy.longest_resend_s)
        self._in_flight[entry.sequence] = _Flight(self.clock.steady() + pause, pause)

    def _doubt_what_another_connection_sent(self) -> None:
        """Nobody knows what the server behind a broken connection kept: send it again."""
        if self._connection != self.client.connections:
            self._in_flight.clear()
            self._connection = self.client.connections
