"""The camera streams as the recognizer uses them: one consumer group over one stream for each camera."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, cast

import redis
import structlog

from adsum_contracts.commands import CAMERA_COMMAND, Committed, TrackNamed
from adsum_contracts.ids import CameraId
from adsum_contracts.routes import COMMANDS_MAXLEN, CONSUMER_GROUP, DEAD_FACES, commands_stream, events_stream
from adsum_contracts.sealing import seal
from adsum_contracts.tasks import EntryRef

log = structlog.get_logger()

Fields = Mapping[bytes, bytes]

FAILURES: Final = "v1:failures:faces"
REFUSED: Final = "v1:refused:faces"
"""How many entries were refused, by reason, since the counts were made."""
DEAD_MAXLEN: Final = 1_000
DEAD_FOR_S: Final = 24 * 3600
"""As long as a camera's spool keeps an entry."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a camera's stream, as it came: nothing in it is checked yet."""

    ref: EntryRef
    fields: Fields


class Ingress:
    """Reads, keeps, settles and buries entries; speaks back to cameras. Raises `redis.RedisError`."""

    def __init__(self, client: redis.Redis, consumer: str) -> None:
        self.client = client
        self.consumer = consumer

    def refresh(self, refs: Iterable[EntryRef]) -> None:
        """Say that these are being worked on: their idle time starts again, and nobody reclaims them."""
        with self.client.pipeline(transaction=False) as pipe:
            for camera_id, ids in _by_camera(refs):
                pipe.xclaim(
                    events_stream(camera_id), CONSUMER_GROUP, self.consumer, 0, cast(Any, ids), justid=True
                )
            _run_in_group(pipe)

    def read(self, refs: Sequence[EntryRef]) -> tuple[Entry, ...]:
        """Return those of the entries that are still in their stream, in order."""
        with self.client.pipeline(transaction=False) as pipe:
            for ref in refs:
                pipe.xrange(events_stream(ref.camera_id), ref.entry_id, ref.entry_id)
            found = pipe.execute()
        return tuple(Entry(ref, rows[0][1]) for ref, rows in zip(refs, found, strict=True) if rows)

    def settle(self, refs: Iterable[EntryRef]) -> None:
        """Acknowledge the entries, then delete them.

        In this order: on Redis 6.2 an entry that is deleted while it is pending can never be claimed away.
        """
        with self.client.pipeline(transaction=False) as pipe:
            for camera_id, ids in _by_camera(refs):
                pipe.xack(events_stream(camera_id), CONSUMER_GROUP, *ids)
                pipe.xdel(events_stream(camera_id), *ids)
                pipe.hdel(FAILURES, *(f"{camera_id}:{entry_id}" for entry_id in ids))
            pipe.execute()

    def count_failure(self, ref: EntryRef) -> int:
        """Return how often this entry has failed by now; forgotten a day after the last failure of any."""
        with self.client.pipeline(transaction=True) as pipe:
            pipe.hincrby(FAILURES, f"{ref.camera_id}:{ref.entry_id}", 1)
            pipe.expire(FAILURES, DEAD_FOR_S)
            return int(pipe.execute()[0])

    def bury(self, entry: Entry, error: str, *, keep_content: bool) -> None:
        """Move the entry to the dead letters, which hold the newest thousand for a day.

        `keep_content` keeps what is needed to replay it; without, only its name and the error are kept, and
        not even those in a full server.
        """
        letter: dict[bytes, bytes] = {
            b"camera_id": str(entry.ref.camera_id).encode(),
            b"entry_id": entry.ref.entry_id.encode(),
            b"error": error.encode()[:1000],
        }
        content = dict(entry.fields) if keep_content else {}
        with self.client.pipeline(transaction=True) as pipe:
            pipe.xadd(DEAD_FACES, cast(Any, letter | content), maxlen=DEAD_MAXLEN, approximate=False)
            pipe.expire(DEAD_FACES, DEAD_FOR_S)  # should no dispatcher ever come to forget them
            try:
                pipe.execute()
            except redis.OutOfMemoryError:
                if keep_content:
                    raise
                log.warning("entry_not_kept", camera_id=str(entry.ref.camera_id), error=error)

    def forget_dead(self) -> None:
        """Let go of the dead letters whose day is over, whether or not others joined them since."""
        oldest = f"{int((time.time() - DEAD_FOR_S) * 1000)}-0"
        self.client.xtrim(DEAD_FACES, minid=oldest, approximate=False)

    def count_refused(self, *reasons: str) -> None:
        """Count one refusal for each of the reasons; in a full server they are only logged.

        What is refused, copies included, is what such a server has to get rid of first.
        """
        counts = Counter(reasons)
        with self.client.pipeline(transaction=False) as pipe:
            for reason, times in counts.items():
                pipe.hincrby(REFUSED, reason, times)
            try:
                pipe.execute()
            except redis.OutOfMemoryError:
                log.warning("refusals_not_counted", reason="the ingress is full", **counts)

    def refused(self) -> dict[str, int]:
        """Return how many entries were refused, by reason."""
        counts = cast(dict[bytes, bytes], self.client.hgetall(REFUSED))
        return {reason.decode(): int(times) for reason, times in sorted(counts.items())}

    def command(self, camera_id: CameraId, command: Committed | TrackNamed, key: bytes) -> None:
        """Tell a camera something, signed with its key.

        A full server cannot hold it: the camera sends again what it was not told of, and is told then.
        """
        fields = seal("command", CAMERA_COMMAND.dump_json(command), b"", key)
        try:
            self.client.xadd(
                commands_stream(camera_id), cast(Any, fields), maxlen=COMMANDS_MAXLEN, approximate=True
            )
        except redis.OutOfMemoryError:
            log.warning("camera_not_told", camera_id=str(camera_id), reason="the ingress is full")


def _by_camera(refs: Iterable[EntryRef]) -> list[tuple[CameraId, list[str]]]:
    ordered = sorted(refs, key=lambda ref: ref.camera_id)
    groups = groupby(ordered, key=lambda ref: ref.camera_id)
    return [(camera_id, [ref.entry_id for ref in of_camera]) for camera_id, of_camera in groups]


def _run_in_group(pipe: Any) -> None:  # noqa: ANN401 - redis-py's pipelines are not generic
    """Run the commands; a stream that lost its group with its server gets a new one from the dispatcher."""
    for answer in pipe.execute(raise_on_error=False):
        if isinstance(answer, Exception) and not str(answer).startswith("NOGROUP"):
            raise answer
