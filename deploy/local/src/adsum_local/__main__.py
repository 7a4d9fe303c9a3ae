"""`adsum`: the embedded run, the demo and the simulated classroom, from one command line."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from adsum_local.demo import DemoOptions, run_demo
from adsum_local.doctor.command import EXAMPLES as DOCTOR_HELP
from adsum_local.doctor.command import doctor
from adsum_local.errors import LocalError
from adsum_local.folder import default_folder, kept_environment
from adsum_local.postgres_server import FolderNotEnterable, InitFailed
from adsum_local.redis_server import BinaryMissing
from adsum_local.servers import run_servers
from adsum_local.sim import SimulationError
from adsum_local.sim.command import parse_size, sim
from adsum_local.sim.plan import AttackKind
from adsum_local.stack import tool
from adsum_local.terminal import Terminal
from adsum_local.up import UpOptions, run_up, settings_of

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Adsum on one machine, with nothing installed but Python.",
)
app.command()(sim)
app.command(help=DOCTOR_HELP)(doctor)

Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show the services' logs.")]
Port = Annotated[
    int, typer.Option(help="Port of the API and the pages; 0 takes a free one.", min=0, max=65535)
]
Embedder = Annotated[str | None, typer.Option(help="facenet-vggface2 or dlib-resnet-v1.")]


DEMO_HELP = """Take the roll of one lesson, in front of your eyes.

\b
Examples:
  adsum demo                                     a drawn classroom, until Ctrl-C
  adsum demo --once --json --seed 3              one lesson, one JSON object
  adsum demo --once --json --faces photos        photos/enrolled/NAME/*.jpg, photos/strangers/NAME/*.jpg
  adsum demo --attack phone --seed 7             somebody holds an absent student's face up
  adsum demo --camera 0 --faces photos --minutes 5
"""

UP_HELP = """Run Adsum until Ctrl-C: databases, API and pages, recognizer, and a camera if one is named.

\b
Examples:
  adsum up                                       data in the user's own folder, port 8000
  adsum up --camera 0 --school-timezone Europe/Rome
  adsum up --data school --port 9000 --camera rtsp://10.0.0.7/stream1
"""


@app.command(help=DEMO_HELP)
def demo(  # noqa: PLR0913 - each is an option of the command line
    *,
    students: Annotated[int, typer.Option(min=1, max=60, help="Enrolled students.")] = 24,
    strangers: Annotated[int, typer.Option(min=0, max=20, help="People who are enrolled nowhere.")] = 3,
    seed: Annotated[int, typer.Option(help="The same seed draws the same lesson.")] = 1,
    seconds: Annotated[float, typer.Option(min=30, max=600, help="Length of the simulated lesson.")] = 75,
    size: Annotated[str, typer.Option(help="Size of the simulated picture.")] = "1280x720",
    faces: Annotated[
        Path | None, typer.Option(help="Photos instead of drawings: enrolled/, strangers/.")
    ] = None,
    embedder: Embedder = None,
    video: Annotated[Path | None, typer.Option(help="Look at this video instead of a simulation.")] = None,
    camera: Annotated[int | None, typer.Option(help="Look through this camera instead.")] = None,
    minutes: Annotated[
        float | None, typer.Option(min=0.1, max=600, help="Length with --camera/--video.")
    ] = None,
    attack: Annotated[
        AttackKind | None, typer.Option(help="Somebody holds an absent student's photo or phone up.")
    ] = None,
    once: Annotated[bool, typer.Option(help="End when the lesson ends.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as one JSON object.")] = False,
    port: Port = 8000,
    data: Annotated[Path | None, typer.Option(help="Folder for the demo's data; it is emptied.")] = None,
    verbose: Verbose = False,
) -> None:
    """Take the roll of one lesson, in front of your eyes."""
    terminal = Terminal(verbose=verbose)
    with _spoken_errors(terminal), _demo_folder(data, once=once) as folder:
        options = DemoOptions(
            data=folder, port=port, students=students, strangers=strangers, seed=seed, seconds=seconds,
            size=parse_size(size), faces=faces, embedder=embedder, video=video, camera=camera,
            minutes=minutes, once=once, attack=attack,
        )  # fmt: skip
        outcome = run_demo(options, terminal)
        terminal.say(outcome.in_words())
        if as_json:
            sys.stdout.write(json.dumps(outcome.as_json()) + "\n")


@app.command(help=UP_HELP)
def up(
    *,
    data: Annotated[Path | None, typer.Option(help="Folder for the school's data.")] = None,
    port: Port = 8000,
    embedder: Embedder = None,
    camera: Annotated[str | None, typer.Option(help="Index, RTSP address or file of the camera.")] = None,
    school_name: Annotated[str, typer.Option(help="Said at the first start.")] = "My school",
    school_timezone: Annotated[str, typer.Option(help="IANA name, said at the first start.")] = "UTC",
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="A setting of the services: ADSUM_API_REQUESTS_PER_MINUTE=600."),
    ] = None,
    verbose: Verbose = True,
) -> None:
    """Run Adsum until Ctrl-C: databases, API and pages, recognizer, and a camera if one is named."""
    terminal = Terminal(verbose=verbose)
    with _spoken_errors(terminal):
        run_up(
            UpOptions(
                data or default_folder() / "school",
                port,
                embedder,
                camera,
                school_name,
                school_timezone,
                settings_of(settings or []),
            ),
            terminal,
        )


SERVERS_HELP = """Run an empty PostgreSQL and two empty Redis servers, until standard input ends.

\b
Example:
  adsum servers          prints {"database_url": ..., "ingress_url": ..., "broker_url": ...}; Ctrl-D ends it

For measurements and development: on the loopback, with a random password, in a folder that is deleted.
"""


@app.command(help=SERVERS_HELP)
def servers() -> None:
    """Run an empty PostgreSQL and two empty Redis servers, until standard input ends."""
    with _spoken_errors(Terminal(verbose=False)):
        run_servers()


EXEC_HELP = """Run one of Adsum's commands inside a run: it is told what the run's services are told.

\b
Examples:
  adsum exec adsum-api import legacy ./old-demo
  adsum exec adsum-api export daily --out ./reports
  adsum exec adsum-recognizer calibrate
  adsum exec --data school adsum-api export legacy ./copy
"""


@app.command("exec", help=EXEC_HELP, context_settings={"allow_interspersed_args": False})
def execute(
    command: Annotated[list[str], typer.Argument(help="A command of Adsum with its own arguments.")],
    *,
    data: Annotated[Path | None, typer.Option(help="Folder of the run, as given to `adsum up`.")] = None,
) -> None:
    """Become that command, with the environment of the run."""
    with _spoken_errors(Terminal(verbose=False)):
        environment = dict(os.environ) | kept_environment(data or default_folder() / "school")
        os.execve(tool(command[0]), command, environment)  # noqa: S606 - our own program, no shell


@contextmanager
def _demo_folder(data: Path | None, *, once: bool) -> Iterator[Path]:
    """The folder asked for, or one of our own, which a single lesson leaves no trace in."""
    if data is not None or not once:
        yield data or default_folder() / "demo"
        return
    folder = Path(tempfile.mkdtemp(prefix="adsum-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _spoken_errors(terminal: Terminal) -> Iterator[None]:
    """End with one sentence and a status, not with a traceback; Ctrl-C and SIGTERM end in good order."""
    signal.signal(signal.SIGTERM, _as_interrupt)
    try:
        yield
    except (LocalError, SimulationError, FolderNotEnterable, InitFailed, BinaryMissing) as error:
        terminal.fail(str(error))
        if (log := terminal.save_log()) is not None:
            terminal.say(f"The services' last lines are in {log}.")
        raise typer.Exit(1) from error
    except OSError as error:
        terminal.fail(f"{error.filename or 'the system'}: {error.strerror}")
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        terminal.say("Stopped.")
        raise typer.Exit(130) from None


def _as_interrupt(*_: Any) -> None:  # noqa: ANN401 - a signal handler's arguments
    raise KeyboardInterrupt


main: Callable[[], None] = app

if __name__ == "__main__":
    main()
