"""One trace from capture to mark: a step's spans, and how a trace travels from service to service.

Off, and next to free, unless the environment names a collector: OTEL_EXPORTER_OTLP_ENDPOINT, the standard's
own variable. OpenTelemetry is imported only then. Attributes are ids and counts: never a name, a face, a
vector or who a face may be.

A batch works for many traces at once, so a step has one span in each of them, and one of its own that links
to them all. A trace travels as W3C `traceparent`: in the event that a camera signs, then in tasks' headers.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import Field

if TYPE_CHECKING:
    from opentelemetry.trace import Span

    from adsum_contracts.spans import Spans

Traceparent = Annotated[str, Field(pattern=r"^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")]
"""W3C Trace Context, level 1: version, trace id, span id, flags."""

HEADER: Final = "traceparents"
"""The header of a task that names the traces it works for."""

MOST_TRACES: Final = 256
"""Traces that one step goes on with: as many as a task has entries at most."""

ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")

_WELL_FORMED: Final = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_exporting: list[Spans] = []
"""What this process exports by, once it started to: one for the process, as its log is."""

_open: ContextVar[tuple[Span, ...]] = ContextVar("adsum_open_spans", default=())


def start(service: str) -> None:
    """Export this process's spans as those of `service`, if the environment names a collector."""
    if any(os.environ.get(name) for name in ENDPOINTS) and os.environ.get("OTEL_SDK_DISABLED") != "true":
        from adsum_contracts.spans import Spans  # noqa: PLC0415 - whoever traces nothing does not load it

        _exporting[:] = [Spans.to_collector(service)]


def stop() -> None:
    """Send what was not sent yet, within seconds, and export nothing more."""
    while _exporting:
        _exporting.pop().close()


@contextmanager
def step(name: str, traces: Iterable[str] = (), *, begins: bool = False, **ids: str | int) -> Iterator[None]:
    """Have the work inside be a step of `traces`; of those open around it where none is given.

    With no trace at all nothing is recorded, unless the step `begins` one. What is not a traceparent is not
    taken for one: a camera, or a caller, may have written it.
    """
    parents = _usable(traces) or current() if _exporting else ()
    if not _exporting or not (parents or begins):
        yield
        return
    spans = _exporting[0].begun(name, parents, ids)
    token = _open.set(spans)
    try:
        yield
    except BaseException as error:
        note(error=type(error).__name__)  # never its text, which may hold anything
        raise
    finally:
        _open.reset(token)
        for span in spans:
            span.end()


def capture(name: str, began: datetime, **ids: str | int) -> str | None:
    """Begin a trace with a span from `began` until now; return its traceparent, or None while off."""
    return _exporting[0].captured(name, began, ids) if _exporting else None


def is_on() -> bool:
    """Say whether this process traces."""
    return bool(_exporting)


def note(**facts: str | int) -> None:
    """Add facts to the open spans."""
    for span in _open.get():
        span.set_attributes({f"adsum.{key}": value for key, value in facts.items()})


def rename(name: str) -> None:
    """Give the open spans the name that is known by now."""
    for span in _open.get():
        span.update_name(name)


def current() -> tuple[str, ...]:
    """Return the traceparents of the open spans."""
    return tuple(_exporting[0].traceparent(span) for span in _open.get()) if _exporting else ()


def headers() -> dict[str, Any]:
    """Return the headers of a task that goes on with the open spans' traces: none while off."""
    traces = current()
    return {HEADER: list(traces)} if traces else {}


def add_trace_id(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Name the trace in a log line; structlog's processor. Of a batch's traces, the first."""
    for traceparent in current()[:1]:
        event["trace_id"] = traceparent.split("-")[1]
    return event


def _usable(traces: Iterable[str]) -> tuple[str, ...]:
    found = dict.fromkeys(each for each in traces if isinstance(each, str) and _WELL_FORMED.fullmatch(each))
    return tuple(found)[:MOST_TRACES]
