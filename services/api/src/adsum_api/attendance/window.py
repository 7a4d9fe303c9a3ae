"""Until when a lesson's register may be changed, and by whom. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Speaker = Literal["teacher", "office"]


@dataclass(frozen=True, slots=True)
class CorrectionWindow:
    """A teacher may change a register until the end of the day that is `days` days after the lesson's, as the
    school's calendar in `zone` counts them; the office always."""

    days: int
    zone: ZoneInfo

    def last_day(self, ends_at: datetime) -> date:
        """Return the last day on which a teacher may change the register of a lesson that ends then."""
        return ends_at.astimezone(self.zone).date() + timedelta(days=self.days)

    def is_open(self, ends_at: datetime, now: datetime, speaker: Speaker) -> bool:
        """Whether this speaker may change the register now."""
        return speaker == "office" or now.astimezone(self.zone).date() <= self.last_day(ends_at)
