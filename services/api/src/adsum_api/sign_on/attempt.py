"""One try to sign in, from the redirect to the provider until the answer: kept by the browser alone.

Sealed in a cookie, it binds the answer to the browser that asked (`state`, RFC 6749, 10.12), the ID token to
this try (`nonce`) and the code to who has the `verifier` (PKCE, RFC 7636). Any process of the api can go on
with it, and a stranger who asks for thousands leaves nothing here.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from adsum_api.access.secrets import new_secret
from adsum_api.errors import Malformed
from adsum_store.sealing import Vault, WrongSecretKey

LASTS: Final = timedelta(minutes=10)
"""For a password, a second factor, and looking for the phone."""
LONGEST_ADDRESS: Final = 1000
"""Of the page to lead to: all of it has to fit into a cookie of 4096 bytes."""


class StaleAttempt(Malformed):
    """The answer does not belong to a try that this browser began, or came too late, or twice."""

    def __init__(self) -> None:
        super().__init__("this sign-in was not begun in this browser, or too long ago: begin again")


class _Sealed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["sign-on"] = "sign-on"
    state: str
    nonce: str
    verifier: str
    wanted: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Attempt:
    """`wanted`: the page of ours to lead to; `verifier`: 43 characters of 256 random bits."""

    state: str
    nonce: str
    verifier: str
    wanted: str

    @classmethod
    def begin(cls, wanted: str) -> Attempt:
        """Begin to sign in, to be led to the page `wanted`."""
        return cls(
            new_secret(), new_secret(), new_secret(), wanted if len(wanted) <= LONGEST_ADDRESS else "/"
        )

    def sealed(self, vault: Vault, now: datetime) -> str:
        """Return what the cookie holds."""
        kept = _Sealed(
            state=self.state, nonce=self.nonce, verifier=self.verifier, wanted=self.wanted, until=now + LASTS
        )
        return vault.seal(kept.model_dump_json().encode()).decode()

    @classmethod
    def of(cls, vault: Vault, cookie: str, state: str, now: datetime) -> Attempt:
        """Return the try that the answer with this `state` belongs to; raise `StaleAttempt`."""
        try:
            kept = _Sealed.model_validate_json(vault.open(cookie.encode()))
        except (WrongSecretKey, ValidationError, UnicodeError):
            raise StaleAttempt from None
        if now >= kept.until or not hmac.compare_digest(kept.state.encode(), state.encode()):
            raise StaleAttempt
        return cls(kept.state, kept.nonce, kept.verifier, kept.wanted)
