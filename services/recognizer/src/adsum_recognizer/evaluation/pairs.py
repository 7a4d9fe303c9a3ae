"""Verification of pairs by LFW's protocol (Huang et al. 2007): are two photos of one person?

Ten folds; each is judged by the threshold that is best on the other nine. Pure: scores in, figures out.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from adsum_recognizer.errors import RecognizerError
from adsum_recognizer.evaluation.open_set import RULE_OF_THREE
from adsum_recognizer.evaluation.people import Person

FOLDS: Final = 10
PER_FOLD: Final = 300
"""Pairs of each kind in a fold of LFW's own list."""

NO_FACE: Final = -1.0
"""The score of a pair with an undetected face: different people, whatever the threshold."""

FAR: Final = 0.001
ENOUGH_DIFFERENT: Final = round(RULE_OF_THREE / FAR)
"""Pairs of different people that this FAR asks for: as many as LFW has."""


class BadPairs(RecognizerError):  # noqa: N818 - named for what it is
    """The list of pairs is not in LFW's format, or names photos that are not there."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two photos, whether they show the same person, and the fold they are judged in."""

    first: Path
    second: Path
    same: bool
    fold: int


@dataclass(frozen=True, slots=True)
class Verification:
    """Mean accuracy of the folds and its standard error (sd / sqrt(folds)).

    `tar` is the share of same pairs above the score that at most the share `FAR` of all different pairs
    exceed; None with fewer different pairs than `ENOUGH_DIFFERENT`.
    """

    accuracy: float
    standard_error: float
    tar: float | None
    same: int
    different: int
    thresholds: tuple[float, ...]


def verify(scores: NDArray[np.float64], same: NDArray[np.bool_], folds: NDArray[np.int64]) -> Verification:
    """Judge pairs by their scores (n), kinds (n) and folds (n)."""
    accuracies, thresholds = [], []
    for fold in np.unique(folds):
        held_out = folds == fold
        threshold = _most_accurate(scores[~held_out], same[~held_out])
        thresholds.append(threshold)
        accuracies.append(float(((scores[held_out] >= threshold) == same[held_out]).mean()))
    return Verification(
        accuracy=float(np.mean(accuracies)),
        standard_error=float(np.std(accuracies, ddof=1) / math.sqrt(len(accuracies))),
        tar=_tar(scores[same], scores[~same]),
        same=int(same.sum()),
        different=int((~same).sum()),
        thresholds=tuple(thresholds),
    )


def _most_accurate(scores: NDArray[np.float64], same: NDArray[np.bool_]) -> float:
    """The score that, as a threshold, judges most pairs rightly; of several the middle one."""
    order = np.argsort(scores)
    ascending = scores[order]
    # At the i-th score: the different pairs below it and the same pairs from it on are right.
    right = np.cumsum(~same[order]) - ~same[order] + np.cumsum(same[order][::-1])[::-1]
    firsts = np.concatenate(([True], ascending[1:] != ascending[:-1]))
    best = np.flatnonzero(firsts & (right == right[firsts].max()))
    return float(ascending[best[len(best) // 2]])


def _tar(same: NDArray[np.float64], different: NDArray[np.float64]) -> float | None:
    if len(different) < ENOUGH_DIFFERENT:
        return None
    threshold = np.sort(different)[::-1][math.floor(FAR * len(different))]
    return float((same > threshold).mean())


def read_pairs(file: Path, images: Path) -> tuple[Pair, ...]:
    """Read a list in the format of LFW's `pairs.txt`; raise `BadPairs` with the line that is wrong.

    `name 1 2` is a pair of one person, `name 1 other 3` of two; the header is `folds pairs`, and each fold
    has that many pairs of the one kind, then of the other.
    """
    try:
        header, *lines = [line.split() for line in file.read_text("utf-8").splitlines() if line.strip()]
        of_kind = int(header[1])
        total = int(header[0]) * of_kind * 2
    except (OSError, UnicodeDecodeError, ValueError, IndexError) as error:
        raise BadPairs(f"{file} does not begin with the number of folds and of pairs in each") from error
    if len(lines) != total:
        raise BadPairs(f"{file} announces {total} pairs and has {len(lines)}")
    return tuple(_pair(words, images, at // (2 * of_kind), at + 2) for at, words in enumerate(lines))


def _pair(words: Sequence[str], images: Path, fold: int, line: int) -> Pair:
    try:
        if len(words) == 3:
            name, first, second = words
            return Pair(_photo(images, name, first), _photo(images, name, second), True, fold)
        name, first, other, second = words
        return Pair(_photo(images, name, first), _photo(images, other, second), False, fold)
    except ValueError as error:
        raise BadPairs(f"line {line} of the pairs is neither `name 1 2` nor `name 1 other 2`") from error


def _photo(images: Path, name: str, number: str) -> Path:
    stem = f"{name}_{int(number):04d}"
    found = next(iter(sorted((images / name).glob(f"{stem}.*"))), None)
    if found is None:
        raise BadPairs(f"the pairs name {name}/{stem}, which is not in {images}")
    return found


def made_pairs(people: Sequence[Person], seed: int, per_fold: int = PER_FOLD) -> tuple[Pair, ...]:
    """Make a list from the people at hand: ten folds, no person in two of them, both kinds equally often.

    Each fold has `per_fold` pairs of each kind, or as many as its people's photos allow. Raises `BadPairs`
    where a fold would have none.
    """
    rng = np.random.default_rng(seed)
    shuffled = [people[index] for index in rng.permutation(len(people))]
    pairs: list[Pair] = []
    for fold in range(FOLDS):
        same, different = _all_pairs(shuffled[fold::FOLDS], fold)
        count = min(per_fold, len(same), len(different))
        if count == 0:
            raise BadPairs(
                f"{len(people)} people are too few for ten folds without a common person: "
                "each fold needs two people, one of them with two photos"
            )
        for kind in (same, different):
            pairs.extend(kind[index] for index in rng.choice(len(kind), size=count, replace=False))
    return tuple(pairs)


def _all_pairs(people: Sequence[Person], fold: int) -> tuple[list[Pair], list[Pair]]:
    same = [
        Pair(first, second, True, fold)
        for person in people
        for first, second in itertools.combinations(person.photos, 2)
    ]
    different = [
        Pair(first, second, False, fold)
        for one, other in itertools.combinations(people, 2)
        for first in one.photos
        for second in other.photos
    ]
    return same, different
