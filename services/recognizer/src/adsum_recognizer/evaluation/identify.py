"""Who is enrolled, and who is looked for: from folders of photos to searches."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from adsum_recognizer.errors import RecognizerError
from adsum_recognizer.evaluation.cache import Vectors
from adsum_recognizer.evaluation.open_set import OpenSet, Search
from adsum_recognizer.evaluation.people import Person
from adsum_recognizer.gallery import compared


class NothingToSearch(RecognizerError):  # noqa: N818 - named for what it is
    """Nobody has enough photos."""


@dataclass(frozen=True, slots=True)
class Protocol:
    """Who is enrolled from how many photos, and how many of the others make a track."""

    enrolled: tuple[Person, ...]
    strangers: tuple[Person, ...]
    enrol: int = 3
    crops: int = 1

    @property
    def photos(self) -> tuple[Path, ...]:
        """Everybody's photos, each once."""
        return tuple(dict.fromkeys(p for person in (*self.enrolled, *self.strangers) for p in person.photos))


def searches(protocol: Protocol, vectors: Vectors) -> OpenSet:
    """Enrol each person's first photos and look for everybody's others; raise `NothingToSearch`.

    Without strangers, each enrolled person also plays one: the same tracks, in a gallery without them.
    """
    people = [person for person in protocol.enrolled if len(person.photos) >= protocol.enrol]
    gallery = [_stack(vectors, person.photos[: protocol.enrol]) for person in people]
    mated = [
        Search(person.name, own, compared(_stack(vectors, track), gallery))
        for own, person in enumerate(people)
        for track in _tracks(person.photos[protocol.enrol :], protocol.crops)
    ]
    if not mated:
        wanted = protocol.enrol + protocol.crops
        raise NothingToSearch(f"nobody enrolled has {wanted} photos: {protocol.enrol} to enrol, and a probe")
    if not protocol.strangers:
        return OpenSet(mated, [_as_stranger(search) for search in mated])
    non_mated = [
        Search(person.name, None, compared(_stack(vectors, track), gallery))
        for person in protocol.strangers
        for track in _tracks(person.photos, protocol.crops)
    ]
    return OpenSet(mated, non_mated)


def _tracks(photos: Sequence[Path], crops: int) -> Iterable[Sequence[Path]]:
    return itertools.combinations(photos, crops)


def _as_stranger(search: Search) -> Search:
    others = np.arange(search.scores.shape[1]) != search.own
    return Search(search.person, None, search.scores[:, others])


def _stack(vectors: Vectors, photos: Iterable[Path]) -> NDArray[np.float32]:
    usable = [vector for photo in photos if (vector := vectors[photo]) is not None]
    return np.stack(usable) if usable else np.empty((0, 512), np.float32)
