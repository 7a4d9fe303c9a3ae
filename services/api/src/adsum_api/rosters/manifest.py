"""`manifest.csv`: the version of a OneRoster zip, and which files are whole, changes alone, or absent."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, get_args

from adsum_api.rosters.archive import RosterZip
from adsum_api.rosters.faults import BadRoster
from adsum_api.rosters.layout import MANIFEST, READ, Mode, Version

MAX_PROPERTIES: Final = 1000


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the zip says of itself; `modes` has the files that make a roster and are there."""

    version: Version
    modes: Mapping[str, Mode]


def read_manifest(files: RosterZip) -> Manifest:
    """Return the manifest. Where it contradicts the files that are there, they are right, as OneRoster says.

    Raises `BadRoster` without one, and for a version that is neither 1.1 nor 1.2.
    """
    if MANIFEST not in files.names:
        raise BadRoster(f"there is no {MANIFEST}: this is no OneRoster 1.1 or 1.2 zip")
    said = _properties(files)
    version = said.get("oneroster.version", "")
    if version not in get_args(Version):
        raise BadRoster(f"{MANIFEST}: oneroster.version is {version!r}, not 1.1 or 1.2")
    known: Version = "1.1" if version == "1.1" else "1.2"
    return Manifest(known, {name: _mode(said, name) for name in READ[known] if name in files.names})


def _properties(files: RosterZip) -> dict[str, str]:
    with files.open(MANIFEST) as text:
        reader = csv.reader(text, strict=True)
        try:
            if next(reader, []) != ["propertyName", "value"]:
                raise BadRoster(f"{MANIFEST} line 1: the header is not propertyName,value")
            return {
                row[0].strip(): row[1].strip()
                for row, _ in zip(reader, range(MAX_PROPERTIES), strict=False)
                if len(row) == 2
            }
        except csv.Error as error:
            raise BadRoster(f"{MANIFEST} line {reader.line_num}: {error}") from None


def _mode(said: Mapping[str, str], name: str) -> Mode:
    stated = said.get(f"file.{name.removesuffix('.csv')}", "")
    if stated == "bulk":
        return "bulk"
    if stated in {"delta", "absent", ""}:
        return "delta"
    raise BadRoster(f"{MANIFEST}: {name} is {stated!r}, not absent, bulk or delta")
