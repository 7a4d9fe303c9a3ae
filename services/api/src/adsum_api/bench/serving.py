"""The api as a process of its own, on the servers of a measurement."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from adsum_api.bench.load import Server
from adsum_api.errors import Unavailable
from adsum_store.scratch import Scratch
from adsum_store.sealing import new_secret_key

HOST: Final = "127.0.0.1"
PATIENCE_S: Final = 120.0
NO_LIMIT: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Serving:
    """A process that serves the api."""

    server: Server
    process_id: int

    @property
    def peak_mb(self) -> float:
        """The most memory that it held at once (Linux's VmHWM), in MB."""
        status = Path(f"/proc/{self.process_id}/status").read_text(encoding="ascii")
        line = next(each for each in status.splitlines() if each.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024


@contextmanager
def serving(scratch: Scratch) -> Iterator[Serving]:
    """Run it for as long as the block lasts; raise `Unavailable` where it does not begin."""
    server = Server(HOST, _free_port(), secrets.token_urlsafe(24))
    command = (sys.executable, "-m", "adsum_api.bench.child")
    with (
        TemporaryDirectory(prefix="adsum-bench-") as folder,
        subprocess.Popen(
            command, env=_environment(scratch, server, folder), stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process,
    ):  # fmt: skip
        try:
            _await(server, process)
            yield Serving(server, process.pid)
        finally:
            process.kill()


def _environment(scratch: Scratch, server: Server, folder: str) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("ADSUM_")}
    return own | {
        "ADSUM_DATABASE_URL": scratch.database_url,
        "ADSUM_INGRESS_URL": scratch.ingress_url,
        "ADSUM_BROKER_URL": scratch.broker_url,
        "ADSUM_SECRET_KEY": new_secret_key(),
        "ADSUM_API_TOKEN": server.token,
        "ADSUM_API_PORT": str(server.port),
        "ADSUM_API_REQUESTS_PER_MINUTE": str(NO_LIMIT),
        "ADSUM_STATE_DIR": folder,
    }


def _await(server: Server, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        if process.poll() is not None:
            raise Unavailable(f"the api to be measured ended with status {process.returncode}")
        try:
            connection = HTTPConnection(server.host, server.port, timeout=5)
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            connection.close()
        except (OSError, HTTPException):
            if time.monotonic() > deadline:
                raise Unavailable(f"the api to be measured did not answer in {PATIENCE_S:.0f} s") from None
            time.sleep(0.1)
        else:
            return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
