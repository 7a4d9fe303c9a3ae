"""What every test of the deployment starts from."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

DEPLOY = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the secrets of one installation, as `make secrets` does."""
    folder = tmp_path_factory.mktemp("installation") / "secrets"
    subprocess.run(
        [str(DEPLOY / "make-secrets.sh"), str(folder), "localhost"], check=True, capture_output=True
    )
    return folder
