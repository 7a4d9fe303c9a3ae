"""Which credentials of a camera hold, and what becomes of them while its box moves over to others. Pure.

A box is offered a next pair of key and password while the pair in force goes on; once it speaks by the next
one, that is in force, and the one before holds for entries that are still under way.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

UNDER_WAY: Final = timedelta(minutes=5)
"""How long an entry that was signed with the previous key may be on its way to whoever opens it. One that
comes later is refused, and sent again with the new key: nothing is lost."""


class Phase(StrEnum):
    """What a spare pair is there for."""

    NEXT = "next"
    PREVIOUS = "previous"


@dataclass(frozen=True, slots=True)
class Pair:
    """A camera's key, sealed, and the SHA-256 of its password; none: its box is shut out."""

    key_sealed: bytes
    password_sha256: str | None


@dataclass(frozen=True, slots=True)
class Spare:
    """The pair beside the one in force. `id`: of the command that offered it."""

    id: UUID
    pair: Pair
    phase: Phase
    until: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """What opens for one camera."""

    in_force: Pair
    spare: Spare | None = None

    @property
    def passwords(self) -> tuple[str, ...]:
        """The hashes that its user on the ingress server has; of a previous pair only the key still holds."""
        if self.in_force.password_sha256 is None:
            return ()
        is_next = self.spare is not None and self.spare.phase is Phase.NEXT
        next_one = self.spare.pair.password_sha256 if self.spare is not None and is_next else None
        return tuple(each for each in (self.in_force.password_sha256, next_one) if each is not None)

    @property
    def is_moving(self) -> bool:
        """Whether a next pair is offered and not used yet."""
        return self.spare is not None and self.spare.phase is Phase.NEXT


def offered(held: Held, fresh: Pair, by: UUID, until: datetime) -> Held:
    """Return what holds once `fresh` is offered: both, until it is used or the time is over."""
    return replace(held, spare=Spare(by, fresh, Phase.NEXT, until))


def used(held: Held, by: UUID, now: datetime) -> Held:
    """Return what holds once the box spoke by the pair that the command `by` offered; late or repeated word
    of it changes nothing."""
    if held.spare is None or held.spare.phase is not Phase.NEXT or held.spare.id != by:
        return held
    previous = Spare(by, held.in_force, Phase.PREVIOUS, now + UNDER_WAY)
    return Held(held.spare.pair, previous)


def aged(held: Held, now: datetime) -> Held:
    """Return what still holds: a next pair is in force alone once its time of grace is over."""
    if held.spare is None or now < held.spare.until:
        return held
    return Held(held.spare.pair if held.spare.phase is Phase.NEXT else held.in_force)
