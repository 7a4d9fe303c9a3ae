"""What webhooks tell: the types of events, and a body that holds ids and no more. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal, get_args

EventType = Literal[
    "register_changed",
    "lesson_ended",
    "lesson_closed",
    "register_finalised",
    "register_reopened",
    "absence_warning_released",
    "consent_given",
    "consent_withdrawn",
    "student_erased",
    "webhook_test",
]
"""The types that pages hear of by server-sent events are called the same here."""

EVENT_TYPES: Final[tuple[str, ...]] = get_args(EventType)

LINKS: Final[Mapping[str, tuple[str, ...]]] = {
    "lesson_id": ("/v1/lessons/{}", "/v1/lessons/{}/register"),
    "student_id": ("/v1/students/{}",),
    "webhook_id": ("/v1/webhooks/{}",),
}


def body_of(payload: Mapping[str, Any], sequence: int, happened_at: datetime) -> bytes:
    """Return the JSON of an event: its ids, where to read what they stand for, and its number among those of
    its lesson or student. Whoever reads a receiver's logs learns no name and no status."""
    ids = {name: value for name, value in payload.items() if name.endswith("_id")}
    links = [link.format(ids[name]) for name in LINKS if name in ids for link in LINKS[name]]
    told = {
        "type": payload["type"],
        "timestamp": happened_at.isoformat(),
        "data": ids | {"sequence": sequence, "links": links},
    }
    return json.dumps(told, separators=(",", ":")).encode()
