"""Who is told what a measurement is doing now."""

from __future__ import annotations

from collections.abc import Callable

Tell = Callable[[str], None]
