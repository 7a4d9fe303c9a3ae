"""`--faces DIR`, with drawn people saved as photos: nobody's picture is needed for it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from adsum_local.sim import SimPlan, load_truth, simulate
from adsum_local.sim.actors import dressed
from adsum_local.sim.auditions import auditions
from adsum_local.sim.bodies import draw_body
from adsum_local.sim.casting import cast
from adsum_local.sim.heads import View, draw_head
from adsum_local.sim.people import Person
from adsum_local.sim.photos import photo_company
from adsum_local.sim.sprites import Canvas, Pixels, Placing, patch_of


def photo(person: Person, yaw: float) -> Pixels:
    canvas = Canvas(np.full((250, 250, 3), 150, np.uint8))
    placing = Placing(125, 125, 500.0)
    for sprite in (draw_body(dressed(person), 0.0, sitting=True), draw_head(person, View(yaw=yaw))):
        canvas.paste(patch_of(sprite, placing), placing)
    return canvas.pixels


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("faces")
    people = cast(np.random.default_rng(2), 4, auditions(), candidates=20)
    for name, person in zip(("ada", "bea", "cem"), people, strict=False):
        (folder / "enrolled" / name).mkdir(parents=True)
        for number, yaw in enumerate((0, -8, 8, -4, 4)):
            cv2.imwrite(str(folder / "enrolled" / name / f"{number}.png"), photo(person, yaw))
    (folder / "enrolled" / "empty").mkdir()
    (folder / "enrolled" / "empty" / "1.jpg").write_bytes(b"no picture")
    (folder / "strangers" / "dan").mkdir(parents=True)
    cv2.imwrite(str(folder / "strangers" / "dan" / "1.png"), photo(people[3], 0))
    return folder


def test_the_first_three_photos_enrol_and_the_others_appear(folder: Path) -> None:
    company = photo_company(SimPlan(students=3, strangers=1, faces=folder), folder)
    files = {path.name: cv2.imread(str(path)) for path in folder.glob("enrolled/*/*.png")}
    assert len(files) == 5
    for student in range(3):
        assert len(company.portraits(student)) == 3
        assert len(company.actors[student]._heads) == 2  # type: ignore[attr-defined]


def test_enrolment_photos_are_the_first_three_of_one_person(folder: Path) -> None:
    company = photo_company(SimPlan(students=3, strangers=0, faces=folder), folder)
    portraits = {picture.tobytes() for student in range(3) for picture in company.portraits(student)}
    first_three = {
        cv2.imread(str(path)).tobytes()
        for home in (folder / "enrolled").iterdir()
        for path in sorted(home.glob("*.png"))[:3]
    }
    assert portraits == first_three


def test_somebody_without_usable_photos_is_left_out_with_a_notice(folder: Path) -> None:
    company = photo_company(SimPlan(students=3, strangers=1, seed=3, faces=folder), folder)
    assert all("empty" in notice for notice in company.notices)


def test_a_lesson_of_photos_is_filmed(folder: Path, tmp_path: Path) -> None:
    plan = SimPlan(
        students=3, strangers=1, absent_share=0.0, size=(640, 360), fps=5, seconds=30, faces=folder
    )
    result = simulate(plan, tmp_path)
    truth = load_truth(result.truth)
    assert [bool(person.boxes) for person in truth.people] == [True] * 4
    assert len(list(result.enrolment.glob("*/*.jpg"))) == 9
