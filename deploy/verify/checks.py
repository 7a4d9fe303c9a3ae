"""What must hold of the images and of the running composition: each check yields what it found."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from deploy.verify.composition import PORTS, Composition, Failed, Json, run
from deploy.verify.door import Door

Finding = tuple[str, bool]

OURS: Final = {"adsum/camera-agent": 500, "adsum/api": 300, "adsum/recognizer": 0}
"""Our images and the size that each is meant to stay below, in MB; 0: none was agreed on."""

BUILD_TOOLS: Final = ("gcc", "cc", "g++", "make", "cmake", "git")
MB: Final = 1_000_000


def images() -> Iterator[Finding]:
    """Look at what was built."""
    base = _size("python:3.11-slim-bookworm")
    for name, goal in OURS.items():
        size, told = _size(name), json.loads(run("docker", "image", "inspect", name))[0]["Config"]
        added = f"{size:.1f} MB, {size - base:.1f} MB above its base"
        yield f"{name}: {added}" + (f" (goal: below {goal} MB)" if goal else ""), not goal or size < goal
        yield (
            f"{name}: not root, labelled, with a health check",
            bool(told["User"] not in {"", "root", "0"} and told.get("Healthcheck") and told["Labels"]),
        )
        look = (
            f"for tool in {' '.join(BUILD_TOOLS)}; do command -v $tool; done;"
            " ls /opt/adsum/bin | grep -x -e pip -e hatch; true"
        )
        yield (
            f"{name}: no build tools in it",
            not run("docker", "run", "--rm", "--entrypoint", "sh", name, "-c", look),
        )


def hardening(composition: Composition) -> Iterator[Finding]:
    """Look at how each container runs."""
    containers = composition.containers()
    host = {name: each["HostConfig"] for name, each in containers.items()}
    yield _all("read-only root file system", {n: h["ReadonlyRootfs"] for n, h in host.items()})
    yield _all("no capability", {n: h["CapDrop"] == ["ALL"] and not h["CapAdd"] for n, h in host.items()})
    safe = {n: "no-new-privileges:true" in (h["SecurityOpt"] or []) for n, h in host.items()}
    yield _all("no new privileges", safe)
    yield _all(
        "memory and processes limited", {n: h["Memory"] > 0 and h["PidsLimit"] > 0 for n, h in host.items()}
    )
    yield _all("not root", {n: _user(each) not in {"", "0", "root"} for n, each in containers.items()})
    published = {n for n, h in host.items() if any((h["PortBindings"] or {}).values())}
    yield f"only the proxy is published: {', '.join(sorted(published))}", published == {"proxy-1"}
    yield (
        "no secret can be seen by inspecting containers",
        not _secrets_in(json.dumps(containers), composition),
    )


def networks() -> Iterator[Finding]:
    """Look for ways in and out that should not be."""
    told = {
        n: json.loads(run("docker", "network", "inspect", f"adsum-verify_{n}"))[0]
        for n in ("front", "boxes", "back")
    }
    yield _all("network without a way out", {n: network["Internal"] for n, network in told.items()})
    yield "a camera's network reaches the ingress", not _shut("ingress", "6379")
    for name, port in {"postgres": "5432", "broker": "6379", "api": "8000"}.items():
        yield f"a camera's network does not reach {name}", _shut(name, port)


def _shut(name: str, port: str) -> bool:
    reach = f"import socket; socket.create_connection(({name!r}, {port}), 3)"
    words = (
        "docker",
        "run",
        "--rm",
        "--network",
        "adsum-verify_boxes",
        "--entrypoint",
        "python",
        "adsum/camera-agent",
    )
    try:
        run(*words, "-c", reach)
    except Failed:
        return True
    return False


def front_door(door: Door) -> Iterator[Finding]:
    """Ask what the proxy publishes, from outside."""
    yield "pages and API by HTTPS, with our certificate", door.status("/healthz") == HTTPStatus.OK
    yield "nothing without the token", door.status("/v1/rooms") == HTTPStatus.UNAUTHORIZED
    yield "the API with the token", door.status("/v1/rooms", token=True) == HTTPStatus.OK
    yield "no metrics for strangers", door.status("/metrics", token=True) == HTTPStatus.NOT_FOUND
    with socket.create_connection(("localhost", int(PORTS["ADSUM_HTTP_PORT"])), 5) as plain:
        plain.sendall(b"GET /lessons HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        yield "plain HTTP leads to HTTPS", b" 308 " in plain.recv(4096).split(b"\r\n")[0]
    with socket.create_connection(("localhost", int(PORTS["ADSUM_INGRESS_PORT"])), 5) as plain:
        plain.sendall(b"PING\r\n")
        yield "the ingress says nothing in the clear", b"PONG" not in plain.recv(100)


def doctor(secrets: Path) -> Iterator[Finding]:
    """Ask `adsum doctor`, from outside and with the installation's token; what it only warns of holds."""
    pages, boxes = (f"localhost:{PORTS[name]}" for name in ("ADSUM_HTTPS_PORT", "ADSUM_INGRESS_PORT"))
    known = ("--ca", str(secrets / "ca.pem"), "--token-file", str(secrets / "api_token"))
    words = ("doctor", f"https://{pages}", "--ingress", f"rediss://{boxes}", *known, "--json")
    done = subprocess.run(
        (sys.executable, "-m", "adsum_local", *words), capture_output=True, text=True, check=False
    )
    if not done.stdout:
        raise Failed(f"adsum doctor: {done.stderr.strip()[-300:]}")
    for found in json.loads(done.stdout)["findings"]:
        yield f"{found['check']}: {found['verdict']}: {found['seen']}", found["verdict"] != "fail"


def register(composition: Composition, told: str) -> Iterator[Finding]:
    """Hold the simulated lesson's register against what was drawn."""
    result: dict[str, int] = json.loads(told.strip().splitlines()[-1])
    words = ", ".join(f"{name} {count}" for name, count in result.items())
    yield (
        f"the register filled: {words}",
        result["correct"] >= 0.9 * result["present"] and result["wrong"] == 0,
    )
    camera = composition.containers()["simulated-camera-1"]["State"]
    yield (
        "the camera's box ended well: the server has all of its crops",
        camera["Status"] == "exited" and camera["ExitCode"] == 0,
    )


def _size(image: str) -> float:
    return float(json.loads(run("docker", "image", "inspect", image))[0]["Size"]) / MB


def _user(container: Json) -> str:
    return str(container["Config"]["User"]).partition(":")[0]


def _secrets_in(text: str, composition: Composition) -> list[str]:
    files = [file for file in composition.secrets.iterdir() if file.suffix not in {".pem", ".key"}]
    return [file.name for file in files if file.read_text("utf-8").strip() in text]


def _all(what: str, holds: dict[str, Any]) -> Finding:
    missing = sorted(name for name, is_so in holds.items() if not is_so)
    told = f": not {', '.join(missing)}" if missing else f" ({len(holds)})"
    return what + told, bool(holds) and not missing
