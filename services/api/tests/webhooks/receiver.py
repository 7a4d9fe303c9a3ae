"""A receiver of webhooks as a process: it prints each request as a line of JSON, and answers as asked.

/200  /500  /410  /429 (with Retry-After: 60)  /302 (to /200)  /huge (an endless answer)
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver(BaseHTTPRequestHandler):
    """Answers POSTs."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        print(json.dumps({"path": self.path, "headers": headers, "body": body}), flush=True)  # noqa: T201
        wanted = self.path.strip("/")
        if wanted == "huge":
            self._pour()
            return
        self.send_response(int(wanted))
        for status, header in {"429": ("Retry-After", "60"), "302": ("Location", "/200")}.items():
            if status == wanted:
                self.send_header(*header)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _pour(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(1 << 40))
        self.end_headers()
        self.close_connection = True
        with suppress(OSError):
            while True:
                self.wfile.write(bytes(1 << 16))

    def log_message(self, *_: object) -> None:
        """Print requests alone."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
