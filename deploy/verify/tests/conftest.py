"""What every test of the deployment starts from."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from adsum_api.adapters.camera_commands import RedisCameraCommands
from adsum_api.adapters.ingress_users import RedisIngressUsers
from adsum_api.cameras.admission import address_for
from adsum_api.main import build_app
from adsum_api.ports import FrontDoor
from adsum_api.runtime import Runtime
from adsum_api.school.service import ensure_school
from adsum_contracts.ids import CameraId
from adsum_local.children import start_child, stop_child
from adsum_local.ports import free_port
from adsum_store.sealing import Vault, new_secret_key
from adsum_store.unit_of_work import Store
from deploy.verify.tests.serving import TOKEN, NoTasks, Server, listening

AT_ONCE = Retry(NoBackoff(), 0)
DEPLOY = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the secrets of one installation, as `make secrets` does."""
    folder = tmp_path_factory.mktemp("installation") / "secrets"
    subprocess.run(
        [str(DEPLOY / "make-secrets.sh"), str(folder), "localhost"], check=True, capture_output=True
    )
    return folder


@dataclass(frozen=True)
class Ingress:
    """A running ingress server, and who is who on it."""

    port: int
    secrets: Path

    def client(self, user: str) -> redis.Redis:
        """Connect as one of the services."""
        url = (self.secrets / f"ingress_url_{user}").read_text("utf-8")
        return self._opened(url.replace("@ingress:6379", f"@localhost:{self.port}"))

    def camera(self, camera_id: CameraId, password: str) -> redis.Redis:
        """Connect as a box."""
        public = f"rediss://localhost:{self.port}/0?ssl_ca_certs=/run/secrets/ca.pem"
        return self._opened(address_for(public, camera_id, password))

    def _opened(self, url: str) -> redis.Redis:
        url = url.replace("/run/secrets", str(self.secrets))
        return redis.Redis.from_url(url, socket_timeout=30, retry=AT_ONCE)


@pytest.fixture(scope="module")
def program() -> str:
    """Return a Redis that is new enough; the first on the PATH may be the wheel's."""
    folders = os.environ.get("PATH", "").split(os.pathsep)
    found = (shutil.which("redis-server", path=folder) for folder in folders)
    new_enough = next((path for path in found if path and _major(path) >= 7), None)
    if new_enough is None:
        pytest.skip("needs redis-server 7 or newer on the PATH")
    return new_enough


def _major(program: str) -> int:
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    version = re.search(r"v=(\d+)", told)
    return int(version.group(1)) if version else 0


@pytest.fixture(scope="module")
def ingress(program: str, secrets: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingress]:
    """Run the ingress server as the composition does, on a free port."""
    folder = tmp_path_factory.mktemp("ingress")
    data, port = folder / "data", free_port()
    data.mkdir()
    places = {
        "exec redis-server": f"exec {program}",
        "/run/secrets": str(secrets),
        "/data": str(data),
        "/etc/adsum": str(folder),
        "port 6379": f"port {port}",
    }
    for name in ("common.conf", "ingress.conf", "ingress.sh"):
        text = (DEPLOY / "redis" / name).read_text("utf-8")
        for there, here in places.items():
            text = text.replace(there, here)
        (folder / name).write_text(text, "utf-8")
    child = start_child(("/bin/sh", str(folder / "ingress.sh")), quiet=True)
    running = Ingress(port, secrets)
    try:
        _wait_for(running)
        yield running
    finally:
        stop_child(child)


def _wait_for(ingress: Ingress) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            with ingress.client("api") as client:
                client.ping()
        except redis.ConnectionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


@pytest.fixture
def server(ingress: Ingress, store: Store) -> Iterator[Server]:
    """Serve an installation that lets boxes in."""
    with store.begin() as work:
        ensure_school(work, "Test school", "Europe/Zurich")
    with (
        ingress.client("admission") as admission,
        ingress.client("api") as api,
        closing(redis.Redis(port=1, retry=AT_ONCE)) as nobody,
    ):
        address = f"rediss://localhost:{ingress.port}/0"
        authority = (ingress.secrets / "ca.pem").read_text("ascii")
        door = FrontDoor(address, authority, RedisIngressUsers(admission))
        runtime = Runtime(
            store, Vault(new_secret_key()), NoTasks(), RedisCameraCommands(api), api, nobody, front_door=door
        )
        port = free_port()
        with listening(build_app(runtime, TOKEN), port, ingress.secrets):
            yield Server(port, runtime, ingress.secrets)
