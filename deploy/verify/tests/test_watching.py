"""Boards and alerts ask only for what the services that Prometheus reads really export."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import redis
import yaml
from prometheus_client import CollectorRegistry, generate_latest

from adsum_api.contract.latency import Latencies
from adsum_api.health.readings import Found
from adsum_api.retention.alarms import ClockState
from adsum_camera.adapters.metrics import CameraMetrics
from adsum_camera.status import Statuses
from adsum_contracts.tasks import EntryRef, IdentifyFaces
from adsum_recognizer.adapters.backlog import Backlog
from adsum_recognizer.adapters.due import DueDecisions
from adsum_recognizer.adapters.ingress import Ingress
from adsum_recognizer.adapters.queues import Queues, celery_app
from adsum_recognizer.metrics import Metrics
from adsum_recognizer.sign_of_life import SignOfLife
from adsum_store.repositories.overview import CameraStanding, LessonCounts, Owed
from adsum_vision.laps import Laps

DEPLOY = Path(__file__).parents[2]
BOARDS = sorted((DEPLOY / "grafana/dashboards").glob("*.json"))
ALERTS: dict[str, Any] = yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text("utf-8"))
RULES: list[dict[str, Any]] = [rule for group in ALERTS["groups"] for rule in group["rules"]]

FROM_PROMETHEUS = {"job", "instance"}
"""Labels that every scraped sample gets."""

PROMQL = {
    *("absent", "and", "by", "count", "delta", "histogram_quantile", "label_values", "max", "on", "or"),
    *("rate", "sum", "topk", "vector"),
}
"""The words of the language that we use."""

Exported = dict[str, set[str]]


@pytest.fixture
def exported(ingress_url: str, broker_url: str) -> Iterator[Exported]:
    """Read every sample's name and labels from the registries of api, dispatcher and recognizer."""
    with redis.Redis.from_url(ingress_url) as ingress, redis.Redis.from_url(broker_url) as broker:
        told: Exported = {"up": FROM_PROMETHEUS, "ALERTS": {"alertname", "alertstate"}}
        for registry in (*_of_the_api(), _of_the_recognizer(ingress, broker, broker_url)):
            for family in registry.collect():
                for sample in family.samples:
                    told.setdefault(sample.name, set(FROM_PROMETHEUS)).update(sample.labels)
        yield told


def _of_the_api() -> tuple[CollectorRegistry, CollectorRegistry]:
    latencies = Latencies()
    latencies.note({"type": "http", "method": "GET", "path": "/"}, 200, 0.1)
    camera = CameraStanding(
        camera_id=uuid4(), state="watching", age_s=1, fps=25, spool_depth=0, lesson_coverage=1,
        clock_offset_s=0, beat_s=5, looks=25, faces=3, crops_sent=1, faces_unsent=2, reconnects=0,
    )  # fmt: skip
    found = Found(
        [ClockState("photos", timedelta(hours=1), None)],
        [camera],
        LessonCounts(1, 1, 1, 1),
        {("machine", "present"): 1},
        Owed(1, 1, 1.0),
    )
    return found.registry(), latencies.registry


def _of_the_recognizer(ingress: redis.Redis, broker: redis.Redis, broker_url: str) -> CollectorRegistry:
    streams, backlog, laps = Ingress(ingress, "test"), Backlog(broker), Laps()
    streams.count_refused("forged")
    laps.lap("settle")
    metrics = Metrics(SignOfLife(), backlog)
    metrics.of_streams(streams, lambda: ())
    metrics.of_work(laps)
    tasks = metrics.of_batches(Queues(celery_app(broker_url), backlog, DueDecisions(broker)), batch_max=4)
    tasks.identify(IdentifyFaces(entries=(EntryRef(camera_id=uuid4(), entry_id="1-1"),)))
    return metrics.registry


def _of_board(file: Path) -> list[str]:
    """Every expression of a board: panels', variables', annotations'."""

    def walk(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            yield from (node[key] for key in ("expr", "definition") if key in node)
            for value in node.values():
                yield from walk(value)
        elif isinstance(node, list):
            for value in node:
                yield from walk(value)

    return list(walk(json.loads(file.read_text("utf-8"))))


def _unknown(expression: str, exported: Exported) -> set[str]:
    """Return the names and labels in a PromQL expression that nobody exports."""
    text = re.sub(r'"[^"]*"', '""', expression)
    unknown: set[str] = set()
    used: set[str] = set()
    for name, matchers in re.findall(r"\b([a-zA-Z_]\w*)\{([^}]*)\}", text):
        labels = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", matchers))
        unknown |= {f"{name}{{{label}}}" for label in labels - exported.get(name, set())}
    text = re.sub(r"\{[^}]*\}|\[[^]]*\]", " ", text)
    groups = re.findall(r"\b(?:by|on)\s*\(([^)]*)\)", text)
    labels = {label.strip() for group in groups for label in group.split(",")}
    if variable := re.search(r"label_values\((\w+), (\w+)\)", text):
        labels.add(variable.group(2))
    for word in re.findall(r"\b[a-zA-Z_]\w*", re.sub(r"\b(?:by|on)\s*\([^)]*\)", " ", text)):
        if word in exported:
            used.add(word)
        elif word not in PROMQL and word not in labels:
            unknown.add(word)
    known = set().union(*(exported[name] for name in used)) if used else set()
    return unknown | {f"by {label}" for label in labels - known}


def test_the_check_itself_finds_what_is_wrong(exported: Exported) -> None:
    lessons = "adsum_api_lessons"
    assert _unknown(f'sum by (state) ({lessons}{{state="running"}})', exported) == set()
    assert _unknown("max(adsum_api_lesson)", exported) == {"adsum_api_lesson"}
    assert _unknown(f'{lessons}{{stat="x"}}', exported) == {f"{lessons}{{stat}}"}
    assert _unknown(f"sum by (queue) ({lessons})", exported) == {"by queue"}
    assert _unknown("sum(rate(adsum_camera_frames_total[5m]))", exported) == {"adsum_camera_frames_total"}


@pytest.mark.parametrize("file", BOARDS, ids=lambda file: file.stem)
def test_boards_ask_for_what_is_exported(file: Path, exported: Exported) -> None:
    expressions = _of_board(file)
    assert len(expressions) > 10
    assert {each: found for each in expressions if (found := _unknown(each, exported))} == {}


def test_the_page_of_metrics_has_every_one_and_no_other(ingress_url: str, broker_url: str) -> None:
    page = (DEPLOY.parent / "docs/metrics.md").read_text("utf-8")
    tables = re.findall(r"\| metric \(`(adsum_\w+_)…`\).*\n\|[-|]+\n((?:\|.*\n)+)", page)
    told = {
        prefix + name
        for prefix, rows in tables
        for row in rows.splitlines()
        for name in re.findall(r"`(\w+)", row.split("|")[1])
    }
    with redis.Redis.from_url(ingress_url) as ingress, redis.Redis.from_url(broker_url) as broker:
        registries = (*_of_the_api(), _of_the_recognizer(ingress, broker, broker_url))
        text = b"".join([*map(generate_latest, registries), CameraMetrics(Statuses()).text()]).decode()
    exported = {
        name for name in re.findall(r"(?m)^# TYPE (adsum_\w+)", text) if not name.endswith("_created")
    }
    assert told == exported


def test_alerts_ask_for_what_is_exported(exported: Exported) -> None:
    wrong = {rule["alert"]: found for rule in RULES if (found := _unknown(rule["expr"], exported))}
    assert wrong == {}


def test_alerts_say_what_is_wrong_and_what_to_do(exported: Exported) -> None:
    for rule in RULES:
        assert rule["labels"]["severity"] in {"warning", "critical"}
        summary = rule["annotations"]["summary"]
        assert summary.endswith("."), summary
        assert ". " not in summary, f"not one sentence: {summary}"
        assert len(rule["annotations"]["action"]) > 20
        shown = set(re.findall(r"\$labels\.(\w+)", summary))
        named = [name for name in exported if re.search(rf"\b{name}\b", rule["expr"])]
        assert shown <= set().union(*(exported[name] for name in named)), rule["alert"]


def test_promtool_accepts_alerts_and_boards(tmp_path: Path) -> None:
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("needs promtool on the PATH")
    expressions = [e for file in BOARDS for e in _of_board(file) if not e.startswith("label_values")]
    asked = [
        {"record": f"board:{number}", "expr": expression} for number, expression in enumerate(expressions)
    ]
    boards = tmp_path / "boards.yml"
    boards.write_text(yaml.safe_dump({"groups": [{"name": "boards", "rules": asked}]}), "utf-8")
    files = [str(DEPLOY / "prometheus/alerts.yml"), str(boards)]
    done = subprocess.run([program, "check", "rules", *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout


def test_grafana_finds_its_source_and_lets_nobody_in_unasked() -> None:
    source = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/prometheus.yml").read_text("utf-8"))[
        "datasources"
    ][0]
    for file in BOARDS:
        board = json.loads(file.read_text("utf-8"))
        assert {panel["datasource"]["uid"] for panel in board["panels"]} == {source["uid"]}
    composition = yaml.safe_load((DEPLOY.parent / "docker-compose.yml").read_text("utf-8"))
    grafana = composition["services"]["grafana"]
    told = grafana["environment"]
    for off in ("AUTH_ANONYMOUS_ENABLED", "ANALYTICS_REPORTING_ENABLED", "ANALYTICS_CHECK_FOR_UPDATES"):
        assert told[f"GF_{off}"] == "false"
    assert told["GF_SECURITY_ADMIN_PASSWORD__FILE"].startswith("/run/secrets/")
    inner = composition["networks"]
    assert all(inner[name]["internal"] for name in grafana["networks"])
