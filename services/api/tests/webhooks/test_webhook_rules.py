"""What is decided about webhooks without sending any."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook

from adsum_api.webhooks.events import body_of
from adsum_api.webhooks.guard import BadAddress, chosen, is_public, may_reach, networks_of, target_of
from adsum_api.webhooks.schedule import DELAYS, JITTER, Attempt, is_given_up, next_attempt
from adsum_api.webhooks.signing import secret_of, signed

NOW = datetime(2026, 2, 11, 9, tzinfo=UTC)
NOWHERE = networks_of("")
KEYS = st.binary(min_size=24, max_size=64)


@settings(max_examples=20)
@given(KEYS, KEYS, st.dictionaries(st.text(), st.text()))
def test_every_signature_is_valid_to_the_library_with_either_secret(
    key: bytes, former: bytes, told: dict[str, str]
) -> None:
    body = json.dumps(told).encode()
    headers = signed([secret_of(key), secret_of(former)], "an-id", int(datetime.now(UTC).timestamp()), body)
    for secret in (key, former):
        assert Webhook(secret_of(secret)).verify(body, headers) == told


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1",
        "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1",
        "2002:7f00:1::1", "2001:db8::1", "2001::1",
    ],
)  # fmt: skip
def test_what_is_not_everybodys_internet_is_refused(address: str) -> None:
    assert not is_public(ip_address(address))
    assert not may_reach(ip_address(address), NOWHERE)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])
def test_the_internet_may_be_reached(address: str) -> None:
    assert is_public(ip_address(address))


def test_listed_networks_may_be_reached_and_link_local_addresses_never() -> None:
    listed = networks_of("10.1.2.0/24, 169.254.0.0/16,0.0.0.0/0")
    assert may_reach(ip_address("10.1.2.3"), listed)
    assert not may_reach(ip_address("169.254.169.254"), listed)
    with pytest.raises(ValueError, match="host bits"):
        networks_of("10.0.0.1/8")


def test_one_private_address_of_a_name_is_enough_to_refuse_it() -> None:
    public, private = ip_address("8.8.8.8"), ip_address("10.0.0.1")
    assert chosen([public], NOWHERE) == public
    assert chosen([public, private], NOWHERE) is None
    assert chosen([], NOWHERE) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/", "ftp://example.org/", "https://", "https:///x", "https://u:p@example.org/",
        "https://example.org/#x", "https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest",
        "https://example.org:0/", "https://example.org:99999/", "https://exa mple.org/", "https://[x]/",
        "https://ex\nample.org/", "https://smörgås.example/", "x", "https://example.org/" + "x" * 2000,
    ],
)  # fmt: skip
def test_addresses_that_can_never_be_sent_to_are_refused(url: str) -> None:
    with pytest.raises(BadAddress):
        target_of(url, NOWHERE)


def test_a_loopback_that_is_listed_needs_no_certificate() -> None:
    assert target_of("http://127.0.0.1:80/x?y=1", networks_of("127.0.0.0/8")).path == "/x?y=1"
    with pytest.raises(BadAddress):
        target_of("http://10.0.0.1/", networks_of("10.0.0.0/8"))


def test_ten_attempts_within_the_days_that_events_are_kept() -> None:
    at, attempts = NOW, 1
    while (following := next_attempt(attempts, at, 0.999)) is not None:
        assert at + DELAYS[attempts - 1] <= following <= at + DELAYS[attempts - 1] * (1 + JITTER)
        at, attempts = following, attempts + 1
    assert attempts == 10
    assert at - NOW < timedelta(days=5)


@pytest.mark.parametrize(
    ("status", "verdict"),
    [(200, "delivered"), (204, "delivered"), (299, "delivered"), (301, "failed"), (404, "failed"),
     (410, "gone"), (500, "failed"), (None, "failed")],
)  # fmt: skip
def test_what_an_answer_means(status: int | None, verdict: str) -> None:
    assert Attempt(status).verdict == verdict


def test_a_receiver_that_fails_for_five_days_is_given_up() -> None:
    assert not is_given_up(NOW, NOW + timedelta(days=5, seconds=-1))
    assert is_given_up(NOW, NOW + timedelta(days=5))


def test_a_body_has_ids_and_nothing_else_of_its_cause() -> None:
    payload = {
        "type": "register_changed", "lesson_id": "L", "student_id": "S", "status": "late", "name": "Ada",
    }  # fmt: skip
    assert json.loads(body_of(payload, 7, NOW)) == {
        "type": "register_changed",
        "timestamp": NOW.isoformat(),
        "data": {
            "lesson_id": "L",
            "student_id": "S",
            "sequence": 7,
            "links": ["/v1/lessons/L", "/v1/lessons/L/register", "/v1/students/S"],
        },
    }
