"""The token of the installation, kept in a file that only its owner can read (docs/decisions/0010)."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

TOKEN_FILE: Final = "api-token"  # noqa: S105 - a file's name


def token_of(state_dir: Path) -> tuple[str, bool]:
    """Return the token kept in `state_dir` and whether it is new; only its owner can read the file."""
    path = state_dir / TOKEN_FILE
    state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = not path.exists() and _write_once(path, secrets.token_urlsafe(32))
    return path.read_text(encoding="ascii").strip(), made


def _write_once(path: Path, token: str) -> bool:
    """Put `token` at `path` whole or not at all; return whether it was us, should two start at once."""
    with NamedTemporaryFile("w", encoding="ascii", dir=path.parent) as file:  # made with mode 0600
        file.write(token)
        file.flush()
        try:
            os.link(file.name, path)
        except FileExistsError:
            return False
    return True
