"""What dispatcher and worker tell of themselves: to whoever restarts them, and to Prometheus."""

from __future__ import annotations

import http.client
import json
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import redis
from cryptography.fernet import Fernet
from prometheus_client.parser import text_string_to_metric_families

from adsum_contracts.tasks import IdentifyFaces
from adsum_recognizer.adapters.backlog import Backlog
from adsum_recognizer.adapters.due import DueDecisions
from adsum_recognizer.adapters.queues import Queues, celery_app
from adsum_recognizer.errors import Misconfigured
from adsum_recognizer.health import health_page
from adsum_recognizer.metrics import Metrics
from adsum_recognizer.settings import Settings
from adsum_recognizer.sign_of_life import SignOfLife

NOWHERE = "redis://127.0.0.1:1/0"


def settings(**changes: Any) -> Settings:
    return Settings(
        database_url="postgresql+psycopg://nobody@127.0.0.1:1/none",
        ingress_url=NOWHERE,
        broker_url=NOWHERE,
        secret_key=Fernet.generate_key().decode(),
        **{"health_port": 0} | changes,
    )


def told(metrics: Metrics) -> dict[str, float]:
    """The samples, by name and labels."""
    families = text_string_to_metric_families(metrics.text().decode())
    return {
        "".join((sample.name, *(f"{{{value}}}" for value in sample.labels.values()))): sample.value
        for family in families
        for sample in family.samples
    }


def get(port: int | None, path: str) -> tuple[int, bytes]:
    assert port is not None
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()


@pytest.fixture
def broker(broker_url: str) -> Any:
    with redis.Redis.from_url(broker_url) as client:
        yield client


def test_queue_depth_batch_fill_and_the_oldest_crop_are_told(
    classroom: Any, broker: Any, broker_url: str
) -> None:
    refs = [classroom.show(1, 0.97, uuid4(), at) for at in range(5)]
    classroom.receive(*refs[:2])
    classroom.ingress().count_refused("forged")
    backlog = Backlog(broker)
    metrics = Metrics(SignOfLife(), backlog)
    metrics.of_streams(classroom.ingress(), lambda: (classroom.camera.id, uuid4()))
    tasks = metrics.of_batches(Queues(celery_app(broker_url), backlog, DueDecisions(broker)), batch_max=4)
    tasks.identify(IdentifyFaces(entries=tuple(refs[:3])))

    samples = told(metrics)

    assert samples["adsum_recognizer_queue_depth{recognizer.identify}"] == 1
    assert samples["adsum_recognizer_batch_fill_ratio_sum"] == 0.75
    assert samples["adsum_recognizer_stream_entries"] == 5
    assert samples["adsum_recognizer_in_flight_entries"] == 5
    assert samples["adsum_recognizer_entries_refused_total{forged}"] == 1
    assert samples["adsum_recognizer_ingress_memory_bytes"] > 0


def test_the_age_of_the_oldest_crop_is_by_the_servers_clock(classroom: Any, broker: Any) -> None:
    seconds, _ = classroom.client.time()
    stream = f"v1:camera:{classroom.camera.id}:events"
    classroom.client.xadd(stream, {b"body": b"{}"}, id=f"{(seconds - 90) * 1000}-0")
    classroom.show(1, 0.97, uuid4(), 1)
    metrics = Metrics(SignOfLife(), Backlog(broker))
    metrics.of_streams(classroom.ingress(), lambda: (classroom.camera.id,))
    assert 90 <= told(metrics)["adsum_recognizer_oldest_crop_age_seconds"] < 90 + 60


def test_a_worker_tells_where_its_time_goes(classroom: Any, broker: Any) -> None:
    classroom.student(1), classroom.lesson()
    faces = classroom.faces()
    faces.identify(IdentifyFaces(entries=classroom.receive(classroom.show(1, 0.97, uuid4(), 10))))
    metrics = Metrics(SignOfLife(), Backlog(broker))
    metrics.of_work(faces.laps)
    steps = {name.split("{")[1][:-1] for name in told(metrics) if "step_seconds" in name}
    assert {"wait", "read", "open", "look", "embed", "store", "enqueue", "settle"} <= steps


def test_metrics_outlast_their_servers() -> None:
    with redis.Redis.from_url(NOWHERE) as nowhere:
        samples = told(Metrics(SignOfLife(), Backlog(nowhere)))
    assert "adsum_recognizer_sign_of_life_age_seconds" in samples
    assert not any("queue_depth" in name for name in samples)


def test_health_follows_the_sign_of_life(tmp_path: Path) -> None:
    now = 100.0
    sign = SignOfLife(tmp_path / "alive", now=lambda: now)
    with (
        redis.Redis.from_url(NOWHERE) as nowhere,
        health_page(settings(stalled_after_s=60), sign, Metrics(sign, Backlog(nowhere))) as port,
    ):
        assert get(port, "/healthz")[0] == 200
        now = 160.0
        status, body = get(port, "/healthz")
        assert (status, json.loads(body)) == (503, {"healthy": False, "sign_of_life_age_s": 60.0})
        sign.give()
        assert get(port, "/healthz")[0] == 200
        assert b"adsum_recognizer_sign_of_life_age_seconds 0.0" in get(port, "/metrics")[1]
        assert get(port, "/elsewhere")[0] == 404
    assert (tmp_path / "alive").exists()


def test_an_address_in_use_is_said_in_one_sentence() -> None:
    sign = SignOfLife()
    with redis.Redis.from_url(NOWHERE) as nowhere:
        metrics = Metrics(sign, Backlog(nowhere))
        with (
            health_page(settings(), sign, metrics) as port,
            pytest.raises(Misconfigured, match="ADSUM_HEALTH_PORT"),
            health_page(settings(health_port=port), sign, metrics),
        ):
            pass


def test_without_a_port_there_is_no_page() -> None:
    with health_page(settings(health_port=None), SignOfLife(), None) as port:  # type: ignore[arg-type]
        assert port is None
