"""A backup made, and brought back: the record as one snapshot saw it, with a manifest of its rows."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, Final

from sqlalchemy import Engine

from adsum_api.backup.programs import dumped, restored
from adsum_api.backup.sealed import SALT_BYTES, BadBackup, seal, unseal
from adsum_api.errors import Conflict
from adsum_store.repositories import record

LENGTH_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class Manifest:
    """When a backup was made (ISO 8601, UTC), of which revision, and how many rows each table had."""

    made_at: str
    revision: str
    rows: Mapping[str, int]

    @property
    def rows_in_all(self) -> int:
        """Of all tables."""
        return sum(self.rows.values())


class RecordInUse(Conflict):
    """A backup would take the place of somebody's record."""

    def __init__(self) -> None:
        super().__init__("this database holds a school's record already: --force gives it up for the backup")


class RowsMissing(BadBackup):
    """What was brought back is not what was backed up."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(f"these tables have other rows than when the backup was made: {', '.join(names)}")


def back_up(engine: Engine, secret_key: str, target: BinaryIO, now: datetime) -> Manifest:
    """Write the whole record, sealed; what is written meanwhile is in the next one. Raises `Unavailable`."""
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        connection.exec_driver_sql("SET statement_timeout = 0")
        connection.exec_driver_sql("SET idle_in_transaction_session_timeout = 0")
        snapshot = record.export_snapshot(connection)
        manifest = Manifest(now.isoformat(), record.revision(connection), record.rows(connection))
        head = json.dumps(asdict(manifest)).encode()

        def parts() -> Iterator[bytes]:
            yield len(head).to_bytes(LENGTH_BYTES, "big") + head
            yield from dumped(engine.url, snapshot)

        seal(secret_key, secrets.token_bytes(SALT_BYTES), parts(), target)
    return manifest


def restore(engine: Engine, secret_keys: list[str], source: BinaryIO, *, force: bool) -> Manifest:
    """Make the database what the backup says, and look whether it is: every table's rows are counted.

    Raises `BadBackup` before anything is touched, `RecordInUse`, `Unavailable` or `RowsMissing`.
    """
    with TemporaryDirectory(prefix="adsum-restore-") as folder:  # readable by its owner alone
        opened = Path(folder) / "opened"
        with opened.open("wb") as target:
            unseal(secret_keys, source, target)
        manifest, dump = _parted(opened, Path(folder) / "dump")
        with engine.begin() as connection:
            if record.in_use(record.rows(connection)) and not force:
                raise RecordInUse
            record.drop_everything(connection)
        engine.dispose()
        restored(engine.url, dump)
    with engine.connect() as connection:
        connection.exec_driver_sql("SET statement_timeout = 0")
        there = record.rows(connection)
    wrong = [name for name in {*manifest.rows, *there} if there.get(name) != manifest.rows.get(name)]
    if wrong:
        raise RowsMissing(sorted(wrong))
    return manifest


def _parted(opened: Path, dump: Path) -> tuple[Manifest, Path]:
    """Part the manifest from what pg_dump wrote."""
    with opened.open("rb") as source, dump.open("wb") as target:
        length = int.from_bytes(source.read(LENGTH_BYTES), "big")
        manifest = Manifest(**json.loads(source.read(length)))
        while part := source.read(1024 * 1024):
            target.write(part)
    opened.unlink()
    return manifest, dump
