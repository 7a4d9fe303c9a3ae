"""One request to a receiver: to the address that was checked, without redirects, within a time and a size."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from typing import Final

import httpx

from adsum_api.webhooks.guard import Address, BadAddress, Networks, Target, chosen, target_of
from adsum_api.webhooks.schedule import Attempt

TIMEOUT_S: Final = 15.0
"""For a request as a whole, name and all; the specification recommends 15 to 30."""

READ_AT_MOST: Final = 16 * 1024
"""Bytes of an answer: enough to keep a connection for the next request; nothing of it is kept or shown."""

_SECONDS = re.compile(r"\d{1,9}")


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent where."""

    url: str
    headers: dict[str, str]
    body: bytes


class Line:
    """Connections to one receiver; use each for one URL alone: a connection is known by its address, and two
    names at one address have certificates of their own."""

    def __init__(self, tls: ssl.SSLContext, private: Networks) -> None:
        self._private = private
        self._client = httpx.AsyncClient(verify=tls, trust_env=False, timeout=TIMEOUT_S)

    async def __aenter__(self) -> Line:
        """Open the line."""
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def send(self, letter: Letter) -> Attempt:
        """Send it and say how that went; nothing is raised for whatever a receiver does."""
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await self._send(letter, target_of(letter.url, self._private))
        except BadAddress:
            return Attempt(None, "address_refused")
        except (TimeoutError, httpx.TimeoutException):
            return Attempt(None, "timed_out")
        except socket.gaierror:
            return Attempt(None, "name_unknown")
        except httpx.HTTPError as error:
            return Attempt(None, "tls_failed" if _is_tls(error) else "no_connection")

    async def _send(self, letter: Letter, target: Target) -> Attempt:
        """Connect to the very address that was checked, so that no second answer of the name counts."""
        address = chosen(await _resolved(target), self._private)
        if address is None:
            raise BadAddress(target.host)
        host = f"[{address}]" if address.version == 6 else str(address)
        request = self._client.build_request(
            "POST",
            f"{target.scheme}://{host}:{target.port}{target.path}",
            content=letter.body,
            headers=letter.headers | {"Host": _host_header(target), "Accept-Encoding": "identity"},
            extensions={"sni_hostname": target.host},
        )
        async with AsyncExitStack() as stack:
            answer = await self._client.send(request, stream=True, follow_redirects=False)
            stack.push_async_callback(answer.aclose)
            read = 0
            async for chunk in answer.aiter_raw():
                read += len(chunk)
                if read > READ_AT_MOST:
                    break
            return Attempt(answer.status_code, None, _retry_after(answer))


async def _resolved(target: Target) -> list[Address]:
    found = await asyncio.get_running_loop().getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    return [ip_address(str(each[4][0]).partition("%")[0]) for each in found]


def _host_header(target: Target) -> str:
    name = f"[{target.host}]" if ":" in target.host else target.host
    usual = 443 if target.scheme == "https" else 80
    return name if target.port == usual else f"{name}:{target.port}"


def _retry_after(answer: httpx.Response) -> timedelta:
    """Return what `Retry-After` asks for in seconds; a date is not understood, and asks for nothing."""
    asked = answer.headers.get("retry-after", "").strip()
    return timedelta(seconds=int(asked)) if _SECONDS.fullmatch(asked) else timedelta()


def _is_tls(error: BaseException) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        if error.__cause__ is None and error.__context__ is None:
            return False
        error = error.__cause__ or error.__context__  # type: ignore[assignment]
    return False
