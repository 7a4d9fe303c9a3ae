"""The shape of a cameras file: its tables, their settings, and what each may be."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from adsum_camera.zones import ZoneKind
from adsum_vision.detectors import DetectorName

Share = Annotated[float, Field(ge=0, le=1, strict=True)]
Rate = Annotated[float, Field(gt=0, le=60, strict=True)]
Text = Annotated[str, Field(min_length=1)]


class Table(BaseModel):
    """A table of the file; it holds no setting that we do not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class RatesTable(Table):
    """Looks per second; what is not said is as for every camera."""

    idle: Rate | None = None
    normal: Rate | None = None
    burst: Rate | None = None


class ZoneTable(Table):
    """A polygon of the picture; corners are (x, y) in shares of its width and height."""

    name: Text | None = None
    kind: ZoneKind
    corners: Annotated[list[tuple[Share, Share]], Field(min_length=3)]


class Choices(Table):
    """What a camera may choose, and `[defaults]` may choose for those that do not."""

    fps: Rate | None = None
    min_face_px: Annotated[float, Field(ge=20, le=400, strict=True)] | None = None
    detector: DetectorName | None = None
    detector_model: Path | None = None
    rates: RatesTable | None = None


class CameraTable(Choices):
    """One camera. Its key and its source are said here, or in a file, or in a variable."""

    name: Text
    id: UUID
    key: Text | None = None
    key_file: Text | None = None
    key_env: Text | None = None
    source: Text | None = None
    source_file: Text | None = None
    source_env: Text | None = None
    starts_at: AwareDatetime | None = None
    zone: list[ZoneTable] = []


class CamerasFile(Table):
    """The whole file."""

    defaults: Choices = Choices()
    camera: Annotated[list[CameraTable], Field(min_length=1)]


TABLES: Final[dict[tuple[str, ...], type[Table]]] = {
    (): CamerasFile,
    ("defaults",): Choices,
    ("defaults", "rates"): RatesTable,
    ("camera",): CameraTable,
    ("camera", "rates"): RatesTable,
    ("camera", "zone"): ZoneTable,
}
"""Which table stands where, for saying what a setting could have been called."""
