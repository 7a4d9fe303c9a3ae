"""`python -m adsum_recognizer.bench.child dispatch|worker [thumbnail]`: the service's own processes.

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
from adsum_recognizer.serving import run_dispatcher
from adsum_recognizer.settings import Settings, read_settings
from adsum_recognizer.worker import consume, run_worker
from adsum_vision.types import BgrImage, Face

THUMBNAIL = "thumbnail"


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
    if embedder == THUMBNAIL:
        thumbnails = ThumbnailEmbedder()
        return consume(settings, LoadedEmbedders(thumbnails.spec, lambda _: thumbnails), NoFaces())
    return run_worker(settings)


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
