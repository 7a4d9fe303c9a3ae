"""Every process killed, and frozen, while sightings are under way: is any lost, is any there twice?

One run of everything, in which the faults follow one another. At each of them the camera has just been given
its share of the sightings to send; when a part of them is in the record, the fault comes. Then it is waited
until every crop is stored and counted, every track has its name, every register shows who was there, and the
camera's spool is empty. What had not come to this when nothing went on any more is told as it is.
"""

from __future__ import annotations

import math
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from threading import Timer
from typing import Any, Final, Literal, TypeVar

import psutil
from rich.table import Table

from adsum_recognizer.errors import OUTAGES
from benchmarks.fault_site import CAMERA, Patience, Site, Verdict, site
from benchmarks.measure import Asked, Report

Kind = Literal["killed", "frozen"]

SERVERS: Final = ("ingress", "broker", "postgres")
SERVICES: Final = ("dispatcher", "recognizer", "api-worker", "beat", "api", CAMERA)
EVERYBODY: Final = (*SERVERS, *SERVICES)
UNDER_WAY: Final = 0.2
"""The share of its sightings that is in the record when a fault comes."""

LOOK_EVERY_S: Final = 0.1
STANDSTILL: Final = 2400
"""After so many looks without anything done, nothing more is expected; counted, so that a machine which stood
still itself decides nothing."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Who is killed (`kill -9`, with all its children), or frozen (SIGSTOP, then SIGCONT)."""

    kind: Kind
    victims: tuple[str, ...]

    @property
    def name(self) -> str:
        """What the table calls them."""
        return "all at once" if self.victims == EVERYBODY else ", ".join(self.victims)


@dataclass(frozen=True, slots=True)
class Form:
    """How much is sent in all, what happens, for how long whoever is frozen is, and what time-outs hold."""

    sightings: int
    faults: tuple[Fault, ...]
    frozen_s: float
    patience: Patience


@dataclass(frozen=True, slots=True)
class Row:
    """What one fault did. `replaced`: which victims have another process afterwards; `others_replaced`: who
    else has. `work_s`: from its begin until every victim's work went on; `done_s`: until all sent
    was done, the backlog included."""

    fault: Fault
    sightings: int
    verdict: Verdict
    replaced: tuple[str, ...]
    others_replaced: tuple[str, ...]
    work_s: float
    done_s: float


def each(kind: Kind) -> tuple[Fault, ...]:
    """Return one fault for every process, and one for all of them."""
    return (*(Fault(kind, (victim,)) for victim in EVERYBODY), Fault(kind, EVERYBODY))


LONG: Final = Form(10_000, (*each("killed"), *each("frozen")), 75.0, Patience(60, 10, 8, 20))
"""Frozen for longer than a silent service is waited for, which is the longest of the time-outs."""

SHORT: Final = Form(
    200,
    (Fault("frozen", SERVERS), Fault("killed", SERVERS), Fault("killed", EVERYBODY)),
    12.0,
    Patience(120, 3, 2, 30),
)
"""Frozen for longer than a socket is waited for."""


def run(asked: Asked) -> Report:
    """Send 10,000 sightings (200 with --quick) through every fault, and count what became of them."""
    form = SHORT if asked.quick else LONG
    rows = measure(form, asked.tell)
    return Report((table(form, rows),), figures(form, rows))


def measure(
    form: Form, tell: Callable[[str], None] = lambda _doing: None, lines: list[str] | None = None
) -> list[Row]:
    """Start everything and let the faults follow one another; `lines` gets the logs."""
    shares = _shares(form.sightings, len(form.faults))
    tell("starting everything")
    with site(form.sightings, form.patience, lines) as place:
        _settle(place, 0)
        rows = []
        for number, (fault, crops) in enumerate(zip(form.faults, shares, strict=True), start=1):
            tell(f"{number} of {len(shares)}: {fault.kind}: {fault.name}")
            rows.append(_endure(place, fault, crops, form.frozen_s))
        return rows


def figures(form: Form, rows: Sequence[Row]) -> dict[str, Any]:
    """Return what is kept."""
    return {
        "sightings": form.sightings,
        "frozen_s": form.frozen_s,
        "patience": asdict(form.patience),
        "faults": [asdict(row) for row in rows],
    }


def table(form: Form, rows: Sequence[Row]) -> Table:
    """Return it as it is read."""
    shown = Table(
        title=f"{form.sightings:,} sightings under way, faults one after another; frozen {form.frozen_s:g} s"
    )
    for heading in (
        "fault",
        "sightings in",
        "lost",
        "doubled",
        "replaced",
        "others",
        "work goes on s",
        "all done s",
    ):
        shown.add_column(heading, justify="left" if heading == "fault" else "right")
    for row in rows:
        lost, doubled = row.verdict.left, row.verdict.doubled
        replaced = (
            f"{len(row.replaced)} of {len(row.fault.victims)}",
            ", ".join(row.others_replaced) or "none",
        )
        times = f"{row.work_s:.1f}", f"{row.done_s:.1f}"
        numbers = f"{row.sightings:,}", str(lost), str(doubled)
        shown.add_row(f"{row.fault.kind}: {row.fault.name}", *numbers, *replaced, *times)
    return shown


def _shares(whole: int, parts: int) -> list[int]:
    """Return the parts, as equal as may be."""
    return [whole * (part + 1) // parts - whole * part // parts for part in range(parts)]


def _endure(place: Site, fault: Fault, crops: int, frozen_s: float) -> Row:
    """Send, break, and wait until all is well."""
    first, before = place.sent, place.sightings()
    place.send(crops)
    _wait(lambda: place.sightings() >= before + math.ceil(UNDER_WAY * crops))
    all_pids = {name: place.supervisor.pid(name) for name in EVERYBODY}
    pids = {victim: all_pids[victim] for victim in fault.victims}
    began = time.monotonic()
    with _inflicted(fault, pids, frozen_s):
        _wait(lambda: all(_is_back(place, fault.kind, *each) for each in pids.items()))
        _work_goes_on(place, fault.victims, first)
        work_s = time.monotonic() - began
    verdict = _settle(place, first)
    done_s = time.monotonic() - began
    replaced = tuple(name for name in EVERYBODY if place.supervisor.pid(name) != all_pids[name])
    victims = tuple(name for name in replaced if name in pids)
    others = tuple(name for name in replaced if name not in pids)
    return Row(fault, crops, verdict, victims, others, work_s, done_s)


@contextmanager
def _inflicted(fault: Fault, pids: Mapping[str, int], frozen_s: float) -> Iterator[None]:
    """Kill the processes and their children, or freeze them for so long, and end when that is over."""
    everyone = [process for pid in pids.values() for process in _with_children(pid)]
    if fault.kind == "killed":
        _signal(everyone, signal.SIGKILL)
        yield
        return
    _signal(everyone, signal.SIGSTOP)
    thaw = Timer(frozen_s, _signal, (everyone, signal.SIGCONT))
    thaw.start()
    try:
        yield
    finally:
        thaw.join()


def _with_children(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def _signal(processes: Sequence[psutil.Process], number: signal.Signals) -> None:
    """Send it to those that are still there."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def _is_back(place: Site, kind: Kind, victim: str, pid: int) -> bool:
    """Whether it has another process, or its own is not frozen any more."""
    if place.supervisor.pid(victim) != pid:
        return True
    with suppress(psutil.NoSuchProcess):
        return kind == "frozen" and psutil.Process(pid).status() != psutil.STATUS_STOPPED
    return False


def _work_goes_on(place: Site, victims: Sequence[str], first: int) -> None:
    """Wait until every victim has done something from now on, or nothing is left to be done."""
    known = {victim: _answer(_EVIDENCE[victim], place) for victim in victims}

    def moved(victim: str) -> bool:
        now, before = _answer(_EVIDENCE[victim], place), known[victim]
        if before is None:
            known[victim] = now
        return None not in (now, before) and now != before

    def all_moved() -> bool:
        for victim in tuple(known):
            if moved(victim):
                del known[victim]
        judged = _answer(lambda place: place.verdict(first), place)
        return not known or (judged is not None and not judged.left)

    _wait(all_moved)


def _settle(place: Site, first: int) -> Verdict:
    """Wait until nothing is left to be done, or nothing has been for long; return what came of all."""
    best: Verdict | None = None
    looks = 0
    while looks < STANDSTILL:
        now, looks = _answer(lambda place: place.verdict(first), place), looks + 1
        if now is not None and (best is None or now.left < best.left):
            best, looks = now, 0
        if best is not None and not best.left:
            return best
        time.sleep(LOOK_EVERY_S)
    return place.verdict(first)


def _wait(condition: Callable[[], bool]) -> None:
    """Wait for it; after `STANDSTILL` looks go on all the same: the count says what is missing."""
    for _ in range(STANDSTILL):
        if condition():
            return
        time.sleep(LOOK_EVERY_S)


T = TypeVar("T")


def _answer(question: Callable[[Site], T], place: Site) -> T | None:
    """Return the answer; None while a server is away."""
    try:
        return question(place)
    except OUTAGES:
        return None


def _signs(service: str) -> Callable[[Site], object]:
    return lambda place: place.sign_of(service)


_EVIDENCE: Final[Mapping[str, Callable[[Site], object]]] = {
    **dict.fromkeys((*SERVERS, "recognizer"), Site.sightings),
    **{service: _signs(service) for service in ("dispatcher", "beat", CAMERA)},
    "api-worker": Site.marks,
    "api": Site.answered_at,
}
"""What changes as long as a process works."""
