"""`adsum sim`: the simulated classroom from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from adsum_local.sim.plan import AttackKind, SimPlan, SimulationError
from adsum_local.sim.simulate import SimResult, simulate


def sim(  # noqa: PLR0913, PLR0917 - one parameter for each option
    out: Annotated[Path, typer.Option(help="Folder for lesson.mp4, truth.json and enrolment/.")],
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same lesson.")] = 1,
    students: Annotated[int, typer.Option(help="Students on the roster.")] = 24,
    strangers: Annotated[int, typer.Option(help="People who are not enrolled.")] = 3,
    absent: Annotated[float, typer.Option(help="Share of the students who never come.")] = 0.15,
    size: Annotated[str, typer.Option(help="Width x height in pixels.")] = "1280x720",
    fps: Annotated[int, typer.Option(help="Frames a second.")] = 10,
    seconds: Annotated[float, typer.Option(help="Length of the lesson.")] = 75.0,
    faces: Annotated[
        Path | None, typer.Option(help="Folder of photos: enrolled/<person>/*, strangers/<person>/*.")
    ] = None,
    poster: Annotated[bool, typer.Option("--poster", help="Hang a picture of a face on the wall.")] = False,
    attack: Annotated[
        AttackKind | None, typer.Option(help="Somebody holds an absent student's face up: photo or phone.")
    ] = None,
) -> None:
    """Film a lesson that never happened, with the truth about it.

    Examples:

        adsum sim --out /tmp/lesson

        adsum sim --out /tmp/lesson --seed 7 --students 20 --strangers 5 --faces ./photos

        adsum sim --out /tmp/lesson --size 1920x1080 --students 30 --poster --attack phone
    """
    try:
        plan = SimPlan(
            students, strangers, seed, absent, parse_size(size), fps, seconds, faces, poster, attack
        )
        result = _with_progress(plan, out)
    except SimulationError as error:
        typer.echo(f"adsum sim: {error}", err=True)
        raise typer.Exit(1) from error
    for notice in result.notices:
        typer.echo(notice, err=True)
    typer.echo(f"{result.video}\n{result.truth}\n{result.enrolment}")


def _with_progress(plan: SimPlan, out: Path) -> SimResult:
    columns = (TextColumn("filming"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("filming", total=1.0)
        return simulate(plan, out, lambda share: bar.update(task, completed=share))


def parse_size(text: str) -> tuple[int, int]:
    """Read `1280x720` as (width, height); raise `SimulationError`."""
    width, cross, height = text.lower().partition("x")
    if not (cross and width.isdecimal() and height.isdecimal()):
        raise SimulationError(f"a size is WIDTHxHEIGHT, such as 1280x720, not {text!r}")
    return int(width), int(height)
