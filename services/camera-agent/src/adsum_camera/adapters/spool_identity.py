"""Who a spool is, and the key that opens it."""

from __future__ import annotations

from typing import Final
from uuid import UUID, uuid4

from adsum_camera.adapters.spool_file import SpoolFile, SpoolUnusable
from adsum_camera.adapters.spool_seal import Seal, SealBroken
from adsum_contracts.ids import CameraId, SpoolId

PROOF: Final = b"proof"


def identified(file: SpoolFile, camera_id: CameraId, key: bytes) -> tuple[SpoolId, Seal]:
    """Return who the spool is, and its seal; a new one gets its id. Raises `SpoolUnusable`."""
    rows = file.rows("SELECT spool_id, camera_id, proof FROM identity")
    if not rows:
        spool_id = SpoolId(uuid4())
        seal = Seal(key, spool_id)
        with file.transaction() as db:
            values = str(spool_id), str(camera_id), seal.close(b"", PROOF)
            db.execute("INSERT INTO identity VALUES (?, ?, ?)", values)
        return spool_id, seal
    ((name, owner, proof),) = rows
    if owner != str(camera_id):
        raise SpoolUnusable(f"The spool folder {file.folder} belongs to another camera, {owner}.")
    seal = Seal(key, SpoolId(UUID(name)))
    try:
        seal.open(proof, PROOF)
    except SealBroken:
        raise SpoolUnusable(
            f"The spool folder {file.folder} was sealed with another key: give the agent the key that the "
            "camera had then, or move the folder away; what waits in it opens with that key alone."
        ) from None
    return SpoolId(UUID(name)), seal


def state_place(name: str) -> bytes:
    """Return the place for which a state is sealed."""
    return b"state " + name.encode()
