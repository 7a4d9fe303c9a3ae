"""`adsum-camera`: the composition root. Everything is made here, once, and handed down."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Annotated

import structlog
import typer

from adsum_camera.adapters.process_list import hide_passwords
from adsum_camera.agent import RunOptions, run_agent
from adsum_camera.doctor.command import EXAMPLES as DOCTOR_EXAMPLES
from adsum_camera.doctor.command import doctor
from adsum_camera.errors import CameraAgentError
from adsum_camera.settings import read_settings
from adsum_vision.detector_files import DetectorNotExported

DEFAULT_PREVIEW_PORT = 8090

app = typer.Typer(
    help="Adsum's camera agent: finds faces, follows them, and sends the best crops to the school's server.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)


@app.callback()
def camera() -> None:
    """Adsum's camera agent."""


EXAMPLES = """Watch a camera, a stream, a video file or a folder of pictures until stopped.

\b
Examples:
  adsum-camera run 0                                  the first camera of this machine
  adsum-camera run rtsp://10.0.0.7/stream1            a network camera
  adsum-camera run lesson.mp4 --once                  a recording, then stop
  adsum-camera run 0 --preview --preview-port 8091    and look at it on this machine
  ADSUM_CAMERA_SOURCE=rtsp://user:secret@10.0.0.7/1 adsum-camera run
                                                      keeps the password out of the process list

Needs ADSUM_CAMERA_ID and ADSUM_CAMERA_KEY (from `POST /v1/cameras`), ADSUM_INGRESS_URL, ADSUM_SPOOL_DIR.
"""


@app.command(help=EXAMPLES)
def run(
    source: Annotated[
        str | None, typer.Argument(help="Camera number, address, file or folder; else ADSUM_CAMERA_SOURCE.")
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Show annotated frames on a loopback page.")
    ] = False,
    preview_port: Annotated[
        int, typer.Option(help="The port of that page.", min=0, max=65535)
    ] = DEFAULT_PREVIEW_PORT,
    preview_file: Annotated[
        Path | None, typer.Option(help="Write annotated frames to this MP4 file.")
    ] = None,
    once: Annotated[
        bool, typer.Option("--once", help="End with the recording, once the server has all.")
    ] = False,
    loop: Annotated[bool, typer.Option("--loop", help="Start the recording again at its end.")] = False,
) -> None:
    """Watch, until stopped."""
    options = RunOptions(
        source=source,
        preview_port=preview_port if preview else None,
        preview_file=preview_file,
        once=once,
        loop=loop,
    )
    try:
        run_agent(read_settings(), options)
    except (CameraAgentError, DetectorNotExported) as error:
        typer.echo(f"adsum-camera: {error}", err=True)
        raise typer.Exit(1) from None


app.command(name="doctor", help=DOCTOR_EXAMPLES)(doctor)


def main() -> None:
    """Run the command line."""
    hide_passwords()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    app()


if __name__ == "__main__":
    main()
