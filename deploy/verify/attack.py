"""What a stolen camera's box would try on the ingress server, and what must come of it.

Run by the tests on a server configured as the deployment's, by `make verify-compose` on the composition's.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, cast
from uuid import UUID

import redis
from redis.backoff import ConstantBackoff, NoBackoff
from redis.retry import Retry

from adsum_contracts.ids import CameraId
from adsum_contracts.routes import QUEUE_IDENTIFY, commands_stream, events_stream

Connect = Callable[[], redis.Redis]
Words = Sequence[str]
Finding = tuple[str, bool]
"""What must hold, and whether it does."""

MAY: Final = frozenset({"ping", "xadd", "xread"})
OPEN_TO_ALL: Final = frozenset({"auth", "hello", "quit", "reset"})
"""What any connection may say before it has shown who it is."""

MEGABYTE: Final = 1024 * 1024
LARGEST_ID: Final = "18446744073709551615-18446744073709551615"


def every_command(server: redis.Redis) -> list[list[str]]:
    """Return every command that the server knows, each with as many arguments as it wants."""
    server.set_response_callback("COMMAND", lambda rows, **_options: rows)
    return [words for row in cast(Any, server).execute_command("COMMAND") for words in _said(row)]


def _said(row: Sequence[Any]) -> Iterator[list[str]]:
    name, arity, subcommands = row[0], abs(row[1]), row[9]
    if not subcommands:
        words = name.decode().split("|")
        yield words + ["x"] * (arity - len(words))
    for subcommand in subcommands:
        yield from _said(subcommand)


def refused(client: redis.Redis, words: Sequence[object]) -> bool:
    """Whether the server refuses these words for who says them, and for nothing else."""
    try:
        cast(Any, client).execute_command(*words)
    except redis.ResponseError as error:
        # DEBUG and MODULE are shut for everybody, before any list is asked.
        return any(word in str(error) for word in ("NOPERM", "no permissions", "not allowed"))
    return False


def attack(connect: Connect, mine: CameraId, other: CameraId, commands: Sequence[Words]) -> Iterator[Finding]:
    """Try everything as the camera `mine`; the last of it ends that camera's own stream, unless its flood had
    it shut out before, as the api's worker does."""
    client = connect()
    yield from _say_what_it_must(client, mine)
    yield from _say_other_commands(client, commands)
    yield from _touch_other_keys(client, mine, other)
    yield "a forged entry goes into its own stream alone", bool(_forge(client, mine))
    yield from _flood(connect, mine)
    if _is_shut_out(connect):
        yield "shut out for its flood, before it tried the largest id", True
        return
    yield "the largest id is taken in its own stream", bool(_append(client, mine, {"a": "b"}, LARGEST_ID))
    yield "and ends that stream alone", not _append(client, mine, {"a": "b"})
    client.close()


def _say_what_it_must(client: redis.Redis, mine: CameraId) -> Iterator[Finding]:
    yield "it may append to its own stream", bool(_append(client, mine, {"a": "b"}))
    yield "it may read its own commands", client.xread({commands_stream(mine): "0"}) is not None
    yield "it may ping", bool(client.ping())


def _say_other_commands(client: redis.Redis, commands: Sequence[Words]) -> Iterator[Finding]:
    others = [words for words in commands if words[0] not in MAY | OPEN_TO_ALL]
    passed = [" ".join(words) for words in others if not refused(client, words)]
    told = f": not {', '.join(passed)}" if passed else ""
    yield f"all {len(others)} other commands are refused{told}", len(others) > 200 and not passed


def _touch_other_keys(client: redis.Redis, mine: CameraId, other: CameraId) -> Iterator[Finding]:
    task = json.dumps({"headers": {"task": "retention.purge_expired"}, "body": "W10="})
    tries: dict[str, list[object]] = {
        "another camera's events": ["XADD", events_stream(other), "*", "a", "b"],
        "another camera's commands, to write": ["XADD", commands_stream(other), "*", "a", "b"],
        "another camera's commands, to read": ["XREAD", "STREAMS", commands_stream(other), "0"],
        "its own commands, to write": ["XADD", commands_stream(mine), "*", "a", "b"],
        "its own events, to read": ["XREAD", "STREAMS", events_stream(mine), "0"],
        "the dead letters": ["XADD", "v1:dead:faces", "*", "a", "b"],
        "a Celery queue, by LPUSH": ["LPUSH", QUEUE_IDENTIFY, task],
        "a Celery queue, by XADD": ["XADD", QUEUE_IDENTIFY, "*", "task", task],
    }
    for what, words in tries.items():
        yield f"refused: {what}", refused(client, words)


def _flood(connect: Connect, mine: CameraId) -> Iterator[Finding]:
    """One field is limited (`proto-max-bulk-len`), the number of fields is not: Redis has no rule for it."""
    one = connect()
    yield "refused: an entry with a field of 200 MB", not _append(one, mine, {"f": b"x" * (200 * MEGABYTE)})
    one.close()
    many = connect()
    _append(many, mine, {f"f{number}": b"x" * MEGABYTE for number in range(200)})
    many.close()
    last = connect()
    goes_on = bool(_append(last, mine, {"a": "b"}))
    last.close()
    yield "200 fields of 1 MB do not fill the server", goes_on or _is_shut_out(connect)


def _is_shut_out(connect: Connect) -> bool:
    try:
        with connect() as client:
            client.ping()
    except redis.AuthenticationError:
        return True
    return False


def _forge(client: redis.Redis, mine: CameraId) -> bytes | None:
    return _append(client, mine, {"message": '{"type":"face_captured","version":1}', "mac": "0" * 64})


def _append(client: redis.Redis, camera: CameraId, fields: dict[str, Any], entry: str = "*") -> bytes | None:
    try:
        return cast(bytes, client.xadd(events_stream(camera), cast(Any, fields), id=entry))
    except (redis.RedisError, OSError):
        return None


def main() -> None:
    """Attack as the JSON file says (URL, cameras, commands), and print a finding a line, as JSON.

    With `--commands SOCKET`, print the commands of the server there instead.
    """
    if sys.argv[1] == "--commands":
        with redis.Redis(unix_socket_path=sys.argv[2], retry=Retry(ConstantBackoff(0.2), 50)) as server:
            sys.stdout.write(json.dumps(every_command(server)))
        return
    told = json.loads(Path(sys.argv[1]).read_text("utf-8"))

    def connect() -> redis.Redis:
        return redis.Redis.from_url(told["url"], socket_timeout=60, retry=Retry(NoBackoff(), 0))

    mine, other = (CameraId(UUID(told[name])) for name in ("mine", "other"))
    for finding in attack(connect, mine, other, told["commands"]):
        sys.stdout.write(json.dumps(finding) + "\n")


if __name__ == "__main__":
    main()
