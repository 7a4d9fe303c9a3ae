"""`adsum-recognizer`: the command line. Errors are one sentence on standard error, and a status."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer
from sqlalchemy.exc import SQLAlchemyError

from adsum_contracts import tracing
from adsum_contracts.exits import MISCONFIGURED
from adsum_contracts.logs import log_to_stderr
from adsum_recognizer.adapters.ingress import Ingress
from adsum_recognizer.bench.commands import bench_app
from adsum_recognizer.calibrate_command import HELP as CALIBRATE_HELP
from adsum_recognizer.calibrate_command import calibrate_command
from adsum_recognizer.errors import OUTAGES, Misconfigured, RecognizerError
from adsum_recognizer.evaluation.commands import evaluate_app
from adsum_recognizer.index_command import HELP as INDEX_HELP
from adsum_recognizer.index_command import index_command
from adsum_recognizer.models_commands import models_app
from adsum_recognizer.reembed_commands import reembed_app
from adsum_recognizer.runtime import redis_client
from adsum_recognizer.serving import run_dispatcher
from adsum_recognizer.settings import IngressSettings, Settings, read_settings
from adsum_recognizer.worker import run_worker
from adsum_store.scratch import NoServers
from adsum_vision.mtcnn import DetectorNotExported

HELP = """Adsum's recognizer: face crops in, names out.

\b
Examples:
  adsum-recognizer models list                                       which models are here
  adsum-recognizer evaluate identify --enrolled class --strangers visitors
  adsum-recognizer calibrate                                         threshold and margin for the school
  adsum-recognizer reembed --to facenet-vggface2                     change the model
  adsum-recognizer bench embed --json                                how fast this machine is

The processes of an installation are `dispatch` and `worker`. docs/accuracy.md says what the figures mean.
"""
app = typer.Typer(
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
app.add_typer(models_app, name="models")
app.add_typer(evaluate_app, name="evaluate")
app.add_typer(reembed_app, name="reembed")
app.add_typer(bench_app, name="bench")

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


@app.command(help=DISPATCH_HELP)
def dispatch() -> None:
    log_to_stderr("dispatcher")
    tracing.start("dispatcher")
    raise typer.Exit(run_dispatcher(read_settings(Settings)))


@app.command(help=WORKER_HELP)
def worker() -> None:
    tracing.start("recognizer")
    raise typer.Exit(run_worker(read_settings(Settings)))


@app.command("refused", help=REFUSED_HELP)
def refused_command(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    client = redis_client(read_settings(IngressSettings).ingress_url)
    counts = Ingress(client, "command-line").refused()
    client.close()
    if as_json:
        typer.echo(json.dumps(counts))
        return
    for reason, times in counts.items():
        typer.echo(f"{times:>9,}  {reason}")
    if not counts:
        typer.echo("Nothing was refused.")


app.command("calibrate", help=CALIBRATE_HELP)(calibrate_command)
app.command("index", help=INDEX_HELP)(index_command)


def main() -> None:
    """Run the command line."""
    log_to_stderr("recognizer")
    try:
        app()
    except (Misconfigured, DetectorNotExported) as error:
        typer.echo(f"adsum-recognizer: {error}", err=True)
        sys.exit(MISCONFIGURED)
    except (RecognizerError, NoServers, ValueError) as error:
        sys.exit(f"adsum-recognizer: {error}")
    except (*OUTAGES, SQLAlchemyError) as error:
        sys.exit(f"adsum-recognizer: a server cannot be used: {type(error).__name__}")


if __name__ == "__main__":
    main()
