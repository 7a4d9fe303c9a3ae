"""Turning faces into vectors: `adsum-recognizer bench embed`, kept."""

from __future__ import annotations

from adsum_recognizer.bench import embedding, embedding_screen
from adsum_recognizer.bench.cores import cores
from adsum_vision.machine import this_machine
from benchmarks.measure import Asked, Report

CORES = 2


def run(asked: Asked) -> Report:
    """Embed the same faces both ways, on two cores each, in turn."""
    work, machine = embedding.Work(faces=32 if asked.quick else 64), this_machine()
    rounds = 1 if asked.quick else 7 if asked.long else 3
    with cores(CORES) as given:
        measured = embedding.measure(embedding.seeded_weights(), work, rounds, given, asked.tell)
    figures = embedding_screen.figures(measured, work, machine, given)
    return Report((embedding_screen.table(measured, work, given),), figures)
