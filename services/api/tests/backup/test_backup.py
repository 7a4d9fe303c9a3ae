"""The database is lost, and the record comes back as it was."""

from __future__ import annotations

import io
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, text
from typer.testing import CliRunner

from adsum_api.__main__ import app
from adsum_api.backup.sealed import CHUNK, BadBackup, seal, unseal
from adsum_api.backup.service import RecordInUse
from adsum_api.bench.filling import LAST_DAY, Filled, Size, fill
from adsum_api.main import build_app
from adsum_api.runtime import build_runtime
from adsum_api.settings import read_settings
from adsum_local.postgres_server import PostgresServer
from adsum_store.engine import create_store_engine
from adsum_store.migrations import check, upgrade
from adsum_store.sealing import new_secret_key

TOKEN = "the-token-of-these-tests"
KEY, SALT = new_secret_key(), bytes(16)


@pytest.fixture
def lost_and_new(
    postgres: PostgresServer, environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """A database of its own, which a test may lose; another is there under its name at once."""
    name = f"backup_{uuid4().hex}"
    admin = create_engine(postgres.url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = postgres.url.rpartition("/")[0] + f"/{name}"
    monkeypatch.setenv("ADSUM_DATABASE_URL", url)
    upgrade(url)
    yield url
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


def lose(url: str) -> None:
    """Lose the database with all that is in it, and start afresh."""
    admin = create_engine(url.rpartition("/")[0] + "/postgres", isolation_level="AUTOCOMMIT")
    name = url.rpartition("/")[2]
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()


def filled(url: str) -> Filled:
    engine = create_store_engine(url)
    there = fill(engine, Size(students=50, days=2), str)
    engine.dispose()
    return there


def told(there: Filled) -> list[bytes]:
    """The registers of the last day, and a student's, as the api tells them."""
    runtime = build_runtime(read_settings())
    paths = [f"/v1/lessons/{each}/register" for each in there.lessons]
    paths += [f"/v1/students/{there.students[0]}/attendance?to={LAST_DAY}", f"/v1/attendance?date={LAST_DAY}"]
    with TestClient(build_app(runtime, TOKEN), headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        answers = [client.get(path) for path in paths]
    runtime.close()
    assert {each.status_code for each in answers} == {200}
    return [each.content for each in answers]


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, list(arguments))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


def test_a_lost_database_comes_back_from_its_backup(lost_and_new: str, tmp_path: Path) -> None:
    there, backup = filled(lost_and_new), tmp_path / "adsum.backup"
    before = told(there)
    assert "rows of" in run("backup", "--out", str(backup))
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert b"Student" not in backup.read_bytes()
    lose(lost_and_new)
    assert "are back" in run("restore", str(backup))
    check(lost_and_new)
    assert told(there) == before


def test_a_record_in_use_is_kept_unless_it_is_given_up(lost_and_new: str, tmp_path: Path) -> None:
    there, backup = filled(lost_and_new), tmp_path / "adsum.backup"
    run("backup", "--out", str(backup))
    engine = create_engine(lost_and_new)
    with engine.begin() as connection:
        connection.execute(text("UPDATE students SET name = 'Somebody else'"))
    engine.dispose()
    after = told(there)
    with pytest.raises(RecordInUse):
        run("restore", str(backup))
    assert told(there) == after
    run("restore", "--force", str(backup))
    assert told(there) != after


def test_another_key_or_a_damaged_file_touches_nothing(
    lost_and_new: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, backup = filled(lost_and_new), tmp_path / "adsum.backup"
    run("backup", "--out", str(backup))
    before = told(there)
    damaged = tmp_path / "damaged"
    damaged.write_bytes(backup.read_bytes()[:-1])
    with pytest.raises(BadBackup, match="damaged"):
        run("restore", "--force", str(damaged))
    with pytest.raises(FileExistsError):
        run("backup", "--out", str(backup))
    monkeypatch.setenv("ADSUM_SECRET_KEY", new_secret_key())
    with pytest.raises(BadBackup, match="another ADSUM_SECRET_KEY"):
        run("restore", "--force", str(backup))
    assert told(there) == before


def sealed(*parts: bytes) -> bytes:
    target = io.BytesIO()
    seal(KEY, SALT, parts, target)
    return target.getvalue()


def opened(content: bytes, *keys: str) -> bytes:
    target = io.BytesIO()
    unseal(keys or (KEY,), io.BytesIO(content), target)
    return target.getvalue()


@given(st.lists(st.binary(max_size=100)), st.integers(0, 3), st.integers(-1, 1))
def test_what_was_sealed_opens_whole(parts: list[bytes], chunks: int, more: int) -> None:
    content = b"".join(parts) + b"x" * max(0, chunks * CHUNK + more)
    assert opened(sealed(*parts, content[len(b"".join(parts)) :]), new_secret_key(), KEY) == content


@pytest.mark.parametrize("length", [CHUNK, 3 * CHUNK, 3 * CHUNK + 5])
def test_whatever_is_cut_swapped_or_changed_is_noticed(length: int) -> None:
    whole, head, piece = sealed(b"x" * length), 15 + 16, CHUNK + 16
    first, second = whole[head : head + piece], whole[head + piece : head + 2 * piece]
    for broken in (
        b"", whole[:head], whole[:-1], whole[: head + piece] if second else whole[:head], whole + b"x",
        whole[:head] + second + first + whole[head + 2 * piece :] if second else b"no backup at all",
        whole[:-1] + bytes([whole[-1] ^ 1]), b"another" + whole[7:],
    ):  # fmt: skip
        with pytest.raises(BadBackup):
            opened(broken)
