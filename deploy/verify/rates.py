"""The proxy's limits of rates, as somebody outside who asks too often meets them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from deploy.verify.checks import Finding
from deploy.verify.door import Answer, Door

AT_A_TIME: Final = 100


@dataclass(frozen=True)
class Limit:
    """What deploy/proxy/nginx.conf lets one address do at `path`: `burst` at once, then `per_s`."""

    what: str
    path: str
    burst: int
    per_s: float

    def is_kept(self, served: int, refused: int, seconds: float) -> bool:
        """Whether the burst came through, and no more than it and what the time since allows."""
        return self.burst <= served <= self.burst + 2 + self.per_s * seconds and refused > 0


LIMITS: Final = (
    Limit("sign-in", "/sign-in", 60, 1),
    Limit("join", "/join", 20, 10 / 60),
    Limit("upload", "/mark-attendance/", 50, 10),
)


def limited(door: Door) -> Iterator[Finding]:
    """Knock at each more often than its burst, all at once and with empty hands."""
    for limit in LIMITS:
        yield from _met(door, limit)
    yield "pages and API go on answering", door.status("/v1/rooms", token=True) == HTTPStatus.OK
    yield "and the page to sign in is shown", door.status("/sign-in") == HTTPStatus.OK


def _met(door: Door, limit: Limit) -> Iterator[Finding]:
    with ThreadPoolExecutor(AT_A_TIME) as callers:
        answers = list(callers.map(lambda _: door.knock("POST", limit.path), range(2 * limit.burst + 40)))
    turned_away = [answer for answer in answers if _is_refusal(answer)]
    seconds = max(answer.at for answer in answers) - min(answer.at for answer in answers)
    served = len(answers) - len(turned_away)
    told = f"{limit.what}: of {len(answers)} in {seconds:.1f} s, {served} let through, the others 429"
    yield told, limit.is_kept(served, len(turned_away), seconds)
    yield (
        f"{limit.what}: each refusal is a problem of RFC 9457 that says when to come again",
        bool(turned_away) and all(_says_when(answer) for answer in turned_away),
    )


def _is_refusal(answer: Answer) -> bool:
    """Whether the proxy turned this away; the api's own limits say something else."""
    return answer.status == HTTPStatus.TOO_MANY_REQUESTS and b"from this address" in answer.body


def _says_when(answer: Answer) -> bool:
    problem = json.loads(answer.body)
    return (
        answer.headers.get("Retry-After") == "10"
        and answer.headers.get("Content-Type") == "application/problem+json"
        and answer.headers.get("Strict-Transport-Security", "") != ""
        and (problem["status"], problem["title"]) == (429, "Too Many Requests")
    )
