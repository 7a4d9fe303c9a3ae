"""What can go wrong before or during a run, each in one sentence that says what to do."""

from __future__ import annotations


class LocalError(Exception):
    """The run cannot start or go on; its text is for the person at the terminal."""


class AlreadyRunning(LocalError):  # noqa: N818 - these read as the sentences they are
    """Another process keeps this data folder."""


class NothingRuns(LocalError):  # noqa: N818
    """No run has kept its data in this folder."""


class NotOurFolder(LocalError):  # noqa: N818
    """A demo empties its folder, and this one was not made by a demo."""


class PortTaken(LocalError):  # noqa: N818
    """Another program listens on the port that was asked for."""


class DiskFull(LocalError):  # noqa: N818
    """The data folder has no room for a run."""


class ServiceFailed(LocalError):  # noqa: N818
    """A service did not get ready, or gave up."""


class SourceUnusable(LocalError):  # noqa: N818
    """The video, camera or folder of faces cannot be used."""


class ApiRefused(LocalError):  # noqa: N818
    """The API answered with a problem."""
