"""Why a stream cannot be opened: the library says only that it cannot, so the camera itself is asked once.

RTSP's DESCRIBE (RFC 2326) and HTTP's GET look alike, and so do their passwords (RFC 7617, RFC 7616): one
question serves both.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import socket
import ssl
import time
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

PORTS: Final = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}
ANSWER_BYTES: Final = 65536


@dataclass(frozen=True, slots=True)
class Answer:
    """A clause for the technician; `refused` when another user name or password is wanted."""

    reason: str
    refused: bool = False


class _Deadline:
    """When the asking is over, however the host spreads its answer."""

    def __init__(self, timeout_s: float) -> None:
        self._ends_s = time.monotonic() + timeout_s

    def left_s(self) -> float:
        """Return the seconds that are left; raises `TimeoutError` when none are."""
        left_s = self._ends_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        return left_s


def ask_why(url: str, timeout_s: float) -> Answer:
    """Ask the camera for its stream, and tell what it says; never raises, never repeats a password.

    `timeout_s` is for all of it, but finding the host's address takes as long as the system's resolver does.
    """
    address = urlsplit(url)
    host, port = address.hostname or "", address.port or PORTS[address.scheme.lower()]
    deadline = _Deadline(timeout_s)
    try:
        said = _asked(address, host, port, deadline, authorization=None)
        challenge = _challenge(said)
        if challenge is not None and address.username is not None:
            said = _asked(address, host, port, deadline, _authorization(address, challenge))
    except socket.gaierror:
        return Answer(f"no machine named {host} can be found")
    except ConnectionRefusedError:
        return Answer(f"nothing listens at port {port} of {host}; is the camera on, and is the port right")
    except TimeoutError:
        return Answer(f"{host} does not answer at port {port} within {timeout_s:g} s; is the camera on")
    except OSError as error:
        return Answer(f"{host} cannot be reached at port {port} ({type(error).__name__})")
    return judged(said, knows_password=address.username is not None)


def judged(said: str, *, knows_password: bool) -> Answer:
    """Read the camera's answer: its status line tells."""
    status = re.match(r"(?:RTSP|HTTP)/\d\.\d (\d{3})", said)
    if status is None:
        return Answer("what answers there does not speak the address's protocol")
    match int(status[1]):
        case 200:
            return Answer("the camera answers, but sends no picture that can be read")
        case 401 | 403 if knows_password:
            return Answer("the camera refuses the user name or the password", refused=True)
        case 401 | 403:
            return Answer("the camera wants a user name and a password", refused=True)
        case 404:
            return Answer("the camera has no stream of that name")
        case code:
            return Answer(f"the camera answers with status {code}")


def _asked(address: SplitResult, host: str, port: int, deadline: _Deadline, authorization: str | None) -> str:
    """Send one request and return the head of the answer."""
    method, target = _question(address)
    version = "RTSP/1.0" if method == "DESCRIBE" else "HTTP/1.0"
    lines = [f"{method} {target} {version}", "CSeq: 1", f"Host: {host}", "User-Agent: adsum-camera"]
    if authorization is not None:
        lines.append(f"Authorization: {authorization}")
    with socket.create_connection((host, port), deadline.left_s()) as plain:
        plain.settimeout(deadline.left_s())
        with _secured(plain, host) if address.scheme.lower() in {"rtsps", "https"} else plain as connection:
            connection.sendall("\r\n".join([*lines, "", ""]).encode())
            said = b""
            while b"\r\n\r\n" not in said and len(said) < ANSWER_BYTES:
                connection.settimeout(deadline.left_s())
                received = connection.recv(4096)
                if not received:
                    break
                said += received
    return said.decode("latin-1")


def _secured(plain: socket.socket, host: str) -> ssl.SSLSocket:
    """Speak TLS, trusting any certificate: a camera signs its own, and the library trusts it too."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(plain, server_hostname=host)


def _question(address: SplitResult) -> tuple[str, str]:
    """Return method and target, the latter without user name and password."""
    path = address.path + (f"?{address.query}" if address.query else "")
    if address.scheme.lower().startswith("http"):
        return "GET", path or "/"
    return "DESCRIBE", f"{address.scheme.lower()}://{address.netloc.rpartition('@')[2]}{path}"


def _challenge(said: str) -> str | None:
    """Return what the camera wants to be answered: Digest rather than Basic where it offers both."""
    offers = re.findall(r"^WWW-Authenticate: *(.+?)\r?$", said, re.MULTILINE | re.IGNORECASE)
    return max(offers, key=lambda offer: offer.lower().startswith("digest"), default=None)


def _authorization(address: SplitResult, challenge: str) -> str:
    """Answer a challenge, by Basic or by Digest with MD5 (what cameras speak)."""
    user, password = unquote(address.username or ""), unquote(address.password or "")
    if challenge.lower().startswith("basic"):
        return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    offered = dict(re.findall(r'(\w+)="?([^",]*)"?', challenge))
    realm, nonce = offered.get("realm", ""), offered.get("nonce", "")
    method, target = _question(address)
    secret, asked = _md5(f"{user}:{realm}:{password}"), _md5(f"{method}:{target}")
    answer = f'Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{target}"'
    if "qop" not in offered:
        return f'{answer}, response="{_md5(f"{secret}:{nonce}:{asked}")}"'
    once = secrets.token_hex(8)
    response = _md5(f"{secret}:{nonce}:00000001:{once}:auth:{asked}")
    return f'{answer}, qop=auth, nc=00000001, cnonce="{once}", response="{response}"'


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
