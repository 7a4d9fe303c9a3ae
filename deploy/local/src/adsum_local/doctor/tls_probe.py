"""Looks at what a server shows by TLS, once believing nobody by mistake and once just looking."""

from __future__ import annotations

import socket
import ssl
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import httpx
from cryptography import x509

from adsum_local.doctor.tls_rules import Certificate, Disbelief, PlainHttp, TlsSeen
from adsum_local.errors import LocalError

TIMEOUT_S: Final = 5.0

REASONS: Final[dict[int, Disbelief]] = {
    9: "not_yet_valid",
    10: "expired",
    18: "unknown_authority",
    19: "unknown_authority",
    20: "unknown_authority",
    21: "unknown_authority",
    62: "other_name",
    64: "other_name",
}
"""OpenSSL's X509_V_ERR_*: CERT_NOT_YET_VALID, CERT_HAS_EXPIRED, DEPTH_ZERO_SELF_SIGNED_CERT,
SELF_SIGNED_CERT_IN_CHAIN, UNABLE_TO_GET_ISSUER_CERT_LOCALLY, UNABLE_TO_VERIFY_LEAF_SIGNATURE,
HOSTNAME_MISMATCH, IP_ADDRESS_MISMATCH."""


class BadAuthority(LocalError):  # noqa: N818 - reads as the sentence it is
    """The file that should say whose certificates to believe does not."""


def read_authority(file: Path) -> str:
    """Return the certificates in a file, as PEM; raise `BadAuthority`."""
    try:
        text = file.read_text("ascii")
        x509.load_pem_x509_certificates(text.encode("ascii"))
    except (OSError, ValueError):
        raise BadAuthority(f"{file} holds no certificate (PEM) that can be read") from None
    return text


def believing(authorities: Iterable[str]) -> ssl.SSLContext:
    """Return a context that believes what this system believes, and these authorities (PEM) as well."""
    context = ssl.create_default_context()
    for pem in authorities:
        context.load_verify_locations(cadata=pem)
    return context


def just_looking() -> ssl.SSLContext:
    """Return a context that believes everybody: nothing secret may be said through it."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def look(host: str, port: int, authorities: Iterable[str]) -> TlsSeen:
    """Return what is shown at this port, and whether it is believed; raise `OSError` where nobody is."""
    where, disbelief = f"{host}:{port}", None
    try:
        _shown(host, port, believing(authorities))
    except ssl.SSLCertVerificationError as error:
        disbelief = REASONS.get(error.verify_code, "other")
    except ssl.SSLError:
        return TlsSeen(where, trouble="it does not speak TLS as it should")
    version, der = _shown(host, port, just_looking())
    return TlsSeen(where, _read(der), version, disbelief, _old_version(host, port))


def plain_http(host: str, port: int = 80) -> PlainHttp:
    """Ask by plain HTTP, following nothing; an odd answer is told as a status of 0."""
    where = f"http://{host}" + ("" if port == 80 else f":{port}")
    try:
        answer = httpx.get(where, timeout=TIMEOUT_S, follow_redirects=False)
    except (httpx.ConnectError, httpx.TimeoutException):
        return PlainHttp(where)
    except httpx.HTTPError:
        return PlainHttp(where, 0)
    return PlainHttp(where, answer.status_code, answer.headers.get("Location", ""))


def _shown(host: str, port: int, context: ssl.SSLContext) -> tuple[str, bytes]:
    with (
        socket.create_connection((host, port), TIMEOUT_S) as plain,
        context.wrap_socket(plain, server_hostname=host) as secure,
    ):
        return secure.version() or "", secure.getpeercert(binary_form=True) or b""


def _old_version(host: str, port: int) -> str | None:
    """Return a version below 1.2 that is spoken if that is all that is asked for."""
    context = just_looking()
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # that they are deprecated is why they are asked for
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
    try:
        return _shown(host, port, context)[0]
    except OSError:
        return None


def _read(der: bytes) -> Certificate:
    shown = x509.load_der_x509_certificate(der)
    issuer = shown.issuer.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return Certificate(
        names=_names(shown),
        issuer=str(issuer[0].value) if issuer else shown.issuer.rfc4514_string(),
        not_before=shown.not_valid_before_utc,
        not_after=shown.not_valid_after_utc,
    )


def _names(shown: x509.Certificate) -> tuple[str, ...]:
    try:
        told = shown.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    addresses = (str(address) for address in told.get_values_for_type(x509.IPAddress))
    return (*told.get_values_for_type(x509.DNSName), *addresses)
