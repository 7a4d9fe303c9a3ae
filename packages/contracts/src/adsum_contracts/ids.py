"""Names for the identifiers that cross a service border, so that mypy keeps them apart."""

from __future__ import annotations

from typing import NewType
from uuid import UUID

SchoolId = NewType("SchoolId", UUID)
StudentId = NewType("StudentId", UUID)
ConsentId = NewType("ConsentId", UUID)
TemplateId = NewType("TemplateId", UUID)
RoomId = NewType("RoomId", UUID)
CameraId = NewType("CameraId", UUID)
SectionId = NewType("SectionId", UUID)
LessonId = NewType("LessonId", UUID)
SightingId = NewType("SightingId", UUID)
JobId = NewType("JobId", UUID)
CommandId = NewType("CommandId", UUID)

SpoolId = NewType("SpoolId", UUID)
"""One on-disk spool of one camera: a new SD card starts a new one, so sequences never clash."""

TrackId = NewType("TrackId", UUID)
"""One face followed by one camera without a break, named by the camera."""

ModelId = NewType("ModelId", str)
"""An embedder and its exact weights, such as `facenet-vggface2`: models never mix in one search."""
