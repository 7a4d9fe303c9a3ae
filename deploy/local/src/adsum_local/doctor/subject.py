"""What is examined, and with what: addresses, authorities, a token, a box's credentials."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

from adsum_camera.adapters.box_file import CA_FILE, FILE, BoxFile, KeptBox
from adsum_camera.errors import CameraAgentError
from adsum_local.errors import LocalError

BOXES_PORT: Final = 6380
"""Where the composition's proxy passes boxes on to the ingress server."""


class NoAddress(LocalError):  # noqa: N818 - reads as the sentence it is
    """What was named is no address."""


class NoCredentials(LocalError):  # noqa: N818 - reads as the sentence it is
    """There are no credentials of a box where they should be."""


@dataclass(frozen=True, slots=True)
class Place:
    """A host and a port, with TLS or without."""

    host: str
    port: int
    tls: bool

    @property
    def where(self) -> str:
        """As people write it."""
        return f"{self.host}:{self.port}"

    @property
    def is_this_machine(self) -> bool:
        """Whether nobody else is asked."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


@dataclass(frozen=True, slots=True)
class Subject:
    """What is examined. `authorities` (PEM) are believed beside those of this system."""

    address: str
    pages: Place
    ingress: Place | None = None
    authorities: tuple[str, ...] = ()
    token: str | None = field(default=None, repr=False)
    box: KeptBox | None = None


def pages_at(address: str) -> Place:
    """Read the server's address; raise `NoAddress`."""
    parts = _parts(address, {"https": 443, "http": 80}, "https://adsum.school.example")
    return Place(
        parts.hostname or "", parts.port or {"https": 443}.get(parts.scheme, 80), parts.scheme == "https"
    )


def ingress_at(address: str) -> Place:
    """Read the ingress server's address, whose user and password are not wanted; raise `NoAddress`."""
    parts = _parts(address, {"rediss": 0, "redis": 0}, "rediss://adsum.school.example:6380")
    return Place(parts.hostname or "", parts.port or BOXES_PORT, parts.scheme == "rediss")


def read_box(path: Path) -> tuple[KeptBox, tuple[str, ...]]:
    """Return what a box got by joining, and its server's authority (PEM); raise `NoCredentials`."""
    folder = path.parent if path.name == FILE else path
    try:
        box = BoxFile(folder).read()
    except CameraAgentError as error:
        raise NoCredentials(str(error)) from None
    if box is None:
        raise NoCredentials(f"there is no {FILE} in {folder}: name the folder that `adsum-camera join` wrote")
    authority = folder / CA_FILE
    return box, ((authority.read_text("ascii"),) if authority.exists() else ())


def _parts(address: str, schemes: dict[str, int], example: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        parts = SplitResult("", "", "", "", "")
    if parts.scheme not in schemes or not parts.hostname:
        raise NoAddress(f"{address.rpartition('@')[2]} is no address: write {example}")
    return parts
