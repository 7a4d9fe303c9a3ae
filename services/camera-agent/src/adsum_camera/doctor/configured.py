"""What the doctor reads from the environment: the agent's own variables, none of them required."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from pydantic import RedisDsn, ValidationError

from adsum_camera.settings import CameraKey, Looking, settings_wrong


class Configured(Looking):
    """The agent's settings (see `adsum_camera.settings`) as far as they are set."""

    camera_id: UUID | None = None
    camera_key: CameraKey | None = None
    ingress_url: RedisDsn | None = None
    spool_dir: Path | None = None
    camera_source: str | None = None


def read_configured() -> Configured:
    """Read the environment; raise `SettingsWrong` about values that cannot be used."""
    try:
        return Configured()
    except ValidationError as error:
        raise settings_wrong(error) from None
