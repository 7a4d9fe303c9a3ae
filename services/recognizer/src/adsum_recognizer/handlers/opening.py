"""Opens stream entries: whose are they, are they really theirs, and what do they say?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar
from uuid import UUID

import structlog
from pydantic import ValidationError

from adsum_contracts.events import CAMERA_EVENT, CommandReply, EnrolmentSample, FaceCaptured, Heartbeat
from adsum_contracts.sealing import ForgedEntry, MalformedEntry, SealedEntry, unseal
from adsum_recognizer.adapters.ingress import Entry, Ingress
from adsum_store.models import Camera
from adsum_store.repositories import watched_cameras
from adsum_store.sealing import Vault
from adsum_store.unit_of_work import Store

log = structlog.get_logger()

Event = FaceCaptured | EnrolmentSample | Heartbeat | CommandReply
E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class KnownCamera:
    """A camera that may speak: its school, and the key that it signs with.

    While its box moves over to other credentials there is a second key that it may have signed with.
    """

    school_id: UUID
    key: bytes
    spare_key: bytes | None = None

    def unseal(self, entry: Entry) -> SealedEntry:
        """Return what the entry says; raise `MalformedEntry` or `ForgedEntry`."""
        try:
            return unseal("event", entry.fields, self.key)
        except ForgedEntry:
            if self.spare_key is None:
                raise
            return unseal("event", entry.fields, self.spare_key)


@dataclass(frozen=True, slots=True)
class Opened(Generic[E]):
    """An entry whose signature was right, and the event in it."""

    camera: KnownCamera
    event: E
    blob: bytes
    entry: Entry


Distrust = Literal["unknown_camera", "forged", "malformed", "wrong_version", "wrong_type"]
"""Why an entry is not what its stream should hold; counted under this name."""


class Untrustworthy(ValueError):  # noqa: N818 - named for what it is
    """An entry that is not what its stream should hold."""

    def __init__(self, reason: Distrust, said: str) -> None:
        super().__init__(said)
        self.reason: Distrust = reason


class Opener:
    """Opens entries; what cannot be trusted is counted, buried without its content, and settled."""

    def __init__(self, store: Store, ingress: Ingress, vault: Vault) -> None:
        self._store = store
        self._ingress = ingress
        self._vault = vault

    def open(self, entries: Iterable[Entry], kind: type[E]) -> tuple[Opened[E], ...]:
        """Return the entries that are events of `kind`, each from the camera whose stream it was in."""
        entries = tuple(entries)
        cameras = self._cameras(entries)
        opened: list[Opened[E]] = []
        for entry in entries:
            try:
                opened.append(open_entry(entry, cameras, kind))
            except Untrustworthy as error:
                self._refuse(entry, error)
        return tuple(opened)

    def _cameras(self, entries: Iterable[Entry]) -> dict[UUID, KnownCamera]:
        with self._store.begin() as work:
            known = watched_cameras.unrevoked(work.session, {entry.ref.camera_id for entry in entries})
            spare = watched_cameras.spare_keys(work.session, known)
        return {id_: self._known(camera, spare.get(id_)) for id_, camera in known.items()}

    def _known(self, camera: Camera, spare: bytes | None) -> KnownCamera:
        spare_key = None if spare is None else self._vault.open(spare)
        return KnownCamera(camera.school_id, self._vault.open(camera.key_sealed), spare_key)

    def _refuse(self, entry: Entry, error: Untrustworthy) -> None:
        log.warning("entry_refused", camera_id=str(entry.ref.camera_id), reason=error.reason, said=str(error))
        self._ingress.count_refused(error.reason)
        self._ingress.bury(entry, str(error), keep_content=False)
        self._ingress.settle((entry.ref,))


def open_entry(entry: Entry, cameras: Mapping[UUID, KnownCamera], kind: type[E]) -> Opened[E]:
    """Return what the entry says; raise `Untrustworthy`."""
    camera = cameras.get(entry.ref.camera_id)
    if camera is None:
        raise Untrustworthy("unknown_camera", "the camera is unknown or revoked")
    try:
        sealed = camera.unseal(entry)
        event = CAMERA_EVENT.validate_json(sealed.body)
    except ForgedEntry as error:
        raise Untrustworthy("forged", str(error)) from error
    except MalformedEntry as error:
        raise Untrustworthy("malformed", str(error)) from error
    except ValidationError as error:
        raise Untrustworthy(_fault(error), f"the body is no event: {error.error_count()} faults") from error
    if event.camera_id != entry.ref.camera_id:
        raise Untrustworthy("forged", "the event names another camera")
    if not isinstance(event, kind):
        raise Untrustworthy("wrong_type", f"the event is {event.type}, which this task does not take")
    return Opened(camera, event, sealed.blob, entry)


def _fault(error: ValidationError) -> Distrust:
    of_version = any(fault["loc"][-1:] == ("version",) for fault in error.errors())
    return "wrong_version" if of_version else "malformed"
