"""The base of every message: frozen, versioned, and closed to unknown fields."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Sequence64 = Annotated[int, Field(ge=0, lt=2**63)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Instant = AwareDatetime


class Message(BaseModel):
    """A value that crosses a process border; a field this version does not know is an error.

    Its errors do not repeat what was sent: they reach the logs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, hide_input_in_errors=True)
