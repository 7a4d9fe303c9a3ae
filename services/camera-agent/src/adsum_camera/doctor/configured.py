"""What the doctor reads from the environment: the agent's own variables, none of them required."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit
from uuid import UUID

from pydantic import RedisDsn, SecretBytes, ValidationError

from adsum_camera.adapters.box_file import BoxFile
from adsum_camera.credentials import Credentials
from adsum_camera.settings import CameraKey, Looking, credentials_dir, settings_wrong


class Configured(Looking):
    """The agent's settings (see `adsum_camera.settings`) as far as they are set."""

    camera_id: UUID | None = None
    camera_key: CameraKey | None = None
    ingress_url: RedisDsn | None = None
    spool_dir: Path | None = None
    camera_source: str | None = None


def read_configured() -> Configured:
    """Read the environment, and what the box got by joining; raise `SettingsWrong` about values that cannot
    be used, and `BoxUnusable`."""
    try:
        return joined(Configured(), BoxFile(credentials_dir()))
    except ValidationError as error:
        raise settings_wrong(error) from None


def joined(settings: Configured, box: BoxFile) -> Configured:
    """Return the settings with what joining says of the camera, as far as nobody configured it by hand."""
    camera_id = settings.camera_id or box.only_camera()
    credentials = None if camera_id is None else box.credentials(camera_id)
    if credentials is None or settings.camera_key is not None:
        return settings
    url = str(settings.ingress_url or box.url())
    learned = {
        "camera_id": camera_id,
        "camera_key": SecretBytes(credentials.key),
        "ingress_url": RedisDsn(_with_login(url, credentials)),
    }
    return settings.model_copy(update=learned)


def _with_login(url: str, credentials: Credentials) -> str:
    """Return the address with the user and password that the camera shows, for one question to the server."""
    login, parts = credentials.now.login, urlsplit(url)
    if login is None:
        return url
    user, password = (quote(each, safe="") for each in login)
    return urlunsplit(parts._replace(netloc=f"{user}:{password}@{parts.netloc.rpartition('@')[2]}"))
