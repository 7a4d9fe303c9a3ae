"""Every fault of a cameras file, with the line it stands in; the files it names are looked at, too."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from adsum_camera.adapters.box_file import BoxFile
from adsum_camera.adapters.frames import SourceUnavailable, source_named
from adsum_camera.camera_tables import TABLES, CamerasFile
from adsum_camera.credentials import Credentials
from adsum_camera.pace import PacePolicy
from adsum_camera.said import NotSaid, Said, is_open_to_others, said, source_text
from adsum_camera.settings import decoded_key
from adsum_camera.toml_lines import Place

Table = Mapping[str, Any]
KEYS: Final = ("key", "key_file", "key_env")
RATES: Final = ("idle", "normal", "burst")
CORNER: Final = "a corner is two shares of the picture, of its width and of its height, from 0.0 to 1.0"


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """What is wrong in a line of the file (0: in all of it); a `warning` stops nobody."""

    line: int
    reason: str
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A cameras file as it was parsed; `environment` holds the variables that it may name."""

    file: Path
    tables: Table
    lines: Mapping[Place, int]
    environment: Mapping[str, str]
    box: BoxFile

    def joined(self, camera: Table) -> Credentials | None:
        """Return what the camera got by joining, unless the file says its key."""
        if any(setting in camera for setting in KEYS):
            return None
        try:
            return self.box.credentials(UUID(str(camera.get("id"))))
        except ValueError:
            return None

    @property
    def folder(self) -> Path:
        """What names of files in it are relative to."""
        return self.file.parent

    def line(self, *place: str | int) -> int:
        """Return the line of a value or, where it is not there, of the table that lacks it."""
        known = (self.lines.get(place[:length]) for length in range(len(place), 0, -1))
        return next((line for line in known if line is not None), 1)


def faults(document: Document) -> list[Fault]:
    """Return all of them, the warnings among them."""
    found = [*_faults_of_shape(document)]
    cameras = document.tables.get("camera")
    cameras = [each for each in cameras if isinstance(each, dict)] if isinstance(cameras, list) else []
    for index, camera in enumerate(cameras):
        found += _faults_of_key(document, index, camera)
        found += _faults_of_source(document, index, camera)
        found += _faults_of_detector(document, index, camera)
        found += _faults_of_rates(document, index, camera)
        found += _faults_of_names(document, index, cameras)
    return list(dict.fromkeys(found))


def _faults_of_shape(document: Document) -> Iterator[Fault]:
    """What is missing, unknown, of the wrong kind or out of bounds."""
    try:
        CamerasFile.model_validate(document.tables)
    except ValidationError as error:
        for details in error.errors(include_input=False, include_url=False):
            yield Fault(document.line(*details["loc"]), _reason(details))


def _reason(details: ErrorDetails) -> str:
    names = [str(part) for part in details["loc"] if isinstance(part, str)]
    setting, table = names[-1], tuple(names[:-1])
    if details["type"] == "extra_forbidden":
        return f'there is no setting "{setting}" here{_nearest(setting, table)}'
    if details["type"] == "missing":
        return f'"{setting}" is missing'
    if setting == "corners":
        is_few = details["type"] == "too_short"
        return "a zone needs at least three corners" if is_few else CORNER
    told = details["msg"].removeprefix("Input ").removeprefix("Value ")
    return f'"{setting}" {told[:1].lower()}{told[1:]}'


def _nearest(setting: str, table: tuple[str, ...]) -> str:
    known = list(TABLES[table].model_fields) if table in TABLES else []
    alike = difflib.get_close_matches(setting.lower(), known, n=1)
    return f' (did you mean "{alike[0]}"?)' if alike else ""


def _faults_of_key(document: Document, index: int, camera: Table) -> Iterator[Fault]:
    if document.joined(camera) is not None:
        return
    try:
        key = said(camera, "key", document.folder, document.environment)
    except NotSaid as error:
        yield _not_said(document, index, error)
        return
    line = document.line("camera", index, key.setting)
    try:
        decoded_key(key.text)
    except ValueError as error:
        yield Fault(line, f'"{key.setting}" gives no camera\'s key: {error}')
    yield from _faults_of_keeping(document, line, key, "a key")


def _faults_of_source(document: Document, index: int, camera: Table) -> Iterator[Fault]:
    try:
        source = said(camera, "source", document.folder, document.environment)
    except NotSaid as error:
        yield _not_said(document, index, error)
        return
    line = document.line("camera", index, source.setting)
    try:
        source_named(source_text(source.text, document.folder))
    except SourceUnavailable as error:
        yield Fault(line, str(error).removesuffix("."))
    if "@" in source.text:
        yield from _faults_of_keeping(document, line, source, "a password")


def _not_said(document: Document, index: int, error: NotSaid) -> Fault:
    place = () if error.setting is None else (error.setting,)
    return Fault(document.line("camera", index, *place), str(error))


def _faults_of_keeping(document: Document, line: int, secret: Said, what: str) -> Iterator[Fault]:
    """Warn of a file with a secret that others may read; a container's secrets often are such files."""
    keeper = secret.file or document.file
    if not secret.setting.endswith("_env") and is_open_to_others(keeper):
        yield Fault(line, f"others may read {what} in {keeper}: chmod 600 {keeper}", warning=True)


def _faults_of_detector(document: Document, index: int, camera: Table) -> Iterator[Fault]:
    chosen = {**_table(document.tables, "defaults"), **camera}
    model = chosen.get("detector_model")
    place = ("camera", index) if "detector" in camera or "detector_model" in camera else ("defaults",)
    if isinstance(model, str) and not (document.folder / Path(model).expanduser()).is_file():
        line = document.line(*place, "detector_model")
        yield Fault(line, f'"detector_model" names {model}, which does not exist')
    if chosen.get("detector") == "yunet" and model is None:
        line = document.line(*place, "detector")
        yield Fault(line, 'yunet does not come with us: its file is to be named by "detector_model"')


def _faults_of_rates(document: Document, index: int, camera: Table) -> Iterator[Fault]:
    shared, own = _table(_table(document.tables, "defaults"), "rates"), _table(camera, "rates")
    rates = {**{name: getattr(PacePolicy(), name) for name in RATES}, **shared, **own}
    numbers = [rates[name] for name in RATES if isinstance(rates[name], int | float)]
    if numbers != sorted(numbers):
        line = document.line(*(("camera", index, "rates") if own else ("defaults", "rates")))
        yield Fault(line, "the rates must not fall from idle to normal to burst: they are " + _listed(rates))


def _listed(rates: Table) -> str:
    return ", ".join(f"{name} {rates[name]}" for name in RATES)


def _table(tables: Table, name: str) -> Table:
    table = tables.get(name)
    return table if isinstance(table, dict) else {}


def _faults_of_names(document: Document, index: int, cameras: Sequence[Table]) -> Iterator[Fault]:
    for setting in ("id", "name"):
        value = str(cameras[index].get(setting, "")).lower()
        earlier = [str(other.get(setting, "")).lower() for other in cameras[:index]]
        if value and value in earlier:
            first = document.line("camera", earlier.index(value), setting)
            reason = f'the camera of line {first} has the same "{setting}"'
            yield Fault(document.line("camera", index, setting), reason)
