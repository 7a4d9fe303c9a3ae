"""Takes entries from the camera streams, has them committed, and only then lets them go.

open -> commit (the caller's: rows, then follow-ups) -> XACK, XDEL -> tell the camera. Whoever dies in
between leaves the entries pending, and they come again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Final
from uuid import uuid4

import structlog

from adsum_contracts.commands import Committed
from adsum_contracts.ids import CameraId, CommandId, SpoolId
from adsum_contracts.tasks import EntryRef
from adsum_recognizer.adapters.ingress import Entry, Ingress
from adsum_recognizer.clock import Clock
from adsum_recognizer.errors import BLAMELESS
from adsum_recognizer.handlers.opening import E, Opened, Opener
from adsum_recognizer.timeliness import DEFAULT_AGES, AgePolicy, untimely
from adsum_vision.laps import Laps

log = structlog.get_logger()

GIVE_UP_AFTER: Final = 3
"""Failures of one entry, not counting what nobody is to blame for, after which it is a dead letter."""

Commit = Callable[[Sequence[Opened[E]]], None]
"""Commits what the entries say and enqueues what follows from it; safe to be run again on the same ones."""


class Intake:
    """The way of every entry from its stream into the record; `laps` says where its time goes."""

    def __init__(
        self,
        ingress: Ingress,
        opener: Opener,
        clock: Clock,
        ages: AgePolicy = DEFAULT_AGES,
        laps: Laps | None = None,
    ) -> None:
        self.laps = laps or Laps()
        self._ingress = ingress
        self._opener = opener
        self._clock = clock
        self._ages = ages

    def take(self, refs: Sequence[EntryRef], kind: type[E], commit: Commit[E]) -> None:
        """Commit those of the entries that are still in their streams; raise `errors.BLAMELESS`.

        A batch that fails for another reason is tried entry by entry, so that one bad entry costs the
        others nothing; the entry itself is tried again later, and given up after `GIVE_UP_AFTER` times.
        """
        if not refs:
            return
        self.laps.lap("wait")
        self._ingress.refresh(refs)
        entries = self._ingress.read(refs)
        self._ingress.settle(_trimmed(refs, entries))
        self.laps.lap("read")
        try:
            self._take(entries, kind, commit)
        except BLAMELESS:
            raise
        except Exception:
            log.exception("batch_failed", entries=len(entries))
            for entry in self._ingress.read(refs):  # what was refused is settled, and counted once
                self._take_alone(entry, kind, commit)

    def _take(self, entries: Sequence[Entry], kind: type[E], commit: Commit[E]) -> None:
        opened = self._timely(self._opener.open(entries, kind))
        if not opened:
            return
        self.laps.lap("open")
        commit(opened)
        self.laps.lap("tell")
        self._ingress.settle([each.entry.ref for each in opened])
        self._tell_committed(opened)
        self.laps.lap("settle")

    def _timely(self, opened: Sequence[Opened[E]]) -> tuple[Opened[E], ...]:
        """Return those of a possible time; the others are settled, and their cameras told to forget them."""
        now = self._clock()
        faults = [untimely(each.event.captured_at, now, self._ages) for each in opened]
        refused = [(each, fault) for each, fault in zip(opened, faults, strict=True) if fault]
        for each, fault in refused:
            log.warning("entry_refused", camera_id=str(each.event.camera_id), reason=fault)
            self._ingress.bury(each.entry, fault, keep_content=False)
        if refused:
            self._ingress.count_refused(*(fault for _, fault in refused))
            self._ingress.settle([each.entry.ref for each, _ in refused])
            self._tell_committed(each for each, _ in refused)
        return tuple(each for each, fault in zip(opened, faults, strict=True) if not fault)

    def _take_alone(self, entry: Entry, kind: type[E], commit: Commit[E]) -> None:
        try:
            self._take((entry,), kind, commit)
        except BLAMELESS:
            raise
        except Exception as error:
            failures = self._ingress.count_failure(entry.ref)
            log.exception("entry_failed", entry=entry.ref.entry_id, failures=failures)
            if failures >= GIVE_UP_AFTER:
                self._give_up(entry, kind, error)

    def _give_up(self, entry: Entry, kind: type[E], error: Exception) -> None:
        """Keep the entry where a person can look at it, and have its camera forget it."""
        self._ingress.bury(entry, f"{type(error).__name__}: {error}", keep_content=True)
        opened = self._opener.open((entry,), kind)
        self._ingress.settle((entry.ref,))
        self._tell_committed(opened)

    def _tell_committed(self, opened: Iterable[Opened[E]]) -> None:
        ordered = sorted(opened, key=_place)
        for (camera_id, spool_id), group in groupby(ordered, key=lambda each: _place(each)[:2]):
            of_spool = tuple(group)
            committed = Committed(
                camera_id=camera_id,
                command_id=CommandId(uuid4()),
                issued_at=self._clock(),
                spool_id=spool_id,
                sequences=tuple(each.event.sequence for each in of_spool),
            )
            self._ingress.command(camera_id, committed, of_spool[0].camera.key)


def _place(opened: Opened[E]) -> tuple[CameraId, SpoolId, int]:
    event = opened.event
    return event.camera_id, event.spool_id, event.sequence


def _trimmed(refs: Iterable[EntryRef], entries: Iterable[Entry]) -> list[EntryRef]:
    """Return the entries that their stream has dropped: acknowledged, or they would be pending for ever.

    Their camera was not told that they are committed, so it sends them again.
    """
    there = {entry.ref for entry in entries}
    return [ref for ref in refs if ref not in there]
