"""What the embedded run consists of, in the order it starts. The services do not know that it is one:
each gets URLs, as it would from `docker compose`."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import httpx
import psycopg
import redis

from adsum_local.errors import PortTaken, ServiceFailed
from adsum_local.folder import Credentials, DataFolder
from adsum_local.ports import LOOPBACK, free_port, is_free
from adsum_local.postgres_server import PostgresServer
from adsum_local.redis_server import RedisServer
from adsum_local.supervisor import SILENT_S, Service, Supervisor

ONE_THREAD: Final = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""Several processes share the machine: libraries that each take every core only get in their way."""


SERVICES: Final = (
    ("api-worker", "adsum-api", "worker"),
    ("beat", "adsum-api", "beat"),
    ("dispatcher", "adsum-recognizer", "dispatch"),
    ("recognizer", "adsum-recognizer", "worker"),
)
"""Name, program and command of what runs behind the api; they load while the api does."""


@dataclass(frozen=True, slots=True)
class StackPlan:
    """What a run may choose; `port` 0 takes a free one, `settings` are further `ADSUM_` variables.

    A service that gives no sign of life for `silent_s` is replaced.
    """

    port: int = 8000
    embedder: str = "dlib-resnet-v1"
    school_name: str = "My school"
    school_timezone: str = "UTC"
    settings: Mapping[str, str] | None = None
    silent_s: float = SILENT_S
    in_place_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What to run as the service of that name, where a measurement brings its own."""


class Stack:
    """Postgres, two Redis servers, and every service but cameras, under one supervisor."""

    def __init__(self, folder: DataFolder, supervisor: Supervisor, plan: StackPlan) -> None:
        self.supervisor = supervisor
        self.folder = folder
        self.credentials = folder.credentials()
        self.port = _port(plan.port)
        self.embedder = plan.embedder
        self._plan = plan
        self._servers = _servers(folder.path, self.credentials)
        self.told_once: list[str] = []
        """What the upgrade told this once: the first administrator's password, when it made one."""
        self.env = self._environment(plan)
        folder.keep_environment({k: v for k, v in self.env.items() if k.startswith("ADSUM_")})

    @property
    def address(self) -> str:
        """Where the API and the pages are."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def database_url(self) -> str:
        """The SQLAlchemy URL of the record."""
        return self._servers[0].url

    @property
    def ingress_url(self) -> str:
        """The Redis that cameras write to."""
        return self._servers[1].url

    def start(self) -> None:
        """Bring everything up in order; raise `ServiceFailed` with the last words of what did not start."""
        self._start_servers()
        self.told_once = self.run("adsum-api", "db", "upgrade").splitlines()[1:]
        for name, program, command in SERVICES:
            self.supervisor.start(self._service(name, tool(program), command))
        api = self._service("api", tool("adsum-api"), "serve")
        self.supervisor.start(replace(api, ready=self._api_answers), patience_s=120)

    def start_camera(self, source: str, camera_id: str, key: str, *options: str, **settings: str) -> None:
        """Start a camera agent; it gets what a box in a classroom gets, and no more."""
        env = _basic_environment() | {
            "ADSUM_INGRESS_URL": self.ingress_url,
            "ADSUM_CAMERA_ID": camera_id,
            "ADSUM_CAMERA_KEY": key,
            "ADSUM_SPOOL_DIR": str(self.folder.path / "spool"),
            **settings,
        }
        command = (tool("adsum-camera"), "run", source, *options)
        self.supervisor.start(self.service("camera", *command, env=env))

    def service(self, name: str, *command: str, env: Mapping[str, str]) -> Service:
        """Return what touches a file while it is well, and is replaced when it does not."""
        sign = self.folder.path / "state" / f"{name}.alive"
        sign.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        env = {**env, "ADSUM_SIGN_OF_LIFE": str(sign)}
        return Service(name, command, env=env, sign_of_life=sign, silent_s=self._plan.silent_s)

    def _service(self, name: str, *command: str) -> Service:
        return self.service(name, *self._plan.in_place_of.get(name, command), env=self.env)

    def _start_servers(self) -> None:
        postgres, ingress, broker = self._servers
        for server in self._servers:
            server.prepare()
        self.supervisor.start(
            Service(
                "postgres",
                postgres.command,
                user=postgres.user,
                cwd=postgres.folder,
                ready=self._postgres_answers,
            )
        )
        for name, server in (("ingress", ingress), ("broker", broker)):
            self.supervisor.start(Service(name, server.command, ready=lambda url=server.url: _pings(url)))  # type: ignore[misc]

    def run(self, program: str, *arguments: str) -> str:
        """Run a command to its end and return what it printed; raise `ServiceFailed` with its last words."""
        done = subprocess.run(
            [tool(program), *arguments], env=self.env, capture_output=True, text=True, check=False
        )
        if done.returncode:
            words = (done.stderr.strip() or done.stdout.strip()).splitlines() or ["no word of why"]
            raise ServiceFailed(f"{program} {' '.join(arguments)} failed: {words[-1]}")
        return done.stdout

    def _environment(self, plan: StackPlan) -> dict[str, str]:
        postgres, ingress, broker = self._servers
        return _basic_environment() | {
            "ADSUM_DATABASE_URL": postgres.url,
            "ADSUM_INGRESS_URL": ingress.url,
            "ADSUM_BROKER_URL": broker.url,
            "ADSUM_SECRET_KEY": self.credentials.secret_key,
            "ADSUM_API_TOKEN": self.credentials.api_token,
            "ADSUM_API_HOST": LOOPBACK,
            "ADSUM_API_PORT": str(self.port),
            "ADSUM_STATE_DIR": str(self.folder.path / "state"),
            "ADSUM_EMBEDDER": plan.embedder,
            "ADSUM_SCHOOL_NAME": plan.school_name,
            "ADSUM_SCHOOL_TIMEZONE": plan.school_timezone,
            **(plan.settings or {}),
        }

    def _api_answers(self) -> bool:
        try:
            return httpx.get(f"{self.address}/healthz", timeout=2).is_success
        except httpx.HTTPError:
            return False

    def _postgres_answers(self) -> bool:
        try:
            psycopg.connect(self.database_url.replace("+psycopg", ""), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


def tool(name: str) -> str:
    """The full path of a command of this environment."""
    return str(Path(sys.executable).parent / name)


def _servers(folder: Path, made: Credentials) -> tuple[PostgresServer, RedisServer, RedisServer]:
    return (
        PostgresServer(folder / "postgres", made.postgres_port, made.password),
        RedisServer(folder / "ingress", made.ingress_port, made.password),
        RedisServer(folder / "broker", made.broker_port, made.password),
    )


def _port(wanted: int) -> int:
    if wanted and not is_free(wanted):
        raise PortTaken(f"port {wanted} is taken by another program: stop it, or choose one with --port")
    return wanted or free_port()


def _basic_environment() -> dict[str, str]:
    """The caller's environment without Adsum's own variables, which would leak from one run to another.

    Where models and the exported detector lie is a fact of the machine, and stays; so is how logs are read.
    """
    of_the_machine = {"ADSUM_MODELS_DIR", "ADSUM_DETECTOR_DIR", "ADSUM_LOG_FORMAT"}
    kept = {k: v for k, v in os.environ.items() if not k.startswith("ADSUM_") or k in of_the_machine}
    return kept | ONE_THREAD | {"PYTHONUNBUFFERED": "1"}


def _pings(url: str) -> bool:
    try:
        with redis.Redis.from_url(url, socket_timeout=2) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False
