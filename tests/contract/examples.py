"""One example of every message, from which the golden files were written.

`python -m tests.contract.examples` writes the file of a *new* message or version; it never touches one
that exists, because a change to a released version is what the golden files are there to catch.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from adsum_contracts.commands import CaptureSamples, Committed, Configure, LessonHours, Renew, TrackNamed
from adsum_contracts.credentials import CameraCredentials, Joined, JoinedCamera
from adsum_contracts.events import (
    CommandReply,
    EnrolmentSample,
    FaceCaptured,
    Heartbeat,
    PlaceSeen,
    TrackAlive,
)
from adsum_contracts.face import Box, FaceCrop, LivenessDoubt
from adsum_contracts.ids import (
    CameraId,
    CommandId,
    JobId,
    LessonId,
    ModelId,
    SchoolId,
    SpoolId,
    StudentId,
    TrackId,
)
from adsum_contracts.message import Message
from adsum_contracts.reports import (
    Disk,
    LoadedModel,
    Particulars,
    RedisStanding,
    ServiceReport,
    StreamsStanding,
    WeightsFile,
)
from adsum_contracts.tasks import (
    ApplyAttendance,
    EnrolmentJudged,
    EnrolmentProgress,
    EnrolPhotos,
    EnrolSamples,
    EnrolVectors,
    EntryRef,
    IdentifyFaces,
)

GOLDEN = Path(__file__).parent / "golden"

NINE = datetime(2026, 2, 11, 9, 0, 0, tzinfo=UTC)
LATER = datetime(2026, 2, 11, 9, 0, 3, 250000, tzinfo=UTC)
CAMERA = CameraId(UUID("6d0e3f5c-0000-4000-8000-000000000001"))
SPOOL = SpoolId(UUID("6d0e3f5c-0000-4000-8000-000000000002"))
TRACK = TrackId(UUID("6d0e3f5c-0000-4000-8000-000000000003"))
SCHOOL = SchoolId(UUID("6d0e3f5c-0000-4000-8000-000000000004"))
STUDENT = StudentId(UUID("6d0e3f5c-0000-4000-8000-000000000005"))
LESSON = LessonId(UUID("6d0e3f5c-0000-4000-8000-000000000006"))
JOB = JobId(UUID("6d0e3f5c-0000-4000-8000-000000000007"))
COMMAND = CommandId(UUID("6d0e3f5c-0000-4000-8000-000000000008"))

FACE = FaceCrop(
    width=120,
    height=120,
    box=Box(x=30.5, y=28.0, width=60.0, height=66.0),
    landmarks=((45.0, 52.0), (75.0, 52.0), (60.0, 65.0), (48.0, 80.0), (72.0, 80.0)),
    detector_score=0.998,
    quality=0.82,
)
HEADER = {"camera_id": CAMERA, "spool_id": SPOOL, "sequence": 42, "captured_at": LATER}
ENTRIES = (EntryRef(camera_id=CAMERA, entry_id="1770800400000-0"),)
REPLY = CommandReply(
    **HEADER,
    command_id=COMMAND,
    job_id=JOB,
    outcome="progress",
    done=3,
    wanted=20,
    reason="two_faces",
    pose="up",
)

LOADED = LoadedModel(
    name="facenet-vggface2",
    id="facenet-vggface2-160",
    device="cpu",
    agreement=0.9999,
    known=True,
    files=(WeightsFile(name="facenet-vggface2.pt", sha256="0" * 64),),
)
INGRESS_STANDING = RedisStanding(
    name="ingress", entries_kept=True, memory_bytes=1_000_000, memory_limit_bytes=500_000_000
)
CREDENTIALS = CameraCredentials(user="camera-door", password="told once", key="A" * 43 + "=")
EXAMPLES: dict[str, Message] = {
    "face_captured.v1": FaceCaptured(
        **HEADER,
        track_id=TRACK,
        track_started_at=NINE,
        frame_width=1280,
        frame_height=720,
        frame_box=Box(x=600.0, y=200.0, width=60.0, height=66.0),
        face=FACE,
        liveness=LivenessDoubt(doubt=0.5, cues=("never_changes",)),
    ),
    "enrolment_sample.v1": EnrolmentSample(**HEADER, job_id=JOB, index=2, face=FACE, pose="left"),
    "heartbeat.v1": Heartbeat(
        **HEADER,
        state="watching",
        since=NINE,
        frames=50,
        frames_dropped=1,
        faces=240,
        faces_too_small=12,
        spool_depth=3,
        tracks=(TrackAlive(track_id=TRACK, started_at=NINE, last_seen_at=LATER),),
        looks=12,
        fps=10.0,
        frame_age_s=0.1,
        reconnects=1,
        spool_dropped=2,
        crops_sent=9,
        clock_offset_s=-0.25,
        lesson_coverage=0.98,
        unsent={"face_too_small": 12, "masked": 3},
        coverage=(PlaceSeen(column=3, row=4, faces=20, too_small=2, face_px=48.5, yaw=12.0, sharpness=0.4),),
    ),
    "command_reply.v1": REPLY,
    "capture_samples.v1": CaptureSamples(
        camera_id=CAMERA,
        command_id=COMMAND,
        issued_at=NINE,
        job_id=JOB,
        count=20,
        timeout_s=60.0,
        poses=("front", "left", "right", "up", "down"),
    ),
    "track_named.v1": TrackNamed(
        camera_id=CAMERA, command_id=COMMAND, issued_at=NINE, track_id=TRACK, student_id=STUDENT, name="Ada"
    ),
    "committed.v1": Committed(
        camera_id=CAMERA, command_id=COMMAND, issued_at=NINE, spool_id=SPOOL, sequences=(40, 41, 42)
    ),
    "configure.v1": Configure(
        camera_id=CAMERA,
        command_id=COMMAND,
        issued_at=NINE,
        lessons=(LessonHours(starts_at=NINE, ends_at=LATER),),
    ),
    "renew.v1": Renew(
        camera_id=CAMERA, command_id=COMMAND, issued_at=NINE, closed="bm9uY2UtYW5kLWNpcGhlcg=="
    ),
    "joined.v1": Joined(
        ingress_url="rediss://adsum.school.example:6380/0",
        ca_pem="-----BEGIN CERTIFICATE-----",
        cameras=(JoinedCamera(id=CAMERA, name="door", room="B12", credentials=CREDENTIALS),),
    ),
    "identify_faces.v1": IdentifyFaces(entries=ENTRIES),
    "enrol_samples.v1": EnrolSamples(entries=ENTRIES),
    "enrol_photos.v1": EnrolPhotos(school_id=SCHOOL, job_id=JOB),
    "enrol_vectors.v1": EnrolVectors(
        school_id=SCHOOL,
        job_id=JOB,
        model_id=ModelId("facenet-vggface2"),
        vectors=((1.0, *(0.0,) * 511),),
    ),
    "enrolment_progress.v1": EnrolmentProgress(school_id=SCHOOL, reply=REPLY),
    "enrolment_judged.v1": EnrolmentJudged(school_id=SCHOOL, job_id=JOB),
    "apply_attendance.v1": ApplyAttendance(school_id=SCHOOL, lesson_id=LESSON),
    "service_report.v1": ServiceReport(
        service="dispatcher",
        instance="dispatcher-1",
        release="1.0.0",
        started_at=NINE,
        said_at=LATER,
        idle_s=1.5,
        particulars=Particulars(
            disks=(Disk(holds="state", free_bytes=10, total_bytes=20),),
            models=(LOADED,),
            streams=StreamsStanding(
                entries=3, in_flight=2, oldest_age_s=0.5, dead_letters=1, server=INGRESS_STANDING
            ),
        ),
    ),
}


def write_missing() -> None:
    """Write the golden file of each example that has none yet."""
    for name, message in EXAMPLES.items():
        file = GOLDEN / f"{name}.json"
        if not file.exists():
            file.write_text(message.model_dump_json(indent=2) + "\n", encoding="utf-8")
            sys.stdout.write(f"wrote {file.name}\n")


if __name__ == "__main__":
    write_missing()
