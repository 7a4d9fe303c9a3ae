"""One HTTPS request to a server that this box may never have spoken with: whom it believes, and what failed.

The token goes nowhere before the server's certificate was checked: against the system's authorities, against
a given one, or by its own fingerprint, which takes the place of every other check of it.
"""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256
from hmac import compare_digest
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

from pydantic import ValidationError

from adsum_camera.errors import CameraAgentError
from adsum_contracts.credentials import Joined

TIMEOUT_S: Final = 20.0
MOST_BYTES: Final = 1024 * 1024
PATH: Final = "/join"
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
NOT_YET_VALID: Final = 9
EXPIRED: Final = 10
OTHER_NAME: Final = frozenset({62, 64})
"""OpenSSL's X509_V_ERR_CERT_NOT_YET_VALID, _CERT_HAS_EXPIRED, _HOSTNAME_MISMATCH, _IP_ADDRESS_MISMATCH."""


class JoinFailed(CameraAgentError):  # noqa: N818 - reads as the sentence it is
    """The box did not join; nothing was changed on it."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom the box believes at first contact: the certificate with this SHA-256, or what `authority` (PEM)
    signed, or else what its system's authorities signed."""

    authority: Path | None = None
    fingerprint: bytes | None = None


@dataclass(frozen=True, slots=True)
class Welcome:
    """What the server gave, and the hour that it had, if it told."""

    joined: Joined
    server_time: datetime | None


def exchanged(server: str, token: str, trust: Trust, now: datetime) -> Welcome:
    """Return what the server at this address gives for the token.

    `now`: the box's own hour, for telling why a certificate was not believed. Raises `JoinFailed`.
    """
    address = _address(server)
    with _explained(address, now), closing(_connection(address, trust)) as connection:
        connection.connect()
        _check_fingerprint(connection, trust)
        body = json.dumps({"token": token})
        path = address.path.rstrip("/") + PATH
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        return _welcome(connection.getresponse(), address)


def _address(server: str) -> SplitResult:
    address = urlsplit(server if "://" in server else f"https://{server}")
    if address.scheme not in {"https", "http"} or not address.hostname:
        raise JoinFailed(f"{server} is no address of a server: write https://adsum.school.example.")
    if address.scheme == "http" and address.hostname not in LOOPBACK:
        raise JoinFailed("By http:// everybody on the way could read the keys: write https://.")
    return address


def _connection(address: SplitResult, trust: Trust) -> HTTPConnection:
    host = address.hostname or ""
    if address.scheme == "http":
        return HTTPConnection(host, address.port, timeout=TIMEOUT_S)
    return HTTPSConnection(host, address.port, timeout=TIMEOUT_S, context=_context(trust))


def _context(trust: Trust) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=trust.authority)
    except (OSError, ssl.SSLError):
        raise JoinFailed(f"{trust.authority} holds no certificate (PEM) that can be read.") from None
    if trust.fingerprint is not None:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # `_check_fingerprint` does it
    return context


def _check_fingerprint(connection: HTTPConnection, trust: Trust) -> None:
    if trust.fingerprint is None:
        return
    shown = (
        connection.sock.getpeercert(binary_form=True) if isinstance(connection.sock, ssl.SSLSocket) else b""
    )
    if not compare_digest(sha256(shown or b"").digest(), trust.fingerprint):
        raise JoinFailed(
            "The server shows a certificate with another fingerprint: somebody may stand between, or it was "
            "renewed. Nothing was sent to it."
        )


@contextmanager
def _explained(address: SplitResult, now: datetime) -> Iterator[None]:
    """Say what failed on the way, and what to do."""
    where = f"{address.hostname}:{address.port or (443 if address.scheme == 'https' else 80)}"
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise JoinFailed(_disbelieved(error, where, now)) from None
    except ssl.SSLError:
        raise JoinFailed(f"{where} does not speak TLS as it should: is it the port of the pages?") from None
    except socket.gaierror:
        raise JoinFailed(f"There is no server called {address.hostname}: look at the name and DNS.") from None
    except ConnectionRefusedError:
        raise JoinFailed(f"Nothing listens at {where}: is the server up, and the port right?") from None
    except TimeoutError:
        raise JoinFailed(f"{where} does not answer: a firewall may drop what this box sends.") from None
    except OSError as error:
        raise JoinFailed(f"There is no way to {where}: {error.strerror or error}.") from None
    except HTTPException:
        raise JoinFailed(f"{where} does not speak HTTP as it should.") from None


def _disbelieved(error: ssl.SSLCertVerificationError, where: str, now: datetime) -> str:
    hour = f"{now:%Y-%m-%d %H:%M} UTC"
    if error.verify_code == NOT_YET_VALID:
        return f"By this box's clock ({hour}) the server's certificate is not valid yet: set the clock."
    if error.verify_code == EXPIRED:
        return (
            f"By this box's clock ({hour}) the server's certificate has expired: set the clock, or renew it."
        )
    if error.verify_code in OTHER_NAME:
        return f"The certificate of {where} is for another name: write the name that it is for."
    return (
        f"The certificate of {where} is not trusted here. If your school signed it itself, bring its ca.pem "
        "and say --ca ca.pem, or say --fingerprint with what `openssl x509 -in secrets/proxy.pem -noout "
        "-fingerprint -sha256` prints on the server."
    )


def _welcome(answer: HTTPResponse, address: SplitResult) -> Welcome:
    content = answer.read(MOST_BYTES)
    if answer.status != HTTPStatus.OK:
        raise JoinFailed(_refusal(answer.status, content, address))
    try:
        joined = Joined.model_validate_json(content)
    except ValidationError:
        raise JoinFailed(
            "The server answers in words that this agent does not know: update the older."
        ) from None
    return Welcome(joined, _date(answer.getheader("Date")))


def _refusal(status: int, content: bytes, address: SplitResult) -> str:
    try:
        detail = str(json.loads(content)["detail"])
    except (ValueError, KeyError, TypeError):
        return f"{address.hostname} answers {status} and is no Adsum server that boxes can join."
    return f"The server refuses ({status}): {detail}."


def _date(header: str | None) -> datetime | None:
    try:
        return None if header is None else parsedate_to_datetime(header)
    except ValueError:
        return None
