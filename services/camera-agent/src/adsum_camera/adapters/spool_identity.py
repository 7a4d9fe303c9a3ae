"""Who a spool is, and the key that opens it."""

from __future__ import annotations

from collections import Counter
from typing import Final
from uuid import UUID, uuid4

from adsum_camera.adapters.spool_entries import count_dropped
from adsum_camera.adapters.spool_file import SpoolFile, SpoolUnusable
from adsum_camera.adapters.spool_seal import Seal, SealBroken
from adsum_contracts.ids import CameraId, SpoolId

PROOF: Final = b"proof"
BROKEN: Final = "broken_spool"
"""What a damaged spool counts as, beside the kinds of events."""


def identified(file: SpoolFile, camera_id: CameraId, key: bytes) -> tuple[SpoolId, Seal]:
    """Return who the spool is, and its seal. Raises `SpoolUnusable`.

    A new one gets its id, and counts what was set aside for it among what is lost: nobody can say how many
    events that were.
    """
    rows = file.rows("SELECT spool_id, camera_id, proof FROM identity")
    if not rows:
        spool_id = SpoolId(uuid4())
        seal = Seal(key, spool_id)
        with file.transaction() as db:
            values = str(spool_id), str(camera_id), seal.close(b"", PROOF)
            db.execute("INSERT INTO identity VALUES (?, ?, ?)", values)
            count_dropped(db, Counter({BROKEN: broken} if (broken := len(file.set_aside())) else {}))
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
