"""Asks the api: what everybody may know, and with a token what only the server knows."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx
from pydantic import ValidationError

from adsum_api.health.schemas import DeploymentOut
from adsum_local.doctor.clock_rules import DATE_HEADER, ClockRead
from adsum_local.errors import LocalError

TIMEOUT_S: Final = 20.0
DEPLOYMENT: Final = "/v1/health/deployment"

Clock = Callable[[], datetime]


class Unreachable(LocalError):  # noqa: N818 - reads as the sentence it is
    """Nothing that could be judged answers there."""


@dataclass(frozen=True, slots=True)
class HealthSeen:
    """What `/healthz` told: the word for all, what is wrong by part, and the hour of the answer."""

    status: str
    faults: Mapping[str, str]
    clock: ClockRead | None


@dataclass(frozen=True, slots=True)
class NotTold:
    """Why the server told nothing of itself, and what to do about it."""

    why: str
    advice: str


class Api:
    """The server's HTTP side; `context` says whom to believe."""

    def __init__(self, address: str, context: ssl.SSLContext, clock: Clock) -> None:
        self._http = httpx.Client(base_url=address, verify=context, timeout=TIMEOUT_S)
        self._address = address
        self._clock = clock

    def __enter__(self) -> Api:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def health(self) -> HealthSeen:
        """Ask how it is; raise `Unreachable` for what is no Adsum."""
        try:
            self._http.get("/healthz")  # the way there and back is shorter on an open connection
            asked = self._clock()
            answer = self._http.get("/healthz")
            heard = self._clock()
        except httpx.HTTPError as error:
            raise Unreachable(f"{self._address} does not answer: {_plain(error)}") from None
        try:
            told = answer.json()
            faults = {name: said for name, said in told["checks"].items() if said != "ok"}
            return HealthSeen(str(told["status"]), faults, _clock_read(asked, answer, heard))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Unreachable(f"{self._address} answers {answer.status_code} and is no Adsum") from None

    def deployment(self, token: str) -> DeploymentOut | NotTold:
        """Ask for what only the server knows."""
        try:
            answer = self._http.get(DEPLOYMENT, headers={"Authorization": f"Bearer {token}"})
        except httpx.HTTPError as error:
            return NotTold(f"the api does not answer: {_plain(error)}", "see its log")
        if answer.status_code != httpx.codes.OK:
            return refused(answer.status_code, _detail(answer))
        try:
            return DeploymentOut.model_validate_json(answer.content)
        except ValidationError:
            why = "the server answers in words that this doctor does not know"
            return NotTold(why, "use the doctor of the server's version")


def refused(status: int, detail: str) -> NotTold:
    """Say what a refusal means."""
    match status:
        case 401:
            return NotTold("the token is not valid, or no more", "take a new one: see `adsum doctor --help`")
        case 403:
            advice = "give the client the scope deployment:read, or use an administrator's token"
            return NotTold(f"the token lacks the right: {detail}", advice)
        case 404:
            return NotTold("the server is older than this doctor", "bring the server up to date")
        case _:
            return NotTold(f"the api answers {status}: {detail}", "see its log")


def _clock_read(asked: datetime, answer: httpx.Response, heard: datetime) -> ClockRead | None:
    try:
        said = parsedate_to_datetime(answer.headers["Date"])
    except (KeyError, ValueError):
        return None
    return ClockRead(asked, said, heard, DATE_HEADER)


def _detail(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (json.JSONDecodeError, KeyError, TypeError):
        return answer.reason_phrase


def _plain(error: httpx.HTTPError) -> str:
    match error:
        case httpx.TimeoutException():
            return "it says nothing: a firewall may drop what is asked"
        case httpx.ConnectError():
            return f"{error}".rpartition("] ")[2] or "nobody listens"
        case _:
            return type(error).__name__
