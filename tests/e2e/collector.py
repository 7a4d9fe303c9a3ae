"""A collector of traces in this process: OTLP over HTTP, as the services are told by the environment."""

from __future__ import annotations

import gzip
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Collector:
    """What came, and where it is sent to."""

    def __init__(self, port: int) -> None:
        self.environment = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}",
            "OTEL_BSP_SCHEDULE_DELAY": "500",
        }
        self.spans: list[tuple[str, Span]] = []

    def take(self, body: bytes) -> None:
        """Keep every span, with the service that sent it."""
        for sent in ExportTraceServiceRequest.FromString(body).resource_spans:
            told = {each.key: each.value.string_value for each in sent.resource.attributes}
            self.spans += [(told["service.name"], span) for scope in sent.scope_spans for span in scope.spans]

    def traces(self) -> dict[str, dict[str, set[str]]]:
        """Return, by trace id, which services told of which steps."""
        found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for service, span in tuple(self.spans):
            found[span.trace_id.hex()][service].add(span.name)
        return found


@contextmanager
def collecting() -> Iterator[Collector]:
    """Listen on a free port."""

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            collector.take(gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        collector = Collector(server.server_address[1])
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()
