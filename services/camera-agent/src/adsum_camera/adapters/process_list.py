"""A password given on the command line would show in the list of processes: it moves to the environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Final

from adsum_camera.adapters.frames import without_credentials

SOURCE_VARIABLE: Final = "ADSUM_CAMERA_SOURCE"


def hide_passwords() -> None:
    """Start this program anew, as the same process, when an address on its command line holds a secret.

    The list of processes shows it until then, for the second that this takes; a process's environment is
    for its own user to read.
    """
    arguments, environment = hidden(sys.orig_argv, os.environ)
    if arguments != sys.orig_argv:
        os.execve(sys.executable, arguments, environment)  # noqa: S606 - no shell is wanted


def hidden(arguments: Sequence[str], environment: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    """Return the command line without secrets, and the environment with the address that held them."""
    secret = next((text for text in arguments if without_credentials(text) != text), None)
    moved = {} if secret is None else {SOURCE_VARIABLE: secret}
    return [without_credentials(text) for text in arguments], {**environment, **moved}


def meant(argument: str | None, configured: str | None) -> str | None:
    """Return what is to be watched: the argument, with its secret where the environment has it."""
    if argument is None or (configured is not None and without_credentials(configured) == argument):
        return configured
    return argument
