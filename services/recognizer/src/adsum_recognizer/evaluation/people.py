"""Photos in a folder per person, as LFW and most face data sets keep them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from adsum_recognizer.errors import RecognizerError

PHOTO_SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".webp"})


class NoPeople(RecognizerError):  # noqa: N818 - named for what it is
    """The folder is not one with a folder of photos for each person."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody's photos, in the order of their names; `name` is the folder's."""

    name: str
    photos: tuple[Path, ...]


def people_in(folder: Path) -> tuple[Person, ...]:
    """Return everybody with at least one photo, in the order of their names; raise `NoPeople`."""
    if not folder.is_dir():
        raise NoPeople(f"{folder} is no folder: name one that holds a folder of photos for each person")
    found = (Person(home.name, _photos(home)) for home in sorted(folder.iterdir()) if home.is_dir())
    people = tuple(person for person in found if person.photos)
    if not people:
        raise NoPeople(
            f"{folder} holds no folder with JPEG, PNG or WebP photos: one for each person is needed"
        )
    return people


def _photos(home: Path) -> tuple[Path, ...]:
    return tuple(sorted(path for path in home.rglob("*") if path.suffix.lower() in PHOTO_SUFFIXES))
