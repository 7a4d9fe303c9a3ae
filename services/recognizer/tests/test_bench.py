"""`adsum-recognizer bench`: what is measured, and what is said of it."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
import torch
from rich.console import Console
from typer.testing import CliRunner

from adsum_recognizer.__main__ import app
from adsum_recognizer.bench import accelerator
from adsum_recognizer.bench.accelerator import Point
from adsum_recognizer.bench.cores import cores
from adsum_recognizer.bench.embedding import OURS, STEPS, THEIRS, Measured, Side, Work
from adsum_recognizer.bench.embedding_screen import table
from adsum_recognizer.bench.original import compare_one
from adsum_recognizer.bench.people import People
from adsum_recognizer.bench.rivals import NotMeasured, measure_rivals
from adsum_recognizer.bench.school_search import SEARCHES, TRIED
from adsum_recognizer.bench.timing import Times
from adsum_recognizer.errors import GpuMissing, Misconfigured

SMALL = ("--faces", "2", "--rounds", "1", "--cores", "1", "--students", "3")


def bench(*words: str) -> dict[str, Any]:
    run = CliRunner().invoke(app, ["bench", *words, "--json"], catch_exceptions=False)
    assert run.exit_code == 0
    told: dict[str, Any] = json.loads(run.stdout)
    return told


def cosines(vectors: np.ndarray, others: np.ndarray) -> np.ndarray:
    return (vectors @ others.T).ravel()


def test_embedding_is_told_to_a_machine_with_all_that_it_hangs_on() -> None:
    told = bench("embed", *SMALL)

    exact = ["adsum, in f32"] if told["bf16"] else []
    assert [side["name"] for side in told["sides"]] == ["adsum", *exact, "the original's loop"]
    ours, *_, theirs = (side["faces_per_second"] for side in told["sides"])
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


@pytest.fixture(scope="module")
def searched() -> dict[str, Any]:
    """What the command tells of small schools, searched in a PostgreSQL of its own."""
    small = ("--roster", "32", "--roster", "40", "--templates", "500", "--probes", "10", "--rounds", "2")
    return bench("search", *small)


def test_rosters_are_searched_as_numpy_would(searched: dict[str, Any]) -> None:
    assert [(each["students"], each["templates"]) for each in searched["rosters"]] == [(32, 160), (40, 200)]
    for roster in searched["rosters"]:
        assert roster["same_first"] == 1
        assert 0 < roster["p50_ms"] <= roster["p95_ms"]
        assert roster["rivals"].keys() == {"scikit-learn over JSON", "numpy", "faiss, exact"}


def test_a_school_is_searched_by_every_index_and_its_cost_is_told(searched: dict[str, Any]) -> None:
    (school,) = searched["schools"]
    assert [index["hnsw"] for index in school["indexes"]] == [asdict(hnsw) for hnsw in TRIED]
    for index in school["indexes"]:
        assert (index["build_s"] > 0, index["megabytes"] > 0.2) == (True, True)
        assert [each["searched"] for each in index["searches"]] == list(SEARCHES)
    assert school["chosen"]["recall_at_1"] == 1, "a graph this small is searched almost whole"
    assert school["chosen"]["searched"] == searched["parameters"]["searched"]


@pytest.mark.slow
def test_a_dry_run_shows_that_a_gpu_s_parts_fit() -> None:
    told = bench("gpu", "--dry-run", "--batch", "2", "--seconds", "0.1")

    assert (told["dry_run"], told["goal"], told["met"], told["share_of_peak"]) == (True, None, None, None)
    assert told["faces_per_second"] == pytest.approx(told["points"][0]["faces_per_second"], abs=0.1)
    # Szegedy et al. 2016 tell of 13 billion for the larger network at 299 pixels a side.
    assert 2.0e9 < told["flops"] < 3.5e9


def test_a_card_s_share_of_its_peak_is_told() -> None:
    points = Point(32, 9_000.0, 4.0), Point(256, 20_000.0, 14.0)
    card = accelerator.Measured("NVIDIA H200", False, points, 2_800_000_000, 989.5, 100.0)

    assert card.best == points[1]
    assert card.share_of_peak == pytest.approx(0.0566, abs=0.0001)
    assert card.ratio == 200
    assert replace(card, peak_tflops=None).share_of_peak is None


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_without_a_gpu_it_says_what_can_be_done() -> None:
    with pytest.raises(GpuMissing, match="--dry-run"):
        CliRunner().invoke(app, ["bench", "gpu"], catch_exceptions=False)


def test_faiss_is_said_to_be_missing_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faiss", None)
    stored = People(seed=1).probes(range(5))

    told = measure_rivals(stored, stored, batch=2)

    assert told["faiss, exact"] == NotMeasured("faiss is not installed here: pip install faiss-cpu")
    assert isinstance(told["numpy"], Times)
