"""As many cores for whoever is measured, and the same ones for all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def cores(count: int) -> Iterator[int]:
    """Keep this process, torch included, on its first `count` cores; yield how many it has got.

    Where the system ties no process to cores (macOS), only the number of threads is bounded.
    """
    threads = torch.get_num_threads()
    mine = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set(range(os.cpu_count() or 1))
    given = set(sorted(mine)[:count])
    _tie(given)
    torch.set_num_threads(len(given))
    try:
        yield len(given)
    finally:
        _tie(mine)
        torch.set_num_threads(threads)


def _tie(to: set[int]) -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, to)
