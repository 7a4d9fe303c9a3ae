"""The camera that is examined: one that is named here, or one of a cameras file as it would run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretBytes

from adsum_camera.adapters.box_file import BoxFile
from adsum_camera.adapters.frames import SourceName, SourceUnavailable, source_named
from adsum_camera.configuration import read_cameras
from adsum_camera.doctor.configured import Configured, joined
from adsum_camera.errors import CameraAgentError
from adsum_camera.plans import CameraPlan, DetectorPlan
from adsum_camera.settings import credentials_dir
from adsum_camera.zones import Zone


class CameraNotInFile(CameraAgentError):  # noqa: N818 - reads as the sentence it is
    """The cameras file holds no camera of that name, or several and none was named."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A camera's source, detector and zones; `settings`: the environment's, with what it says itself."""

    name: SourceName
    settings: Configured
    detector: DetectorPlan
    zones: tuple[Zone, ...] = ()


@dataclass(frozen=True, slots=True)
class _Fallbacks:
    fps: float
    min_face_px: float
    spool_dir: Path


def lone_subject(source: str | None, settings: Configured) -> Subject:
    """Return the camera of that source; raise `SourceUnavailable` for one that nothing can be read from."""
    if not source:
        raise SourceUnavailable(
            "No camera is named: give its number, address or file, or set ADSUM_CAMERA_SOURCE."
        )
    return Subject(source_named(source), settings, DetectorPlan(min_face_px=settings.min_face_px))


def subject_of_file(
    file: Path, camera: str | None, settings: Configured, environment: Mapping[str, str]
) -> Subject:
    """Return the camera of that name or id, or the file's only one.

    Raises `ConfigurationWrong` with every fault of the file, and `CameraNotInFile`.
    """
    fallbacks = _Fallbacks(settings.fps, settings.min_face_px, settings.spool_dir or Path())
    box = BoxFile(credentials_dir())
    plan = _chosen(read_cameras(file, fallbacks, environment, box).cameras, camera, file)
    settings = joined(settings.model_copy(update={"camera_id": plan.id}), box)
    own = {
        "camera_id": plan.id,
        "camera_key": SecretBytes(plan.credentials.key),
        "fps": plan.fps,
        "spool_dir": plan.spool_dir if settings.spool_dir is not None else None,
    }
    return Subject(source_named(plan.source), settings.model_copy(update=own), plan.detector, plan.zones)


def _chosen(plans: Sequence[CameraPlan], camera: str | None, file: Path) -> CameraPlan:
    found = [plan for plan in plans if camera in {plan.name, str(plan.id)}]
    if camera is None and len(plans) == 1:
        return plans[0]
    if not found:
        names = ", ".join(f'"{plan.name}"' for plan in plans)
        lacking = "Name a camera" if camera is None else f'There is no camera "{camera}"'
        raise CameraNotInFile(f"{lacking} of {file}: it has {names}.")
    return found[0]
