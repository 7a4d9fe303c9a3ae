"""`adsum-api`: serve, work, beat, migrate, import and export."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import Annotated

import structlog
import typer
import uvicorn
from sqlalchemy.exc import OperationalError

from adsum_api.absences.commands import import_absences
from adsum_api.accounts.commands import app as accounts
from adsum_api.accounts.service import FIRST_ADMIN, ensure_first_admin
from adsum_api.addresses import is_loopback
from adsum_api.audit.commands import audit_commands
from adsum_api.backup.commands import BACKUP_HELP, RESTORE_HELP, backup, restore
from adsum_api.bench.commands import HELP as BENCH_HELP
from adsum_api.bench.commands import bench
from adsum_api.cameras.commands import admit_camera, expel_camera, make_join_token
from adsum_api.clients.commands import app as clients
from adsum_api.consents.commands import app as consents
from adsum_api.enrolment.commands import import_photos
from adsum_api.errors import DomainError
from adsum_api.legacy.commands import export_to, import_legacy
from adsum_api.main import api_token, build_app, quota_of
from adsum_api.reports.commands import export_daily, import_daily
from adsum_api.reports.report_commands import export_register, export_section, export_student
from adsum_api.rosters.commands import import_oneroster
from adsum_api.runtime import build_runtime
from adsum_api.school.service import ensure_school
from adsum_api.settings import BadSettings, read_settings
from adsum_api.students.subject_commands import export_subject
from adsum_api.timetable.commands import import_ics
from adsum_api.worker import run_beat, run_worker
from adsum_contracts import tracing
from adsum_contracts.exits import MISCONFIGURED
from adsum_contracts.logs import log_to_stderr
from adsum_store.migrations import upgrade
from adsum_store.scratch import NoServers

log = structlog.get_logger()

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="The register: HTTP API, attendance rules, reports and pages.",
    epilog="Example: adsum-api db upgrade && adsum-api serve",
)  # fmt: skip
database = typer.Typer(no_args_is_help=True, help="The record in Postgres.")
importing = typer.Typer(
    no_args_is_help=True, help="Bring in rosters, timetables, photos, or files of the original demo."
)
exporting = typer.Typer(
    no_args_is_help=True, help="Write registers and reports, or files that the original demo reads."
)
camera = typer.Typer(no_args_is_help=True, help="Which cameras' boxes may speak to the ingress server.")
app.command("bench", help=BENCH_HELP)(bench)
app.command("backup", help=BACKUP_HELP)(backup)
app.command("restore", help=RESTORE_HELP)(restore)
app.add_typer(database, name="db")
app.add_typer(camera, name="camera")
app.add_typer(accounts, name="accounts")
app.add_typer(clients, name="clients")
app.add_typer(consents, name="consents")
app.add_typer(importing, name="import")
app.add_typer(exporting, name="export")
camera.command("join-token")(make_join_token)
camera.command("admit")(admit_camera)
camera.command("expel")(expel_camera)
app.add_typer(audit_commands, name="audit")
importing.command("legacy")(import_legacy)
importing.command("photos")(import_photos)
importing.command("oneroster")(import_oneroster)
importing.command("ics")(import_ics)
importing.command("absences")(import_absences)
exporting.command("legacy")(export_to)
importing.command("daily")(import_daily)
exporting.command("daily")(export_daily)
exporting.command("register")(export_register)
exporting.command("section")(export_section)
exporting.command("student")(export_student)
exporting.command("subject")(export_subject)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; ADSUM_API_HOST otherwise.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; ADSUM_API_PORT otherwise.")] = None,
) -> None:
    """Answer HTTP requests. Example: adsum-api serve --port 8000."""
    settings = read_settings()
    tracing.start("api")
    host = host or settings.api_host
    if not is_loopback(host):
        log.warning("listens_beyond_this_machine", host=host, advice="put TLS and accounts in front of it")
    application = build_app(
        build_runtime(settings), api_token(settings), quota_of(settings), settings.sign_of_life
    )
    uvicorn.run(application, host=host, port=port or settings.api_port, log_level="warning")


@app.command()
def worker() -> None:
    """Run the tasks: attendance, enrolment jobs, retention. Example: adsum-api worker."""
    settings = read_settings()
    log_to_stderr("api-worker")
    tracing.start("api-worker")
    broker_url = settings.broker_url.get_secret_value()
    raise typer.Exit(run_worker(broker_url, build_runtime(settings), settings.sign_of_life))


@app.command()
def beat() -> None:
    """Queue what is due by the clock; run one for the whole installation. Example: adsum-api beat."""
    settings = read_settings()
    log_to_stderr("beat")
    run_beat(settings.broker_url.get_secret_value(), settings.state_dir, settings.sign_of_life)


@database.command("upgrade")
def upgrade_database() -> None:
    """Bring the tables up to date; the first time, make the school and an administrator's account.

    That account's password is told this once. Example: adsum-api db upgrade
    """
    settings = read_settings()
    upgrade(settings.database_url.get_secret_value())
    with closing(build_runtime(settings)) as runtime, runtime.store.begin() as work:
        school = ensure_school(work, settings.school_name, settings.school_timezone)
        password = ensure_first_admin(work, school, runtime.passwords)
    typer.echo(f"The database is up to date; the school is {school.name!r}, time zone {school.timezone}.")
    if password is not None:
        typer.echo(f"Sign in as {FIRST_ADMIN!r}; the password, told this once: {password}")


def main() -> None:
    """Run the command; end a refusal with one sentence and a status: `MISCONFIGURED`, else 1."""
    log_to_stderr("api")
    try:
        app()
    except BadSettings as error:
        typer.echo(f"adsum-api: {error}", err=True)
        sys.exit(MISCONFIGURED)
    except (DomainError, NoServers) as error:
        sys.exit(f"adsum-api: {error}")
    except OperationalError as error:
        sys.exit(f"adsum-api: Postgres does not answer: {str(error.orig).strip().splitlines()[0]}")
    except OSError as error:
        sys.exit(f"adsum-api: {error}")


if __name__ == "__main__":
    main()
