"""`adsum-recognizer bench dispatch`."""

from __future__ import annotations

import json
import os
import sys
from typing import Annotated, Final

import typer
from rich.console import Console

from adsum_recognizer.bench import dispatch_screen
from adsum_recognizer.bench.child import THUMBNAIL, UNTRAINED
from adsum_recognizer.bench.dispatch import measure
from adsum_recognizer.bench.rig import EMBEDDERS
from adsum_recognizer.errors import Misconfigured

HELP: Final = f"""Send simulated cameras' crops through dispatcher and workers into rows, until it saturates.

\b
No video and, unless asked for, no network: `{THUMBNAIL}` takes some µs a face, so that the rest is measured.
`{UNTRAINED}` is FaceNet's network with seeded weights, on the GPU where there is one: it names
nobody, and takes as long as with its own.
Servers, processes and school are the measurement's own, and gone afterwards.

\b
Examples:
  adsum-recognizer bench dispatch
  adsum-recognizer bench dispatch --cameras 10,100 --seconds 30 --workers 4 --json
  adsum-recognizer bench dispatch --cameras 10 --embedder dlib-resnet-v1
  adsum-recognizer bench dispatch --cameras 1 --rate 5
  adsum-recognizer bench dispatch --cameras 100 --embedder {UNTRAINED} --workers 16
"""


def dispatch_command(
    cameras: Annotated[str, typer.Option(help="Numbers of cameras, separated by commas.")] = "1,10,100,1000",
    seconds: Annotated[float, typer.Option(min=1, help="Length of each of a point's two runs.")] = 10,
    workers: Annotated[int, typer.Option(min=1, help="Worker processes.")] = os.cpu_count() or 1,
    embedder: Annotated[str, typer.Option(help=f"One of {', '.join(EMBEDDERS)}.")] = THUMBNAIL,
    rate: Annotated[
        float | None, typer.Option(min=0.1, help="Crops a second at which latency is taken [default: half].")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Parse, measure, show."""
    counts = _numbers(cameras)
    if embedder not in EMBEDDERS:
        raise Misconfigured(f"there is no embedder {embedder}: choose one of {', '.join(EMBEDDERS)}")
    progress = Console(file=sys.stderr)
    with progress.status("starting") as status:
        tell = status.update if progress.is_terminal else progress.print
        points = measure(counts, seconds, workers, embedder, tell, rate)
    if as_json:
        typer.echo(json.dumps(dispatch_screen.figures(points, workers, embedder, seconds), indent=2))
        return
    for table in dispatch_screen.tables(points, workers, embedder):
        Console().print(table)


def _numbers(text: str) -> tuple[int, ...]:
    try:
        numbers = tuple(int(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if not numbers or min(numbers) < 1:
        raise Misconfigured(f"--cameras {text}: give whole numbers from 1 on, such as 1,10,100")
    return numbers
