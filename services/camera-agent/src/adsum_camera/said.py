"""What may be said in the file itself, in a file of its own, or in a variable: keys, and addresses with
passwords."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


class NotSaid(ValueError):  # noqa: N818 - reads as the sentence it is
    """A thing was said not at all, twice, or where it cannot be read; `setting` is the one to look at."""

    def __init__(self, setting: str | None, reason: str) -> None:
        super().__init__(reason)
        self.setting = setting


@dataclass(frozen=True, slots=True)
class Said:
    """What was said, by which setting, and, where that was a file's name, in which file."""

    setting: str
    text: str = field(repr=False)
    file: Path | None = None


def said(table: Mapping[str, Any], what: str, folder: Path, environment: Mapping[str, str]) -> Said:
    """Return what `table` says of `what`: by `what` itself, `what_file` (relative to `folder`) or `what_env`.

    Raises `NotSaid`; its reason never repeats what was said.
    """
    ways = [setting for setting in (what, f"{what}_file", f"{what}_env") if setting in table]
    if not ways:
        raise NotSaid(None, f'"{what}" is missing: say it, or "{what}_file", or "{what}_env"')
    if len(ways) > 1:
        raise NotSaid(ways[1], f'"{ways[0]}" and "{ways[1]}" are both there: one must go')
    way, value = ways[0], str(table[ways[0]])
    if way.endswith("_file"):
        file = folder / Path(value).expanduser()
        return Said(way, _read(way, file), file)
    if way.endswith("_env"):
        if not environment.get(value):
            raise NotSaid(way, f'the variable {value} that "{way}" names is not set')
        return Said(way, environment[value])
    return Said(way, value)


def is_open_to_others(file: Path) -> bool:
    """Say whether somebody beside the file's owner may read it."""
    return bool(file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))


def _read(setting: str, file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise NotSaid(setting, f'"{setting}" names {file}, which does not exist') from None
    except (OSError, UnicodeDecodeError) as error:
        raise NotSaid(setting, f'"{setting}" names {file}, which cannot be read: {_why(error)}') from None


def _why(error: OSError | UnicodeDecodeError) -> str:
    return (error.strerror or type(error).__name__) if isinstance(error, OSError) else "it is no text"


def source_text(text: str, folder: Path) -> str:
    """Return the source's name with a path in it made relative to `folder`, as names of files are."""
    return text if text.isdigit() or "://" in text else str(folder / Path(text).expanduser())
