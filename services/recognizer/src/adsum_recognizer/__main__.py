"""`adsum-recognizer`: the command line. Errors are one sentence on standard error, and a status."""

from __future__ import annotations

import json
import sys
from typing import Annotated, TypeVar

import typer
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from adsum_contracts.models import MODELS
from adsum_recognizer.adapters.ingress import Ingress
from adsum_recognizer.calibration import TooFew
from adsum_recognizer.errors import OUTAGES, RecognizerError
from adsum_recognizer.evaluation.commands import evaluate_app
from adsum_recognizer.handlers.calibrating import Calibrated, calibrate
from adsum_recognizer.logs import configure_logging
from adsum_recognizer.models_commands import models_app
from adsum_recognizer.runtime import redis_client
from adsum_recognizer.serving import run_dispatcher
from adsum_recognizer.settings import IngressSettings, ModelSettings, Settings, StoreSettings
from adsum_recognizer.worker import run_worker
from adsum_store.engine import create_store_engine
from adsum_store.unit_of_work import Store
from adsum_vision.mtcnn import DetectorNotExported

S = TypeVar("S", bound=ModelSettings)

app = typer.Typer(
    help="Adsum's recognizer: face crops in, names out.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
app.add_typer(models_app, name="models")
app.add_typer(evaluate_app, name="evaluate")

DISPATCH_HELP = """Hand the cameras' entries to the workers, until stopped.

\b
Example:
  adsum-recognizer dispatch

Needs ADSUM_DATABASE_URL, ADSUM_INGRESS_URL, ADSUM_BROKER_URL and ADSUM_SECRET_KEY. Two may run at once.
"""
WORKER_HELP = """Embed, match and enrol, until stopped.

\b
Examples:
  adsum-recognizer worker
  ADSUM_EMBEDDER=dlib-resnet-v1 adsum-recognizer worker      the model that needs no download
  ADSUM_REQUIRE_GPU=true adsum-recognizer worker             fail at the start where there is no GPU

Needs what `dispatch` needs, and the model's files: see `adsum-recognizer models`.
"""
REFUSED_HELP = """Print how many of the cameras' entries were refused, by reason.

\b
Example:
  adsum-recognizer refused --json

forged, malformed, wrong_version, wrong_type, unknown_camera, too_old and from_the_future left no trace in the
record; a replay was there before; unreadable_image and image_too_large are sightings without a face.
Needs ADSUM_INGRESS_URL.
"""
CALIBRATE_HELP = """Set threshold and margin from the school's own enrolments, as a new version.

\b
Examples:
  adsum-recognizer calibrate
  adsum-recognizer calibrate --school "Lindenhof" --accepted-by "A. Keller" --json
"""


@app.command(help=DISPATCH_HELP)
def dispatch() -> None:
    raise typer.Exit(run_dispatcher(_read(Settings)))


@app.command(help=WORKER_HELP)
def worker() -> None:
    raise typer.Exit(run_worker(_read(Settings)))


@app.command("refused", help=REFUSED_HELP)
def refused_command(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    client = redis_client(_read(IngressSettings).ingress_url)
    counts = Ingress(client, "command-line").refused()
    client.close()
    if as_json:
        typer.echo(json.dumps(counts))
        return
    for reason, times in counts.items():
        typer.echo(f"{times:>9,}  {reason}")
    if not counts:
        typer.echo("Nothing was refused.")


@app.command("calibrate", help=CALIBRATE_HELP)
def calibrate_command(
    school: Annotated[str | None, typer.Option(help="Name of the school, where there are several.")] = None,
    accepted_by: Annotated[str, typer.Option(help="Who answers for it; kept with it.")] = "operator",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    settings = _read(StoreSettings)
    engine = create_store_engine(settings.database_url, application="adsum-recognizer-calibrate")
    spec = MODELS[settings.embedder]
    done = calibrate(Store(engine), school, spec, accepted_by)
    engine.dispose()
    typer.echo(json.dumps(_as_json(done)) if as_json else _in_words(done))


def _in_words(done: Calibrated) -> str:
    outcome = done.outcome
    if isinstance(outcome, TooFew):
        return (
            f"{done.school}: {outcome.students} students with two pictures or more are too few to calibrate "
            f"({outcome.needed} are needed); the model's default stays in force."
        )
    policy = outcome.policy
    return (
        f"{done.school}, calibration {done.version}: threshold {policy.threshold:.3f}, strong threshold "
        f"{policy.strong_threshold:.3f}, margin {policy.margin:.3f} "
        f"({outcome.clear_margin:.3f} below the threshold), from {outcome.students} students."
    )


def _as_json(done: Calibrated) -> dict[str, object]:
    outcome = done.outcome
    if isinstance(outcome, TooFew):
        return {
            "school": done.school,
            "version": None,
            "students": outcome.students,
            "needed": outcome.needed,
        }
    return {
        "school": done.school,
        "version": done.version,
        "students": outcome.students,
        "threshold": outcome.policy.threshold,
        "strong_threshold": outcome.policy.strong_threshold,
        "margin": outcome.policy.margin,
        "clear_margin": outcome.clear_margin,
        "genuine_pairs": outcome.genuine_pairs,
        "impostor_pairs": outcome.impostor_pairs,
    }


def _read(kind: type[S]) -> S:
    try:
        return kind()
    except ValidationError as error:
        faults = ", ".join(
            f"ADSUM_{'_'.join(str(part) for part in fault['loc']).upper()}: {fault['msg'].lower()}"
            for fault in error.errors()
        )
        raise RecognizerError(f"the settings are incomplete or wrong: {faults}") from error


def main() -> None:
    """Run the command line."""
    configure_logging()
    try:
        app()
    except (RecognizerError, DetectorNotExported, ValueError) as error:
        sys.exit(f"adsum-recognizer: {error}")
    except (*OUTAGES, SQLAlchemyError) as error:
        sys.exit(f"adsum-recognizer: a server cannot be used: {type(error).__name__}")


if __name__ == "__main__":
    main()
