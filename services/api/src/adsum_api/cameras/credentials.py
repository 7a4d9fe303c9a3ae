"""A camera's credentials: new ones, and the rules of `moving_over` on the record's rows."""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from uuid import UUID

from adsum_api.cameras.admission import new_password
from adsum_api.cameras.moving_over import Held, Pair, Phase, Spare
from adsum_api.errors import Conflict
from adsum_api.ports import FrontDoor
from adsum_api.runtime import Runtime
from adsum_contracts.access import camera_user, password_hash
from adsum_contracts.credentials import CameraCredentials
from adsum_contracts.ids import CameraId
from adsum_contracts.sealing import KEY_BYTES
from adsum_store.models import Camera, CameraAdmission
from adsum_store.sealing import Vault


class NoFrontDoor(Conflict):
    """This installation lets no boxes in."""

    def __init__(self) -> None:
        super().__init__(
            "this server lets no boxes in: set ADSUM_ADMISSION_URL and ADSUM_PUBLIC_INGRESS_URL, which need "
            "a Redis 7 with users (see docs/deployment.md)"
        )


def front_door(runtime: Runtime) -> FrontDoor:
    """Return how boxes are let in; raise `NoFrontDoor`."""
    if runtime.front_door is None:
        raise NoFrontDoor
    return runtime.front_door


def fresh(camera_id: UUID, vault: Vault) -> tuple[CameraCredentials, Pair]:
    """Return new credentials, and what the record keeps of them."""
    key, password = secrets.token_bytes(KEY_BYTES), new_password()
    credentials = CameraCredentials(
        user=camera_user(CameraId(camera_id)), password=password, key=urlsafe_b64encode(key).decode()
    )
    return credentials, Pair(vault.seal(key), password_hash(password))


def held_by(camera: Camera, admission: CameraAdmission) -> Held:
    """Return what opens for the camera."""
    return Held(Pair(camera.key_sealed, admission.password_sha256), _spare(admission))


def _spare(row: CameraAdmission) -> Spare | None:
    if row.spare_id is None or row.spare_key_sealed is None or row.spare_until is None:
        return None
    pair = Pair(row.spare_key_sealed, row.spare_password_sha256)
    return Spare(row.spare_id, pair, Phase(str(row.spare_phase)), row.spare_until)


def keep(camera: Camera, row: CameraAdmission, held: Held) -> None:
    """Write down what opens for the camera from now on."""
    spare, pair = held.spare, held.spare.pair if held.spare else None
    camera.key_sealed, row.password_sha256 = held.in_force.key_sealed, held.in_force.password_sha256
    row.spare_id, row.spare_until = (spare.id, spare.until) if spare else (None, None)
    row.spare_phase = str(spare.phase) if spare else None
    row.spare_key_sealed = pair.key_sealed if pair else None
    row.spare_password_sha256 = pair.password_sha256 if pair else None
