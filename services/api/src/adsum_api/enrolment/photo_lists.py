"""A folder or a zip of photos, and the list that says whose they are. Read piece by piece, never unpacked.

`photos.csv`: a header with `number` and `photo`, and `name` where students are new; one row for each photo,
whose file is named as it lies beside the list. Other columns are passed over.
"""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Protocol

from pydantic import TypeAdapter, ValidationError

from adsum_api.enrolment.photos import MAX_PHOTO_BYTES
from adsum_api.errors import Invalid
from adsum_api.texts import Name, Number

LIST_FILE: Final = "photos.csv"
MAX_LIST_BYTES: Final = 16 * 1024 * 1024

BOUNDED: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""How files may be packed: `zipfile` unpacks these no further than it is asked to, and of bzip2 and LZMA
whatever the packed bytes hold."""

_NUMBER: Final = TypeAdapter(Number)
_NAME: Final = TypeAdapter(Name)


class BadPhotoList(Invalid):
    """There is no list, or it is not one."""


class NoSuchPhoto(ValueError):  # noqa: N818 - named for what it is
    """The list names a photo that is not there, or that is not one to be read."""


@dataclass(frozen=True, slots=True)
class ListedPhoto:
    """A row of the list, from line `line`; `name` is None where the list has none."""

    line: int
    number: str
    name: str | None
    photo: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line of the list."""

    line: int
    reason: str


class PhotoSource(Protocol):
    """Where files lie by name; raises `NoSuchPhoto`."""

    def open(self, name: str) -> IO[bytes]:
        """Open a file for reading."""


@dataclass(frozen=True, slots=True)
class PhotoFolder:
    """Files in a folder; what leads out of it is not there."""

    folder: Path

    def open(self, name: str) -> IO[bytes]:
        """Open a file for reading."""
        path = (self.folder / name).resolve()
        if not path.is_relative_to(self.folder.resolve()) or not path.is_file():
            raise NoSuchPhoto(f"no file {name!r}")
        return path.open("rb")


@dataclass(frozen=True, slots=True)
class PhotoZip:
    """Files in a zip, found by their full names; nothing of it is written anywhere."""

    archive: zipfile.ZipFile

    def open(self, name: str) -> IO[bytes]:
        """Open a file for reading."""
        try:
            entry = self.archive.getinfo(name)
            if entry.compress_type not in BOUNDED:
                raise NoSuchPhoto(f"{name!r} is packed in an unusual way: zip it stored or deflated")
            return self.archive.open(entry)
        except (KeyError, RuntimeError, NotImplementedError, zipfile.BadZipFile):
            raise NoSuchPhoto(f"no readable file {name!r}") from None


@contextmanager
def photo_source(place: Path) -> Iterator[PhotoSource]:
    """Open a folder or a zip; raise `BadPhotoList` for anything else."""
    if place.is_dir():
        yield PhotoFolder(place)
        return
    try:
        with zipfile.ZipFile(place) as archive:
            yield PhotoZip(archive)
    except zipfile.BadZipFile:
        raise BadPhotoList(f"{place} is neither a folder nor a zip file") from None


def read_photo(source: PhotoSource, name: str) -> bytes:
    """Return a photo's bytes, of which never more are unpacked than a photo may have; raise `NoSuchPhoto`."""
    try:
        with source.open(name) as file:
            content = file.read(MAX_PHOTO_BYTES + 1)
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error):
        raise NoSuchPhoto(f"{name!r} cannot be read") from None
    if len(content) > MAX_PHOTO_BYTES:
        raise NoSuchPhoto(f"{name!r} has more than {MAX_PHOTO_BYTES // 1024**2} MB: send a smaller one")
    return content


def read_list(source: PhotoSource, list_file: str = LIST_FILE) -> tuple[list[ListedPhoto], list[Fault]]:
    """Return the rows that can be used, and what is wrong with the others; raise `BadPhotoList`."""
    rows = csv.DictReader(io.StringIO(_text(source, list_file), newline=""))
    missing = {"number", "photo"} - set(rows.fieldnames or ())
    if missing:
        raise BadPhotoList(f"{list_file} line 1: no column {', '.join(sorted(missing))}")
    listed: list[ListedPhoto] = []
    faults: list[Fault] = []
    try:
        for row in rows:
            try:
                listed.append(_row(rows.line_num, row))
            except ValidationError as error:
                faults.append(Fault(rows.line_num, error.errors()[0]["msg"]))
    except csv.Error as error:
        raise BadPhotoList(f"{list_file} line {rows.line_num}: {error}") from None
    return listed, faults


def _row(line: int, row: dict[str, str | None]) -> ListedPhoto:
    name = (row.get("name") or "").strip()
    return ListedPhoto(
        line,
        _NUMBER.validate_python(row["number"] or ""),
        _NAME.validate_python(name) if name else None,
        _NAME.validate_python(row["photo"] or ""),
    )


def _text(source: PhotoSource, list_file: str) -> str:
    try:
        with source.open(list_file) as file:
            content = file.read(MAX_LIST_BYTES + 1)
        if len(content) > MAX_LIST_BYTES:
            raise BadPhotoList(f"{list_file} has more than {MAX_LIST_BYTES // 1024**2} MB")
        return content.decode("utf-8-sig")
    except NoSuchPhoto:
        raise BadPhotoList(f"there is no {list_file}: see `adsum-api import photos --help`") from None
    except UnicodeDecodeError:
        raise BadPhotoList(f"{list_file} is not UTF-8: save it as CSV UTF-8") from None
