"""The file that tells of several cameras: read once, and every fault in it told at once, with its line."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from adsum_camera.adapters.box_file import BoxFile
from adsum_camera.adapters.frames import SourceUnavailable, source_named
from adsum_camera.adapters.process_list import meant
from adsum_camera.camera_checks import Document, Fault, faults
from adsum_camera.camera_tables import CamerasFile, CameraTable, Choices, RatesTable
from adsum_camera.credentials import Credentials
from adsum_camera.errors import CameraAgentError
from adsum_camera.pace import PacePolicy
from adsum_camera.plans import CameraPlan, DetectorPlan
from adsum_camera.said import said, source_text
from adsum_camera.settings import (
    LoneCamera,
    Settings,
    credentials_dir,
    decoded_key,
    read_lone_camera,
    read_settings,
)
from adsum_camera.toml_lines import lines_of
from adsum_camera.zones import Zone
from adsum_contracts.ids import CameraId


class ConfigurationWrong(CameraAgentError):  # noqa: N818 - reads as the sentences it is
    """The cameras file cannot be used; the message has a line with a sentence for every fault."""

    def __init__(self, file: Path, found: list[Fault]) -> None:
        self.faults = tuple(sorted(found))
        super().__init__("\n".join(_told(file, fault) for fault in self.faults))


@dataclass(frozen=True, slots=True)
class Configuration:
    """The cameras of a file, in its order, and sentences about what its owner had better change."""

    cameras: tuple[CameraPlan, ...]
    warnings: tuple[str, ...] = ()


class Fallbacks(Protocol):
    """What holds for the cameras that do not say it themselves; in `spool_dir` each has a folder."""

    @property
    def fps(self) -> float:
        """Frames taken each second, at most."""
        ...

    @property
    def min_face_px(self) -> float:
        """The smallest face looked for."""
        ...

    @property
    def spool_dir(self) -> Path:
        """The folder of the spools."""
        ...


def read_configuration(
    source: str | None, cameras: Path | None, environment: Mapping[str, str]
) -> tuple[Settings, Configuration]:
    """Read what is to run: the cameras of a file, or the one of the environment, with its `source`.

    Raises `SettingsWrong`, `ConfigurationWrong`, and `SourceUnavailable` for a source that is not said or
    said twice.
    """
    box = BoxFile(credentials_dir())
    if cameras is None:
        settings, camera = read_lone_camera(box)
        plan = _lone_plan(camera, meant(source, camera.camera_source), settings, box)
        return settings, Configuration((plan,))
    if source is not None:
        raise SourceUnavailable("The cameras file names the sources: leave out the one on the command line.")
    settings = read_settings(box)
    return settings, read_cameras(cameras, settings, environment, box)


def read_cameras(
    file: Path, fallbacks: Fallbacks, environment: Mapping[str, str], box: BoxFile
) -> Configuration:
    """Read the cameras file; what neither a camera nor `[defaults]` says is as the `fallbacks` say.

    `environment` holds the variables that the file may name, the `box` the keys of cameras that joined.
    Raises `ConfigurationWrong`.
    """
    document = _parsed(file, environment, box)
    found = faults(document)
    wrong = [fault for fault in found if not fault.warning]
    if wrong:
        raise ConfigurationWrong(file, wrong)
    content = CamerasFile.model_validate(document.tables)
    cameras = tuple(_plan(camera, content.defaults, document, fallbacks) for camera in content.camera)
    return Configuration(cameras, tuple(_told(file, fault) for fault in sorted(found)))


def _parsed(file: Path, environment: Mapping[str, str], box: BoxFile) -> Document:
    try:
        text = file.read_text(encoding="utf-8")
        return Document(file, tomllib.loads(text), lines_of(text), environment, box)
    except tomllib.TOMLDecodeError as error:
        reason, _, place = str(error).partition(" (at line ")
        line = int(place.partition(",")[0]) if place else text.rstrip().count("\n") + 1
        reason = reason.removesuffix(" (at end of document)")
        raise ConfigurationWrong(file, [Fault(line, f"this is no TOML: {reason}")]) from None
    except FileNotFoundError:
        raise ConfigurationWrong(file, [Fault(0, "there is no such file")]) from None
    except OSError as error:
        raise ConfigurationWrong(file, [Fault(0, f"it cannot be read: {error.strerror}")]) from None
    except UnicodeDecodeError:
        raise ConfigurationWrong(file, [Fault(0, "it is no text in UTF-8")]) from None


def _told(file: Path, fault: Fault) -> str:
    """Return the sentence about a fault; one of the whole file has no line."""
    place = f"{file}, line {fault.line}" if fault.line else str(file)
    return f"{place}: {fault.reason}."


def _plan(camera: CameraTable, defaults: Choices, document: Document, fallbacks: Fallbacks) -> CameraPlan:
    table = camera.model_dump(exclude_none=True)
    joined = document.joined(table)
    source = said(table, "source", document.folder, document.environment)
    chosen: dict[str, Any] = {"fps": fallbacks.fps, "min_face_px": fallbacks.min_face_px}
    chosen |= defaults.model_dump(exclude_none=True) | camera.model_dump(exclude_none=True)
    return CameraPlan(
        id=CameraId(camera.id),
        name=camera.name,
        credentials=joined or _configured(table, document),
        source=source_text(source.text, document.folder),
        spool_dir=fallbacks.spool_dir / str(camera.id),
        fps=chosen["fps"],
        detector=DetectorPlan(
            chosen.get("detector", "mtcnn"),
            document.folder / chosen["detector_model"] if "detector_model" in chosen else None,
            chosen["min_face_px"],
        ),
        pace=_pace(camera.rates, defaults.rates),
        zones=tuple(Zone(each.name or each.kind, each.kind, tuple(each.corners)) for each in camera.zone),
        starts_at=camera.starts_at,
    )


def _configured(table: Mapping[str, Any], document: Document) -> Credentials:
    key = said(table, "key", document.folder, document.environment)
    return Credentials.of_key(decoded_key(key.text))


def _pace(own: RatesTable | None, shared: RatesTable | None) -> PacePolicy:
    """Return the camera's own rates, then those of `[defaults]`, then those of every camera."""
    tables = (each.model_dump(exclude_none=True) for each in (shared, own) if each is not None)
    return PacePolicy(**{rate: value for table in tables for rate, value in table.items()})


def _lone_plan(camera: LoneCamera, source: str | None, settings: Settings, box: BoxFile) -> CameraPlan:
    """Return the plan of a box's one camera, whose spool is the whole folder."""
    if not source:
        raise SourceUnavailable(
            "No camera is named: give its number, address or file, or set ADSUM_CAMERA_SOURCE."
        )
    source_named(source)
    key, joined = camera.camera_key.get_secret_value(), box.credentials(camera.camera_id)
    return CameraPlan(
        id=CameraId(camera.camera_id),
        name=str(camera.camera_id),
        credentials=joined if joined is not None and joined.key == key else Credentials.of_key(key),
        source=source,
        spool_dir=settings.spool_dir,
        fps=settings.fps,
        detector=DetectorPlan(min_face_px=settings.min_face_px),
        pace=PacePolicy(),
        starts_at=camera.camera_starts_at,
    )
