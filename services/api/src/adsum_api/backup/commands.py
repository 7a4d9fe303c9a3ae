"""`adsum-api backup` and `adsum-api restore`."""

from __future__ import annotations

import os
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from adsum_api.backup import service
from adsum_api.backup.noting import note_backup
from adsum_api.backup.service import Manifest
from adsum_api.runtime import Runtime, build_runtime
from adsum_api.settings import read_settings
from adsum_store.migrations import upgrade

BACKUP_HELP: Final = """Write the whole record to one file, sealed with ADSUM_SECRET_KEY.

\b
The api may go on working meanwhile: the file holds what one moment saw. Keep the secret key elsewhere:
without it neither the file nor what is sealed within the record (cameras' keys, kept crops) can be opened.

\b
Examples:
  adsum-api backup --out adsum-2026-02-11.backup
  adsum exec adsum-api backup --out adsum.backup         of an embedded run
  adsum-api backup --made-elsewhere                      after a pg_dump, or a snapshot of the disk

\b
That one was made is noted in the audit log, where `adsum doctor` finds how old the last is.
"""

RESTORE_HELP: Final = """Make the record what a backup says, bring its tables up to date, and count its rows.

\b
Stop the api, its worker, beat and the recognizer first. A record that holds a school is refused without
--force, which gives it up. Nothing is touched where the file is damaged or the key is another.

\b
Examples:
  adsum-api restore adsum-2026-02-11.backup
  adsum-api restore --force adsum-2026-02-11.backup
"""


def backup(
    out: Annotated[
        Path | None, typer.Option(help="The file to write; one that is there is kept.", dir_okay=False)
    ] = None,
    *,
    made_elsewhere: Annotated[
        bool, typer.Option("--made-elsewhere", help="Write nothing: note that another program made one.")
    ] = False,
) -> None:
    if (out is None) is not made_elsewhere:
        raise typer.BadParameter("say either --out FILE or --made-elsewhere")
    settings = read_settings()
    with closing(build_runtime(settings)) as runtime:
        if out is None:
            with runtime.store.begin() as work:
                note_backup(work, "elsewhere")
            typer.echo("Noted: the record was backed up now.")
            return
        with Console(stderr=True).status("backing up"):
            manifest = _written(out, runtime, settings.secret_key.get_secret_value().split(",")[0])
        with runtime.store.begin() as work:
            note_backup(work, "sealed", manifest.rows_in_all)
    typer.echo(f"{manifest.rows_in_all:,} rows of {len(manifest.rows)} tables are in {out}.")


def _written(out: Path, runtime: Runtime, secret_key: str) -> Manifest:
    part = out.with_name(out.name + ".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as target:
        manifest = service.back_up(runtime.store.engine, secret_key, target, datetime.now(UTC))
        target.flush()
        os.fsync(target.fileno())
    os.link(part, out)  # never over a backup that is there
    part.unlink()
    return manifest


def restore(
    source: Annotated[Path, typer.Argument(help="A file that `backup` wrote.", exists=True, dir_okay=False)],
    *,
    force: Annotated[bool, typer.Option("--force", help="Give up the record that is there.")] = False,
) -> None:
    settings = read_settings()
    with closing(build_runtime(settings)) as runtime, Console(stderr=True).status("restoring"):
        secret_keys = settings.secret_key.get_secret_value().split(",")
        with source.open("rb") as backed_up:
            manifest = service.restore(runtime.store.engine, secret_keys, backed_up, force=force)
        upgrade(settings.database_url.get_secret_value())
    typer.echo(f"{manifest.rows_in_all:,} rows are back, as they were at {manifest.made_at}.")
