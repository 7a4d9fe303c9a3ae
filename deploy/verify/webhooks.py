"""A webhook out of the composition, to a receiver on this machine that an installation has to allow."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Final

from standardwebhooks import Webhook, WebhookVerificationError

from deploy.verify.checks import Finding
from deploy.verify.composition import Composition, believing, run, this_machine
from deploy.verify.door import Door

PORT: Final = 19444
ARRIVES_S: Final = 60
WELL_S: Final = 180

Request = tuple[Message, bytes]


def told(composition: Composition, door: Door) -> Iterator[Finding]:
    """Have a webhook refused, then allowed, then told of a test, and verify it as a receiver does."""
    address, secrets = this_machine(), composition.folder / "receiver"
    run("deploy/make-secrets.sh", str(secrets), address)
    wanted = {"url": f"https://{address}:{PORT}/adsum"}
    refused = door.call("POST", "/v1/webhooks", wanted)
    yield "a webhook into a private network is refused", refused.status == 422
    try:
        _allowing(composition, secrets, address).compose("up", "-d", "--no-deps", "api", "api-worker")
        yield "listed in ADSUM_WEBHOOK_NETWORKS, all is well", composition.wait(composition.all_well, WELL_S)
        with _receiver(secrets, address) as received:
            made = door.ask("POST", "/v1/webhooks", wanted)
            door.ask("POST", f"/v1/webhooks/{made['id']}/test")
            arrived = composition.wait(lambda: bool(received), ARRIVES_S, 0.5)
            door.ask("DELETE", f"/v1/webhooks/{made['id']}")
        yield "it is told of a test", arrived
        is_signed = arrived and _verified(made["secret"], *received[0])
        yield "signed, as a library of Standard Webhooks verifies", is_signed
    finally:
        composition.compose("up", "-d", "--no-deps", "api", "api-worker")
        composition.wait(composition.all_well, WELL_S)


def _allowing(composition: Composition, secrets: Path, address: str) -> Composition:
    added = believing(secrets)
    added["environment"]["ADSUM_WEBHOOK_NETWORKS"] = f"{address}/32"
    return composition.adding("webhooks", {"api": added, "api-worker": added})


def _verified(secret: str, headers: Message, body: bytes) -> bool:
    try:
        event = Webhook(secret).verify(body, {name.lower(): value for name, value in headers.items()})
    except WebhookVerificationError:
        return False
    return bool(event["type"] == "webhook_test")


@contextmanager
def _receiver(secrets: Path, address: str) -> Iterator[list[Request]]:
    """Answer 204 to whatever comes by TLS, and yield what came."""
    received: list[Request] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append((self.headers, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with ThreadingHTTPServer((address, PORT), Receiver) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(secrets / "proxy.pem", secrets / "proxy.key")
        server.socket = context.wrap_socket(server.socket, server_side=True)
        Thread(target=server.serve_forever, daemon=True).start()
        yield received
        server.shutdown()
