"""One table a file; importing this package knows them all."""

from adsum_store.models.absence_warning import AbsenceWarning
from adsum_store.models.account import Account
from adsum_store.models.account_identity import AccountIdentity
from adsum_store.models.audit_entry import AuditEntry
from adsum_store.models.base import Base
from adsum_store.models.calendar import Calendar
from adsum_store.models.calibration import Calibration
from adsum_store.models.camera_admission import CameraAdmission
from adsum_store.models.camera_heartbeat import CameraHeartbeat
from adsum_store.models.client import AccessToken, Client, ClientSecret
from adsum_store.models.consent import Consent
from adsum_store.models.consent_text import ConsentText
from adsum_store.models.consent_word import ConsentWord
from adsum_store.models.correction import Correction
from adsum_store.models.course import Course
from adsum_store.models.deletion import Deletion
from adsum_store.models.district import District
from adsum_store.models.enrolment import EnrolmentJob, EnrolmentPhoto, EnrolmentVerdict
from adsum_store.models.enrolment_crop import EnrolmentCrop
from adsum_store.models.erasure import Erasure
from adsum_store.models.guardian import Guardian
from adsum_store.models.join_token import JoinToken
from adsum_store.models.kept_answer import KeptAnswer
from adsum_store.models.lesson import Lesson
from adsum_store.models.look_alike import LookAlike
from adsum_store.models.mark import Mark
from adsum_store.models.model_choice import ModelChoice
from adsum_store.models.model_comparison import ModelComparison
from adsum_store.models.outbox import OutboxMessage, OutboxStream
from adsum_store.models.place import Building, Camera, Room
from adsum_store.models.planned_absence import PlannedAbsence
from adsum_store.models.register_entry import RegisterEntry
from adsum_store.models.register_signing import RegisterSigning
from adsum_store.models.retention_run import RetentionRun
from adsum_store.models.school import School
from adsum_store.models.section import Section, SectionEnrolment, SectionPart, SectionTerm
from adsum_store.models.session import Session
from adsum_store.models.sighting import Sighting
from adsum_store.models.staff import StaffAssignment, StaffMember
from adsum_store.models.student import Student
from adsum_store.models.student_key import StudentKey
from adsum_store.models.template import Template
from adsum_store.models.term import Term
from adsum_store.models.track import Track
from adsum_store.models.webhook import Webhook, WebhookDelivery

__all__ = [
    "AbsenceWarning",
    "AccessToken",
    "Account",
    "AccountIdentity",
    "AuditEntry",
    "Base",
    "Building",
    "Calendar",
    "Calibration",
    "Camera",
    "CameraAdmission",
    "CameraHeartbeat",
    "Client",
    "ClientSecret",
    "Consent",
    "ConsentText",
    "ConsentWord",
    "Correction",
    "Course",
    "Deletion",
    "District",
    "EnrolmentCrop",
    "EnrolmentJob",
    "EnrolmentPhoto",
    "EnrolmentVerdict",
    "Erasure",
    "Guardian",
    "JoinToken",
    "KeptAnswer",
    "Lesson",
    "LookAlike",
    "Mark",
    "ModelChoice",
    "ModelComparison",
    "OutboxMessage",
    "OutboxStream",
    "PlannedAbsence",
    "RegisterEntry",
    "RegisterSigning",
    "RetentionRun",
    "Room",
    "School",
    "Section",
    "SectionEnrolment",
    "SectionPart",
    "SectionTerm",
    "Session",
    "Sighting",
    "StaffAssignment",
    "StaffMember",
    "Student",
    "StudentKey",
    "Template",
    "Term",
    "Track",
    "Webhook",
    "WebhookDelivery",
]
