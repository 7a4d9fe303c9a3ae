"""One folder, one run, no school's data deleted by a demo."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from adsum_local.errors import AlreadyRunning, NotOurFolder
from adsum_local.folder import DataFolder, empty_demo_folder


def test_a_second_run_on_one_folder_is_told_so(tmp_path: Path) -> None:
    with DataFolder(tmp_path), pytest.raises(AlreadyRunning, match="already runs"), DataFolder(tmp_path):
        pass


def test_credentials_are_made_once_and_private(tmp_path: Path) -> None:
    with DataFolder(tmp_path) as folder:
        first, again = folder.credentials(), folder.credentials()
    assert first == again
    assert (tmp_path / "credentials.json").stat().st_mode & 0o077 == 0


def test_a_camera_key_is_kept(tmp_path: Path) -> None:
    with DataFolder(tmp_path) as folder:
        assert folder.camera_credentials() is None
        folder.keep_camera_credentials("id", "key")
        assert folder.camera_credentials() == ("id", "key")


def test_what_an_earlier_run_left_running_is_ended(tmp_path: Path) -> None:
    leftover = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    with DataFolder(tmp_path) as folder:
        folder.remember_child(leftover.pid)
    with DataFolder(tmp_path):
        assert not psutil.pid_exists(leftover.pid)
    leftover.wait()


def test_a_demo_never_empties_a_folder_it_did_not_make(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.touch()
    with pytest.raises(NotOurFolder):
        empty_demo_folder(tmp_path)
    assert precious.exists()


def test_a_demo_empties_its_own_folder(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    empty_demo_folder(folder)
    (folder / "old").mkdir()
    empty_demo_folder(folder)
    assert not (folder / "old").exists()
