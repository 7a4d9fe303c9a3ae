"""Spans as OpenTelemetry's SDK makes and exports them. Imported by `tracing` alone, and only to export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    TraceFlags,
    set_span_in_context,
)

Facts = Mapping[str, str | int]


class Spans:
    """Makes spans and hands them to `provider`'s exporter."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("adsum")

    @classmethod
    def to_collector(cls, service: str) -> Spans:
        """Export by OTLP over HTTP, as the standard's OTEL_ variables say; from a thread of its own."""
        provider = TracerProvider(resource=Resource.create({"service.name": service}))
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        return cls(provider)

    def begun(self, name: str, parents: Sequence[str], facts: Facts) -> tuple[Span, ...]:
        """Begin a span in the trace of each parent; of several also one of the batch, linked both ways.

        Without a parent it begins a trace. The batch's own span says only what it was made of, so it ends
        at once.
        """
        attributes = _named(facts)
        if not parents:
            return (self._tracer.start_span(name, Context(), attributes=attributes),)
        contexts = [_context(parent) for parent in parents]
        links: tuple[Link, ...] = ()
        if len(contexts) > 1:
            made_of = [Link(each) for each in contexts]
            batch = self._tracer.start_span(
                f"{name} batch",
                Context(),
                attributes=_named({**facts, "batch": len(contexts)}),
                links=made_of,
            )
            batch.end()
            links = (Link(batch.get_span_context()),)
        return tuple(
            self._tracer.start_span(name, _inside(each), attributes=attributes, links=links)
            for each in contexts
        )

    def captured(self, name: str, began: datetime, facts: Facts) -> str:
        """Begin a trace with a span from `began` until now; return its traceparent."""
        span = self._tracer.start_span(
            name, Context(), attributes=_named(facts), start_time=int(began.timestamp() * 1e9)
        )
        span.end()
        return self.traceparent(span)

    @staticmethod
    def traceparent(span: Span) -> str:
        """Write where the span stands, as W3C Trace Context does."""
        context = span.get_span_context()
        return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"

    def close(self) -> None:
        """Send what was not sent yet."""
        self._provider.shutdown()


def _named(facts: Facts) -> dict[str, str | int]:
    return {f"adsum.{key}": value for key, value in facts.items()}


def _context(traceparent: str) -> SpanContext:
    _, trace_id, span_id, flags = traceparent.split("-")
    return SpanContext(
        int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16))
    )


def _inside(context: SpanContext) -> Context:
    return set_span_in_context(NonRecordingSpan(context), Context())
