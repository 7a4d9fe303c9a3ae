"""Codes that change every half minute, and links that speak for one student's own device. Pure.

A lesson's code is the first 40 bits of HMAC-SHA256 over the lesson and the half minute, as in RFC 6238
(TOTP), in the letters of RFC 4648's base32, which a person can type. It is good in its own half minute and
the next: whoever sees it on the board has 30 to 60 seconds. A device's link holds its student and its end,
signed.
"""

from __future__ import annotations

import hmac
from base64 import b32encode, urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

STEP: Final = timedelta(seconds=30)
CODE_BYTES: Final = 5
SIGNATURE_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class LessonCode:
    """A code, and the end of the half minute in which it is shown."""

    code: str
    shown_until: datetime


@dataclass(frozen=True, slots=True)
class DeviceLink:
    """Whom a device speaks for, and until when."""

    student_id: UUID
    expires_at: datetime


def code_at(key: bytes, lesson_id: UUID, at: datetime) -> LessonCode:
    """Return the code that is shown at `at`."""
    step = _step(at)
    return LessonCode(_code(key, lesson_id, step), datetime.fromtimestamp((step + 1) * STEP.seconds, UTC))


def is_good(key: bytes, lesson_id: UUID, code: str, at: datetime) -> bool:
    """Whether the code was shown in this half minute, or in the one before."""
    given = code.strip().upper().encode()
    shown = (_code(key, lesson_id, _step(at) - back).encode() for back in (0, 1))
    return any([hmac.compare_digest(given, each) for each in shown])  # noqa: C419 - both, in constant time


def signed_link(key: bytes, link: DeviceLink) -> str:
    """Return the link as a text that only whoever has the key can make."""
    content = link.student_id.bytes + int(link.expires_at.timestamp()).to_bytes(8, "big")
    return urlsafe_b64encode(content + _signature(key, content)).decode()


def link_in(key: bytes, text: str, at: datetime) -> DeviceLink | None:
    """Return what was signed, or None where it was not signed with this key, or is over."""
    try:
        raw = urlsafe_b64decode(text.encode("ascii"))
    except ValueError:
        return None
    content, signature = raw[:24], raw[24:]
    if len(content) != 24 or not hmac.compare_digest(signature, _signature(key, content)):
        return None
    expires_at = datetime.fromtimestamp(int.from_bytes(content[16:], "big"), UTC)
    return DeviceLink(UUID(bytes=content[:16]), expires_at) if at < expires_at else None


def _step(at: datetime) -> int:
    return int(at.timestamp()) // STEP.seconds


def _code(key: bytes, lesson_id: UUID, step: int) -> str:
    digest = hmac.new(key, b"lesson" + lesson_id.bytes + step.to_bytes(8, "big"), sha256).digest()
    return b32encode(digest[:CODE_BYTES]).decode()


def _signature(key: bytes, content: bytes) -> bytes:
    return hmac.new(key, b"device" + content, sha256).digest()[:SIGNATURE_BYTES]
