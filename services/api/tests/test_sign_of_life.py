"""The api says that it is well, while its event loop runs."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from adsum_api import sign_of_life
from adsum_api.sign_of_life import signs_of_life


def until(condition: object, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.01)


def test_the_file_is_touched_again_and_again_until_the_api_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_of_life, "EVERY_S", 0.01)
    file = tmp_path / "alive"
    with TestClient(FastAPI(lifespan=signs_of_life(file))):
        until(file.exists)
        file.unlink()
        until(file.exists)
    file.unlink()
    assert not file.exists()


def test_nobody_asked_for_none() -> None:
    assert signs_of_life(None) is None
