"""The chain of the audit log: each entry's hash covers the entry before it. Pure.

    hash = SHA-256(canonical JSON of the entry, with the hash of the one before)

Canonical JSON (RFC 8785 for what occurs here): keys sorted, no spaces, UTF-8, whole numbers only, instants in
UTC with microseconds. Who changes, adds or takes out an entry breaks the chain there. Who can write to the
database could make the whole chain anew: against that, keep its last hash elsewhere and compare.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

GENESIS: Final = bytes(32)
"""What the first entry of a school follows."""

Detail = str | int | bool | None
"""What an entry may say beyond who, what and whom: ids, codes, counts; never a name."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one entry says. `subject`: (kind, id) of what was done something to."""

    school_id: UUID
    at: datetime
    actor: str
    action: str
    subject: tuple[str, str]
    request_id: str | None
    details: Mapping[str, Detail]


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as it is stored, under its number."""

    number: int
    entry: Entry
    before: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Verdict:
    """How far a chain holds: the entries that were looked at, the first that does not follow from the one
    before it, and the hash of the last."""

    entries: int
    broken: int | None
    head: bytes


def hash_of(entry: Entry, before: bytes) -> bytes:
    """Return the SHA-256 of an entry that follows the one with the hash `before`."""
    said = {
        "version": 1,
        "school": str(entry.school_id),
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": entry.actor,
        "action": entry.action,
        "subject": list(entry.subject),
        "request": entry.request_id,
        "details": dict(entry.details),
        "before": before.hex(),
    }
    return sha256(
        json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    ).digest()


def verify(links: Iterable[Link], start: bytes = GENESIS) -> Verdict:
    """Follow the chain from the hash `start` to its end, or to the first entry that is not as it was."""
    head, entries = start, 0
    for link in links:
        entries += 1
        if link.before != head or link.hash != hash_of(link.entry, head):
            return Verdict(entries, link.number, head)
        head = link.hash
    return Verdict(entries, None, head)
