"""What the doctor makes of what it sees."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adsum_api.health.schemas import DeploymentOut
from adsum_local.doctor import access_rules, clock_rules, server_rules, tls_rules
from adsum_local.doctor.access_rules import Answer, BoxSeen, Port
from adsum_local.doctor.clock_rules import ClockRead
from adsum_local.doctor.examination import published
from adsum_local.doctor.findings import Finding, Verdict, worst
from adsum_local.doctor.spans import said
from adsum_local.doctor.subject import NoAddress, Place, ingress_at, pages_at
from adsum_local.doctor.tls_rules import Certificate, PlainHttp, TlsSeen

NOW = datetime(2026, 2, 11, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)
OK, WARN, FAIL, SKIPPED = Verdict.OK, Verdict.WARN, Verdict.FAIL, Verdict.SKIPPED

EXAMPLE = json.loads((files("adsum_api") / "reference" / "examples.json").read_text("utf-8"))["DeploymentOut"]


def shown(days_left: float) -> TlsSeen:
    certificate = Certificate(("adsum.school.example",), "Adsum", NOW - 90 * DAY, NOW + days_left * DAY)
    return TlsSeen("adsum.school.example:443", certificate, "TLSv1.3")


@pytest.mark.parametrize(
    ("days_left", "verdict"), [(90, OK), (30, OK), (29.9, WARN), (7, WARN), (6.9, FAIL), (-1, FAIL)]
)
def test_a_certificate_is_renewed_in_time(days_left: float, verdict: Verdict) -> None:
    certificate, versions = tls_rules.tls("the pages", shown(days_left), NOW)
    assert (certificate.verdict, versions.verdict) == (verdict, OK)
    assert certificate.numbers["days_left"] == days_left


@pytest.mark.parametrize(
    ("disbelief", "words"),
    [
        ("expired", "expired 3 days ago"),
        ("not_yet_valid", "valid only from 2025-11-13 09:30 UTC"),
        ("other_name", "it is for adsum.school.example"),
        ("unknown_authority", "signed by Adsum, whom this machine does not know"),
        ("other", "it is not believed"),
    ],
)
def test_why_a_certificate_is_not_believed_is_said(disbelief: Any, words: str) -> None:
    seen = replace(shown(-3), disbelief=disbelief)
    certificate, _ = tls_rules.tls("the pages", seen, NOW)
    assert certificate.verdict is FAIL
    assert words in certificate.seen
    assert certificate.advice
    assert not seen.believed


def test_an_old_version_and_no_tls_at_all_fail() -> None:
    _, versions = tls_rules.tls("the pages", replace(shown(90), old_version="TLSv1.1"), NOW)
    assert (versions.verdict, "TLSv1.1" in versions.seen) == (FAIL, True)
    (nothing,) = tls_rules.tls("the pages", TlsSeen("h:443", trouble="no TLS"), NOW)
    assert nothing.verdict is FAIL
    assert tls_rules.no_tls("the pages", "h:80", on_this_machine=False).verdict is FAIL
    assert tls_rules.no_tls("the pages", "h:80", on_this_machine=True).verdict is SKIPPED


@pytest.mark.parametrize(
    ("status", "location", "verdict"),
    [(None, "", OK), (308, "https://h/", OK), (302, "http://h/login", FAIL), (200, "", FAIL), (0, "", FAIL)],
)
def test_plain_http_leads_to_https_or_is_closed(status: int | None, location: str, verdict: Verdict) -> None:
    assert tls_rules.plain_http(PlainHttp("http://h", status, location)).verdict is verdict


SECONDS = st.floats(-1e6, 1e6).map(lambda seconds: timedelta(seconds=round(seconds, 3)))
WAY = st.floats(0, 30).map(lambda seconds: timedelta(seconds=round(seconds, 3)))


@given(ahead=SECONDS, there=WAY, back=WAY)
def test_a_clock_is_never_blamed_for_the_way_and_what_it_is_off_lies_within_the_bounds(
    ahead: timedelta, there: timedelta, back: timedelta
) -> None:
    told = (NOW + there + ahead).replace(microsecond=0)  # as `Date` is: whole seconds, cut off
    read = ClockRead(NOW, told, NOW + there + back, clock_rules.DATE_HEADER)
    least, most = read.bounds
    assert least <= ahead <= most
    assert abs(read.proven) <= abs(ahead)
    if abs(ahead) <= clock_rules.TOLERATED:
        assert clock_rules.skew(read).verdict is OK


@pytest.mark.parametrize(
    ("ahead_s", "verdict", "words"),
    [
        (0, OK, ""),
        (9, WARN, "ahead of"),
        (-9, WARN, "behind"),
        (600, FAIL, "ahead of"),
        (-600, FAIL, "behind"),
    ],
)
def test_a_skewed_clock_is_told_with_its_direction(ahead_s: float, verdict: Verdict, words: str) -> None:
    read = ClockRead(NOW, NOW + timedelta(seconds=ahead_s), NOW + timedelta(seconds=0.2))
    finding = clock_rules.skew(read)
    assert finding.verdict is verdict
    assert words in finding.seen


def test_strangers_may_do_nothing() -> None:
    refused = {"PING": Answer.REFUSED, "INFO": Answer.REFUSED}
    assert access_rules.strangers("h:6380", refused).verdict is OK
    opened = access_rules.strangers("h:6380", refused | {"INFO": Answer.DONE})
    assert (opened.verdict, "INFO" in opened.seen, "PING" in opened.seen) == (FAIL, True, False)
    assert access_rules.strangers("h:6380", {"PING": Answer.CUT}).verdict is FAIL


def test_the_default_user_is_off_or_the_server_cannot_say() -> None:
    verdicts = [access_rules.default_user(off).verdict for off in (True, False, None)]
    assert verdicts == [OK, FAIL, SKIPPED]


def test_a_box_does_its_work_and_nothing_else() -> None:
    well = BoxSeen("door", True, {"write": Answer.DONE}, {"INFO": Answer.REFUSED})
    assert access_rules.box(well).verdict is OK
    assert access_rules.box(BoxSeen("door", let_in=False)).verdict is FAIL
    mighty = access_rules.box(replace(well, beyond={"INFO": Answer.DONE, "DEL": Answer.REFUSED}))
    assert (mighty.verdict, "INFO" in mighty.seen, "DEL" in mighty.seen) == (FAIL, True, False)
    assert access_rules.box(replace(well, work={"write": Answer.REFUSED})).verdict is FAIL


def test_inner_ports_are_closed_from_outside() -> None:
    closed = Port(5432, "PostgreSQL")
    assert access_rules.inner_ports("h", [closed]).verdict is OK
    assert access_rules.inner_ports("h", [replace(closed, speaks="something else")]).verdict is WARN
    assert access_rules.inner_ports("h", [replace(closed, speaks="PostgreSQL")]).verdict is FAIL


def told(**changes: Any) -> DeploymentOut:
    """What the reference shows of a deployment that is well; `streams__entries=3` changes one fact of it."""
    content = deepcopy(EXAMPLE)
    for path, value in changes.items():
        *way, last = path.split("__")
        place = content
        for part in way:
            place = place[int(part)] if part.isdigit() else place[part]
        place[int(last) if last.isdigit() else last] = value
    return DeploymentOut.model_validate(content)


def judged(deployment: DeploymentOut) -> dict[str, Finding]:
    return {finding.check: finding for finding in server_rules.judged(deployment, published())}


def test_a_deployment_that_is_well_is_found_well() -> None:
    assert {finding.verdict for finding in judged(told()).values()} == {OK}


MODELS = EXAMPLE["services"][3]["models"]


@pytest.mark.parametrize(
    ("check", "verdict", "changes"),
    [
        ("service recognizer", FAIL, {"services": EXAMPLE["services"][:3]}),
        ("service beat", FAIL, {"services__1__idle_s": 61}),
        ("disk", WARN, {"disks__0__free_bytes": 41_900_000_000 * 14 // 100}),
        ("disk", FAIL, {"services__3__disks__0__free_bytes": 41_900_000_000 * 4 // 100}),
        ("Redis' files", FAIL, {"broker__entries_kept": False}),
        ("Redis' files", FAIL, {"streams__server__entries_kept": False}),
        ("streams", FAIL, {"streams": None}),
        ("streams", WARN, {"streams__oldest_age_s": 31}),
        ("streams", FAIL, {"streams__oldest_age_s": 301}),
        ("streams", WARN, {"streams__dead_letters": 1}),
        ("streams", WARN, {"streams__server__memory_bytes": 536_870_912 * 9 // 10}),
        ("streams", FAIL, {"streams__server__memory_bytes": 536_870_912}),
        ("queues", WARN, {"queues__attendance": 1_000}),
        ("queues", FAIL, {"queues__attendance": 10_000}),
        ("queues", FAIL, {"queues": {}}),
        ("model", FAIL, {"services__3__models": []}),
        ("model", FAIL, {"services__3__models__0__files__0__sha256": "0" * 64}),
        ("model", FAIL, {"services__3__models__0__files": []}),
        ("model", WARN, {"services__3__models__0__name": "something-newer"}),
        ("model", WARN, {"embedder": "dlib-resnet-v1"}),
        ("cameras", WARN, {"cameras__heard__0__heard_s_ago": 61}),
        ("cameras", WARN, {"cameras__heard__0__clock_offset_s": -6}),
        ("cameras", WARN, {"cameras__never_heard": 1}),
        ("backup", WARN, {"backup": None}),
        ("backup", WARN, {"backup__at": "2026-02-10T06:00:00Z"}),
        ("backup", FAIL, {"backup__at": "2026-02-04T08:22:19Z"}),
    ],
)  # fmt: skip
def test_what_is_not_well_is_told_with_what_to_do(check: str, verdict: Verdict, changes: Any) -> None:
    findings = judged(told(**changes))
    assert findings[check].verdict is verdict
    assert findings[check].advice
    others = {finding.verdict for name, finding in findings.items() if name != check}
    assert others <= {OK} or set(changes) & {"services", "streams"}


def test_one_process_that_works_is_enough_of_its_service() -> None:
    second = EXAMPLE["services"][3] | {"idle_s": 500.0}
    finding = judged(told(services=[*EXAMPLE["services"], second]))["service recognizer"]
    assert finding.verdict is OK
    assert "1 of them stuck" in finding.seen


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, OK),
        ({"schema__applied": "0035"}, FAIL),
        ({"services__2__release": "0.0.9"}, FAIL),
        ({"release": "0.2.0", "services": []}, WARN),
        ({"schema__applied": "0040", "schema__expected": "0040"}, WARN),
    ],
)
def test_versions_are_alike(changes: Any, verdict: Verdict) -> None:
    assert server_rules.versions(told(**changes), "0.1.0", "0036").verdict is verdict


def test_the_worst_of_all_is_what_counts() -> None:
    assert worst([Finding("a", verdict, "") for verdict in (OK, FAIL, WARN, SKIPPED)]) is FAIL
    assert worst([Finding("a", OK, ""), Finding("b", SKIPPED, "")]) is OK
    assert worst([]) is SKIPPED


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("https://adsum.school.example", Place("adsum.school.example", 443, tls=True)),
        ("https://adsum.school.example:8443/", Place("adsum.school.example", 8443, tls=True)),
        ("http://127.0.0.1:8000", Place("127.0.0.1", 8000, tls=False)),
    ],
)
def test_an_address_is_read(address: str, place: Place) -> None:
    assert pages_at(address) == place


@pytest.mark.parametrize("address", ["adsum.school.example", "ftp://h", "https://", "https://h:x", ""])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(NoAddress, match=r"write https://adsum\.school\.example"):
        pages_at(address)


def test_where_boxes_write_is_read_without_its_password() -> None:
    assert ingress_at("rediss://camera:secret@h/0") == Place("h", 6380, tls=True)
    with pytest.raises(NoAddress) as refused:
        ingress_at("amqp://user:secret@h")
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.44, "0.4 s"), (59, "59 s"), (-59, "59 s"), (3600, "60 minutes"), (1e6, "12 days")],
)
def test_a_length_of_time_is_said_as_people_do(seconds: float, words: str) -> None:
    assert said(timedelta(seconds=seconds)) == words
