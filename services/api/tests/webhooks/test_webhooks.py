"""Webhooks as an integrator meets them: a real receiver, and the specification's own library."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_address
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from standardwebhooks import Webhook as Library
from standardwebhooks import WebhookVerificationError

from adsum_api.attendance.projection import REGISTER_TOPIC
from adsum_api.webhooks import sending
from adsum_api.webhooks.courier import Courier
from adsum_store.models import Webhook
from adsum_store.repositories import outbox, webhooks
from adsum_store.repositories.outbox import Announcement

Made = Callable[..., dict[str, Any]]


@pytest.fixture
def hook(client: TestClient, receiver: Any) -> Made:
    """Make a webhook to the receiver, which answers so."""

    def make(answer: str = "200", **wanted: Any) -> dict[str, Any]:
        made = client.post("/v1/webhooks", json={"url": receiver.url(answer)} | wanted)
        assert made.status_code == 201, made.text
        told: dict[str, Any] = made.json()
        return told

    return make


@pytest.fixture
def announce(store: Any, school: Any) -> Callable[..., None]:
    """Announce something of a lesson under each of these names."""

    def tell(*names: str, kind: str = "register_changed") -> None:
        payload = {"type": kind, "lesson_id": "a-lesson", "status": "late"}
        with store.begin() as work:
            told = [Announcement(REGISTER_TOPIC, "a-lesson", name, payload) for name in names]
            outbox.announce(work, school.id, told)

    return tell


def deliveries(client: TestClient, made: dict[str, Any]) -> list[dict[str, Any]]:
    answer = client.get(f"/v1/webhooks/{made['id']}/deliveries")
    assert answer.status_code == 200, answer.text
    told: list[dict[str, Any]] = answer.json()
    return told


def shown(client: TestClient, made: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = client.get(f"/v1/webhooks/{made['id']}").json()
    return told


def verified(request: dict[str, Any], secret: str) -> dict[str, Any]:
    """What was sent, verified as a receiver does."""
    told: dict[str, Any] = Library(secret).verify(request["body"], request["headers"])
    return told


def test_events_arrive_signed_thin_and_in_order(
    hook: Made, announce: Any, client: TestClient, courier: Courier, receiver: Any
) -> None:
    made = hook(event_types=["register_changed"])
    announce("1", "2", "3")
    announce("4", kind="lesson_closed")
    assert courier.deliver_due() == 3
    received = receiver.received(3)
    told = [verified(request, made["secret"]) for request in received]
    assert [each["data"]["sequence"] for each in told] == [1, 2, 3]
    assert "late" not in received[0]["body"]
    ids = [request["headers"]["webhook-id"] for request in received]
    assert [(each["id"], each["state"]) for each in deliveries(client, made)] == [
        (each, "delivered") for each in ids
    ]
    assert "secret" not in shown(client, made)


def test_what_fails_is_sent_again_with_its_id_until_nobody_tries_any_more(
    hook: Made, announce: Any, client: TestClient, courier: Courier, receiver: Any, clock: Any
) -> None:
    made = hook("500")
    announce("1")
    for attempt in range(1, 11):
        assert courier.deliver_due() == 1
        assert courier.deliver_due() == 0
        assert deliveries(client, made)[0]["attempts"] == attempt
        clock.forward(hours=0.1 if attempt < 3 else 0.6 if attempt == 3 else 24 if attempt > 8 else 10)
        clock.forward(hours=10 if attempt in (7, 8) else 0)
    assert (deliveries(client, made)[0]["state"], courier.deliver_due()) == ("failed", 0)
    assert len({request["headers"]["webhook-id"] for request in receiver.received(10)}) == 1


def test_a_receiver_gets_the_rest_it_asks_for(
    hook: Made, announce: Any, client: TestClient, courier: Courier, clock: Any
) -> None:
    made = hook("429")
    announce("1", "2")
    assert courier.deliver_due() == 1
    clock.forward(seconds=59)
    assert courier.deliver_due() == 0
    clock.forward(seconds=2)
    assert courier.deliver_due() == 1
    assert [each["attempts"] for each in deliveries(client, made)] == [2, 0]
    assert [each["status_code"] for each in deliveries(client, made)] == [429, None]


def test_a_receiver_that_is_gone_is_told_nothing_more_until_it_is_enabled(
    hook: Made, announce: Any, client: TestClient, courier: Courier, receiver: Any, clock: Any
) -> None:
    made = hook("410")
    path = f"/v1/webhooks/{made['id']}"
    announce("1", "2")
    assert courier.deliver_due() == 1
    assert (shown(client, made)["enabled"], shown(client, made)["disabled_reason"]) == (False, "gone")
    announce("3")
    assert courier.deliver_due() == 0
    assert client.post(f"{path}/test").json()["code"] == "webhook-disabled"
    changed = client.patch(path, json={"enabled": True, "url": receiver.url("200")})
    assert changed.json()["enabled"], changed.text
    clock.forward(minutes=1)
    assert courier.deliver_due() == 2
    since = {"since": deliveries(client, made)[0]["happened_at"]}
    assert client.post(f"{path}/replay", json=since).json() == {"deliveries": 3}
    assert courier.deliver_due() == 3
    assert [each["state"] for each in deliveries(client, made)] == ["delivered"] * 3


def test_a_receiver_that_fails_for_days_is_disabled(
    hook: Made, announce: Any, client: TestClient, courier: Courier, clock: Any
) -> None:
    made = hook("500")
    announce("1")
    courier.deliver_due()
    clock.forward(days=5)
    courier.deliver_due()
    assert shown(client, made)["disabled_reason"] == "failing"


@pytest.mark.parametrize(("answer", "status"), [("302", 302), ("huge", 200)])
def test_no_redirect_is_followed_and_no_endless_answer_is_read(
    hook: Made, announce: Any, client: TestClient, courier: Courier, receiver: Any, answer: str, status: int
) -> None:
    made = hook(answer)
    announce("1")
    assert courier.deliver_due() == 1
    assert [request["path"] for request in receiver.received(1)] == [f"/{answer}"]
    assert deliveries(client, made)[0]["status_code"] == status


def test_for_a_day_both_secrets_sign(
    hook: Made, announce: Any, client: TestClient, courier: Courier, receiver: Any, clock: Any
) -> None:
    made = hook()
    new = client.post(f"/v1/webhooks/{made['id']}/rotate-secret").json()["secret"]
    announce("1")
    courier.deliver_due()
    both = receiver.received(1)[0]
    for secret in (made["secret"], new):
        verified(both, secret)
    clock.forward(days=1, seconds=1)
    announce("2")
    courier.deliver_due()
    assert len(receiver.received(1)[0]["headers"]["webhook-signature"].split()) == 1


def test_a_body_that_was_changed_on_its_way_is_noticed(
    hook: Made, announce: Any, courier: Courier, receiver: Any
) -> None:
    made = hook()
    announce("1")
    courier.deliver_due()
    changed = receiver.received(1)[0] | {"body": "{}"}
    with pytest.raises(WebhookVerificationError):
        verified(changed, made["secret"])


def test_a_test_event_and_a_replay_reach_the_receiver(
    hook: Made, client: TestClient, courier: Courier, receiver: Any
) -> None:
    made = hook(event_types=["lesson_closed"])
    tried = client.post(f"/v1/webhooks/{made['id']}/test")
    assert (tried.status_code, tried.json()["type"], tried.json()["state"]) == (
        202,
        "webhook_test",
        "pending",
    )
    courier.deliver_due()
    again = client.post(f"/v1/webhooks/{made['id']}/deliveries/{tried.json()['id']}/replay")
    assert again.status_code == 202
    courier.deliver_due()
    first, second = receiver.received(2)
    assert first["headers"]["webhook-id"] == second["headers"]["webhook-id"] == tried.json()["id"]


def test_a_name_that_leads_inside_is_refused_at_every_sending(
    hook: Made, announce: Any, client: TestClient, courier: Courier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name was public when the webhook was made, and is not when it counts: DNS rebinding."""

    async def inside(_: Any) -> list[Any]:
        return [ip_address("169.254.169.254")]

    monkeypatch.setattr(sending, "_resolved", inside)
    made = hook(url="https://rebinding.example/")
    announce("1")
    courier.deliver_due()
    assert deliveries(client, made)[0]["error"] == "address_refused"


def test_a_private_address_cannot_be_given(client: TestClient) -> None:
    for url in ("https://10.0.0.1/", "http://example.org/", "https://169.254.169.254/"):
        refused = client.post("/v1/webhooks", json={"url": url})
        assert (refused.status_code, refused.json()["code"]) == (422, "bad-address")


def test_two_couriers_never_send_to_one_webhook_at_once(
    hook: Made, announce: Any, store: Any, courier: Courier, clock: Any
) -> None:
    hook()
    announce("1")
    lease = timedelta(seconds=90)
    with store.begin() as first:
        assert len(webhooks.claim(first, clock(), lease, 8)) == 1
        with store.begin() as second:
            assert webhooks.claim(second, clock(), lease, 8) == []
    assert courier.deliver_due() == 0
    clock.forward(seconds=91)
    assert courier.deliver_due() == 1


def test_a_secret_is_kept_sealed_and_a_deleted_webhook_leaves_nothing(
    hook: Made, announce: Any, client: TestClient, store: Any
) -> None:
    made = hook()
    announce("1")
    with store.begin() as work:
        assert made["secret"].encode() not in work.session.scalars(select(Webhook.secret_sealed)).one()
    assert client.delete(f"/v1/webhooks/{made['id']}").status_code == 204
    with store.begin() as work:
        assert work.session.scalars(select(Webhook)).all() == []


def test_consents_and_an_erased_student_are_told(
    hook: Made, client: TestClient, courier: Courier, receiver: Any
) -> None:
    hook(event_types=["student_erased", "consent_given", "consent_withdrawn"])
    new = {"number": "1", "name": "Ada", "consent": {"basis": "guardian", "given_by": "Her mother"}}
    student = client.post("/v1/students", json=new).json()["id"]
    client.delete(f"/v1/students/{student}/consent")
    courier.deliver_due()
    client.delete(f"/v1/students/{student}")
    courier.deliver_due()
    told = [json.loads(request["body"]) for request in receiver.received(3)]
    assert [each["type"] for each in told] == ["consent_given", "consent_withdrawn", "student_erased"]
    assert {each["data"]["student_id"] for each in told} == {student}


def test_what_is_undelivered_of_an_erased_student_is_erased_too(
    hook: Made, client: TestClient, courier: Courier, receiver: Any
) -> None:
    hook(event_types=["student_erased", "consent_given"])
    new = {"number": "1", "name": "Ada", "consent": {"basis": "guardian", "given_by": "Her mother"}}
    student = client.post("/v1/students", json=new).json()["id"]
    client.delete(f"/v1/students/{student}")
    assert courier.deliver_due() == 1
    (told,) = (json.loads(request["body"]) for request in receiver.received(1))
    assert told["type"] == "student_erased"
