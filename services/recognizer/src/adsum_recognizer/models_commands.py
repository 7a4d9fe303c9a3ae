"""`adsum-recognizer models …`: see, fetch, check and bring in the files of the recognition models."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from adsum_recognizer.download import NotTheFile, import_file, pull
from adsum_recognizer.embedders import load_embedder
from adsum_recognizer.errors import RecognizerError
from adsum_recognizer.known_vectors import PICTURES, as_stored, known_picture
from adsum_recognizer.models import CATALOGUE, Download, ModelFile, fault_of, verified
from adsum_recognizer.self_test import self_test
from adsum_recognizer.settings import ModelSettings

HELP = """The files of the recognition models.

\b
Examples:
  adsum-recognizer models list
  adsum-recognizer models pull facenet-vggface2
  adsum-recognizer models self-test dlib-resnet-v1
"""
models_app = typer.Typer(
    help=HELP,
    no_args_is_help=True,
    rich_markup_mode=None,
)

Name = Annotated[str, typer.Argument(help="A model's name, as `models list` prints it.")]

LIST_HELP = """Print every model, its files, and whether they are here.

\b
Examples:
  adsum-recognizer models list
  adsum-recognizer models list --json
"""
PULL_HELP = """Fetch a model's files, going on where an earlier try stopped, and check them.

\b
Examples:
  adsum-recognizer models pull facenet-vggface2
  ADSUM_MODELS_DIR=/srv/models adsum-recognizer models pull facenet-vggface2
"""
VERIFY_HELP = """Check a model's files against their SHA-256; the status is 0 when all are right.

\b
Example:
  adsum-recognizer models verify facenet-vggface2
"""
SELF_TEST_HELP = """Load a model and have it show what every worker has it show at its start.

\b
Examples:
  adsum-recognizer models self-test dlib-resnet-v1
  adsum-recognizer models self-test facenet-vggface2 --json      with its vectors of the known pictures

Compared are the files' SHA-256, faces in a batch and alone, two runs, and, where they are stored
(known_vectors.json), the vectors that the model gave elsewhere. The status is 0 when all agree, else 2.
"""
IMPORT_HELP = """Bring in a file that was fetched on another machine: it is recognised by its content.

\b
Example:
  adsum-recognizer models import /media/stick/20180402-114759-vggface2.pt
"""


@models_app.command("list", help=LIST_HELP)
def list_models(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON list.")] = False,
) -> None:
    models_dir = ModelSettings().models_dir
    files = [_as_listed(file, models_dir) for file in CATALOGUE]
    if as_json:
        typer.echo(json.dumps(files))
        return
    for each in files:
        typer.echo("{model}  {file}  {bytes:,} bytes  {state}  {origin}".format_map(each))


def _as_listed(file: ModelFile, models_dir: Path) -> dict[str, object]:
    origin = file.source.url if isinstance(file.source, Download) else f"wheel {file.source.package}"
    state = _state(file, models_dir)
    return {"model": file.model, "file": file.name, "bytes": file.size, "state": state, "origin": origin}


@models_app.command("pull", help=PULL_HELP)
def pull_model(name: Name) -> None:
    models_dir = ModelSettings().models_dir
    for file in _files_of(name):
        if isinstance(file.source, Download):
            typer.echo(str(_pull_showing(file, models_dir)))
        else:
            typer.echo(str(verified(file, models_dir)))


@models_app.command("verify", help=VERIFY_HELP)
def verify_model(name: Name) -> None:
    models_dir = ModelSettings().models_dir
    for file in _files_of(name):
        typer.echo(f"{verified(file, models_dir)}: as it should be")


@models_app.command("self-test", help=SELF_TEST_HELP)
def self_test_model(
    name: Name, as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False
) -> None:
    files = _files_of(name)
    embedder = load_embedder(ModelSettings.model_validate({"embedder": files[0].model}))
    passed = self_test(embedder)
    if as_json:
        pictures = embedder.embed([known_picture(variant) for variant in range(PICTURES)])
        shown = {"model": embedder.spec.id, **asdict(passed)}
        typer.echo(json.dumps(shown | {"vectors": as_stored(pictures, embedder.spec.dimensions)}))
        return
    known = "none are stored" if passed.known is None else f"{passed.known:.6f}"
    typer.echo(f"{name} on {passed.device}: as it should be (lowest centred cosine)")
    typer.echo(f"  alone {passed.alone:.6f}  again {passed.again:.6f}  to its stored vectors {known}")


@models_app.command("import", help=IMPORT_HELP)
def import_model(
    file: Annotated[Path, typer.Argument(help="The file.", exists=True, dir_okay=False, readable=True)],
) -> None:
    wanted = [known for known in CATALOGUE if isinstance(known.source, Download)]
    known = next((known for known in wanted if fault_of(file, known) is None), None)
    if known is None:
        names = ", ".join(f"{known.name} (SHA-256 {known.sha256})" for known in wanted)
        raise NotTheFile(f"{file} is none of the files that can be imported: {names}")
    typer.echo(str(import_file(file, known, ModelSettings().models_dir)))


def _pull_showing(file: ModelFile, models_dir: Path) -> Path:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(file=sys.stderr)) as bar:
        shown = bar.add_task(file.name, total=file.size)
        return pull(file, models_dir, lambda have: bar.update(shown, completed=have))


def _files_of(name: str) -> tuple[ModelFile, ...]:
    files = tuple(file for file in CATALOGUE if file.model == name)
    if not files:
        names = ", ".join(sorted({file.model for file in CATALOGUE}))
        raise RecognizerError(f"there is no model {name}: choose one of {names}")
    return files


def _state(file: ModelFile, models_dir: Path) -> str:
    path = file.path(models_dir)
    if not path.is_file():
        return "missing"
    return "here" if fault_of(path, file) is None else "damaged"
