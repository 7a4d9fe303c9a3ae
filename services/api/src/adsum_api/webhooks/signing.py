"""Secrets and signatures of Standard Webhooks 1.0.0 (symmetric, `v1`). Pure."""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32
"""The specification asks for 24 to 64."""


def secret_of(random_bytes: bytes) -> str:
    """Return the bytes of a key as receivers write them into their settings."""
    return PREFIX + b64encode(random_bytes).decode()


def signed(secrets: Sequence[str], webhook_id: str, timestamp_s: int, body: bytes) -> dict[str, str]:
    """Return the three headers; while a secret is being replaced, both sign."""
    content = f"{webhook_id}.{timestamp_s}.".encode() + body
    keys = [b64decode(secret.removeprefix(PREFIX)) for secret in secrets]
    signatures = [b64encode(hmac.new(key, content, sha256).digest()).decode() for key in keys]
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
