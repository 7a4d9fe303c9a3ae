"""Judges what a server shows by TLS: its certificate, and what it would speak. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from adsum_local.doctor.findings import Finding, Number, Verdict, skipped
from adsum_local.doctor.spans import said

RENEW_WITHIN: Final = timedelta(days=30)
LAST_DAYS: Final = timedelta(days=7)

Disbelief = Literal["expired", "not_yet_valid", "other_name", "unknown_authority", "other"]
"""Why a certificate is not believed."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a server shows: for which names, signed by whom, from when until when."""

    names: tuple[str, ...]
    issuer: str
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True)
class TlsSeen:
    """What `where` (host:port) shows. `disbelief`: none for a certificate that is believed; `trouble`: why no
    certificate was seen at all. `old_version`: one below TLS 1.2 that it would speak too."""

    where: str
    certificate: Certificate | None = None
    version: str = ""
    disbelief: Disbelief | None = None
    old_version: str | None = None
    trouble: str | None = None

    @property
    def believed(self) -> bool:
        """Whether a secret may be sent there."""
        return self.certificate is not None and self.disbelief is None


def tls(of: str, seen: TlsSeen, now: datetime) -> Iterator[Finding]:
    """Judge certificate and versions of what is called `of`: `pages`, say."""
    if seen.certificate is None:
        why = seen.trouble or "it shows no certificate"
        yield Finding(f"certificate of {of}", Verdict.FAIL, f"{seen.where}: {why}", "is it the right port?")
        return
    yield certificate(f"certificate of {of}", seen, seen.certificate, now)
    yield versions(f"TLS of {of}", seen)


def certificate(check: str, seen: TlsSeen, shown: Certificate, now: datetime) -> Finding:
    """Judge a certificate: believed, for this name, and for how long yet."""
    left = shown.not_after - now
    numbers: dict[str, Number] = {"days_left": round(left / timedelta(days=1), 1), "issuer": shown.issuer}
    if seen.disbelief is not None:
        words, advice = _disbelieved(seen.disbelief, shown, now)
        return Finding(check, Verdict.FAIL, f"{seen.where}: {words}", advice, numbers)
    until = f"{said(left)} left (until {shown.not_after:%Y-%m-%d})"
    told = f"{seen.where}: believed, signed by {shown.issuer}, {until}"
    if left < RENEW_WITHIN:
        verdict = Verdict.FAIL if left < LAST_DAYS else Verdict.WARN
        return Finding(check, verdict, told, "renew it, then restart what shows it", numbers)
    return Finding(check, Verdict.OK, told, numbers=numbers)


def versions(check: str, seen: TlsSeen) -> Finding:
    """Judge what is spoken."""
    if seen.old_version is not None:
        told = f"{seen.where} would speak {seen.old_version}, which is broken"
        return Finding(
            check, Verdict.FAIL, told, "allow TLS 1.2 and 1.3 alone", {"version": seen.old_version}
        )
    told = f"{seen.where}: {seen.version}, nothing below 1.2"
    return Finding(check, Verdict.OK, told, numbers={"version": seen.version})


@dataclass(frozen=True, slots=True)
class PlainHttp:
    """What plain HTTP answered: a status and where it leads, or nothing (None) where nobody listens."""

    where: str
    status: int | None = None
    location: str = ""


def plain_http(seen: PlainHttp) -> Finding:
    """Judge whether anybody could be read over the shoulder: plain HTTP leads to HTTPS, or is closed."""
    if seen.status is None:
        return Finding("plain http", Verdict.OK, f"nothing listens at {seen.where}")
    if 300 <= seen.status < 400 and seen.location.startswith("https://"):
        return Finding("plain http", Verdict.OK, f"{seen.where} leads to {seen.location}")
    told = f"{seen.where} answers {seen.status} in the clear"
    return Finding("plain http", Verdict.FAIL, told, "let it lead to https://, or close the port")


def no_tls(of: str, where: str, *, on_this_machine: bool) -> Finding:
    """Say of an address without TLS what that means."""
    if on_this_machine:
        return skipped(f"certificate of {of}", f"{where} speaks no TLS and does not leave this machine")
    advice = "put a proxy with TLS before it; docs/deployment.md has one"
    return Finding(f"certificate of {of}", Verdict.FAIL, f"{where} is read by everybody on the way", advice)


def _disbelieved(disbelief: Disbelief, shown: Certificate, now: datetime) -> tuple[str, str]:
    match disbelief:
        case "expired":
            return (
                f"expired {said(now - shown.not_after)} ago",
                "renew it: delete its .pem and .key in `secrets`, `make secrets`, restart proxy and ingress",
            )
        case "not_yet_valid":
            return f"valid only from {shown.not_before:%Y-%m-%d %H:%M} UTC", "set the clock of this machine"
        case "other_name":
            return (
                f"it is for {', '.join(shown.names) or 'no name'}",
                "ask by that name, or have one made for this",
            )
        case "unknown_authority":
            return (
                f"signed by {shown.issuer}, whom this machine does not know",
                "if the school signed it itself, bring its ca.pem and say --ca ca.pem",
            )
        case "other":
            return "it is not believed", "see `openssl s_client -connect` for why"
