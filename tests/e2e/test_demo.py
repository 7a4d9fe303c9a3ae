"""The acceptance: one command takes a roll, and names nobody wrongly."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.e2e.collector import Collector, collecting

ADSUM = str(Path(sys.executable).parent / "adsum")
FIELDS = {
    "embedder", "students", "strangers", "truth_present", "marked_present", "correct", "wrong_name", "missed",
    "strangers_named", "late_correct", "late_wrong", "latency_ms", "frames", "crops", "duration_s",
}  # fmt: skip

STEPS = {
    "camera-agent": {"capture"},
    "dispatcher": {"dispatch"},
    "recognizer": {"recognizer.identify", "decide"},
    "api-worker": {"attendance.apply"},
}
"""One crop's way to the register, as its trace tells it."""

ATTRIBUTES = {
    f"adsum.{fact}"
    for fact in ("request_id", "status", "lesson_id", "camera_id", "track_id", "marks", "batch", "error")
}
SERVERS = {"postgres", "ingress", "broker"}
ON_THE_REGISTER = re.compile(r"│ *\d+ │ (\S+) (\S+) *│")
PERSONAL = r"[\w.]+@[\w-]+\.\w+|Bearer |(-?\d\.\d+, ){4}|candidates|embeddings?\b"
"""An address for mail, a token, a vector, or who a face may be; the names are those of the register."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.usefixtures("_alone")]


@pytest.fixture
def _alone(run_folder: Path) -> Iterator[None]:
    """One full classroom at a time: two would measure the machine."""
    with FileLock(run_folder / "demo.lock"):
        yield


def demo(*arguments: str, **environment: str) -> tuple[dict[str, Any], str]:
    """Run one; return its outcome and what it said."""
    command = [ADSUM, "demo", "--once", "--json", "--port", "0", "--embedder", "dlib-resnet-v1", *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=580, check=False, env=os.environ | environment
    )
    assert done.returncode == 0, done.stderr[-3000:]
    outcome: dict[str, Any] = json.loads(done.stdout)
    assert set(outcome) == FIELDS
    return outcome, done.stderr


def test_a_drawn_classroom_is_named_traced_and_logged_without_a_name() -> None:
    people = ("--students", "24", "--strangers", "3", "--seed", "5")
    with collecting() as collector:
        outcome, said = demo(*people, "--verbose", ADSUM_LOG_FORMAT="json", **collector.environment)
    assert outcome["wrong_name"] == 0, outcome
    assert outcome["strangers_named"] == 0, outcome
    assert outcome["correct"] >= 0.95 * outcome["truth_present"], outcome
    names = set(chain.from_iterable(ON_THE_REGISTER.findall(said)))
    assert len(names) > 24
    personal = re.compile(rf"\b({'|'.join(map(re.escape, names))})\b|{PERSONAL}")
    check_traces(collector, outcome["crops"], personal)
    check_logs(said, personal)


def check_traces(collector: Collector, crops: int, personal: re.Pattern[str]) -> None:
    """Nearly every crop has a trace in which each service told of its step; no attribute tells of anybody."""
    complete = [
        trace
        for trace in collector.traces().values()
        if all(steps <= trace[service] for service, steps in STEPS.items())
    ]
    assert len(complete) >= 0.9 * crops  # the last ones' spans may die with their process
    told = {each.key for _, span in collector.spans for each in span.attributes}
    assert told <= ATTRIBUTES
    assert [words for _, span in collector.spans if personal.search(words := said_by(span))] == []


def said_by(span: Span) -> str:
    """Return all that a span says but its ids: among thousands of random bytes some look like `x@y.z`."""
    said = Span()
    said.CopyFrom(span)
    for part in (said, *said.links):
        part.ClearField("trace_id")
        part.ClearField("span_id")
    said.ClearField("parent_span_id")
    return str(said)


def check_logs(said: str, personal: re.Pattern[str]) -> None:
    """Each line of a service of ours is JSON of the one form, and none says who is who."""
    found = (re.match(r" *([a-z-]+) \| (.*)", line) for line in said.splitlines())
    lines = [(match[1], match[2]) for match in found if match and match[1] not in SERVERS]
    assert {service for service, _ in lines} >= {"camera", "dispatcher", "recognizer"}
    for service, line in lines:
        assert list(json.loads(line))[:4] == ["ts", "level", "service", "event"], (service, line)
        assert not personal.search(line), line


@pytest.mark.data
@pytest.mark.long
def test_a_classroom_of_photos(shared_data: Path) -> None:
    outcome, _ = demo("--students", "20", "--strangers", "5", "--faces", str(shared_data / "lfw-dev"))
    assert outcome["wrong_name"] == 0, outcome
    assert outcome["strangers_named"] == 0, outcome
    assert outcome["correct"] >= 0.90 * outcome["truth_present"], outcome
