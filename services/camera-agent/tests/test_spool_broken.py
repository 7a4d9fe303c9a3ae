"""A spool whose file is damaged is set aside and counted, and the camera goes on with a new one."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from adsum_camera.adapters.commands import CommandReader
from adsum_camera.adapters.publisher import Publisher
from adsum_camera.adapters.redis_client import connected
from adsum_camera.adapters.spool import Draft, Spool
from adsum_camera.adapters.spool_file import SpoolBroken
from adsum_camera.clock import SystemClock
from adsum_camera.credentials import Credentials
from adsum_camera.links import Links
from adsum_contracts.events import CommandReply
from adsum_contracts.ids import CameraId, CommandId

NOON = datetime(2026, 2, 11, 12, tzinfo=UTC)
CAMERA = CameraId(UUID(int=7))
KEY = bytes(range(32))
PAGE = 4096
FILE, ASIDE = "spool.sqlite", "spool.broken-1.sqlite"


def reply() -> Draft:
    return lambda spool_id, sequence: CommandReply(
        camera_id=CAMERA, spool_id=spool_id, sequence=sequence, captured_at=NOON,
        command_id=CommandId(UUID(int=9)), outcome="done",
    )  # fmt: skip


def overwritten(path: Path, first_page: int, last_page: int | None = None) -> None:
    """Write nonsense over pages of the file, counted from 0."""
    last_page = last_page or path.stat().st_size // PAGE
    with path.open("r+b") as file:
        file.seek(first_page * PAGE)
        file.write(b"\xa5" * PAGE * (last_page - first_page))


def entries_pages_overwritten(path: Path) -> None:
    """Behind the small tables there are entries alone."""
    overwritten(path, 24)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A spool with a hundred entries, closed, whose entries' pages are nonsense."""
    spool = Spool(tmp_path / "spool", CAMERA, KEY)
    for _ in range(100):
        spool.append(reply(), bytes(3 * PAGE))
    spool.close()
    entries_pages_overwritten(tmp_path / "spool" / FILE)
    return tmp_path / "spool"


def told_broken(spool: Spool) -> None:
    for _ in range(100):
        spool.append(reply())
        for sequence in spool.waiting(1000):
            spool.entry(sequence)
        spool.forget(spool.id, spool.waiting(1000))


def test_a_damaged_spool_is_set_aside_once_and_a_new_one_begins(folder: Path) -> None:
    broken = Spool(folder, CAMERA, KEY)
    with capture_logs() as logs:
        with pytest.raises(SpoolBroken, match=r"is damaged \(database disk image is malformed\)"):
            told_broken(broken)
        uses: tuple[Callable[[], object], ...] = (
            lambda: broken.append(reply()), lambda: broken.waiting(1), broken.expire, broken.depth
        )  # fmt: skip
        for use in uses:
            with pytest.raises(SpoolBroken):
                use()
    assert [(line["event"], line["kept_as"]) for line in logs] == [("spool_broken", str(folder / ASIDE))]
    broken.close()
    spool = Spool(folder, CAMERA, KEY)
    assert spool.id != broken.id
    assert (spool.append(reply()), spool.dropped_by_kind) == (1, {"broken_spool": 1})
    assert (folder / ASIDE).stat().st_size > 100 * 3 * PAGE


@pytest.mark.parametrize("first_page", [0, 1])
def test_damage_found_at_the_opening_does_not_keep_the_camera_waiting(folder: Path, first_page: int) -> None:
    overwritten(folder / FILE, first_page)
    spool = Spool(folder, CAMERA, KEY)
    assert (spool.append(reply()), spool.dropped) == (1, 1)
    assert (folder / ASIDE).exists()


def test_what_was_set_aside_goes_when_its_faces_must(folder: Path) -> None:
    overwritten(folder / FILE, 0)
    spool = Spool(folder, CAMERA, KEY)
    spool.expire()
    assert (folder / ASIDE).exists()
    long_ago = (folder / ASIDE).stat().st_mtime - 25 * 3600
    os.utime(folder / ASIDE, (long_ago, long_ago))
    spool.expire()
    assert {path.name for path in folder.iterdir()} == {FILE, f"{FILE}-wal", f"{FILE}-shm", "lock"}


def test_a_camera_ends_with_the_sentence_whichever_thread_finds_the_damage(
    folder: Path, ingress_url: str
) -> None:
    spool, clock = Spool(folder, CAMERA, KEY), SystemClock()
    publisher = Publisher(spool, connected(ingress_url), CAMERA, Credentials.of_key(KEY), clock)
    links = Links(
        publisher,
        CommandReader(spool, connected(ingress_url), CAMERA, Credentials.of_key(KEY), clock, SimpleQueue()),
    )
    links._threads[0].join(30)
    with pytest.raises(SpoolBroken, match="set aside as"):
        links.check()
    links.close()
    spool.close()
    assert Spool(folder, CAMERA, KEY).append(reply()) == 1
