"""A OneRoster zip: opened with care, never unpacked to disk, never read further than its bounds."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

from adsum_api.rosters.faults import BadRoster

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_ENTRIES: Final = 64
MAX_FILE_BYTES: Final = 256 * 1024**2
"""As many bytes of one file as are unpacked: a million enrolments have about 100 MB."""

BOUNDED: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""How files may be packed: `zipfile` unpacks these no further than it is asked to (OneRoster: RFC 1951)."""

UNREADABLE: Final = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError)
"""What `zipfile` raises for damaged, encrypted and exotic entries."""


@dataclass(frozen=True, slots=True)
class RosterZip:
    """The files at the root of a zip, by name."""

    archive: zipfile.ZipFile
    names: frozenset[str]

    @contextmanager
    def open(self, name: str) -> Iterator[io.TextIOBase]:
        """Open a file as UTF-8 text, with or without a byte order mark; raise `BadRoster`."""
        try:
            with self.archive.open(name) as packed:
                bounded = io.BufferedReader(_Bounded(packed, name))
                yield io.TextIOWrapper(bounded, encoding="utf-8-sig", newline="")
        except UnicodeDecodeError:
            raise BadRoster(f"{name} is not UTF-8: export it as CSV in UTF-8") from None
        except UNREADABLE:
            raise BadRoster(f"{name} cannot be read: zip it anew, without a password") from None

    def size(self, name: str) -> int:
        """Return how many bytes the zip says that the file has: good for a progress bar alone."""
        return self.archive.getinfo(name).file_size


class _Bounded(io.RawIOBase):
    """Passes bytes on until there are too many, whatever size the zip stated."""

    def __init__(self, packed: IO[bytes], name: str) -> None:
        self._packed, self._name, self._left = packed, name, MAX_FILE_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer)
        content = self._packed.read(len(view))
        self._left -= len(content)
        if self._left < 0:
            raise BadRoster(f"{self._name} unpacks to more than {MAX_FILE_BYTES // 1024**2} MB")
        view[: len(content)] = content
        return len(content)


@contextmanager
def roster_zip(file: IO[bytes]) -> Iterator[RosterZip]:
    """Open a zip whose files lie at its root, as OneRoster asks; raise `BadRoster`."""
    try:
        archive = zipfile.ZipFile(file)
    except UNREADABLE:
        raise BadRoster("this is not a zip file") from None
    with archive:
        yield RosterZip(archive, _names(archive))


def _names(archive: zipfile.ZipFile) -> frozenset[str]:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise BadRoster(f"the zip has more than {MAX_ENTRIES} files: a OneRoster zip has at most 22")
    names = frozenset(entry.filename for entry in entries)
    if len(names) < len(entries):
        raise BadRoster("the zip has two files of one name")
    for entry in entries:
        if "/" in entry.filename or "\\" in entry.filename:
            raise BadRoster(f"{entry.filename!r} lies in a folder: put every file at the root of the zip")
        if entry.compress_type not in BOUNDED:
            raise BadRoster(f"{entry.filename!r} is packed in an unusual way: zip it stored or deflated")
    return names
