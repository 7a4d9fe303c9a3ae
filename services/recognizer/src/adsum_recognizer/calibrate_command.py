"""`adsum-recognizer calibrate`: what the enrolments ask for, shown to the person who accepts it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from adsum_contracts.ids import StudentId
from adsum_contracts.models import MODELS
from adsum_recognizer.calibration import FALSE_MARKS, ROSTER, Proposal, TooFew
from adsum_recognizer.clock import utc_now
from adsum_recognizer.errors import RecognizerError
from adsum_recognizer.handlers.calibrating import Calibrated, Wanted, accept, calibrate
from adsum_recognizer.risks import Findings, Histogram
from adsum_recognizer.settings import EmbedderName, StoreSettings, read_settings
from adsum_store.engine import create_store_engine
from adsum_store.unit_of_work import Store

HELP = """Propose threshold and margin from the school's own enrolments, as a new version.

\b
It says who is at risk of being taken for whom, and who needs new photos. A proposal is in force
when a person accepts it.

\b
Examples:
  adsum-recognizer calibrate
  adsum-recognizer calibrate --roster 24 --false-marks 0.01 --json
  adsum-recognizer calibrate --model facenet-vggface2                  before a switch to it
  adsum-recognizer calibrate --version 3 --accept --by "A. Keller"     the version that was looked at
  adsum-recognizer calibrate --accept --by "A. Keller"                 a new one, at once
"""
WIDTH = 30
"""Characters of the longest bar."""


def calibrate_command(
    model: Annotated[
        EmbedderName | None, typer.Option(help="The model; by default the school's active one.")
    ] = None,
    school: Annotated[str | None, typer.Option(help="Name of the school, where there are several.")] = None,
    roster: Annotated[int, typer.Option(min=5, max=5000, help="Students that a lesson looks for.")] = ROSTER,
    false_marks: Annotated[
        float, typer.Option(min=0.0001, max=1.0, help="Wrong marks in a lesson to accept at most.")
    ] = FALSE_MARKS,
    accepted: Annotated[bool, typer.Option("--accept", help="Put it in force; needs --by.")] = False,
    by: Annotated[str | None, typer.Option(help="Who answers for it; kept with it.")] = None,
    version: Annotated[int | None, typer.Option(help="Accept this stored version.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Propose, or accept."""
    if accepted != (by is not None) or (version is not None and not accepted):
        raise RecognizerError("a calibration is accepted by somebody: give --accept and --by NAME together")
    settings = read_settings(StoreSettings)
    engine = create_store_engine(settings.database_url, application="adsum-recognizer-calibrate")
    store, default = Store(engine), MODELS[settings.embedder]
    wanted = Wanted(school, MODELS[model] if model else None, roster, false_marks, by)
    if version is not None and by is not None:
        accept(store, wanted, default, version, by, utc_now())
        told = {"version": version, "accepted_by": by}
        typer.echo(json.dumps(told) if as_json else f"calibration {version} is in force, accepted by {by}.")
    else:
        done = calibrate(store, wanted, default, utc_now())
        typer.echo(json.dumps(_as_json(done)) if as_json else _in_words(done))
        if done.findings is not None and not as_json:
            _show(done, done.findings)
    engine.dispose()


def _in_words(done: Calibrated) -> str:
    outcome = done.outcome
    if isinstance(outcome, TooFew):
        return (
            f"{done.school}: {outcome.students} students with two pictures or more are too few to calibrate "
            f"({outcome.needed} are needed); the model's default stays in force."
        )
    policy = outcome.policy
    state = f"accepted by {done.accepted_by}" if done.accepted_by else "proposed, not in force"
    return (
        f"{done.school}, calibration {done.version} ({state}): threshold {policy.threshold:.3f}, strong "
        f"threshold {policy.strong_threshold:.3f}, margin {policy.margin:.3f} ({outcome.clear_margin:.3f} "
        f"below the threshold), from {outcome.students} students."
    )


def _show(done: Calibrated, findings: Findings) -> None:
    console = Console()
    if isinstance(done.outcome, Proposal):
        console.print(
            f"{done.outcome.let_past:.2%} of {done.outcome.trials} searches of strangers count for somebody, "
            f"{done.outcome.lost:.2%} of the students' own pictures do not; so many searches can show "
            f"{done.outcome.shown:.3f} wrong marks in a lesson at the least."
        )
    console.print(_histogram(findings.histogram))
    risks = Table("Student", "at risk of being taken for", "lead", title="Look-alikes need a larger lead")
    for risk in findings.at_risk:
        risks.add_row(_number(done, risk.student), _number(done, risk.rival), f"{risk.lead:.3f}")
    console.print(risks if findings.at_risk else "Nobody's pictures are closer than the margin.")
    for student, reason in findings.new_photos.items():
        console.print(f"{_number(done, student)} needs new photos: {reason.replace('_', ' ')}")


def _histogram(histogram: Histogram) -> Table:
    """Draw both kinds, each on its own scale: there are many more impostors."""
    table = Table("score", "the student's own", "", "of others", "", title="Scores between enrolled pictures")
    step = (histogram.highest - histogram.lowest) / len(histogram.genuine)
    genuine, impostor = max(histogram.genuine), max(histogram.impostor)
    for place, (own, other) in enumerate(zip(histogram.genuine, histogram.impostor, strict=True)):
        if own or other:
            score = f"{histogram.lowest + place * step:.3f}"
            table.add_row(score, _bar(own, genuine), str(own), _bar(other, impostor), str(other))
    return table


def _bar(count: int, most: int) -> str:
    return "█" * -(-WIDTH * count // most) if count else ""


def _number(done: Calibrated, student: StudentId) -> str:
    return done.numbers.get(student, str(student))


def _as_json(done: Calibrated) -> dict[str, object]:
    outcome = done.outcome
    if isinstance(outcome, TooFew):
        return {
            "school": done.school,
            "version": None,
            "students": outcome.students,
            "needed": outcome.needed,
        }
    policy = outcome.policy
    told: dict[str, object] = {
        "school": done.school,
        "version": done.version,
        "accepted_by": done.accepted_by,
        "threshold": policy.threshold,
        "strong_threshold": policy.strong_threshold,
        "margin": policy.margin,
        "clear_margin": outcome.clear_margin,
    }
    counts = ("students", "genuine_pairs", "impostor_pairs", "roster", "false_marks", "trials", "let_past")
    told |= {name: getattr(outcome, name) for name in (*counts, "lost")}
    return told | (_findings(done, done.findings) if done.findings else {})


def _findings(done: Calibrated, findings: Findings) -> dict[str, object]:
    histogram = findings.histogram
    return {
        "at_risk": [
            {"student": _number(done, risk.student), "rival": _number(done, risk.rival), "lead": risk.lead}
            for risk in findings.at_risk
        ],
        "new_photos": {_number(done, student): why for student, why in findings.new_photos.items()},
        "histogram": {
            "lowest": histogram.lowest,
            "highest": histogram.highest,
            "genuine": _list(histogram.genuine),
            "impostor": _list(histogram.impostor),
        },
    }


def _list(counts: Iterable[int]) -> list[int]:
    return list(counts)
