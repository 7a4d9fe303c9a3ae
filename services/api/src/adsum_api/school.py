"""The one school of an installation, made at the first `adsum-api db upgrade`."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from adsum_api.errors import Invalid
from adsum_store.models import School
from adsum_store.repositories import schools
from adsum_store.unit_of_work import UnitOfWork


def ensure_school(work: UnitOfWork, name: str, timezone: str) -> School:
    """Return the school that is there, else make it; raise `Invalid` for an unknown time zone."""
    _check_zone(timezone)
    return schools.only(work) or schools.add_first(work, name, timezone)


def _check_zone(timezone: str) -> None:
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid(
            f"ADSUM_SCHOOL_TIMEZONE: there is no time zone {timezone!r}; try Europe/Zurich"
        ) from None
