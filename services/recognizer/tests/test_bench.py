"""`adsum-recognizer bench`: what is measured, and what is said of it."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Sequence

import numpy as np
import pytest
import torch
from rich.console import Console
from typer.testing import CliRunner

from adsum_recognizer.__main__ import app
from adsum_recognizer.bench.cores import cores
from adsum_recognizer.bench.embedding import OURS, STEPS, THEIRS, Measured, Side, Work
from adsum_recognizer.bench.embedding_screen import table
from adsum_recognizer.bench.original import compare_one
from adsum_recognizer.bench.people import People
from adsum_recognizer.errors import Misconfigured

SMALL = ("--faces", "2", "--rounds", "1", "--cores", "1", "--students", "3")


def bench(*words: str) -> dict[str, object]:
    run = CliRunner().invoke(app, ["bench", *words, "--json"], catch_exceptions=False)
    assert run.exit_code == 0
    told: dict[str, object] = json.loads(run.stdout)
    return told


def cosines(vectors: np.ndarray, others: np.ndarray) -> np.ndarray:
    return (vectors @ others.T).ravel()


def test_embedding_is_told_to_a_machine_with_all_that_it_hangs_on() -> None:
    told = bench("embed", *SMALL)

    assert [side["name"] for side in told["sides"]] == ["adsum", "the original's loop"]
    ours, theirs = (side["faces_per_second"] for side in told["sides"])
    assert told["ratio"] == pytest.approx(ours / theirs, rel=0.02)
    assert told["furthest"] < (2e-2 if told["bf16"] else 1e-4), "both compute the same vectors"
    assert (told["cores"], told["goal"]) == (1, 8 if told["bf16"] else 3)
    assert told["machine"]["cores"] == os.cpu_count()


def test_a_person_gets_a_table_of_both_ways_and_the_goal() -> None:
    sides = (
        Side(OURS, 80.0, dict.fromkeys(STEPS, 1.0), 12.5),
        Side(THEIRS, 10.0, dict.fromkeys(STEPS, 9.0), 99),
    )
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(table(Measured(8.0, 7.92, "bf16", True, 0.01, sides), Work(faces=64), cores=2))
    shown = " ".join(console.export_text().split())

    assert "64 faces on 2 cores, compared with 200 vectors" in shown
    assert "8.0 x the original's faces a second (goal on this CPU, in bf16: 8 x), 7.9 x by CPU time" in shown


def test_the_measured_are_given_the_same_cores_and_have_to_give_them_back() -> None:
    before = os.sched_getaffinity(0), torch.get_num_threads()

    with cores(1) as given:
        assert (given, len(os.sched_getaffinity(0)), torch.get_num_threads()) == (1, 1, 1)

    assert (os.sched_getaffinity(0), torch.get_num_threads()) == before


def test_without_scikit_learn_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.metrics.pairwise", None)

    with pytest.raises(Misconfigured, match=r"adsum-recognizer\[bench\]"):
        compare_one(np.ones(512, np.float32), [[1.0] * 512])


def test_drawn_people_are_as_alike_as_embeddings_of_faces_are() -> None:
    people = People(seed=3)
    templates = np.concatenate(list(people.templates(range(300), 5)))
    probes = people.probes(range(300))

    own = [cosines(probe[None], templates[n * 5 : n * 5 + 5]).mean() for n, probe in enumerate(probes)]
    apart = cosines(templates[::5], templates[::5])[~np.eye(300, dtype=bool).ravel()]
    assert np.mean(own) == pytest.approx(0.77, abs=0.03)
    assert (abs(apart.mean()) < 0.02, apart.std()) == (True, pytest.approx(0.165, abs=0.01))
    np.testing.assert_allclose(np.linalg.norm(templates, axis=1), 1, rtol=1e-5)


def test_the_same_person_is_drawn_whoever_else_is() -> None:
    people: Sequence[np.ndarray] = [*People(seed=3).templates(range(4), 2)]

    np.testing.assert_array_equal(people[3], next(People(seed=3).templates([3], 2)))
    assert not np.allclose(People(seed=4).probes([3]), People(seed=3).probes([3]))


def test_the_originals_way_finds_the_nearest_stored_vector() -> None:
    gallery = np.concatenate(list(People(seed=1).templates(range(3), 5)))
    probes = People(seed=1).probes(range(3))

    found = [compare_one(probe, gallery.tolist()) for probe in probes]

    assert found == [int(place) for place in (probes @ gallery.T).argmax(axis=1)]
