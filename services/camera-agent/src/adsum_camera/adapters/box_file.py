"""The file of what a box got by joining, which its owner alone can read."""

from __future__ import annotations

import os
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Annotated, Final
from urllib.parse import urlencode
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from adsum_camera.credentials import Credentials, Shown
from adsum_camera.errors import CameraAgentError
from adsum_contracts.credentials import CameraCredentials, Joined, JoinedCamera
from adsum_contracts.sealing import KEY_BYTES

FILE: Final = "box.json"
CA_FILE: Final = "ca.pem"
OWNER_ONLY: Final = 0o600


class BoxUnusable(CameraAgentError):  # noqa: N818 - reads as the sentence it is
    """The folder of a box's credentials cannot be read or written, or belongs to another server."""


class KeptCamera(BaseModel):
    """A camera of this box. `spool_key` was made here, and has never left."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    name: str
    room: str
    credentials: CameraCredentials
    earlier_key: Annotated[str | None, Field(repr=False)] = None
    spool_key: Annotated[str, Field(repr=False)]


class KeptBox(BaseModel):
    """All that a box knows of its server."""

    model_config = ConfigDict(frozen=True)

    ingress_url: str
    cameras: tuple[KeptCamera, ...]

    def camera(self, camera_id: UUID) -> KeptCamera | None:
        """Return the camera with this id."""
        return next((camera for camera in self.cameras if camera.id == camera_id), None)


class BoxFile:
    """The file in `folder`; safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._writing = Lock()

    def read(self) -> KeptBox | None:
        """Return what is kept, or nothing on a box that never joined; raise `BoxUnusable`."""
        try:
            return KeptBox.model_validate_json((self.folder / FILE).read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise BoxUnusable(f"The file {self.folder / FILE} cannot be read: {error.strerror}.") from None
        except ValidationError:
            raise BoxUnusable(
                f"The file {self.folder / FILE} is damaged: move it away and join again."
            ) from None

    def prepare(self) -> None:
        """Make the folder, and see that it can be written, before a token is used up; raise `BoxUnusable`."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._replace(".writable", b"")
            (self.folder / ".writable").unlink()
        except OSError as error:
            raise BoxUnusable(
                f"The folder {self.folder} cannot be written: {error.strerror}. Name another one by --folder "
                "or ADSUM_CREDENTIALS_DIR."
            ) from None

    def join(self, joined: Joined) -> KeptBox:
        """Keep what the server gave, beside cameras that joined before; raise `BoxUnusable` or `OSError`."""
        before = self.read()
        if before is not None and before.ingress_url != joined.ingress_url:
            raise BoxUnusable(
                f"The folder {self.folder} belongs to a box of another server, {before.ingress_url}: move "
                "it away, or name another one by --folder."
            )
        there = before.cameras if before is not None else ()
        fresh = tuple(_kept(camera, before) for camera in joined.cameras)
        ids = {camera.id for camera in fresh}
        box = KeptBox(
            ingress_url=joined.ingress_url,
            cameras=(*(camera for camera in there if camera.id not in ids), *fresh),
        )
        if joined.ca_pem is not None:
            self._replace(CA_FILE, joined.ca_pem.encode("ascii"))
        self._write(box)
        return box

    def url(self) -> str | None:
        """Return the server's address, and whose certificate it has, without user and password; nothing on a
        box that never joined."""
        box, authority = self.read(), self.folder / CA_FILE
        if box is None:
            return None
        return box.ingress_url + (f"?{urlencode({'ssl_ca_certs': authority})}" if authority.exists() else "")

    def only_camera(self) -> UUID | None:
        """Return the box's camera, where it has exactly one."""
        box = self.read()
        return box.cameras[0].id if box is not None and len(box.cameras) == 1 else None

    def credentials(self, camera_id: UUID) -> Credentials | None:
        """Return what the camera shows, if it joined; renewed ones are kept here."""
        box = self.read()
        camera = None if box is None else box.camera(camera_id)
        if camera is None:
            return None
        shown = Shown(
            camera.credentials.key_bytes,
            None if camera.earlier_key is None else urlsafe_b64decode(camera.earlier_key),
            (camera.credentials.user, camera.credentials.password),
        )
        return Credentials(shown, urlsafe_b64decode(camera.spool_key), partial(self._renewed, camera.id))

    def _renewed(self, camera_id: UUID, fresh: CameraCredentials, earlier: bytes) -> None:
        changed = {"credentials": fresh, "earlier_key": urlsafe_b64encode(earlier).decode()}
        with self._writing:
            box = self.read()
            if box is None:
                raise FileNotFoundError(self.folder / FILE)
            cameras = (
                camera.model_copy(update=changed) if camera.id == camera_id else camera
                for camera in box.cameras
            )
            self._write(box.model_copy(update={"cameras": tuple(cameras)}))

    def _write(self, box: KeptBox) -> None:
        self._replace(FILE, box.model_dump_json(indent=1).encode())

    def _replace(self, name: str, content: bytes) -> None:
        """Put `content` there whole or not at all, for good."""
        beside = self.folder / f".{name}.partial"
        beside.unlink(missing_ok=True)
        with open(beside, "xb", opener=lambda path, flags: os.open(path, flags, OWNER_ONLY)) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.folder / name)
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _kept(camera: JoinedCamera, before: KeptBox | None) -> KeptCamera:
    """Return what is kept of a camera that joined; what lies in its spool must still open."""
    there = None if before is None else before.camera(camera.id)
    new_key = urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    return KeptCamera(
        id=camera.id,
        name=camera.name,
        room=camera.room,
        credentials=camera.credentials,
        spool_key=there.spool_key if there is not None else new_key,
    )
