"""The strings that two services must agree on: streams, consumer group, queues, task names, reasons."""

from __future__ import annotations

from typing import Final, Literal

from adsum_contracts.ids import CameraId

CONSUMER_GROUP: Final = "recognizer"
DEAD_FACES: Final = "v1:dead:faces"

QUEUE_IDENTIFY: Final = "recognizer.identify"
QUEUE_DECIDE: Final = "recognizer.decide"
QUEUE_ENROL: Final = "recognizer.enrol"
QUEUE_ATTENDANCE: Final = "attendance"

IDENTIFY: Final = "recognizer.identify"
DECIDE_LESSON: Final = "recognizer.decide_lesson"
ENROL_SAMPLES: Final = "recognizer.enrol_samples"
ENROL_PHOTOS: Final = "recognizer.enrol_photos"
ENROL_VECTORS: Final = "recognizer.enrol_vectors"
SWEEP_UNDECIDED: Final = "recognizer.sweep_undecided"
APPLY_ATTENDANCE: Final = "attendance.apply"
CLOSE_DUE_LESSONS: Final = "attendance.close_due"
WARN_OF_ABSENCES: Final = "absences.warn"
TELL_CAMERAS: Final = "lessons.tell_cameras"
MAKE_LESSONS: Final = "timetable.make_lessons"
ENROLMENT_PROGRESS: Final = "enrolment.progress"
ENROLMENT_JUDGED: Final = "enrolment.judged"
DELIVER_WEBHOOKS: Final = "webhooks.deliver"
CUT_OFF_FLOODS: Final = "cameras.cut_off_floods"
SETTLE_CREDENTIALS: Final = "cameras.settle_credentials"
PURGE_EXPIRED: Final = "retention.purge_expired"

PictureFault = Literal[
    "no_face",
    "two_faces",
    "face_too_small",
    "too_blurred",
    "too_dark",
    "too_bright",
    "turned_away",
    "low_detection_score",
    "cut_by_the_edge",
    "unreadable_image",
    "image_too_large",
]
"""What is wrong with a picture, as whoever stands before the camera can mend it."""

RefusalReason = Literal[
    "no_face",
    "several_faces",
    "face_too_small",
    "blurred",
    "too_dark",
    "too_bright",
    "extreme_pose",
    "occluded",
    "differs_from_earlier_photos",
    "looks_like_another_student",
    "unreadable_image",
    "image_too_large",
    "no_consent",
    "wrong_model",
    "bad_vector",
]
"""Why a photo, a sample or a vector did not become a template, as a school office reads it."""

EVENTS_MAXLEN: Final = 10_000
"""Approximate length at which a camera trims its own event stream; the spool keeps what is trimmed."""

COMMANDS_MAXLEN: Final = 1_000


def events_stream(camera_id: CameraId) -> str:
    """Name the stream that this camera alone writes."""
    return f"v1:camera:{camera_id}:events"


def commands_stream(camera_id: CameraId) -> str:
    """Name the stream that this camera alone reads."""
    return f"v1:camera:{camera_id}:commands"
