"""The examination from top to bottom: what anybody sees, what boxes may do, what the server says."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from adsum_api.health.schemas import DeploymentOut
from adsum_contracts.ids import CameraId
from adsum_contracts.release import RELEASE
from adsum_local.doctor import access_probe, access_rules, clock_rules, server_rules, tls_probe, tls_rules
from adsum_local.doctor.access_probe import IngressAt
from adsum_local.doctor.api_probe import Api, Clock, HealthSeen, NotTold, Unreachable
from adsum_local.doctor.findings import Finding, Verdict, skipped
from adsum_local.doctor.subject import BOXES_PORT, Place, Subject, ingress_at
from adsum_local.doctor.tls_rules import TlsSeen
from adsum_recognizer.models import CATALOGUE
from adsum_store.migrations import head

SERVER_TELLS: Final = ("versions", "services", "disk", "streams", "queues", "model", "cameras", "backup")

NO_TOKEN: Final = NotTold(
    "no token was given",
    "on the server `adsum-api clients add doctor --scope deployment:read`, fetch its token at /oauth/token "
    "and say --token-file; `adsum doctor --help` shows how",
)


@dataclass(frozen=True, slots=True)
class Pages:
    """What was seen of the pages' address: its TLS, if it has any."""

    place: Place
    seen: TlsSeen | None

    @property
    def may_hear_secrets(self) -> bool:
        """Whether a token reaches nobody else."""
        return self.place.is_this_machine if self.seen is None else self.seen.believed


def examine(subject: Subject, clock: Clock) -> Iterator[Finding]:
    """Look at everything; raise `Unreachable` where the server does not answer at all."""
    pages = Pages(subject.pages, _tls(subject.pages, subject))
    with Api(subject.address, _context(pages, subject), clock) as api:
        health = api.health()
        told = _told(api, pages, subject)
    yield from _pages(pages, clock)
    yield _health(health)
    yield from [] if health.clock is None else [clock_rules.skew(health.clock)]
    yield from _inner_ports(subject.pages)
    yield from _ingress(subject, told, clock)
    yield from _server(told)


def _tls(place: Place, subject: Subject) -> TlsSeen | None:
    if not place.tls:
        return None
    try:
        return tls_probe.look(place.host, place.port, subject.authorities)
    except OSError as error:
        raise Unreachable(f"there is no way to {place.where}: {_plain(error)}") from None


def _context(pages: Pages, subject: Subject) -> ssl.SSLContext:
    if pages.seen is not None and not pages.seen.believed:
        return tls_probe.just_looking()  # what anybody may hear is asked all the same, and no token is said
    return tls_probe.believing(subject.authorities)


def _told(api: Api, pages: Pages, subject: Subject) -> DeploymentOut | NotTold:
    if subject.token is None:
        return NO_TOKEN
    if not pages.may_hear_secrets:
        return NotTold("the token was not sent: others could have heard it", "see to the certificate first")
    return api.deployment(subject.token)


def _pages(pages: Pages, clock: Clock) -> Iterator[Finding]:
    place = pages.place
    if pages.seen is None:
        yield tls_rules.no_tls("the pages", place.where, on_this_machine=place.is_this_machine)
        return
    yield from tls_rules.tls("the pages", pages.seen, clock())
    if place.port == 443:
        yield tls_rules.plain_http(tls_probe.plain_http(place.host))
    else:
        yield skipped("plain http", f"which port belongs to {place.where} is not known")


def _health(seen: HealthSeen) -> Finding:
    if seen.status == "ok":
        return Finding("health", Verdict.OK, "Postgres, both Redis servers and retention are well")
    told = "; ".join(f"{name}: {fault}" for name, fault in seen.faults.items())
    verdict = Verdict.WARN if seen.status == "degraded" else Verdict.FAIL
    return Finding("health", verdict, told, "see the api's log, and the log of what it names")


def _inner_ports(pages: Place) -> Iterator[Finding]:
    if pages.is_this_machine:
        yield skipped("inner ports", "this is the server itself: ask from another machine")
    else:
        yield access_rules.inner_ports(pages.host, access_probe.inner_ports(pages.host))


def _ingress(subject: Subject, told: DeploymentOut | NotTold, clock: Clock) -> Iterator[Finding]:
    own = told.ingress if isinstance(told, DeploymentOut) else None
    place = subject.ingress or (
        ingress_at(own.url) if own is not None and own.url else _guessed(subject.pages)
    )
    if place is None:
        yield skipped("ingress", "where boxes write is not known", "say --ingress rediss://host:6380")
        return
    if own is not None and own.ca_pem is not None:
        subject = replace(subject, authorities=(*subject.authorities, own.ca_pem))
    try:
        with socket.create_connection((place.host, place.port), tls_probe.TIMEOUT_S):
            pass
        seen = _tls(place, subject)
    except (OSError, Unreachable):
        yield _no_ingress(place, is_certain=place != _guessed(subject.pages))
        return
    yield from _door(place, seen, clock)
    at = IngressAt(place.host, place.port, place.tls, seen is not None and seen.believed, subject.authorities)
    if seen is None or seen.certificate is not None:
        yield access_rules.strangers(place.where, access_probe.strangers(at))
    if own is not None:
        yield access_rules.default_user(own.default_user_off)
    yield from _boxes(subject, place, at)


def _guessed(pages: Place) -> Place | None:
    """Return where the composition has it; an embedded run takes any port."""
    return Place(pages.host, BOXES_PORT, tls=True) if pages.tls else None


def _no_ingress(place: Place, *, is_certain: bool) -> Finding:
    told = f"nothing listens at {place.where}"
    if is_certain:
        return Finding("ingress", Verdict.FAIL, told, "open the port towards the boxes; is the proxy up?")
    return skipped("ingress", f"{told}, where it usually is", "say --ingress rediss://host:port")


def _door(place: Place, seen: TlsSeen | None, clock: Clock) -> Iterator[Finding]:
    if seen is None:
        yield tls_rules.no_tls("the ingress", place.where, on_this_machine=place.is_this_machine)
    else:
        yield from tls_rules.tls("the ingress", seen, clock())


def _boxes(subject: Subject, place: Place, at: IngressAt) -> Iterator[Finding]:
    if subject.box is None:
        yield skipped("a box's rights", "no credentials of a box were given", "say --credentials FOLDER")
    elif not (at.believed or (place.is_this_machine and not at.tls)):
        yield skipped("a box's rights", "its password was not sent: others could have heard it")
    else:
        for camera in subject.box.cameras:
            yield access_rules.box(access_probe.box(at, CameraId(camera.id), camera.name, camera.credentials))


def _server(told: DeploymentOut | NotTold) -> Iterator[Finding]:
    if isinstance(told, NotTold):
        yield skipped(", ".join(SERVER_TELLS), told.why, told.advice)
        return
    yield server_rules.versions(told, RELEASE, head())
    yield from server_rules.judged(told, published())


def published() -> dict[str, dict[str, str]]:
    """Return the checksums of the models' files as this version knows them."""
    return {
        file.model: {each.name: each.sha256 for each in CATALOGUE if each.model == file.model}
        for file in CATALOGUE
    }


def _plain(error: OSError) -> str:
    match error:
        case socket.gaierror():
            return "there is no such name"
        case TimeoutError():
            return "it says nothing: a firewall may drop what is asked"
        case _:
            return error.strerror or str(error)
