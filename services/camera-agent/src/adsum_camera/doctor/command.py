"""`adsum-camera doctor`: the command line of the examination."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import cv2
import structlog
import typer
from rich.console import Console
from rich.text import Text

from adsum_camera.adapters.frames import tame_opencv
from adsum_camera.adapters.process_list import meant
from adsum_camera.clock import SystemClock
from adsum_camera.doctor import screen
from adsum_camera.doctor.configured import read_configured
from adsum_camera.doctor.drawing import annotated
from adsum_camera.doctor.examination import Examined, examine
from adsum_camera.doctor.findings import Verdict, worst
from adsum_camera.doctor.subject import Subject, lone_subject, subject_of_file
from adsum_camera.errors import CameraAgentError

EXAMPLES: Final = """Look at a camera for a few seconds and say what works, what does not, and what to do.

\b
Examples:
  adsum-camera doctor 0
      the first camera of this machine
  adsum-camera doctor rtsp://10.0.0.7/stream1 --picture room.png
      and draw the faces with their pixels
  adsum-camera doctor lesson.mp4 --seconds 20
      a recording, for longer
  adsum-camera doctor --cameras cameras.toml "Room 12"
      one of the file, with its detector and zones
  ADSUM_CAMERA_SOURCE=rtsp://user:secret@10.0.0.7/1 adsum-camera doctor --json
      for machines; no password in the process list

Looks at the spool's disk where ADSUM_SPOOL_DIR is set, at the way to the server where ADSUM_INGRESS_URL is,
and at the key where ADSUM_CAMERA_ID and ADSUM_CAMERA_KEY are too. The picture stays on this machine. Status 0
when nothing is broken, else 1.
"""


def doctor(
    source: Annotated[
        str | None,
        typer.Argument(
            help="Camera number, address, file or folder; else ADSUM_CAMERA_SOURCE. "
            "With --cameras: the camera's name or id."
        ),
    ] = None,
    cameras: Annotated[Path | None, typer.Option(help="The TOML file that tells of the camera.")] = None,
    picture: Annotated[
        Path | None, typer.Option(help="Write the last picture with its faces and a grid to this file.")
    ] = None,
    seconds: Annotated[float, typer.Option(help="How long to look.", min=1, max=600)] = 5.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Look at a camera, and at what is around it."""
    try:
        settings = read_configured()
        if picture is not None:
            _require_place(picture)
        if cameras is None:
            subject = lone_subject(meant(source, settings.camera_source), settings)
        else:
            subject = subject_of_file(cameras, source, settings, os.environ)
        examined = _examined(subject, seconds)
        if picture is not None:
            _draw(examined, picture)
    except CameraAgentError as error:
        typer.echo(f"adsum-camera: {error}", err=True)
        raise typer.Exit(1) from None
    if as_json:
        typer.echo(screen.as_json(str(subject.name), examined.findings, str(picture) if picture else None))
    else:
        screen.show(str(subject.name), examined.findings, Console())
    raise typer.Exit(worst(examined.findings) is Verdict.BROKEN)


def _examined(subject: Subject, seconds: float) -> Examined:
    tame_opencv(subject.settings.detector_threads)
    doing = Text(f"looking at {subject.name} for {seconds:g} s …")
    with _quietly(), Console(stderr=True).status(doing):
        return examine(subject, seconds, SystemClock())


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep the parts from logging what the screen will say."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.configure(**before)


class PictureNotWritten(CameraAgentError):  # noqa: N818 - reads as the sentence it is
    """The annotated picture has no place."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"The picture {path} cannot be written: name a file such as room.png in a folder of yours."
        )


def _require_place(path: Path) -> None:
    """Raise `PictureNotWritten` before anybody has waited for it."""
    if not path.parent.is_dir() or not cv2.haveImageWriter(str(path)):
        raise PictureNotWritten(path)


def _draw(examined: Examined, path: Path) -> None:
    """Write the annotated picture; without one to annotate there is no file."""
    if examined.picture is not None and not cv2.imwrite(
        str(path), annotated(*examined.picture, examined.zones)
    ):
        raise PictureNotWritten(path)
