"""One size of record measured: filled, asked, and added to."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from adsum_api.bench.filling import TERM_DAYS, Size, Tell, fill
from adsum_api.bench.ingest import LESSONS, Ingested, ingest
from adsum_api.bench.load import Answered, Question, ask, questions
from adsum_api.bench.serving import serving
from adsum_store.engine import create_store_engine
from adsum_store.scratch import Scratch, scratch_servers

MILLION: Final = Size()
TWENTY_MILLION: Final = Size(days=20 * TERM_DAYS)
QUICK: Final = Size(students=500, days=TERM_DAYS)


@dataclass(frozen=True, slots=True)
class Measured:
    """What one size of record gave; `api_peak_mb` is of the process that served, `database_gb` on disk.

    `load_average` is the machine's before it was asked (1, 5 and 15 minutes).
    """

    size: Size
    filled_s: float
    database_gb: float
    answered: tuple[Answered, ...]
    api_peak_mb: float
    ingested: Ingested
    load_average: tuple[float, ...]


def measure(sizes: Sequence[Size], seconds: float, tell: Tell) -> tuple[Measured, ...]:
    """Measure each size on servers of its own, each question for about `seconds`, twice.

    Raises `adsum_store.scratch.NoServers` or `Unavailable`.
    """
    return tuple(_measured(size, seconds, tell) for size in sizes)


def _measured(size: Size, seconds: float, tell: Tell) -> Measured:
    tell("starting servers")
    with scratch_servers() as scratch:
        engine = create_store_engine(scratch.database_url, application="adsum-bench")
        began = time.perf_counter()
        filled = fill(engine, size, tell)
        filled_s = time.perf_counter() - began
        with engine.connect() as connection:
            held = connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one()
        load_average = os.getloadavg()
        answered, peak_mb = _asked(scratch, questions(filled), seconds, tell)
        tell("ingesting")
        ingested = ingest(engine, filled, min(LESSONS, len(filled.sections)))
        engine.dispose()
    return Measured(size, filled_s, held / 1e9, answered, peak_mb, ingested, load_average)


def _asked(
    scratch: Scratch, asked: Sequence[Question], seconds: float, tell: Tell
) -> tuple[tuple[Answered, ...], float]:
    """Return the answers, and how much memory giving them took."""
    answered = []
    with serving(scratch) as process:
        for question in asked:
            tell(f"asking for the {question.name}")
            answered.append(ask(process.server, question, seconds))
        return tuple(answered), process.peak_mb
