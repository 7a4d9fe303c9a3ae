"""What `adsum-recognizer reembed` prints: who has come how far, and how two models agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final, get_args

from rich.console import Console
from rich.table import Table

from adsum_contracts.ids import ModelId
from adsum_recognizer.handlers.switching import Overview
from adsum_recognizer.shadow import Outcome
from adsum_store.repositories.comparisons import Tally
from adsum_store.repositories.lineups import Lineup

IN_WORDS: Final[Mapping[str, str]] = {
    "same": "both name the same student",
    "different": "each names another student",
    "only_active": "only the active model names somebody",
    "only_standby": "only the model on standby names somebody",
    "neither": "neither names anybody",
}
QUANTILES: Final = (0.05, 0.5, 0.95)


def overview_as_json(found: Overview) -> dict[str, object]:
    """Return the overview for programs; students are told by their numbers."""
    lineup = found.lineup
    return {
        "active": lineup.active.name,
        "standby": None if lineup.standby is None else lineup.standby.name,
        "share": lineup.share,
        "switched_at": None if lineup.switched_at is None else lineup.switched_at.isoformat(),
        "switched_by": lineup.switched_by,
        "calibrations": {spec.name: found.calibrations[spec.id] for spec in lineup.specs},
        "enrolled": sum(standing.active > 0 for standing in found.standings),
        "need_new_photos": found.missing if lineup.standby else [],
        "with_fewer_pictures": _thinner(found),
    }


def show_overview(found: Overview) -> None:
    """Print the overview for people."""
    console, lineup = Console(), found.lineup
    console.print(f"Active: {lineup.active.name}, {_thresholds(found, lineup.active.id)}")
    if lineup.standby is None:
        console.print("No other model stands by.")
        return
    since = f"; switched by {lineup.switched_by}" if lineup.switched_by else ""
    console.print(f"Standby: {lineup.standby.name}, {_thresholds(found, lineup.standby.id)}{since}")
    enrolled = sum(standing.active > 0 for standing in found.standings)
    console.print(f"{enrolled - len(found.missing)} of {enrolled} students can be named by it.")
    if found.missing:
        console.print(f"They need new photos: {', '.join(found.missing)}")
    if thinner := _thinner(found):
        console.print(f"It knows fewer pictures of: {', '.join(thinner)}")


def comparison_as_json(lineup: Lineup, counts: Mapping[Tally, int]) -> dict[str, object]:
    """Return the comparison for programs; scores are lists of (score, crops)."""
    return {
        "active": lineup.active.name,
        "standby": None if lineup.standby is None else lineup.standby.name,
        "share": lineup.share,
        "crops": sum(counts.values()),
        "outcomes": _outcomes(counts),
        "scores": {name: sorted(_scores(counts, name).items()) for name in ("active", "standby")},
    }


def show_comparison(lineup: Lineup, counts: Mapping[Tally, int]) -> None:
    """Print the comparison for people."""
    console, crops = Console(), sum(counts.values())
    if lineup.standby is None:
        console.print("No model stands by: begin with `adsum-recognizer reembed --to MODEL`.")
        return
    if not crops:
        console.print(f"No crop has been compared yet ({lineup.share:.0%} of the tracks of lessons are).")
        return
    outcomes = Table("of each crop by itself", "crops", "share", title=f"{crops:,} live crops")
    for outcome, times in _outcomes(counts).items():
        outcomes.add_row(IN_WORDS[outcome], f"{times:,}", f"{times / crops:.1%}")
    console.print(outcomes)
    scores = Table("best score", *(f"{share:.0%}" for share in QUANTILES))
    for name, spec in (("active", lineup.active), ("standby", lineup.standby)):
        scores.add_row(spec.name, *(f"{_quantile(_scores(counts, name), share):.2f}" for share in QUANTILES))
    console.print(scores)


def _thresholds(found: Overview, model_id: ModelId) -> str:
    version = found.calibrations[model_id]
    return "default thresholds" if version is None else f"calibration {version}"


def _thinner(found: Overview) -> list[str]:
    return [standing.number for standing in found.standings if standing.thinner]


def _outcomes(counts: Mapping[Tally, int]) -> dict[str, int]:
    found = Counter(dict.fromkeys(get_args(Outcome), 0))
    for tally, crops in counts.items():
        found[tally.outcome] += crops
    return dict(found)


def _scores(counts: Mapping[Tally, int], of: str) -> dict[float, int]:
    found: Counter[float] = Counter()
    for tally, crops in counts.items():
        found[(tally.active_score if of == "active" else tally.standby_score) / 100] += crops
    return dict(found)


def _quantile(scores: Mapping[float, int], share: float) -> float:
    """Return the lowest score that `share` of the crops do not exceed."""
    wanted = share * sum(scores.values())
    for score in sorted(scores):
        wanted -= scores[score]
        if wanted <= 0:
            return score
    return max(scores)
