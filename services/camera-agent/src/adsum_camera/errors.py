"""The root of what can stop a camera agent; every subclass stands beside the code that raises it."""

from __future__ import annotations


class CameraAgentError(Exception):
    """A reason to stop that its user can do something about, told in one sentence."""


class SharedPartFailed(CameraAgentError):  # noqa: N818 - reads as the sentence it is
    """What all cameras share does not work any more; whoever supervises us starts us anew."""
