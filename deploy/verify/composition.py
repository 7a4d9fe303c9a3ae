"""The composition under test, by `docker` and by whichever Compose is installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).parents[2]
PROJECT: Final = "adsum-verify"
HOST: Final = "adsum.school.test"
"""The server's name, as a classroom's box in another network finds it."""
PORTS: Final = {"ADSUM_HTTPS_PORT": "18443", "ADSUM_HTTP_PORT": "18080", "ADSUM_INGRESS_PORT": "16380"}
ONCE: Final = frozenset(
    {"migrate", "models", "simulated-classroom", "simulated-calibration", "simulated-camera"}
)
"""Services that end when their work is done."""

Json = dict[str, Any]


class Failed(Exception):  # noqa: N818 - reads as the sentence it is
    """A command of Docker's failed; its last words are the text."""


@dataclass(frozen=True)
class Composition:
    """Runs commands on one project; `folder` holds what the run makes."""

    folder: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def secrets(self) -> Path:
        """The folder of the secrets."""
        return self.folder / "secrets"

    def compose(self, *words: str, profiles: str = "") -> str:
        """Run Compose; raise `Failed`."""
        return run(*compose_command(), *words, env=self.environment() | {"COMPOSE_PROFILES": profiles})

    def adding(self, name: str, services: Json, *files: str) -> Composition:
        """Return it with these services' additions, after those of the files."""
        own = self.folder / f"{name}.json"
        own.write_text(json.dumps({"version": "3.9", "services": services}), "utf-8")
        told = {"COMPOSE_FILE": ":".join(("docker-compose.yml", *files, str(own)))}
        return replace(self, settings={**self.settings, **told})

    def services(self, profiles: str, left_out: Collection[str]) -> list[str]:
        """Name what these profiles start, but for those left out: naming all pulls no image of the others."""
        told = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
        asked = set(profiles.split(","))
        return [
            name
            for name, service in told.items()
            if name not in left_out and (not service.get("profiles") or asked & set(service["profiles"]))
        ]

    def containers(self) -> dict[str, Json]:
        """Return what `docker inspect` says of every container, by service and number."""
        label = f"label=com.docker.compose.project={PROJECT}"
        ids = run("docker", "ps", "-aq", "--filter", label).split()
        told = json.loads(run("docker", "inspect", *ids)) if ids else []
        return {_name(container): container for container in told}

    def execute(self, service: str, *words: str) -> str:
        """Run a command in a service's first container; raise `Failed`."""
        return run("docker", "exec", self.containers()[f"{service}-1"]["Id"], *words)

    def sql(self, statement: str) -> str:
        """Ask the record one thing; raise `Failed`."""
        words = ("psql", "-U", "postgres", "-d", "adsum", "-tAc", statement)
        return self.execute("postgres", *words).strip()

    def wait(self, until: Any, seconds: float, every_s: float = 3) -> bool:  # noqa: ANN401 - a condition
        """Ask until it holds; return whether it does in time."""
        deadline = time.monotonic() + seconds
        while not until():
            if time.monotonic() > deadline:
                return False
            time.sleep(every_s)
        return True

    def all_well(self) -> bool:
        """Whether every lasting service runs and passes its own check."""
        lasting = {
            name: each for name, each in self.containers().items() if name.rpartition("-")[0] not in ONCE
        }
        return bool(lasting) and all(well(each) for each in lasting.values())

    def environment(self) -> dict[str, str]:
        """Return what Compose reads of this run."""
        told = {
            "COMPOSE_PROJECT_NAME": PROJECT,
            "ADSUM_SECRETS": str(self.secrets),
            "ADSUM_HOST": HOST,
        }
        return {**os.environ, **PORTS, **told, **self.settings}


def well(container: Json) -> bool:
    """Whether it runs, and its health check passes where it has one."""
    state = container["State"]
    return bool(state["Running"]) and state.get("Health", {"Status": "healthy"})["Status"] == "healthy"


def run(*words: str, env: Mapping[str, str] | None = None) -> str:
    """Run a command and return what it printed; raise `Failed`."""
    done = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"{' '.join(words[:4])} …: {(done.stderr or done.stdout).strip()[-600:]}")
    return done.stdout


def compose_command() -> tuple[str, ...]:
    """Name Compose v2 where Docker has it, else the older program."""
    newer = subprocess.run(("docker", "compose", "version"), capture_output=True, check=False)
    if newer.returncode == 0:
        return ("docker", "compose")
    if shutil.which("docker-compose") is None:
        raise Failed("neither `docker compose` nor docker-compose is installed")
    return ("docker-compose",)


def believing(secrets: Path) -> Json:
    """Return what a service needs to believe the authority of that folder, which nobody else knows."""
    return {
        "environment": {"SSL_CERT_FILE": "/run/believed.pem"},
        "volumes": [f"{secrets}/ca.pem:/run/believed.pem:ro"],
    }


def this_machine() -> str:
    """Return this machine's address, as containers see it.

    A daemon that made its bridge just now does not name it: then it is the network's first address.
    """
    told = json.loads(run("docker", "network", "inspect", "bridge"))[0]["IPAM"]["Config"][0]
    return str(told.get("Gateway") or ip_network(told["Subnet"])[1])


def _name(container: Json) -> str:
    labels = container["Config"]["Labels"]
    return f"{labels['com.docker.compose.service']}-{labels['com.docker.compose.container-number']}"
