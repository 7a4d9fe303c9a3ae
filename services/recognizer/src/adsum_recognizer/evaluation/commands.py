"""`adsum-recognizer evaluate …`: measure recognition on folders of photos."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import platformdirs
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from adsum_contracts.models import MODELS
from adsum_recognizer.embedders import load_embedder
from adsum_recognizer.evaluation.cache import Vectors, cached
from adsum_recognizer.evaluation.det_curve import write_curve
from adsum_recognizer.evaluation.faces import RECIPE, vectors_of
from adsum_recognizer.evaluation.identify import Protocol, searches
from adsum_recognizer.evaluation.pairs import made_pairs, read_pairs
from adsum_recognizer.evaluation.people import people_in
from adsum_recognizer.evaluation.reports import of_identification, of_pairs
from adsum_recognizer.policies import DEFAULTS
from adsum_recognizer.settings import EmbedderName, ModelSettings, read_settings
from adsum_vision.mtcnn import MtcnnDetector

HELP = """Measure how accurate recognition is, on folders of photos.

\b
Examples:
  adsum-recognizer evaluate identify --enrolled class --strangers visitors
  adsum-recognizer evaluate pairs --images lfw --pairs pairs.txt

A folder has a folder of photos for each person. docs/accuracy.md says what each figure means.
"""
evaluate_app = typer.Typer(
    help=HELP,
    no_args_is_help=True,
    rich_markup_mode=None,
)

PAIRS_HELP = """Tell pairs of photos apart by LFW's protocol: same person, or not?

\b
Ten folds; the threshold of each is the best one on the other nine. Without --pairs a list is made from the
folder, by a seed, with no person in two folds. A photo shows whom the face nearest to its middle shows; it is
aligned and flipped as in a lesson; a pair with an undetected face counts as different people.

\b
Examples:
  adsum-recognizer evaluate pairs --images lfw --pairs pairs.txt
  adsum-recognizer evaluate pairs --images photos --embedder dlib-resnet-v1 --json
"""
IDENTIFY_HELP = """Enrol people from their first photos, look for everybody, and see who is named.

\b
Each further photo of an enrolled person is a probe; every photo of a stranger should find nobody. Without
--strangers each enrolled person plays one, in a gallery without them. With --crops 2 every two probes of a
person are one track, as a camera has several crops of one face.

\b
Examples:
  adsum-recognizer evaluate identify --enrolled class --strangers visitors
  adsum-recognizer evaluate identify --enrolled class --crops 2 --embedder dlib-resnet-v1 --json
  adsum-recognizer evaluate identify --enrolled class --strangers visitors --curve det
"""

Folder = Annotated[Path, typer.Option(help="A folder with a folder of photos for each person.")]
Model = Annotated[
    EmbedderName | None, typer.Option("--embedder", help="The model; by default ADSUM_EMBEDDER's.")
]
Cache = Annotated[
    Path, typer.Option(help="The file that keeps vectors of faces, by hashes, for the next time; or `none`.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]

DEFAULT_CACHE = Path(platformdirs.user_cache_dir("adsum")) / "evaluated-faces.sqlite"
NO_CACHE = Path("none")


@evaluate_app.command("pairs", help=PAIRS_HELP)
def pairs_command(
    images: Folder,
    pairs: Annotated[Path | None, typer.Option(help="A list in the format of LFW's pairs.txt.")] = None,
    seed: Annotated[int, typer.Option(help="Of the list that is made where none is given.")] = 0,
    embedder: Model = None,
    cache: Cache = DEFAULT_CACHE,
    as_json: AsJson = False,
) -> None:
    listed = read_pairs(pairs, images) if pairs else made_pairs(people_in(images), seed)
    photos = list(dict.fromkeys(photo for pair in listed for photo in (pair.first, pair.second)))
    vectors = _vectors(photos, _settings(embedder), cache)
    figures = of_pairs(listed, vectors)
    typer.echo(json.dumps(figures)) if as_json else _print(figures, "Pairs told apart")


@evaluate_app.command("identify", help=IDENTIFY_HELP)
def identify_command(
    enrolled: Folder,
    strangers: Annotated[Path | None, typer.Option(help="Such a folder, of people enrolled nowhere.")] = None,
    enrol: Annotated[int, typer.Option(min=1, help="Photos to enrol each person from.")] = 3,
    crops: Annotated[int, typer.Option(min=1, help="Photos that make a track.")] = 1,
    curve: Annotated[
        Path | None, typer.Option(help="Write the DET curve to CURVE.json and CURVE.png.")
    ] = None,
    embedder: Model = None,
    cache: Cache = DEFAULT_CACHE,
    as_json: AsJson = False,
) -> None:
    settings = _settings(embedder)
    protocol = Protocol(people_in(enrolled), people_in(strangers) if strangers else (), enrol, crops)
    found = searches(protocol, _vectors(protocol.photos, settings, cache))
    figures = of_identification(found, len(protocol.enrolled), DEFAULTS[MODELS[settings.embedder].id])
    if curve:
        figures["det"] = [str(path) for path in write_curve(found.det(), curve)]
    typer.echo(json.dumps(figures)) if as_json else _print(figures, "People found, and strangers")


def _settings(embedder: EmbedderName | None) -> ModelSettings:
    return read_settings(ModelSettings) if embedder is None else ModelSettings(embedder=embedder)


def _vectors(photos: Sequence[Path], settings: ModelSettings, cache: Path) -> Vectors:
    detector, embedder = MtcnnDetector(), load_embedder(settings)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as bar:
        shown = bar.add_task("looking at photos", total=len(photos))
        return cached(
            photos,
            f"{embedder.spec.id} {RECIPE}",
            None if cache == NO_CACHE else cache,
            lambda batch: vectors_of(batch, detector, embedder),
            lambda done: bar.advance(shown, done),
        )


def _print(figures: Mapping[str, object], title: str) -> None:
    table = Table(title=title, show_header=False)
    for name, value in _flat(figures):
        table.add_row(name.replace("_", " "), value)
    Console().print(table)


def _flat(figures: Mapping[str, object], within: str = "") -> Iterator[tuple[str, str]]:
    for key, value in figures.items():
        name = f"{within} {key}".strip()
        if isinstance(value, Mapping):
            yield from _flat(value, name)
        else:
            yield name, _said(value)


def _said(value: object) -> str:
    """Return a figure as a person reads it; what cannot be told is a dash, and has its reason beside it."""
    if value is None:
        return "–"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return " to ".join(map(_said, value))
    return f"{value:.4f}" if isinstance(value, float) else str(value)
