"""`docs/tour.md`, run as it is written: every command, and what it is said to print."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from adsum_local.ports import free_port
from tests.documents import Step, check_page, is_as_told, shell_in, steps_of

TOUR = Path(__file__).parents[2] / "docs" / "tour.md"
PATIENCE_S = 380

pytestmark = [pytest.mark.slow, pytest.mark.timeout(PATIENCE_S + 20)]


@pytest.fixture
def folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="adsum-tour-"))
    folder.chmod(0o711)  # PostgreSQL runs as another user where the tests run as root
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def test_the_tour_is_true(folder: Path) -> None:
    with shell_in(folder, {"PORT": str(free_port())}) as shell:
        check_page(shell, TOUR)


def test_what_was_not_told_is_noticed() -> None:
    assert is_as_told("one 2 three\n", "one … three")
    assert not is_as_told("one 2 four\n", "one … three")
    assert not is_as_told("one 2 three\nfour\n", "one … three")
    assert steps_of("x\n```bash\na\n```\n```text\nb\n```\n") == [Step(3, "a\n", "b\n")]
