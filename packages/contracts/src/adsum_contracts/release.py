"""Which Adsum this is: the version that every package of one checkout bears."""

from __future__ import annotations

from typing import Final

RELEASE: Final = "0.1.0"
