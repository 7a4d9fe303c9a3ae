"""`python -m adsum_recognizer.bench.child dispatch|worker [EMBEDDER]`: the service's own processes.

Where their standard input is a pipe they end with it: also when whoever measures is killed. With `thumbnail`
a worker has no network, so that what is around it can be measured, and starts within a second.
"""

from __future__ import annotations

import os
import stat
import sys
from threading import Thread

from adsum_contracts.logs import log_to_stderr
from adsum_recognizer.bench.thumbnail import ThumbnailEmbedder
from adsum_recognizer.embedders import LoadedEmbedders
from adsum_recognizer.ports import Embedder
from adsum_recognizer.serving import run_dispatcher
from adsum_recognizer.settings import Settings, read_settings
from adsum_recognizer.worker import consume, run_worker
from adsum_vision.types import BgrImage, Face

THUMBNAIL = "thumbnail"
UNTRAINED = "facenet-untrained"
"""FaceNet's network with seeded weights: it knows nobody, and takes as long as with its own."""


class NoFaces:
    """A detector that finds nobody: what is replayed has been detected."""

    def detect(self, image: BgrImage) -> tuple[Face, ...]:
        """Return nothing."""
        return ()


def main(role: str, embedder: str = "") -> int:
    """Run the process; return its exit status."""
    log_to_stderr("recognizer")
    if stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode):
        Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()
    settings = read_settings(Settings)
    if role == "dispatch":
        return run_dispatcher(settings)
    network = stand_in(embedder)
    if network is None:
        return run_worker(settings)
    return consume(settings, LoadedEmbedders(network.spec, lambda _: network), NoFaces())


def stand_in(name: str) -> Embedder | None:
    """Return what is measured in place of a model of that name, None for the models that a service has."""
    if name == THUMBNAIL:
        return ThumbnailEmbedder()
    if name != UNTRAINED:
        return None
    from adsum_recognizer.adapters.facenet import on_this_machine  # noqa: PLC0415 - torch: as in `embedders`
    from adsum_recognizer.bench.embedding import seeded_weights  # noqa: PLC0415 - as above

    return on_this_machine(seeded_weights())


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
