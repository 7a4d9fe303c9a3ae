"""The one school of an installation, made at the first `adsum-api db upgrade`."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from adsum_api.contract.preconditions import Seen
from adsum_api.errors import Conflict, Invalid, Unavailable
from adsum_api.retention.clocks import check_days
from adsum_api.school.schemas import SchoolChange, SchoolOut
from adsum_store.jurisdictions import LAWS
from adsum_store.models import School
from adsum_store.repositories import consent_words, consents, kept_crops, schools
from adsum_store.unit_of_work import UnitOfWork


class UnknownZone(Invalid):
    """No IANA time zone has this name."""

    def __init__(self, timezone: str) -> None:
        super().__init__(f"there is no time zone {timezone!r}: take one such as Europe/Zurich")


class FacesThere(Conflict):
    """The law of the place allows no faces, and some are enrolled."""

    def __init__(self) -> None:
        super().__init__(
            "no face may be enrolled there, and there are consents on which some may be: withdraw every "
            "consent first, which deletes what rests on it"
        )


class ConsentsWouldEnd(Conflict):
    """By the new rule some consents would hold no longer, and templates would go with them."""

    def __init__(self, count: int) -> None:
        super().__init__(
            f"{count} consents would not hold by this rule: collect what is missing, which GET "
            "/v1/consents/lacking?rule= lists, or withdraw them first, which deletes what rests on them"
        )


def ensure_school(work: UnitOfWork, name: str, timezone: str) -> School:
    """Return the school that is there, else make it; raise `UnknownZone`."""
    check_zone(timezone)
    return schools.only(work) or schools.add_first(work, name, timezone)


def the_school(work: UnitOfWork) -> School:
    """Return the school; raise `Unavailable` before the first."""
    school = schools.only(work)
    if school is None:
        raise Unavailable("there is no school yet: run `adsum-api db upgrade`")
    return school


def change_school(work: UnitOfWork, school: School, change: SchoolChange, seen: Seen) -> SchoolOut:
    """Apply what `change` sets; raise `ChangedMeanwhile` or `UnknownZone`.

    Where enrolled faces are no longer kept, those that were are deleted at once.
    """
    schools.lock(work, school)
    seen.check(SchoolOut.model_validate(school), SchoolChange)
    if change.timezone is not None:
        check_zone(change.timezone)
    check_days(change.retention_days or {})
    if (
        change.jurisdiction is not None
        and LAWS[change.jurisdiction].refusal
        and consents.any_active(work, school.id)
    ):
        raise FacesThere
    if change.consent_rule is not None and (
        ending := consent_words.lacking_by(work, school.id, change.consent_rule)
    ):
        raise ConsentsWouldEnd(ending)
    for name, value in change.model_dump(exclude_none=True).items():
        setattr(school, name, value)
    work.session.flush()
    if change.keep_enrolment_crops is False:
        kept_crops.drop_of_school(work.session, school.id)
    return SchoolOut.model_validate(school)


def check_zone(timezone: str) -> None:
    """Raise `UnknownZone` unless `timezone` is an IANA zone that this machine knows."""
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownZone(timezone) from None
