"""Pictures in the classroom: a poster on the wall, and an absent student's face held up to the camera."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from adsum_local.sim import SimPlan, SimulationError, Truth, load_truth, simulate
from adsum_local.sim.attack import HELD_FROM, HELD_UNTIL, LIFT_S, plan_attack
from adsum_local.sim.classroom import Classroom
from adsum_local.sim.company import draw_company
from adsum_local.sim.plan import AttackKind
from adsum_local.sim.script import write_script
from adsum_vision.mtcnn import MtcnnDetector

SIZE = (640, 360)
FPS = 5


def plan_with(attack: AttackKind | None, *, poster: bool = False, seed: int = 2) -> SimPlan:
    return SimPlan(
        students=5,
        strangers=0,
        seed=seed,
        absent_share=0.2,
        size=SIZE,
        fps=FPS,
        seconds=30,
        poster=poster,
        attack=attack,
    )


@pytest.fixture(scope="module")
def photo_lesson(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    film = simulate(plan_with("photo", poster=True), tmp_path_factory.mktemp("photo"))
    return film.video, load_truth(film.truth)


def test_the_truth_says_whose_face_is_held_up_by_whom_and_when(photo_lesson: tuple[Path, Truth]) -> None:
    attack, people = photo_lesson[1].attack, {person.id: person for person in photo_lesson[1].people}
    assert attack is not None
    assert (attack.kind, attack.starts_s, attack.ends_s) == ("photo", HELD_FROM * 30, HELD_UNTIL * 30)
    assert people[attack.shows].role == "student"
    assert not people[attack.shows].present
    assert people[attack.held_by].present
    frames = sorted(attack.boxes)
    assert attack.starts_s <= frames[0] / FPS
    assert frames[-1] / FPS <= attack.ends_s
    assert len(frames) > 0.7 * (attack.ends_s - attack.starts_s) * FPS


def test_a_held_photo_hides_the_face_of_who_holds_it(photo_lesson: tuple[Path, Truth]) -> None:
    attack = photo_lesson[1].attack
    assert attack is not None
    holder = next(person for person in photo_lesson[1].people if person.id == attack.held_by)
    middle = {frame for frame in attack.boxes if attack.starts_s + 1 < frame / FPS < attack.ends_s - 1}
    assert middle
    assert not middle & set(holder.boxes)


def test_the_detector_takes_poster_and_photo_for_faces(photo_lesson: tuple[Path, Truth]) -> None:
    video, truth = photo_lesson
    assert truth.attack is not None
    frame = sorted(truth.attack.boxes)[len(truth.attack.boxes) // 2]
    capture = cv2.VideoCapture(str(video))
    capture.set(cv2.CAP_PROP_POS_FRAMES, frame)
    picture = np.asarray(capture.read()[1], np.uint8)
    capture.release()
    faces = MtcnnDetector(min_face_px=24, threads=1).detect(picture)
    for x, y, width, height in (truth.poster, truth.attack.boxes[frame]):
        middle = x + width / 2, y + height / 2
        assert any(
            abs(f.box.center[0] - middle[0]) < width / 2 and abs(f.box.center[1] - middle[1]) < height / 2
            for f in faces
        )


def test_the_same_seed_gives_the_same_frames_and_the_hand_moves() -> None:
    plan = plan_with("phone", poster=True)
    script, actors = write_script(plan), draw_company(plan).actors
    one, other = Classroom(plan, script, actors), Classroom(plan, script, actors)
    first = round(plan.fps * (HELD_FROM * plan.seconds + LIFT_S)) + 1
    places = set()
    for index in range(first, first + 5):
        frame = one.frame(index)
        assert np.array_equal(frame.pixels, other.frame(index).pixels)
        assert frame.held is not None
        places.add((frame.held.face.x, frame.held.face.y))
    assert len(places) == 5
    assert one.poster == other.poster is not None


def test_a_lesson_without_pictures_is_as_it_always_was() -> None:
    plain, hung = plan_with(None), plan_with(None, poster=True)
    script, actors = write_script(plain), draw_company(plain).actors
    with_poster = Classroom(hung, script, actors)
    here = np.any(Classroom(plain, script, actors).frame(0).pixels != with_poster.frame(0).pixels, axis=2)
    assert with_poster.poster is not None
    columns = np.nonzero(here)[1]
    assert abs(columns.mean() - with_poster.poster.x) < 5
    assert np.ptp(columns) < 0.08 * SIZE[0]


@pytest.mark.parametrize("kind", ["photo", "phone"])
@pytest.mark.parametrize("seed", range(5))
def test_who_holds_the_picture_sits_all_the_time_near_the_camera(kind: AttackKind, seed: int) -> None:
    plan = SimPlan(seed=seed, attack=kind)
    script = write_script(plan)
    attack = plan_attack(plan, script)
    assert attack is not None
    impostor = next(visit for visit in script.visits if visit.person == attack.impostor)
    for time_s in np.linspace(attack.starts_s, attack.ends_s, 50).tolist():
        place = impostor.route.at(time_s)
        assert place is not None
        assert place.sits == 1.0
        assert place.z <= 4.2
    assert attack.victim not in {visit.person for visit in script.visits}


def test_where_nobody_is_absent_nobodys_face_can_be_held_up() -> None:
    with pytest.raises(SimulationError, match="only an absent student's face"):
        SimPlan(students=8, absent_share=0.0, attack="photo")
