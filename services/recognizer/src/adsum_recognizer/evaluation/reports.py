"""The figures of an evaluation, as they are printed in JSON."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from adsum_recognizer.evaluation.cache import Vectors
from adsum_recognizer.evaluation.deployed import names
from adsum_recognizer.evaluation.open_set import FPIRS, OpenSet, Rate, TooFewStrangers
from adsum_recognizer.evaluation.pairs import ENOUGH_DIFFERENT, NO_FACE, Pair, verify
from adsum_recognizer.identity import MatchPolicy


def of_pairs(pairs: Sequence[Pair], vectors: Vectors) -> dict[str, object]:
    """Return accuracy, its standard error, and TAR at FAR 0.1 % (null, with the reason, from few pairs)."""
    scores = np.array([_score(pair, vectors) for pair in pairs])
    same, folds = np.array([pair.same for pair in pairs]), np.array([pair.fold for pair in pairs])
    found = verify(scores, same, folds)
    few = None if found.tar is not None else f"needs {ENOUGH_DIFFERENT:,} pairs of different people"
    return {
        "accuracy": found.accuracy,
        "standard_error": found.standard_error,
        "tar_at_far_0.001": found.tar,
        "tar_reason": few,
        "same": found.same,
        "different": found.different,
        "undetected": sum(vector is None for vector in vectors.values()),
        "photos": len(vectors),
        "folds": len(found.thresholds),
        "thresholds": [min(found.thresholds), max(found.thresholds)],
    }


def _score(pair: Pair, vectors: Vectors) -> float:
    first, second = vectors[pair.first], vectors[pair.second]
    return NO_FACE if first is None or second is None else float(first @ second)


def of_identification(found: OpenSet, people: int, policy: MatchPolicy) -> dict[str, object]:
    """Return the figures as they are printed in JSON; a rate that cannot be told is null, with its reason."""
    rates = {f"{fpir:g}": found.rate(fpir) for fpir in FPIRS}
    named = names((*found.mated, *found.non_mated), policy)
    return {
        "people": people,
        "probes": len(found.mated),
        "strangers": len(found.non_mated),
        "rank1": found.rank1,
        "fta": found.failed_to_acquire,
        "tpir": {fpir: rate.tpir if isinstance(rate, Rate) else None for fpir, rate in rates.items()},
        "tpir_counts": {fpir: _counts(rate) for fpir, rate in rates.items()},
        "threshold": policy.threshold,
        "wrong_name_rate": named.wrong / len(found.mated),
        "stranger_named_rate": named.strangers / len(found.non_mated) if found.non_mated else None,
        "named_rate": named.right / len(found.mated),
        "named_counts": {"right": named.right, "wrong": named.wrong, "strangers": named.strangers},
    }


def _counts(rate: Rate | TooFewStrangers) -> dict[str, object]:
    if isinstance(rate, TooFewStrangers):
        return {"reason": f"needs {rate.needed:,} strangers, and there are {rate.strangers:,}"}
    return {
        "found": rate.found,
        "probes": rate.probes,
        "strangers_named": rate.named,
        "strangers": rate.strangers,
        "threshold": rate.threshold,
        "interval_95": [rate.interval.low, rate.interval.high],
    }
