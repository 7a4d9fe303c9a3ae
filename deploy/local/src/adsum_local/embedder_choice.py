"""Which embedder a demo uses, and why: it is always said."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass

from adsum_contracts.models import DLIB_RESNET_V1, FACENET_VGGFACE2, MODELS
from adsum_local.errors import LocalError
from adsum_local.stack import tool

PULL_PATIENCE_S = 180


@dataclass(frozen=True, slots=True)
class EmbedderChoice:
    """A model's name and the reason in a person's words."""

    name: str
    reason: str


def choose_embedder(wanted: str | None) -> EmbedderChoice:
    """FaceNet where its weights are or can be fetched, else dlib's network; raise `LocalError` for a name
    that nobody knows. This is the demo's choice: a deployed recognizer never switches by itself."""
    if wanted is not None:
        if wanted not in MODELS:
            raise LocalError(f"there is no embedder {wanted}: choose one of {', '.join(sorted(MODELS))}")
        return EmbedderChoice(wanted, "asked for")
    facenet = FACENET_VGGFACE2.name
    if _models("verify", facenet).returncode == 0:
        return EmbedderChoice(facenet, "its weights are here and verified")
    pulled = _models("pull", facenet)
    if pulled.returncode == 0:
        return EmbedderChoice(facenet, "its weights were fetched and verified")
    return EmbedderChoice(
        DLIB_RESNET_V1.name,
        f"{facenet}'s weights are not here and could not be fetched "
        f"(`adsum-recognizer models pull {facenet}` says why)",
    )


def _models(action: str, model: str) -> subprocess.CompletedProcess[bytes]:
    command = (tool("adsum-recognizer"), "models", action, model)
    try:
        return subprocess.run(command, capture_output=True, timeout=PULL_PATIENCE_S, check=False)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, returncode=1)
