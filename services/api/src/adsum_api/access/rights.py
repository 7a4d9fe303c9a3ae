"""Rights, and the roles that have them. A right is also a scope of OAuth 2 (RFC 6749, 3.3)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Right(StrEnum):
    """What a route may need; its value is the scope that a machine asks for."""

    SCHOOL_READ = "school:read"
    SCHOOL_WRITE = "school:write"
    ROSTER_READ = "roster:read"
    ROSTER_WRITE = "roster:write"
    ATTENDANCE_READ = "attendance:read"
    ATTENDANCE_WRITE = "attendance:write"
    BIOMETRICS_ENROL = "biometrics:enrol"
    CONSENT_WRITE = "consent:write"
    WEBHOOKS_WRITE = "webhooks:write"
    AUDIT_READ = "audit:read"
    DEPLOYMENT_READ = "deployment:read"
    ACCESS_WRITE = "access:write"


MEANING: Final[Mapping[Right, str]] = {
    Right.SCHOOL_READ: "see the school, its rooms and cameras",
    Right.SCHOOL_WRITE: "change the school, its rooms and cameras",
    Right.ROSTER_READ: "see students, sections and who belongs to them",
    Right.ROSTER_WRITE: "change, import and erase students, sections and timetables",
    Right.ATTENDANCE_READ: "see lessons, registers, marks and reports",
    Right.ATTENDANCE_WRITE: "open and close lessons, mark and correct",
    Right.BIOMETRICS_ENROL: "enrol faces",
    Right.CONSENT_WRITE: "record and withdraw consents",
    Right.WEBHOOKS_WRITE: "manage webhooks",
    Right.AUDIT_READ: "read the audit log",
    Right.DEPLOYMENT_READ: "see how the installation does: services, disks, models, backups",
    Right.ACCESS_WRITE: "manage accounts, clients and credentials of cameras",
}
"""Each right in words: what the OpenAPI document and the commands say of it."""


class Role(StrEnum):
    """Who somebody is at the school; a teacher's rights reach their own sections alone."""

    ADMIN = "admin"
    OFFICE = "office"
    TEACHER = "teacher"
    INTEGRATOR = "integrator"
    AUDITOR = "auditor"


EVERY_RIGHT: Final = frozenset(Right)
SCOPES: Final = EVERY_RIGHT - {Right.ACCESS_WRITE}
"""What a machine may be granted: never to make accounts or machines."""

READING: Final = frozenset({Right.SCHOOL_READ, Right.ROSTER_READ, Right.ATTENDANCE_READ})

RIGHTS: Final[Mapping[Role, frozenset[Right]]] = {
    Role.ADMIN: EVERY_RIGHT,
    Role.OFFICE: EVERY_RIGHT
    - {
        Right.SCHOOL_WRITE,
        Right.WEBHOOKS_WRITE,
        Right.AUDIT_READ,
        Right.DEPLOYMENT_READ,
        Right.ACCESS_WRITE,
    },
    Role.TEACHER: READING | {Right.ATTENDANCE_WRITE},
    Role.INTEGRATOR: SCOPES,
    Role.AUDITOR: READING | {Right.AUDIT_READ, Right.DEPLOYMENT_READ},
}
"""The most that a role can do; an integrator has of it what its client was granted and asked for."""
