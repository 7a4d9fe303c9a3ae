"""`adsum-camera`: the composition root. Everything is made here, once, and handed down."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from adsum_camera.adapters.process_list import hide_passwords
from adsum_camera.agent import OneCameraOnly, RunOptions, run_agent
from adsum_camera.bench.command import bench
from adsum_camera.configuration import read_configuration
from adsum_camera.doctor.command import EXAMPLES as DOCTOR_EXAMPLES
from adsum_camera.doctor.command import doctor
from adsum_camera.errors import CameraAgentError
from adsum_camera.joining.command import EXAMPLES as JOIN_EXAMPLES
from adsum_camera.joining.command import join
from adsum_camera.listing import listing
from adsum_contracts import tracing
from adsum_contracts.exits import MISCONFIGURED
from adsum_contracts.logs import log_to_stderr
from adsum_vision.detector_files import DetectorNotExported
from adsum_vision.yunet import YunetNotFound

DEFAULT_PREVIEW_PORT = 8090

app = typer.Typer(
    help="Adsum's camera agent: finds faces, follows them, and sends the best crops to the school's server.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)


app.add_typer(bench, name="bench")


@app.callback()
def camera() -> None:
    """Adsum's camera agent."""


EXAMPLES = """Watch cameras, streams, video files or folders of pictures until stopped.

\b
One camera, named here and by the environment:
  adsum-camera run 0
      the first camera of this machine
  adsum-camera run rtsp://10.0.0.7/stream1
      a network camera
  adsum-camera run lesson.mp4 --once
      a recording, then stop
  adsum-camera run 0 --preview --preview-port 8091
      and look at it on this machine
  ADSUM_CAMERA_SOURCE=rtsp://user:secret@10.0.0.7/1 adsum-camera run
      keeps the password out of the process list

\b
Several cameras, in one process:
  adsum-camera run --cameras cameras.toml --check
      say what would run, or what is wrong in which line
  adsum-camera run --cameras cameras.toml
      watch them all; one that fails is opened again alone
  adsum-camera run --cameras cameras.toml --preview
      each on a page of its own: ports 8090, 8091, ...

Needs ADSUM_SPOOL_DIR, and to have joined (`adsum-camera join`). Without joining: ADSUM_INGRESS_URL, and for
one camera ADSUM_CAMERA_ID and ADSUM_CAMERA_KEY (both from `POST /v1/cameras`), which for several are in the
file.
"""


@app.command(help=EXAMPLES, short_help="Watch cameras, streams, video files or folders of pictures.")
def run(
    source: Annotated[
        str | None, typer.Argument(help="Camera number, address, file or folder; else ADSUM_CAMERA_SOURCE.")
    ] = None,
    cameras: Annotated[Path | None, typer.Option(help="The TOML file that tells of several cameras.")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Read the configuration, say what would run, and stop.")
    ] = False,
    preview: Annotated[
        bool, typer.Option("--preview", help="Show annotated frames on a loopback page.")
    ] = False,
    preview_port: Annotated[
        int,
        typer.Option(help="The port of that page; the next cameras have the next ports.", min=0, max=65535),
    ] = DEFAULT_PREVIEW_PORT,
    preview_file: Annotated[
        Path | None, typer.Option(help="Write annotated frames to this MP4 file.")
    ] = None,
    once: Annotated[
        bool, typer.Option("--once", help="End with the recordings, once the server has all.")
    ] = False,
    loop: Annotated[bool, typer.Option("--loop", help="Start recordings again at their end.")] = False,
) -> None:
    """Watch, until stopped."""
    options = RunOptions(preview_port if preview else None, preview_file, once=once, loop=loop)
    try:
        settings, configuration = read_configuration(source, cameras, os.environ)
    except CameraAgentError as error:
        raise _ended(error, MISCONFIGURED) from None
    for warning in configuration.warnings:
        typer.echo(f"adsum-camera: warning: {warning}", err=True)
    if check:
        Console().print(listing(configuration.cameras))
        return
    try:
        run_agent(configuration.cameras, settings, options)
    except (OneCameraOnly, DetectorNotExported, YunetNotFound) as error:
        raise _ended(error, MISCONFIGURED) from None
    except CameraAgentError as error:
        raise _ended(error, 1) from None


def _ended(error: Exception, status: int) -> typer.Exit:
    """Say why in one sentence; a camera that is away may be back at the next start, a wrong word will not."""
    typer.echo(f"adsum-camera: {error}", err=True)
    return typer.Exit(status)


app.command(name="join", help=JOIN_EXAMPLES, short_help="Join a server with a one-use token.")(join)
app.command(
    name="doctor",
    help=DOCTOR_EXAMPLES,
    short_help="Say what works at a camera, what does not, and what to do.",
)(doctor)


def main() -> None:
    """Run the command line."""
    hide_passwords()
    log_to_stderr("camera-agent")
    tracing.start("camera-agent")
    app()


if __name__ == "__main__":
    main()
