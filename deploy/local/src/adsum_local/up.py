"""`adsum up`: a school's own run, which keeps its data."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from rich.markup import escape

from adsum_local.client import ApiClient
from adsum_local.embedder_choice import choose_embedder
from adsum_local.errors import LocalError, ServiceFailed
from adsum_local.folder import DataFolder
from adsum_local.stack import Stack, StackPlan
from adsum_local.supervisor import Supervisor
from adsum_local.terminal import Terminal


@dataclass(frozen=True, slots=True)
class UpOptions:
    """What `adsum up` was asked for."""

    data: Path
    port: int
    embedder: str | None
    camera: str | None
    school_name: str
    school_timezone: str
    settings: Mapping[str, str] = field(default_factory=dict)


def settings_of(given: Sequence[str]) -> dict[str, str]:
    """Return `ADSUM_…=value` texts by name; raise `LocalError` for another text."""
    settings = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals or not name.startswith("ADSUM_"):
            raise LocalError(f"--set takes ADSUM_NAME=value, not {each!r}")
        settings[name] = value
    return settings


def run_up(options: UpOptions, terminal: Terminal) -> None:
    """Run until interrupted; raise a `LocalError` for what cannot start."""
    embedder = choose_embedder(options.embedder)
    terminal.say(f"Embedder: [bold]{embedder.name}[/] ({embedder.reason})")
    with ExitStack() as run:
        folder = run.enter_context(DataFolder(options.data))
        first_start = not (folder.path / "credentials.json").exists()
        supervisor = run.enter_context(Supervisor(terminal.log, folder.remember_child))
        names = options.school_name, options.school_timezone
        plan = StackPlan(options.port, embedder.name, *names, options.settings)
        stack = Stack(folder, supervisor, plan)
        stack.start()
        _greet(stack, terminal, first_start=first_start)
        if options.camera is not None:
            _start_camera(stack, folder, options.camera)
        while supervisor.exit_status("api") is None:
            time.sleep(0.5)
        raise ServiceFailed(f"the api gave up: {supervisor.last_words('api')}")


def _greet(stack: Stack, terminal: Terminal, *, first_start: bool) -> None:
    for line in stack.told_once:
        terminal.say(escape(line))
    if first_start:
        token = stack.credentials.api_token
        terminal.say(f"Token of the API, said this once: [bold]{token}[/]")
        terminal.say(f"Pages: [bold]{stack.address}/?token={token}[/]")
    else:
        terminal.say(f"Pages: [bold]{stack.address}/[/] (the token was said at the first start)")
    terminal.say(f"API: {stack.address}/docs · data: {stack.folder.path} · Ctrl-C stops everything.")


def _start_camera(stack: Stack, folder: DataFolder, source: str) -> None:
    """Give this machine's camera an identity at its first start, then run its agent."""
    known = folder.camera_credentials()
    if known is None:
        with ApiClient(stack.address, stack.credentials.api_token) as api:
            known = api.create_camera("Camera 1", api.create_room("Room 1"))
        folder.keep_camera_credentials(*known)
    stack.start_camera(source, *known)
