"""Moving over to credentials that the server offers, and saying by them that they are used."""

from __future__ import annotations

from datetime import datetime

import structlog

from adsum_camera.adapters.spool import Spool
from adsum_camera.credentials import Credentials, NotRenewable
from adsum_contracts.commands import Renew
from adsum_contracts.credentials import CameraCredentials, CannotOpen, opened
from adsum_contracts.events import CommandReply
from adsum_contracts.ids import SpoolId

log = structlog.get_logger()


def renew(command: Renew, credentials: Credentials, spool: Spool, now: datetime) -> bool:
    """Keep and use what the command brings, and spool the answer; return whether that is done.

    A command that comes again is answered again. Whatever fails leaves the credentials of before in use: the
    server lets both in for days.
    """
    try:
        credentials.renew(_brought(command, credentials))
    except (CannotOpen, NotRenewable, OSError, ValueError) as error:
        log.warning("credentials_not_renewed", reason=type(error).__name__)
        return False
    log.info("credentials_renewed")
    spool.append(lambda spool_id, sequence: _answer(command, spool_id, sequence, now))
    return True


def _brought(command: Renew, credentials: Credentials) -> CameraCredentials:
    *others, last = credentials.keys
    for key in others:
        try:
            return opened(command.closed, command.camera_id, command.command_id, key)
        except CannotOpen:
            continue
    return opened(command.closed, command.camera_id, command.command_id, last)


def _answer(command: Renew, spool_id: SpoolId, sequence: int, now: datetime) -> CommandReply:
    return CommandReply(
        camera_id=command.camera_id,
        spool_id=spool_id,
        sequence=sequence,
        captured_at=now,
        command_id=command.command_id,
        outcome="done",
    )
