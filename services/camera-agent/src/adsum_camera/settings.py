"""Every setting of the camera agent, read once from the environment (prefix `ADSUM_`) and from the files in
ADSUM_SECRETS_DIR, each named as the variable that it stands for."""

from __future__ import annotations

import base64
import binascii
import os
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BeforeValidator, Field, RedisDsn, SecretBytes, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from adsum_camera.adapters.box_file import BoxFile
from adsum_camera.errors import CameraAgentError
from adsum_contracts.sealing import KEY_BYTES
from adsum_vision.detector_files import default_detector_dir


class SettingsWrong(CameraAgentError):  # noqa: N818 - reads as the sentence it is
    """A variable is missing or has a value that cannot be used."""


def decoded_key(value: object) -> bytes:
    """Decode a camera's key; the message of the `ValueError` never repeats it."""
    try:
        key = base64.urlsafe_b64decode(str(value).encode())
    except (binascii.Error, ValueError):
        raise ValueError("it is not in URL-safe base64") from None
    if len(key) != KEY_BYTES:
        raise ValueError(f"it has {len(key)} bytes instead of {KEY_BYTES}")
    return key


CameraKey = Annotated[SecretBytes, BeforeValidator(decoded_key)]


class Looking(BaseSettings):
    """What the doctor needs to know as well; nothing of it is required.

    `fps`: frames taken each second, at most (`pace`). `min_face_px`: the smallest face looked for.
    `detector_threads`: CPU threads of one search. `spool_max_mb`: what a spool holds at most.
    """

    model_config = SettingsConfigDict(env_prefix="ADSUM_", frozen=True)

    detector_dir: Path = Field(default_factory=default_detector_dir)
    detector_threads: Annotated[int, Field(ge=1, le=64)] = 1
    fps: Annotated[float, Field(gt=0, le=60)] = 8.0
    min_face_px: Annotated[float, Field(ge=20, le=400)] = 36.0
    spool_max_mb: Annotated[int, Field(ge=1)] = 512
    open_timeout_s: Annotated[float, Field(ge=1)] = 12.0
    read_timeout_s: Annotated[float, Field(ge=1)] = 10.0


class Settings(Looking):
    """What all cameras of this box share. Required: the cameras' Redis and the folder of their spools.

    `workers`: threads that search (default: one a core). `spool_hours`: how long a spool keeps an event.
    `spool_sync_s`: seconds of events that a power cut may cost while the server is away; 0: none.
    `resend_after_s`: when an event is sent again that the server has not confirmed.
    `health_port`: where `/healthz` and `/metrics` answer; 0 takes a free port, without it there is no page.
    `sign_of_life`: a file that is touched while the cameras' loops go on, for whoever restarts the agent.
    `once_patience_s`: how long `--once` waits for the server at the end.
    """

    ingress_url: RedisDsn
    spool_dir: Path
    workers: Annotated[int, Field(ge=1, le=64)] | None = None
    jpeg_quality: Annotated[int, Field(ge=50, le=100)] = 92
    later_crop_every_s: Annotated[float, Field(ge=1)] = 30.0
    named_crop_every_s: Annotated[float, Field(ge=1)] = 300.0
    heartbeat_s: Annotated[float, Field(ge=0.5, le=60)] = 5.0
    spool_hours: Annotated[float, Field(gt=0, le=24 * 7)] = 24.0
    spool_sync_s: Annotated[float, Field(ge=0, le=60)] = 1.0
    resend_after_s: Annotated[float, Field(ge=1)] = 30.0
    health_host: str = "127.0.0.1"
    health_port: Annotated[int, Field(ge=0, le=65535)] | None = None
    sign_of_life: Path | None = None
    once_patience_s: Annotated[float, Field(ge=0)] = 30.0


class LoneCamera(BaseSettings):
    """Who the box's one camera is (id and key, from `POST /v1/cameras`), and where its pictures come from.

    `camera_source`, unless the command line names one. `camera_starts_at`: when a recording begins to
    play, for a lesson that is opened for it; else at once.
    """

    model_config = SettingsConfigDict(env_prefix="ADSUM_", frozen=True)

    camera_id: UUID
    camera_key: CameraKey
    camera_source: str | None = None
    camera_starts_at: AwareDatetime | None = None


def credentials_dir() -> Path:
    """Return the folder of what this box got by joining: ADSUM_CREDENTIALS_DIR, else the user's own."""
    named = os.environ.get("ADSUM_CREDENTIALS_DIR")
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "adsum"


def read_settings(box: BoxFile) -> Settings:
    """Read what all cameras share from the environment; raise `SettingsWrong`, telling all that is wrong.

    The server is the one that the box joined, unless the environment names one.
    """
    try:
        return Settings(_secrets_dir=_secrets_dir(), **_joined(box))
    except ValidationError as error:
        raise settings_wrong(error) from None


def read_lone_camera(box: BoxFile) -> tuple[Settings, LoneCamera]:
    """Read that, and who the one camera is; raise `SettingsWrong`, telling all that is wrong.

    It is the one that the box joined for, unless the environment names one.
    """
    try:
        camera = LoneCamera(_secrets_dir=_secrets_dir(), **_lone(box))
    except ValidationError as error:
        raise settings_wrong(error, *_faults_of_shared(box)) from None
    return read_settings(box), camera


def _joined(box: BoxFile) -> dict[str, Any]:
    url = None if _is_given("ADSUM_INGRESS_URL") else box.url()
    return {} if url is None else {"ingress_url": url}


def _lone(box: BoxFile) -> dict[str, Any]:
    """Return what joining says of the one camera, as far as it was not configured by hand."""
    if _is_given("ADSUM_CAMERA_KEY"):
        return {}
    named = os.environ.get("ADSUM_CAMERA_ID")
    try:
        camera_id = UUID(named) if named else box.only_camera()
    except ValueError:
        return {}
    credentials = None if camera_id is None else box.credentials(camera_id)
    if credentials is None:
        return {}
    return {"camera_id": camera_id, "camera_key": urlsafe_b64encode(credentials.key).decode()}


def _is_given(name: str) -> bool:
    """Whether the environment, or a file of ADSUM_SECRETS_DIR, says it."""
    folder = _secrets_dir()
    return name in os.environ or (folder is not None and (Path(folder) / name).exists())


def _faults_of_shared(box: BoxFile) -> tuple[ValidationError, ...]:
    try:
        Settings(_secrets_dir=_secrets_dir(), **_joined(box))
    except ValidationError as error:
        return (error,)
    return ()


def _secrets_dir() -> str | None:
    return os.environ.get("ADSUM_SECRETS_DIR")


def settings_wrong(*errors: ValidationError) -> SettingsWrong:
    """Return one sentence about all that is wrong, without the values."""
    faults = "; ".join(
        f"ADSUM_{'_'.join(str(part) for part in fault['loc']).upper()}: {fault['msg']}"
        for error in errors
        for fault in error.errors(include_input=False, include_url=False)
    )
    return SettingsWrong(f"The settings are not complete: {faults}.")
