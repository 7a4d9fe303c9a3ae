"""Tries what should be refused, with words that would harm nobody if they were not."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, cast
from uuid import uuid4

import redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, NoPermissionError
from redis.retry import Retry

from adsum_contracts.credentials import CameraCredentials
from adsum_contracts.ids import CameraId
from adsum_contracts.routes import QUEUE_IDENTIFY, commands_stream, events_stream
from adsum_local.doctor.access_rules import Answer, BoxSeen, Port

TIMEOUT_S: Final = 5.0

POSTGRES, REDIS, OTHER = "PostgreSQL", "Redis", "HTTP"

INNER: Final = ((5432, POSTGRES), (6379, REDIS), (8000, OTHER), (9090, OTHER), (9100, OTHER), (3000, OTHER))
"""Where PostgreSQL, the broker, the api without its proxy, Prometheus, a recognizer's numbers and Grafana
listen in the composition."""

SSL_REQUEST: Final = bytes.fromhex("0000000804d2162f")
"""SSLRequest of PostgreSQL's protocol (53.7, "Message Formats"); its answer is one byte, S or N."""

CONTAINERS: Final = frozenset({"CONFIG", "ACL", "CLIENT"})
NO_ENTRY: Final = ("0-0", "a", "b")

JUST_LOOKING: Final = {"ssl_cert_reqs": "none", "ssl_check_hostname": False}
"""For what shows nothing: whoever answers learns only that somebody asked."""

Words = Sequence[str]


@dataclass(frozen=True, slots=True)
class IngressAt:
    """Where boxes write. `believed`: whether its certificate was, by this system or `authorities` (PEM)."""

    host: str
    port: int
    tls: bool
    believed: bool = False
    authorities: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        """As people write it."""
        return f"{self.host}:{self.port}"


def strangers(ingress: IngressAt) -> dict[str, Answer]:
    """Say without a password what somebody would who looks for a door."""
    nobody = f"v1:doctor:{uuid4()}"
    tries = (
        ("PING",), ("INFO", "server"), ("CONFIG", "GET", "maxmemory"), ("ACL", "WHOAMI"), ("CLIENT", "ID"),
        ("SCAN", "0", "COUNT", "1"), ("LLEN", QUEUE_IDENTIFY), ("XREAD", "STREAMS", nobody, "0"),
        ("XADD", nobody, "NOMKSTREAM", *NO_ENTRY), ("EVAL", "return 1", "0"), ("DEL", nobody),
    )  # fmt: skip
    with _connected(ingress, {}) as client:
        return {
            words[0] if words[0] not in CONTAINERS else " ".join(words[:2]): answer(client, words)
            for words in tries
        }


def box(ingress: IngressAt, camera_id: CameraId, name: str, shown: CameraCredentials) -> BoxSeen:
    """Do as a stolen box would, and as an honest one does; nothing is written anywhere."""
    login = {"username": shown.user, "password": shown.password}
    with _connected(ingress, login) as client:
        if answer(client, ("PING",)) is not Answer.DONE:
            return BoxSeen(name, let_in=False)
        work = {what: answer(client, words) for what, words in _work(camera_id).items()}
        beyond = {what: answer(client, words) for what, words in _beyond(camera_id).items()}
    return BoxSeen(name, True, work, beyond)


def answer(client: redis.Redis, words: Words) -> Answer:
    """Say one thing. An error that is no refusal means that the command would have been done."""
    try:
        cast(Any, client).execute_command(*words)
    except (AuthenticationError, NoPermissionError):
        return Answer.REFUSED
    except redis.ResponseError as error:
        return Answer.REFUSED if _is_refusal(str(error)) else Answer.DONE
    except (redis.RedisError, OSError):
        return Answer.CUT
    return Answer.DONE


def inner_ports(host: str) -> tuple[Port, ...]:
    """Knock at what should be closed, at all at once."""
    with ThreadPoolExecutor(len(INNER)) as knocking:
        return tuple(knocking.map(lambda each: Port(each[0], each[1], _speaks(host, *each)), INNER))


def _work(camera_id: CameraId) -> Mapping[str, Words]:
    """What a box does all day; no stream takes an entry of the id 0-0, so none is added."""
    return {
        "read its commands": ("XREAD", "COUNT", "1", "STREAMS", commands_stream(camera_id), "$"),
        "write its events": ("XADD", events_stream(camera_id), "NOMKSTREAM", *NO_ENTRY),
    }


def _beyond(camera_id: CameraId) -> Mapping[str, Words]:
    other = CameraId(uuid4())
    nothing = f"v1:doctor:{uuid4()}"
    return {
        "INFO": ("INFO", "server"),
        "CONFIG GET": ("CONFIG", "GET", "maxmemory"),
        "ACL WHOAMI": ("ACL", "WHOAMI"),
        "CLIENT LIST": ("CLIENT", "LIST"),
        "SCAN": ("SCAN", "0", "COUNT", "1"),
        "EVAL": ("EVAL", "return 1", "0"),
        "DEL": ("DEL", nothing),
        "PUBLISH": ("PUBLISH", nothing, "a"),
        "read its own events": ("XREAD", "COUNT", "1", "STREAMS", events_stream(camera_id), "$"),
        "count its own events": ("XLEN", events_stream(camera_id)),
        "write its own commands": ("XADD", commands_stream(camera_id), "NOMKSTREAM", *NO_ENTRY),
        "read another's commands": ("XREAD", "COUNT", "1", "STREAMS", commands_stream(other), "$"),
        "write another's events": ("XADD", events_stream(other), "NOMKSTREAM", *NO_ENTRY),
        "write a task": ("LPUSHX", nothing, "{}"),
        "see the queue": ("LLEN", QUEUE_IDENTIFY),
    }


def _is_refusal(said: str) -> bool:
    return any(
        word in said for word in ("NOAUTH", "NOPERM", "no permissions", "not allowed", "unknown command")
    )


@contextmanager
def _connected(ingress: IngressAt, login: Mapping[str, str]) -> Iterator[redis.Redis]:
    tls: dict[str, Any] = {}
    if ingress.tls:
        believed = {"ssl_ca_data": "\n".join(ingress.authorities) or None}
        tls = {"ssl": True, **(believed if ingress.believed else JUST_LOOKING)}
    with redis.Redis(
        ingress.host, ingress.port, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S,
        retry=Retry(NoBackoff(), 0), protocol=2, **cast(Any, login), **tls,
    ) as client:  # fmt: skip
        yield client


def _speaks(host: str, port: int, meant_for: str) -> str | None:
    """Return what speaks there: what it is meant for, `something else`, or None where nobody is reached."""
    try:
        with socket.create_connection((host, port), TIMEOUT_S) as knocked:
            return meant_for if _recognised(knocked, meant_for) else "something else"
    except OSError:
        return None


def _recognised(knocked: socket.socket, meant_for: str) -> bool:
    knocked.settimeout(2)
    first: dict[str, bytes] = {POSTGRES: SSL_REQUEST, REDIS: b"PING\r\n", OTHER: b"HEAD / HTTP/1.0\r\n\r\n"}
    try:
        knocked.sendall(first[meant_for])
        heard = knocked.recv(64)
    except OSError:
        return False
    match meant_for:
        case "PostgreSQL":
            return heard in (b"S", b"N")
        case "Redis":
            return heard.startswith((b"+PONG", b"-NOAUTH", b"-DENIED", b"-NOPERM"))
        case _:
            return heard.startswith(b"HTTP/")
