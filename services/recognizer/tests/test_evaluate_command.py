"""`adsum-recognizer evaluate`, from photos to JSON: drawn people, the real detector and dlib's network."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from adsum_local.sim.company import draw_company
from adsum_local.sim.plan import SimPlan
from adsum_recognizer.evaluation.cache import UnusableCache, Vectors, cached
from adsum_recognizer.evaluation.commands import evaluate_app

STUDENTS, STRANGERS = 3, 2


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`class` and `visitors`, with a folder of two portraits for each drawn person."""
    folder = tmp_path_factory.mktemp("photos")
    company = draw_company(SimPlan(students=STUDENTS, strangers=STRANGERS, seed=1))
    for person in range(STUDENTS + STRANGERS):
        home = folder / ("class" if person < STUDENTS else "visitors") / company.ids[person]
        home.mkdir(parents=True)
        for number, portrait in enumerate(company.portraits(person)[:2]):
            cv2.imwrite(str(home / f"{number}.png"), portrait)
    (folder / "class" / "faceless").mkdir()
    for number in range(2):
        cv2.imwrite(
            str(folder / "class" / "faceless" / f"{number}.png"), np.full((90, 90, 3), number, np.uint8)
        )
    return folder


def run(*words: str | Path) -> dict:
    result = CliRunner().invoke(evaluate_app, [*map(str, words), "--embedder", "dlib-resnet-v1", "--json"])
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_people_are_looked_for_among_the_enrolled(photos: Path, tmp_path: Path) -> None:
    words = ("identify", "--enrolled", photos / "class", "--strangers", photos / "visitors", "--enrol", "1")
    kept = ("--cache", tmp_path / "kept.sqlite")
    found = run(*words, *kept, "--curve", tmp_path / "out" / "det")
    assert (found["people"], found["probes"], found["strangers"]) == (4, 4, 4)
    assert found["rank1"] == 0.75, "nobody can be found in a photo without a face"
    assert found["fta"] == pytest.approx(1 / 8)
    assert found["tpir"] == {"0.1": None, "0.01": None, "0.001": None}
    assert "needs 3,000 strangers" in found["tpir_counts"]["0.001"]["reason"]
    assert found["wrong_name_rate"] == 0
    curve = json.loads((tmp_path / "out" / "det.json").read_text())
    assert {"threshold", "fpir", "fnir"} == set(curve[0])
    assert cv2.imread(str(tmp_path / "out" / "det.png")) is not None
    shown = CliRunner().invoke(evaluate_app, [*map(str, (*words, *kept)), "--embedder", "dlib-resnet-v1"])
    assert "needs 3,000 strangers" in shown.stdout
    assert "None" not in shown.stdout
    again = run(*words, *kept)
    assert again == {key: value for key, value in found.items() if key != "det"}
    assert (
        found["probes"] == run("identify", "--enrolled", photos / "class", "--enrol", "1", *kept)["strangers"]
    )


def test_a_class_that_is_too_small_for_folds_is_told_so(photos: Path) -> None:
    words = ["pairs", "--images", str(photos / "class"), "--cache", "none"]
    result = CliRunner().invoke(evaluate_app, words)
    assert result.exit_code != 0
    assert "too few for ten folds" in str(result.exception)


def test_vectors_are_kept_by_content_and_recipe_and_the_file_holds_no_name(tmp_path: Path) -> None:
    photos = [tmp_path / name for name in ("ada.jpg", "bea.jpg", "ada again.jpg")]
    for photo in photos:
        photo.write_bytes(photo.name[:3].encode())
    computed: list[Path] = []

    def compute(batch: list[Path]) -> Vectors:
        computed.extend(batch)
        return {photo: None if photo.name == "bea.jpg" else np.full(512, 0.5, np.float32) for photo in batch}

    file = tmp_path / "kept" / "vectors.sqlite"
    done: list[int] = []
    first = cached(photos[:2], "model recipe", file, compute, done.append)
    assert (computed, done) == (photos[:2], [2])
    second = cached(photos, "model recipe", file, compute, done.append)
    assert computed == photos[:2]
    np.testing.assert_array_equal(second[photos[2]], first[photos[0]])
    assert second[photos[1]] is None
    assert b"ada" not in file.read_bytes()
    cached(photos[:1], "model another recipe", file, compute, done.append)
    assert computed == [*photos[:2], photos[0]]
    file.write_bytes(b"something else, long enough to be looked at" * 50)
    with pytest.raises(UnusableCache, match="delete it"):
        cached(photos, "model recipe", file, compute, done.append)
