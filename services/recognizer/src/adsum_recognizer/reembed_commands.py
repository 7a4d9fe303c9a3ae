"""`adsum-recognizer reembed …`: from one model to another, while lessons go on."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from adsum_contracts.models import MODELS
from adsum_recognizer.clock import utc_now
from adsum_recognizer.embedders import tested_embedders
from adsum_recognizer.errors import RecognizerError
from adsum_recognizer.handlers.calibrating import school_named
from adsum_recognizer.handlers.reembedding import Reembedding
from adsum_recognizer.handlers.switching import Allowed, Switching
from adsum_recognizer.reembed_reports import (
    comparison_as_json,
    overview_as_json,
    show_comparison,
    show_overview,
)
from adsum_recognizer.settings import EmbedderName, SealedSettings, StoreSettings, read_settings
from adsum_store.engine import create_store_engine
from adsum_store.sealing import Vault
from adsum_store.unit_of_work import Store

SHARE = 0.2
"""Of the live tracks, the share that both models look at unless told otherwise."""

HELP = """Change the recognition model of a school: new templates beside the old, compared, then switched.

\b
Examples, in their order (docs/models.md tells the whole afternoon):
  adsum-recognizer reembed --to facenet-vggface2     make its templates; begun again, it goes on
  adsum-recognizer reembed status                    who has templates of both, and who needs new photos
  adsum-recognizer reembed compare                   whom the two would name, on live crops
  adsum-recognizer calibrate --model facenet-vggface2
  adsum-recognizer reembed switch --by "A. Keller"
  adsum-recognizer reembed back
  adsum-recognizer reembed drop --yes

Needs ADSUM_DATABASE_URL, and `--to` ADSUM_SECRET_KEY and the model's files, here and on every worker.
"""
STATUS_HELP = """Print which model is active, which stands by, and how far each student has come.

\b
Example:
  adsum-recognizer reembed status --json
"""
COMPARE_HELP = """Print how the two models agreed on live crops. Neither marks anybody by it.

\b
Example:
  adsum-recognizer reembed compare --json
"""
SWITCH_HELP = """Make the model on standby the active one: templates and thresholds, in one transaction.

\b
It refuses while a lesson is on, while students are unknown to the new model, and where nobody has accepted
its calibration.

\b
Examples:
  adsum-recognizer reembed switch --by "A. Keller"
  adsum-recognizer reembed switch --by "A. Keller" --allow-missing 3 --default-thresholds
"""
BACK_HELP = """Undo the switch: the templates of the former model are still there.

\b
Examples:
  adsum-recognizer reembed back
  adsum-recognizer reembed back --during-lessons      now, whatever is on
"""
DROP_HELP = """Delete the templates of the model that is not active, and forget the comparison.

\b
After a switch that is the former model, and there is no way back. Before one it is the candidate.

\b
Example:
  adsum-recognizer reembed drop --yes
"""
reembed_app = typer.Typer(help=HELP, rich_markup_mode=None)

School = Annotated[str | None, typer.Option(help="Name of the school, where there are several.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Missing = Annotated[
    int, typer.Option("--allow-missing", min=0, help="Switch though so many students stay unknown to it.")
]
Defaults = Annotated[
    bool, typer.Option("--default-thresholds", help="Switch though nobody accepted a calibration for it.")
]
During = Annotated[
    bool, typer.Option("--during-lessons", help="Switch though a lesson is on: its faces lose their names.")
]


@reembed_app.callback(invoke_without_command=True, help=HELP)
def reembed(
    context: typer.Context,
    to: Annotated[EmbedderName | None, typer.Option(help="The model to make templates of.")] = None,
    share: Annotated[
        float, typer.Option(min=0, max=1, help="Share of the live tracks that both models look at.")
    ] = SHARE,
    school: School = None,
    as_json: AsJson = False,
) -> None:
    if context.invoked_subcommand is not None:
        return
    if to is None:
        raise RecognizerError("say which model: `adsum-recognizer reembed --to MODEL`, or see --help")
    settings = read_settings(SealedSettings)
    embedders, target = tested_embedders(settings, None), MODELS[to]
    embedder = embedders.of(target)  # a model that cannot run here is found out before anything is written
    with _store(settings) as store:
        school_id = school_named(store, school)
        reembedding = Reembedding(store, school_id, embedders.default)
        reembedding.begin(target, share)
        students = reembedding.waiting(target)
        made = _showing(reembedding.embed(students, embedder, Vault(settings.secret_key)), len(students))
        found = Switching(store, school_id, embedders.default).overview()
    if as_json:
        typer.echo(json.dumps({"students": len(students), "templates": made} | overview_as_json(found)))
        return
    typer.echo(f"{made} templates by {to} for {len(students)} students; the old ones are in use as before.")
    show_overview(found)


@reembed_app.command("status", help=STATUS_HELP)
def status(school: School = None, as_json: AsJson = False) -> None:
    with _switching(school) as switching:
        found = switching.overview()
    if as_json:
        typer.echo(json.dumps(overview_as_json(found)))
    else:
        show_overview(found)


@reembed_app.command("compare", help=COMPARE_HELP)
def compare(school: School = None, as_json: AsJson = False) -> None:
    with _switching(school) as switching:
        lineup, counts = switching.compared()
    if as_json:
        typer.echo(json.dumps(comparison_as_json(lineup, counts)))
    else:
        show_comparison(lineup, counts)


@reembed_app.command("switch", help=SWITCH_HELP)
def switch(
    by: Annotated[str, typer.Option(help="Who answers for it; kept with it.")],
    allow_missing: Missing = 0,
    default_thresholds: Defaults = False,
    during_lessons: During = False,
    school: School = None,
) -> None:
    with _switching(school) as switching:
        now = switching.switch(by, utc_now(), Allowed(allow_missing, default_thresholds, during_lessons))
    typer.echo(f"{now.active.name} names faces from now on; `reembed back` undoes it.")


@reembed_app.command("back", help=BACK_HELP)
def back(
    allow_missing: Missing = 0,
    default_thresholds: Defaults = False,
    during_lessons: During = False,
    school: School = None,
) -> None:
    with _switching(school) as switching:
        now = switching.back(utc_now(), Allowed(allow_missing, default_thresholds, during_lessons))
    typer.echo(f"{now.active.name} names faces again.")


@reembed_app.command("drop", help=DROP_HELP)
def drop(
    yes: Annotated[bool, typer.Option("--yes", help="Delete them: there is no way back.")] = False,
    school: School = None,
) -> None:
    settings = read_settings(StoreSettings)
    with _store(settings) as store:
        default, school_id = MODELS[settings.embedder], school_named(store, school)
        standby = Switching(store, school_id, default).overview().lineup.standby
        if standby is not None and not yes:
            raise RecognizerError(f"this deletes every template by {standby.name}: add --yes")
        gone = Reembedding(store, school_id, default).drop()
    typer.echo(f"{gone} templates deleted; one model is left.")


@contextmanager
def _store(settings: StoreSettings) -> Iterator[Store]:
    engine = create_store_engine(settings.database_url, application="adsum-recognizer-reembed")
    try:
        yield Store(engine)
    finally:
        engine.dispose()


@contextmanager
def _switching(school: str | None) -> Iterator[Switching]:
    settings = read_settings(StoreSettings)
    with _store(settings) as store:
        yield Switching(store, school_named(store, school), MODELS[settings.embedder])


def _showing(students: Iterator[int], total: int) -> int:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as bar:
        return sum(bar.track(students, total=total, description="Students"))
