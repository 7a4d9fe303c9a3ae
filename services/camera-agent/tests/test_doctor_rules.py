"""What the doctor makes of what was measured."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from adsum_camera.adapters.capture import StreamFacts
from adsum_camera.doctor import machine_rules, measures, picture_rules
from adsum_camera.doctor.findings import Finding, Verdict, worst
from adsum_camera.doctor.machine_rules import ServerAnswer, SpoolDisk
from adsum_camera.doctor.measures import Light, Pace, SeenFace
from adsum_camera.doctor.self_check import DRAWN, straying
from adsum_camera.zones import Zone
from adsum_vision.mtcnn import MtcnnDetector
from adsum_vision.quality import MATCHING
from adsum_vision.types import Box, Face

GOOD, LOOK, BROKEN = Verdict.GOOD, Verdict.LOOK, Verdict.BROKEN
SHARE = st.floats(0, 1)
SECONDS = st.floats(0, 1e4)
RANK = {verdict: place for place, verdict in enumerate(Verdict)}
FINE = Light(brightness=0.4, underexposed=0.05, overexposed=0.02, contrast=0.2)


def face_of(px: float, third: measures.Third = "middle", sharpness: float = 0.1) -> SeenFace:
    face = Face(Box(0, 0, px, px), ((0, 0),) * 5, 0.99)
    reason = "face_too_small" if px < MATCHING.min_face_px else None
    return SeenFace(face, px, third, sharpness, reason)


FACES = st.lists(st.builds(face_of, st.floats(15, 400), st.sampled_from(measures.THIRDS)), max_size=30)


@given(st.lists(st.sampled_from(list(Verdict)), max_size=10))
def test_the_whole_is_as_bad_as_its_worst_part(verdicts: list[Verdict]) -> None:
    findings = [Finding("x", verdict, "") for verdict in verdicts]
    assert RANK[worst(findings)] == max((RANK[verdict] for verdict in verdicts), default=0)


@given(st.floats(0.1, 120), SECONDS, SECONDS, st.floats(0.1, 60))
def test_every_pace_that_is_not_good_comes_with_advice(
    fps: float, jitter: float, gap: float, wanted: float
) -> None:
    found = picture_rules.rate(Pace(fps, jitter, gap), wanted)
    assert (found.verdict is GOOD) == (found.advice == "")


@given(st.floats(0.1, 120), st.floats(0.1, 120), st.floats(0.1, 60))
def test_more_frames_are_never_worse(one: float, other: float, wanted: float) -> None:
    slow, fast = sorted((one, other))
    verdicts = [picture_rules.rate(Pace(fps, 0.01, 0.2), wanted).verdict for fps in (slow, fast)]
    assert RANK[verdicts[1]] <= RANK[verdicts[0]]


@given(st.builds(Light, SHARE, SHARE, SHARE, SHARE))
def test_light_is_good_or_comes_with_advice(measured: Light) -> None:
    found = picture_rules.exposure(measured)
    assert (found.verdict is GOOD) == (found.advice == "")


@pytest.mark.parametrize(
    ("measured", "verdict", "advice"),
    [
        (FINE, GOOD, ""),
        (Light(0.01, 1.0, 0.0, 0.002), BROKEN, "cap"),
        (Light(0.5, 0.0, 0.0, 0.003), BROKEN, "covered"),
        (Light(0.1, 0.4, 0.0, 0.1), LOOK, "too dark"),
        (Light(0.9, 0.0, 0.5, 0.1), LOOK, "too bright"),
    ],
)
def test_what_is_wrong_with_the_light_is_named(measured: Light, verdict: Verdict, advice: str) -> None:
    found = picture_rules.exposure(measured)
    assert found.verdict is verdict
    assert advice in found.advice


@given(FACES)
def test_every_face_is_counted_once_in_its_third(seen: list[SeenFace]) -> None:
    by_third = picture_rules.rows(seen, 28)
    assert sum(int(row.numbers["faces"] or 0) for row in by_third) == len(seen)
    small = sum(int(row.numbers["too_small"] or 0) for row in by_third)
    assert small == sum(face.reason == "face_too_small" for face in seen)


@given(FACES, st.floats(1.0, 3.0))
def test_larger_faces_are_never_worse(seen: list[SeenFace], factor: float) -> None:
    larger = [face_of(face.px * factor, face.third) for face in seen]
    before, after = picture_rules.faces(seen, 5, 28), picture_rules.faces(larger, 5, 28)
    assert RANK[after.verdict] <= RANK[before.verdict]


def test_faces_that_are_too_small_say_how_much_nearer_to_go() -> None:
    found = picture_rules.faces([face_of(14), face_of(60)], 1, 28)
    assert found.verdict is LOOK
    assert "1 below 28 px: 2.0 times nearer" in found.advice
    assert picture_rules.faces([face_of(14)], 1, 28).verdict is BROKEN


def test_a_camera_that_looks_for_larger_faces_only_finds_more_of_them_too_small() -> None:
    seen = [face_of(45), face_of(90)]
    assert picture_rules.faces(seen, 1, 36).verdict is GOOD
    assert "1 below 60 px" in picture_rules.faces(seen, 1, 60).advice


def test_zones_are_counted_and_masks_that_hide_everybody_are_told() -> None:
    door, mask = (Zone(kind, kind, ((0, 0), (1, 0), (1, 1))) for kind in ("door", "mask"))
    assert picture_rules.zones((), 3, 3) == ()
    assert picture_rules.zones((door,), 3, 3)[0].said == "1 door"
    (some,), (all_hidden,) = picture_rules.zones((door, mask), 3, 2), picture_rules.zones((mask,), 3, 0)
    assert (some.verdict, some.said) == (GOOD, "1 door, 1 mask; masks hide 1 of 3 faces")
    assert all_hidden.verdict is LOOK


def test_blurred_faces_are_broken_and_without_faces_the_picture_tells() -> None:
    assert picture_rules.focus(0.02, [0.001, 0.002]).verdict is BROKEN
    assert picture_rules.focus(0.02, [0.01]).verdict is LOOK
    assert picture_rules.focus(0.0001, [0.1]).verdict is GOOD
    assert picture_rules.focus(0.0001, []).verdict is LOOK
    assert picture_rules.focus(0.02, []).verdict is GOOD


def test_a_frozen_stream_is_broken_and_an_empty_room_is_not() -> None:
    assert picture_rules.change(different=1, frames=50, moving=0.0).verdict is BROKEN
    assert picture_rules.change(different=50, frames=50, moving=0.0).said == "nobody moves"
    assert picture_rules.change(different=1, frames=1, moving=0.0).verdict is GOOD


def test_a_source_that_cannot_be_opened_says_why() -> None:
    found = picture_rules.opening(None, None, "The stream cannot be opened: nothing listens.")
    assert (found.verdict, found.said) == (BROKEN, "The stream cannot be opened: nothing listens")
    slow = picture_rules.opening(9.0, StreamFacts("FFMPEG", "h264", 25.0), None)
    assert (slow.verdict, slow.numbers["codec"]) == (LOOK, "h264")


@given(st.floats(1e-4, 10), st.floats(0, 1), st.floats(0.1, 60), st.integers(1, 64))
def test_a_machine_never_carries_more_than_its_cores(
    cost: float, decoding: float, looks: float, cores: int
) -> None:
    found = machine_rules.capacity(cost, decoding, looks, cores)
    cameras = int(found.numbers["cameras"] or 0)
    assert cameras * (cost * looks + decoding) <= machine_rules.MACHINE_SHARE * cores * (1 + 1e-9)
    assert (found.verdict is GOOD) == (cameras > 0)


@given(st.integers(0, 2**40), st.floats(0, 10), st.integers(1, 10_000))
def test_a_spool_is_good_only_with_room_and_a_quick_disk(free: int, sync_s: float, most_mb: int) -> None:
    good = machine_rules.spool(SpoolDisk(free, sync_s), most_mb).verdict is GOOD
    assert good == (free // 2**20 >= 1.25 * most_mb and sync_s <= machine_rules.SLOW_SYNC_S)


@given(st.floats(-1e6, 1e6))
def test_the_clock_is_told_by_its_offset(offset_s: float) -> None:
    reached, clock = machine_rules.server(ServerAnswer(answered_in_s=0.01, offset_s=offset_s))
    assert reached.verdict is GOOD
    assert clock.verdict is (LOOK if abs(offset_s) > 2 else GOOD)
    assert clock.numbers["offset_s"] == round(offset_s, 3)


def test_a_key_that_does_not_fit_is_broken() -> None:
    verdicts = [
        machine_rules.server(ServerAnswer(key=key))[1].verdict for key in ("accepted", "unproven", "refused")
    ]
    assert verdicts == [GOOD, LOOK, BROKEN]
    assert machine_rules.server(ServerAnswer(fault="away"))[0].verdict is BROKEN


@dataclass
class Beholder:
    """Sees these faces, whatever it is shown."""

    faces: tuple[Face, ...]

    def detect(self, image: NDArray[np.uint8]) -> tuple[Face, ...]:
        return self.faces


@pytest.mark.parametrize(("off_px", "verdict"), [(0.0, GOOD), (3.0, GOOD), (4.0, BROKEN), (-20.0, BROKEN)])
def test_a_processor_that_computes_wrongly_is_found_out(off_px: float, verdict: Verdict) -> None:
    eye, *others = DRAWN
    seen = Face(Box(48, 38, 64, 80), ((eye[0] + off_px, eye[1]), *others), 0.99)  # type: ignore[arg-type]
    assert machine_rules.detector(straying(Beholder((seen,))), "mtcnn").verdict is verdict
    assert machine_rules.detector(straying(Beholder(())), "mtcnn").verdict is BROKEN
    assert machine_rules.detector(straying(Beholder((seen, seen))), "mtcnn").verdict is BROKEN


@pytest.mark.parametrize("min_face_px", [20, 36, 40, 60])
def test_the_detector_finds_the_drawn_face(min_face_px: float) -> None:
    assert (
        machine_rules.detector(straying(MtcnnDetector(min_face_px=min_face_px, threads=1)), "mtcnn").verdict
        is GOOD
    )


def picture(seed: int, brightness: int = 120) -> NDArray[np.uint8]:
    grain = np.random.default_rng(seed).normal(brightness, 30, (180, 320, 3))
    return np.clip(grain, 0, 255).astype(np.uint8)


def test_light_and_movement_are_measured_in_shares() -> None:
    white, black = np.full((180, 320, 3), 255, np.uint8), np.zeros((180, 320, 3), np.uint8)
    assert measures.light([black, white]) == Light(0.5, 0.5, 0.5, 0.0)
    assert measures.movement([black, black]) == 0
    assert measures.movement([black, white, black]) == 1
    assert measures.movement([picture(1)]) == 0
    half = black.copy()
    half[:, :160] = 255
    assert measures.movement([black, half]) == pytest.approx(0.5, abs=0.02)


def test_a_resolution_that_changes_does_not_stop_the_measuring() -> None:
    other = picture(2)[:, :240].copy()
    assert measures.movement([picture(1), other, picture(1)]) == 0
    assert measures.picture_sharpness([picture(1), other]) > 0


def test_pace_counts_frames_that_nobody_took() -> None:
    assert measures.pace([1.0], 0) is None
    even = measures.pace([0.0, 0.1, 0.2, 0.3], dropped=3)
    assert even is not None
    assert even.fps == pytest.approx(20)
    assert math.isclose(even.jitter_s, 0, abs_tol=1e-9)
    uneven = measures.pace([0.0, 0.1, 1.0], dropped=0)
    assert uneven is not None
    assert uneven.longest_gap_s == pytest.approx(0.9)
