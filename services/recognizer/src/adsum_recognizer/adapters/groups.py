"""The consumer group over all camera streams, as the dispatcher reads it. Raises `redis.RedisError`."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, cast

import redis

from adsum_contracts.ids import CameraId
from adsum_contracts.routes import CONSUMER_GROUP, events_stream
from adsum_contracts.tasks import EntryRef
from adsum_recognizer.adapters.ingress import Entry, Ingress

CLAIM_COUNT: Final = 128


class Groups:
    """Reads and claims entries, made pending in this process's name."""

    def __init__(self, ingress: Ingress) -> None:
        self._client = ingress.client
        self._consumer = ingress.consumer
        self._ingress = ingress

    def ensure(self, cameras: Iterable[CameraId]) -> tuple[CameraId, ...]:
        """Make the group on every stream, from its first entry on, also on one that is not there yet; return
        the cameras whose streams have it.

        A full server makes none, and would not even say which are there; those that lack one wait until the
        others' entries have been read.
        """
        cameras = tuple(cameras)
        with self._client.pipeline(transaction=False) as pipe:
            for camera in cameras:
                pipe.xgroup_create(events_stream(camera), CONSUMER_GROUP, id="0", mkstream=True)
            answers = pipe.execute(raise_on_error=False)
        _raise_unless(lambda error: _is_there(error) or _is_full(error), answers)
        return self._with_group(cameras) if any(map(_is_full, answers)) else cameras

    def _with_group(self, cameras: Sequence[CameraId]) -> tuple[CameraId, ...]:
        with self._client.pipeline(transaction=False) as pipe:
            for camera in cameras:
                pipe.xinfo_groups(events_stream(camera))
            answers = pipe.execute(raise_on_error=False)
        name = CONSUMER_GROUP.encode()
        return tuple(
            camera
            for camera, groups in zip(cameras, answers, strict=True)
            if isinstance(groups, list) and any(group["name"] == name for group in groups)
        )

    def forget_dead(self) -> None:
        """Let go of the dead letters whose day is over."""
        self._ingress.forget_dead()

    def pending(self, cameras: Iterable[CameraId]) -> int:
        """Return how many entries are read and not settled, by whomever."""
        cameras = tuple(cameras)
        with self._client.pipeline(transaction=False) as pipe:
            for camera in cameras:
                pipe.xpending(events_stream(camera), CONSUMER_GROUP)
            answers = pipe.execute(raise_on_error=False)
        _raise_unless(_no_group, answers)
        return sum(int(answer["pending"]) for answer in answers if isinstance(answer, dict))

    def read(self, cameras: Sequence[CameraId], total: int, wait_s: float = 0.0) -> list[Entry]:
        """Return new entries, about `total` spread over the streams but one of each at least; waits that long
        for the first of them."""
        streams = {events_stream(camera): camera for camera in cameras}
        each = max(1, total // max(1, len(streams)))
        try:
            answer = self._client.xreadgroup(
                CONSUMER_GROUP,
                self._consumer,
                cast(Any, dict.fromkeys(streams, ">")),
                count=each,
                block=math.ceil(wait_s * 1000) or None,
            )
        except redis.ResponseError as error:
            if not _no_group(error):
                raise
            self.ensure(cameras)  # the server came back without its streams
            return []
        return [entry for name, rows in _streams(answer) for entry in _entries(streams[name.decode()], rows)]

    def reclaim(self, cameras: Sequence[CameraId], idle_s: float, total: int) -> list[Entry]:
        """Claim what nobody has touched for `idle_s` seconds, at most about `total` entries.

        Entries that their stream has dropped meanwhile are acknowledged: they would be pending for ever.
        """
        found: list[Entry] = []
        for camera, ids in self._idle(cameras, int(idle_s * 1000)):
            if len(found) < total:
                found += self._claim(camera, ids, int(idle_s * 1000))
        return found

    def _idle(self, cameras: Sequence[CameraId], idle_ms: int) -> list[tuple[CameraId, list[bytes]]]:
        # XAUTOCLAIM answers nil for a deleted entry on Redis 6.2; asking and claiming apart does not.
        with self._client.pipeline(transaction=False) as pipe:
            for camera in cameras:
                pipe.xpending_range(
                    events_stream(camera), CONSUMER_GROUP, min="-", max="+", count=CLAIM_COUNT, idle=idle_ms
                )
            answers = pipe.execute(raise_on_error=False)
        _raise_unless(_no_group, answers)
        rows = zip(cameras, answers, strict=True)
        return [(camera, [row["message_id"] for row in idle]) for camera, idle in rows if _are_rows(idle)]

    def rest(self, seconds: float) -> None:
        """Wait: as much is in flight as may be."""
        time.sleep(seconds)

    def _claim(self, camera: CameraId, ids: Sequence[bytes], idle_ms: int) -> list[Entry]:
        stream = events_stream(camera)
        claimed = self._client.xclaim(
            stream, CONSUMER_GROUP, self._consumer, idle_ms, cast(Any, ids), justid=True
        )
        refs = [EntryRef(camera_id=camera, entry_id=id_.decode()) for id_ in cast(Any, claimed)]
        entries = self._ingress.read(refs)
        there = {entry.ref for entry in entries}
        self._ingress.settle([ref for ref in refs if ref not in there])
        return list(entries)


def _streams(answer: Any) -> Iterable[tuple[bytes, Any]]:  # noqa: ANN401 - RESP2 gives pairs, RESP3 a map
    """Yield (stream name, entries) from whatever shape the protocol's version gives it."""
    if isinstance(answer, dict):
        return [(name, [entry for part in parts for entry in part]) for name, parts in answer.items()]
    return [(name, rows) for name, rows in answer or ()]


def _entries(camera: CameraId, rows: Iterable[tuple[bytes, dict[bytes, bytes]]]) -> list[Entry]:
    return [Entry(EntryRef(camera_id=camera, entry_id=id_.decode()), fields) for id_, fields in rows]


def _raise_unless(expected: Callable[[Exception], bool], answers: Iterable[Any]) -> None:
    """Raise the first error among the answers that was not to be expected."""
    for answer in answers:
        if isinstance(answer, Exception) and not expected(answer):
            raise answer


def _are_rows(answer: Any) -> bool:  # noqa: ANN401 - an answer of Redis, or an error in its place
    return isinstance(answer, list) and bool(answer)


def _is_there(error: Exception) -> bool:
    return str(error).startswith("BUSYGROUP")


def _is_full(answer: Any) -> bool:  # noqa: ANN401 - an answer of Redis, or an error in its place
    return isinstance(answer, redis.OutOfMemoryError)


def _no_group(error: Exception) -> bool:
    return "NOGROUP" in str(error)
