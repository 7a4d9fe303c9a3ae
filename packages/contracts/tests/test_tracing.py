"""A trace goes on from step to step, through batches; off, nothing is recorded and nothing loaded."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from adsum_contracts import tracing
from adsum_contracts.spans import Spans

CAPTURED_AT = datetime(2026, 2, 11, 9, tzinfo=UTC)


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing, "_exporting", [Spans(provider)])
    yield exporter
    provider.shutdown()


def capture() -> str:
    traceparent = tracing.capture("capture", CAPTURED_AT, camera_id="c")
    assert traceparent is not None
    return traceparent


def trace_of(traceparent: str) -> int:
    return int(traceparent.split("-")[1], 16)


def named(exported: InMemorySpanExporter, name: str) -> list[ReadableSpan]:
    return [span for span in exported.get_finished_spans() if span.name == name]


def test_a_step_goes_on_with_the_capture_s_trace(exported: InMemorySpanExporter) -> None:
    captured = capture()
    with tracing.step("identify", [captured]):
        told = tracing.headers()[tracing.HEADER]
    with tracing.step("apply", told):
        tracing.note(marks=1)
    (applied,) = named(exported, "apply")
    assert applied.context is not None
    assert applied.context.trace_id == trace_of(captured)
    assert dict(applied.attributes or {}) == {"adsum.marks": 1}


def test_a_batch_is_a_step_of_each_of_its_traces_and_links_to_them_all(
    exported: InMemorySpanExporter,
) -> None:
    captured = [capture(), capture()]
    with tracing.step("identify", captured):
        assert [trace_of(each) for each in tracing.current()] == [trace_of(each) for each in captured]
    (batch,) = named(exported, "identify batch")
    assert {link.context.trace_id for link in batch.links} == {trace_of(each) for each in captured}
    for span in named(exported, "identify"):
        assert [link.context for link in span.links] == [batch.context]


@pytest.mark.parametrize("forged", ["", "00-xyz", "00-" + "a" * 32 + "-" + "b" * 16 + "-01\n", 7])
def test_what_is_no_traceparent_begins_and_continues_nothing(
    forged: str, exported: InMemorySpanExporter
) -> None:
    with tracing.step("identify", [forged]):
        assert tracing.headers() == {}
    assert exported.get_finished_spans() == ()


def test_a_failure_is_told_by_its_kind_alone(exported: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="Ada"), tracing.step("apply", begins=True):
        raise ValueError("Ada Lovelace")
    (span,) = exported.get_finished_spans()
    assert "Ada" not in span.to_json()
    assert dict(span.attributes or {}) == {"adsum.error": "ValueError"}


def test_a_log_line_names_the_trace(exported: InMemorySpanExporter) -> None:
    captured = capture()
    with tracing.step("identify", [captured]):
        line = tracing.add_trace_id(None, "info", {"event": "seen"})
    assert line == {"event": "seen", "trace_id": captured.split("-")[1]}


def test_off_it_records_nothing_and_loads_nothing() -> None:
    program = """
import sys
from datetime import UTC, datetime
from adsum_contracts import tracing
tracing.start("api")
assert not tracing.is_on()
with tracing.step("request", ["00-" + "a" * 32 + "-" + "b" * 16 + "-01"], begins=True):
    assert tracing.headers() == {} and tracing.add_trace_id(None, "info", {}) == {}
assert tracing.capture("capture", datetime.now(UTC)) is None
sys.exit(any(name.startswith("opentelemetry") for name in sys.modules))
"""
    environment = {"PATH": "", "PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, timeout=60, check=False)
    assert done.returncode == 0
