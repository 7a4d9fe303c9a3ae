"""What the doctor reads from the environment: the agent's own variables, none of them required."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field, RedisDsn, SecretBytes, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from adsum_camera.settings import decoded_key, settings_wrong
from adsum_vision.detector_files import default_detector_dir


class Configured(BaseSettings):
    """The agent's settings (see `adsum_camera.settings`) as far as they are set."""

    model_config = SettingsConfigDict(env_prefix="ADSUM_", frozen=True)

    camera_id: UUID | None = None
    camera_key: Annotated[SecretBytes, BeforeValidator(decoded_key)] | None = None
    ingress_url: RedisDsn | None = None
    spool_dir: Path | None = None
    camera_source: str | None = None
    detector_dir: Path = Field(default_factory=default_detector_dir)
    detector_threads: Annotated[int, Field(ge=1, le=64)] = 1
    fps: Annotated[float, Field(gt=0, le=60)] = 8.0
    min_face_px: Annotated[float, Field(ge=20, le=400)] = 36.0
    spool_max_mb: Annotated[int, Field(ge=1)] = 512
    open_timeout_s: Annotated[float, Field(ge=1)] = 12.0
    read_timeout_s: Annotated[float, Field(ge=1)] = 10.0


def read_configured() -> Configured:
    """Read the environment; raise `SettingsWrong` about values that cannot be used."""
    try:
        return Configured()
    except ValidationError as error:
        raise settings_wrong(error) from None
