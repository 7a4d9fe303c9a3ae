"""LFW's protocol: ten folds, the threshold from the other nine, lists read and made."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import sem

from adsum_recognizer.evaluation.pairs import BadPairs, made_pairs, read_pairs, verify
from adsum_recognizer.evaluation.people import NoPeople, Person, people_in


def test_each_fold_is_judged_by_the_others_threshold() -> None:
    """Fold 0's different pairs score higher than anything the other folds call different."""
    folds = np.repeat(np.arange(10), 4)
    same = np.tile([True, True, False, False], 10)
    scores = np.where(same, 0.8, 0.2)
    scores[[2, 3]] = 0.9
    found = verify(scores, same, folds)
    per_fold = np.array([0.5] + [1.0] * 9)
    assert found.accuracy == pytest.approx(per_fold.mean())
    assert found.standard_error == pytest.approx(sem(per_fold))
    assert found.thresholds[0] == 0.8
    assert found.tar is None, "20 pairs of different people say nothing of one in a thousand"


def test_tar_is_taken_where_one_different_pair_in_a_thousand_is_above() -> None:
    same = np.repeat([True, False], 3000)
    scores = np.concatenate([np.linspace(0, 1, 3000), np.linspace(-1, 0.5, 3000)])
    found = verify(scores, same, np.arange(6000) % 10)
    fourth_highest = np.linspace(-1, 0.5, 3000)[-4]
    assert found.tar == pytest.approx((np.linspace(0, 1, 3000) > fourth_highest).mean())


@pytest.fixture
def lfw(tmp_path: Path) -> Path:
    for name, photos in (("Ada_A", 2), ("Bea_B", 3)):
        (tmp_path / name).mkdir()
        for number in range(1, photos + 1):
            (tmp_path / name / f"{name}_{number:04d}.jpg").touch()
    return tmp_path


def test_lfw_s_own_list_is_read(lfw: Path, tmp_path: Path) -> None:
    listed = tmp_path / "pairs.txt"
    listed.write_text("2\t1\nAda_A\t1\t2\nAda_A\t1\tBea_B\t3\nBea_B\t1\t3\nBea_B\t2\tAda_A\t2\n")
    pairs = read_pairs(listed, lfw)
    assert [(pair.first.stem, pair.second.stem, pair.same, pair.fold) for pair in pairs] == [
        ("Ada_A_0001", "Ada_A_0002", True, 0),
        ("Ada_A_0001", "Bea_B_0003", False, 0),
        ("Bea_B_0001", "Bea_B_0003", True, 1),
        ("Bea_B_0002", "Ada_A_0002", False, 1),
    ]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "number of folds"),
        ("10 300\nAda_A 1 2\n", "announces 6000 pairs and has 1"),
        ("1 1\nAda_A 1 2\nAda_A 1 two\n", "line 3"),
        ("1 1\nAda_A 1 2\nAda_A 1\n", "line 3"),
        ("1 1\nAda_A 1 2\nAda_A 1 Bea_B 9\n", "Bea_B_0009"),
    ],
)
def test_a_list_that_is_none_is_refused(lfw: Path, tmp_path: Path, text: str, complaint: str) -> None:
    listed = tmp_path / "pairs.txt"
    listed.write_text(text)
    with pytest.raises(BadPairs, match=complaint):
        read_pairs(listed, lfw)


def test_a_made_list_has_nobody_in_two_folds_and_is_the_same_for_a_seed() -> None:
    people = [Person(str(at), tuple(Path(f"{at}/{number}") for number in range(4))) for at in range(30)]
    pairs = made_pairs(people, seed=3, per_fold=5)
    assert pairs == made_pairs(people, seed=3, per_fold=5) != made_pairs(people, seed=4, per_fold=5)
    folds: dict[Path, set[int]] = {}
    for pair in pairs:
        assert pair.same == (pair.first.parent == pair.second.parent)
        for photo in (pair.first, pair.second):
            folds.setdefault(photo.parent, set()).add(pair.fold)
    assert all(len(of_person) == 1 for of_person in folds.values())
    assert sum(pair.same for pair in pairs) == 50 == sum(not pair.same for pair in pairs)
    with pytest.raises(BadPairs, match="too few"):
        made_pairs(people[:9], seed=3)


def test_any_tree_with_a_folder_for_each_person_is_read(tmp_path: Path) -> None:
    for photo in ("b/2.PNG", "b/1.jpg", "a/front/x.webp", "c/notes.txt", "stray.jpg"):
        (tmp_path / photo).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / photo).touch()
    assert people_in(tmp_path) == (
        Person("a", (tmp_path / "a/front/x.webp",)),
        Person("b", (tmp_path / "b/1.jpg", tmp_path / "b/2.PNG")),
    )
    with pytest.raises(NoPeople):
        people_in(tmp_path / "c")
    with pytest.raises(NoPeople):
        people_in(tmp_path / "nowhere")
