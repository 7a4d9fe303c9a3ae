"""What `adsum up` is told on the command line."""

from __future__ import annotations

import pytest

from adsum_local.errors import LocalError
from adsum_local.up import settings_of


def test_settings_are_told_by_name() -> None:
    assert settings_of(["ADSUM_A=1", "ADSUM_B=x=y", "ADSUM_C="]) == {
        "ADSUM_A": "1",
        "ADSUM_B": "x=y",
        "ADSUM_C": "",
    }


@pytest.mark.parametrize("given", ["ADSUM_A", "PATH=/tmp", "=1", ""])
def test_other_texts_are_refused(given: str) -> None:
    with pytest.raises(LocalError, match="ADSUM_NAME=value"):
        settings_of([given])
