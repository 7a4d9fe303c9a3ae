"""`adsum-recognizer bench …`: measure what this machine can do, against what a user would write instead."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from adsum_recognizer.bench import accelerator_command, dispatch_command, search_command
from adsum_vision.machine import this_machine

HELP: Final = """Measure what this machine can do, against what a user would write instead.

\b
Examples:
  adsum-recognizer bench embed --json
  adsum-recognizer bench search --templates 20000
  adsum-recognizer bench dispatch --cameras 10,100
  adsum-recognizer bench gpu --dry-run --batch 4
"""
bench_app = typer.Typer(
    help=HELP,
    no_args_is_help=True,
    rich_markup_mode=None,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@bench_app.callback(help=HELP)
def measuring() -> None:
    """Measure; every command has options of its own."""


EMBED_HELP: Final = """Embed faces with Adsum's runtime and with the original's loop, in turn, and compare.

\b
The original's loop takes one face at a time through FaceNet in eager torch, and compares it by scikit-learn's
cosine_similarity with every stored vector. Both get the same faces, weights and cores. Weights that know
nobody (seeded random ones) take as long as real ones; --weights measures with FaceNet's own.

\b
Examples:
  adsum-recognizer bench embed
  adsum-recognizer bench embed --cores 1 --rounds 5 --json
  adsum-recognizer bench embed --weights ~/.local/share/adsum/models
"""


@bench_app.command("embed", help=EMBED_HELP)
def embed_command(
    faces: Annotated[int, typer.Option(min=1, help="How many faces to embed.")] = 64,
    rounds: Annotated[int, typer.Option(min=1, help="How often each side embeds them all.")] = 3,
    cores_given: Annotated[int, typer.Option("--cores", min=1, help="CPU cores for each side.")] = 2,
    students: Annotated[int, typer.Option(min=1, help="Students to compare with, 5 vectors each.")] = 40,
    weights: Annotated[
        Path | None, typer.Option(help="The folder of models with FaceNet's file; else random weights.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    from adsum_recognizer.bench import embedding, embedding_screen  # noqa: PLC0415 - torch: as in `embedders`
    from adsum_recognizer.bench.cores import cores  # noqa: PLC0415 - as above

    machine, work = this_machine(), embedding.Work(faces, students)
    with cores(cores_given) as given, _telling() as tell:
        measured = embedding.measure(embedding.weights_of(weights), work, rounds, given, tell)
    if as_json:
        typer.echo(json.dumps(embedding_screen.figures(measured, work, machine, given), indent=2))
    else:
        Console().print(embedding_screen.table(measured, work, given))


bench_app.command("gpu", help=accelerator_command.HELP)(accelerator_command.gpu_command)
bench_app.command("search", help=search_command.HELP)(search_command.search_command)
bench_app.command("dispatch", help=dispatch_command.HELP)(dispatch_command.dispatch_command)


@contextmanager
def _telling() -> Iterator[Callable[[str], None]]:
    """Show on standard error what is being done now."""
    with Console(file=sys.stderr).status("starting") as status:
        yield status.update
