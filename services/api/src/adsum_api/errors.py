"""What the api refuses, and the one table from an error to an HTTP status.

Every refusal is answered as `application/problem+json` (RFC 9457); see `problems.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from kombu.exceptions import OperationalError as BrokerAway
from redis.exceptions import RedisError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from adsum_store.repositories.pages import BadCursor


class DomainError(Exception):
    """The root of what the api refuses; the text says what is wrong and what to do, for a person.

    `headers` go with the answer.
    """

    headers: Mapping[str, str] = MappingProxyType({})


class NotFound(DomainError):  # noqa: N818 - these read as the sentences they are
    """What the caller speaks of does not exist in this school."""

    def __init__(self, noun: str, key: object) -> None:
        self.noun = noun
        super().__init__(f"there is no {noun} {key}")


class Malformed(DomainError):  # noqa: N818
    """The request lacks what every such request has."""


class Invalid(DomainError):  # noqa: N818
    """The request is well formed, and cannot be meant so."""


class Unauthorized(DomainError):  # noqa: N818
    """Nobody knows who asks."""


class Forbidden(DomainError):  # noqa: N818
    """The caller is known, and may not do this."""


class NotAcceptable(DomainError):  # noqa: N818
    """The caller takes no form that the api could answer in."""


class Conflict(DomainError):  # noqa: N818
    """The request contradicts what is stored or allowed."""


class PreconditionFailed(DomainError):  # noqa: N818
    """What an edit rests on is no longer so."""


class PreconditionRequired(DomainError):  # noqa: N818
    """An edit has to say what it rests on."""


class Gone(DomainError):  # noqa: N818
    """What the caller asks for is kept no longer."""


class Unsupported(DomainError):  # noqa: N818
    """The request brings something of another kind than is taken here."""


class TooLarge(DomainError):  # noqa: N818
    """The request brings more than anybody accepts."""


class TooMany(DomainError):  # noqa: N818
    """The caller did this too often."""


class Unavailable(DomainError):  # noqa: N818
    """Something the api needs is missing or does not answer."""


STATUS: Final[Mapping[type[Exception], HTTPStatus]] = {
    BadCursor: HTTPStatus.UNPROCESSABLE_ENTITY,
    Malformed: HTTPStatus.BAD_REQUEST,
    Unauthorized: HTTPStatus.UNAUTHORIZED,
    Forbidden: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    NotAcceptable: HTTPStatus.NOT_ACCEPTABLE,
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    Conflict: HTTPStatus.CONFLICT,
    PreconditionFailed: HTTPStatus.PRECONDITION_FAILED,
    PreconditionRequired: HTTPStatus.PRECONDITION_REQUIRED,
    Gone: HTTPStatus.GONE,
    Unsupported: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    OperationalError: HTTPStatus.SERVICE_UNAVAILABLE,
    InterfaceError: HTTPStatus.SERVICE_UNAVAILABLE,
    PoolExhausted: HTTPStatus.SERVICE_UNAVAILABLE,
    RedisError: HTTPStatus.SERVICE_UNAVAILABLE,
    BrokerAway: HTTPStatus.SERVICE_UNAVAILABLE,
}

SERVERS_AWAY: Final = (OperationalError, InterfaceError, PoolExhausted, RedisError, BrokerAway)
"""Postgres or a Redis does not answer: the caller may try again, and a task does."""

CONSTRAINTS: Final[Mapping[str, DomainError]] = {
    "uq_students_school_id_number": Conflict("another student has this number"),
    "uq_accounts_username": Conflict("another account has this name"),
    "uq_account_identities_issuer_subject": Conflict("you have just signed in elsewhere: begin again"),
    "uq_account_identities_account_id_issuer": Conflict("you have just signed in elsewhere: begin again"),
    "uq_clients_school_id_name": Conflict("another client has this name"),
    "uq_rooms_school_id_name": Conflict("another room has this name"),
    "uq_cameras_school_id_name": Conflict("another camera has this name"),
    "uq_cameras_one_default": Conflict("another camera has just become the default: try again"),
    "uq_sections_school_id_name": Conflict("another section has this name"),
    "uq_consents_one_active": Conflict("this student has an active consent: withdraw it first"),
    "uq_consent_texts_school_id_version_language": Conflict("this version is there in this language"),
    "ck_section_enrolments_ends_after_start": Invalid("ends_on lies before starts_on"),
    "uq_schools_source_id": Conflict("another school has this id in its school system"),
    "fk_cameras_school_id_room_id": Invalid("there is no such room"),
    "fk_lessons_school_id_room_id": Invalid("there is no such room"),
    "fk_rooms_school_id_building_id": Invalid("there is no such building"),
    "fk_sections_school_id_course_id": Invalid("there is no such course"),
    "fk_sections_school_id_room_id": Invalid("there is no such room"),
    "fk_section_terms_school_id_term_id": Invalid("there is no such term"),
    "fk_terms_school_id_parent_id": Invalid("there is no such term to be a part of"),
    "fk_staff_assignments_school_id_staff_id": Invalid("there is no such member of staff"),
    "fk_staff_assignments_school_id_section_id": Invalid("there is no such section"),
    "uq_buildings_school_id_name": Conflict("another building has this name"),
    "ck_terms_ends_after_start": Invalid("ends_on lies before starts_on"),
    "ck_staff_assignments_ends_after_start": Invalid("ends_on lies before starts_on"),
    "fk_kept_answers_school_id_student_id": Conflict("the student has just been erased"),
    "fk_marks_school_id_student_id": Conflict("the student has just been erased"),
    "fk_planned_absences_school_id_student_id": Conflict("the student has just been erased"),
    "fk_consents_school_id_student_id": Conflict("the student has just been erased"),
    "fk_enrolment_jobs_school_id_student_id": Conflict("the student has just been erased"),
    "fk_section_enrolments_school_id_section_id": Invalid("there is no such section"),
    "fk_section_enrolments_school_id_student_id": Invalid("there is no such student"),
}
"""What a broken rule of the database means to the caller: the database alone can decide it without a race."""


def status_of(error: Exception) -> HTTPStatus:
    """Return the status of the nearest ancestor in `STATUS`, or 500."""
    known = (STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    return next(known, HTTPStatus.INTERNAL_SERVER_ERROR)
