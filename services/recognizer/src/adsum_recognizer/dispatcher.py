"""From camera streams to tasks: reads fairly, sends small batches, and sends again what got lost.

What is in flight is what the consumer group says is pending, not what we remember: so a second dispatcher,
or this one started again, bounds the same number. Nothing is lost with this process: an entry that was
read and not dispatched is pending, idles, and is claimed again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Final, Protocol

import structlog

from adsum_contracts import tracing
from adsum_contracts.ids import CameraId
from adsum_contracts.sealing import BODY
from adsum_contracts.tasks import EnrolSamples, EntryRef, IdentifyFaces
from adsum_recognizer.adapters.groups import Groups
from adsum_recognizer.adapters.ingress import Entry
from adsum_recognizer.handlers.watching import Watching
from adsum_recognizer.ports import Waiting
from adsum_store.repositories import watched_cameras
from adsum_store.unit_of_work import Store

log = structlog.get_logger()

CAMERAS_EVERY_S: Final = 2.0
"""How soon a new camera is heard."""

FORGET_EVERY_S: Final = 60.0
"""How long a dead letter may outlive its day."""

FOLLOW_UPS_MAX: Final = 10_000
"""As many registers to recompute, at a kilobyte each, may wait for the api's worker: then the crops wait."""


class Tasks(Protocol):
    """What a dispatcher sends, and how much waits; raises `errors.OUTAGES` while the broker is away."""

    def identify(self, task: IdentifyFaces) -> None:
        """Have these crops embedded and matched."""

    def enrol_samples(self, task: EnrolSamples) -> None:
        """Have these samples judged and made templates."""

    def waiting(self) -> Waiting:
        """Say what nobody has taken yet."""


@dataclass(frozen=True, slots=True)
class DispatchPolicy:
    """Sizes count entries, `follow_ups_max` tasks; times are seconds."""

    batch_max: int
    batch_wait_s: float
    in_flight_max: int
    reclaim_after_s: float
    follow_ups_max: int = FOLLOW_UPS_MAX


class Dispatcher:
    """One round after another: which cameras, what is lost, what is new."""

    def __init__(
        self, store: Store, groups: Groups, tasks: Tasks, watching: Watching, policy: DispatchPolicy
    ) -> None:
        self._store = store
        self._groups = groups
        self._tasks = tasks
        self._watching = watching
        self._policy = policy
        self._cameras: tuple[CameraId, ...] = ()
        self._listed_at = self._reclaimed_at = self._forgot_at = float("-inf")
        self._turn = 0

    def round(self) -> int:
        """Dispatch what there is, waiting a moment for it; return how many entries. Raises `OUTAGES`."""
        self._list_cameras()
        self._forget_dead()
        if not self._cameras:
            return 0
        entries = [*self._lost(), *self._new()]
        self._dispatch(entries)
        return len(entries)

    @property
    def cameras(self) -> tuple[CameraId, ...]:
        """The cameras that are listened to."""
        return self._cameras

    def _list_cameras(self) -> None:
        if monotonic() - self._listed_at < CAMERAS_EVERY_S:
            return
        with self._store.begin() as work:
            known = [CameraId(id_) for id_ in watched_cameras.unrevoked_ids(work.session)]
        self._cameras = self._groups.ensure(known)
        self._listed_at = monotonic()

    def _forget_dead(self) -> None:
        if monotonic() - self._forgot_at >= FORGET_EVERY_S:
            self._groups.forget_dead()
            self._forgot_at = monotonic()

    def _lost(self) -> Sequence[Entry]:
        """Return what has been pending without a sign of life for too long, a few times in that time."""
        if monotonic() - self._reclaimed_at < self._policy.reclaim_after_s / 4:
            return ()
        self._reclaimed_at = monotonic()
        if self._tasks.waiting().tasks >= self._policy.in_flight_max:
            return ()  # nobody works: what idles is not lost, its task waits, and a second one would too
        lost = self._groups.reclaim(self._cameras, self._policy.reclaim_after_s, self._policy.in_flight_max)
        if lost:
            log.warning("entries_reclaimed", entries=len(lost))
        return lost

    def _new(self) -> Sequence[Entry]:
        """Return up to a batch of new entries, as soon as it is full or `batch_wait_s` has passed."""
        wanted = min(self._room(), self._policy.batch_max)
        if wanted <= 0:
            self._groups.rest(self._policy.batch_wait_s)
        deadline = monotonic() + self._policy.batch_wait_s
        found: list[Entry] = []
        while len(found) < wanted and (left_s := deadline - monotonic()) > 0:
            found += self._there(wanted - len(found)) or self._groups.read(self._cameras, 1, left_s)
        return found

    def _there(self, wanted: int) -> list[Entry]:
        """Return up to `wanted` entries that wait already, from so many cameras at a time as may be taken
        from, each asked once; the next time begins with those that were not asked."""
        found: list[Entry] = []
        unasked = len(self._cameras)
        while unasked > 0 and len(found) < wanted:
            some = self._next(min(unasked, wanted - len(found)))
            unasked -= len(some)
            found += self._groups.read(some, wanted - len(found))
        return found

    def _room(self) -> int:
        """Return how many more entries may be in flight. What waits longer waits in the streams, and then in
        the spools: whoever stops, workers or those who follow, no queue grows."""
        if self._tasks.waiting().follow_ups >= self._policy.follow_ups_max:
            return 0
        return self._policy.in_flight_max - self._groups.pending(self._cameras)

    def _next(self, count: int) -> Sequence[CameraId]:
        """Return the cameras whose turn it is."""
        begin = self._turn % len(self._cameras)
        self._turn = begin + count
        return (self._cameras + self._cameras)[begin : begin + count]

    def _dispatch(self, entries: Iterable[Entry]) -> None:
        by_type: dict[str, list[EntryRef]] = {}
        traces: dict[EntryRef, str] = {}
        for entry in entries:
            told, trace = _told(entry)
            by_type.setdefault(told, []).append(entry.ref)
            traces[entry.ref] = trace
        self._watching.keep_heartbeats(by_type.pop("heartbeat", ()))
        self._watching.hand_on_replies(by_type.pop("command_reply", ()))
        for refs in _batches(by_type.pop("enrolment_sample", ()), self._policy.batch_max):
            self._tasks.enrol_samples(EnrolSamples(entries=refs))
        rest = [ref for refs in by_type.values() for ref in refs]
        for refs in _batches(rest, self._policy.batch_max):
            with tracing.step("dispatch", [traces[ref] for ref in refs]):
                self._tasks.identify(IdentifyFaces(entries=refs))


def _told(entry: Entry) -> tuple[str, str]:
    """Return what the entry calls itself, and its trace. Nobody trusts it: whoever opens it checks."""
    try:
        body = json.loads(entry.fields.get(BODY, b""))
        told, trace = body["type"], body.get("traceparent")
    except (ValueError, KeyError, TypeError, AttributeError):
        return "malformed", ""
    return (told if isinstance(told, str) else "malformed"), (trace if isinstance(trace, str) else "")


def _batches(refs: Sequence[EntryRef], size: int) -> list[tuple[EntryRef, ...]]:
    return [tuple(refs[at : at + size]) for at in range(0, len(refs), size)]
