"""How the camera streams stand, all of them in one round trip and without their pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import redis

from adsum_contracts.ids import CameraId
from adsum_contracts.routes import CONSUMER_GROUP, DEAD_FACES, events_stream

STANDING: Final = """
local entries, pending, oldest = 0, 0, -1
for _, stream in ipairs(KEYS) do
  local length = redis.call('XLEN', stream)
  if length > 0 then
    entries = entries + length
    local first = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1][1]
    local came = tonumber(string.match(first, '^%d+'))
    if oldest < 0 or came < oldest then oldest = came end
    local group = redis.pcall('XPENDING', stream, ARGV[1])
    if not group.err then pending = pending + group[1] end
  end
end
local now = redis.call('TIME')
return {entries, pending, oldest, now[1] * 1000 + math.floor(now[2] / 1000)}
"""
"""Run by the server: asked from here, the oldest entry of each stream would come with its picture."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Entries in the streams, how many of them are read and not settled, and the age of the oldest (0 where
    there is none) by the server's own clock. Memory in bytes; a limit of 0 is none.
    `entries_kept`: the server's append-only file takes what it is told."""

    entries: int
    in_flight: int
    oldest_age_s: float
    dead_letters: int
    memory: int
    memory_limit: int
    entries_kept: bool


def standing(client: redis.Redis, cameras: Sequence[CameraId]) -> Standing:
    """Ask the server; raise `redis.RedisError`."""
    streams = [events_stream(camera) for camera in cameras]
    with client.pipeline(transaction=False) as pipe:
        pipe.eval(STANDING, len(streams), *streams, CONSUMER_GROUP)
        pipe.xlen(DEAD_FACES)
        pipe.info("memory")
        pipe.info("persistence")
        (entries, pending, oldest_ms, now_ms), dead, memory, files = cast(Any, pipe.execute())
    age_s = max(now_ms - oldest_ms, 0) / 1000 if oldest_ms >= 0 else 0.0
    kept = bool(files["aof_enabled"]) and files["aof_last_write_status"] == "ok"
    return Standing(entries, pending, age_s, dead, memory["used_memory"], memory["maxmemory"], kept)
