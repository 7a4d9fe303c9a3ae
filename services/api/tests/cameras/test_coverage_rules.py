"""What a camera sees where, judged; and the advice that follows."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adsum_api.cameras.coverage import ENOUGH_FACES, GOOD_PX, Seen, advice, places_of, seen_in
from adsum_store.repositories.camera_reports import PlaceSums

GOOD = Seen(faces=100, face_px=60, too_small=0, yaw=10, sharpness=0.03)


def sums(
    column: int, row: int, face_px: float, faces: int = 100, yaw: float = 5.0, too_small: int = 0
) -> PlaceSums:
    """A place at which so many faces looked alike."""
    return PlaceSums(column, row, faces, too_small, faces * face_px, faces * yaw, faces, faces * 0.03, faces)


@pytest.mark.parametrize(
    ("changes", "judgement"),
    [
        ({}, "good"),
        ({"face_px": 47.9}, "small"),
        ({"face_px": 35.9, "yaw": 80}, "too_small"),
        ({"too_small": 0.6}, "too_small"),
        ({"yaw": 46}, "turned_away"),
        ({"sharpness": 0.001}, "blurred"),
        ({"sharpness": None, "yaw": None}, "good"),
        ({"faces": ENOUGH_FACES - 1, "face_px": 5}, "too_few"),
    ],
)
def test_the_first_thing_that_is_wrong_is_told(changes: dict[str, float], judgement: str) -> None:
    assert replace(GOOD, **changes).judgement == judgement  # type: ignore[arg-type]


def test_a_back_row_that_is_too_small_is_told_in_pixels_with_what_to_do() -> None:
    [told] = advice([sums(5, 1, 28), sums(5, 7, 90)], {})
    assert told == (
        "Faces at the top of the picture (the back rows) are 28 px and cannot be recognised: move the camera "
        "closer, zoom in or raise its resolution (48 px and more is good)."
    )


def test_a_side_that_looks_away_and_much_that_is_dark_are_told() -> None:
    told = advice([sums(1, 5, 80, yaw=60), sums(14, 5, 80)], {"too_dark": 60, "too_bright": 1})
    assert [line.split(":")[0] for line in told] == [
        "Faces on the left of the picture are turned away by 60°",
        "30% of the faces are too dark",
    ]


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        ([], "No face was seen in this time."),
        ([sums(3, 3, 20, faces=3)], "Too few faces were seen in this time to say anything."),
        ([sums(3, 3, 70)], "Faces are large and sharp enough wherever they were seen."),
    ],
)
def test_nothing_to_say_is_said_too(seen: list[PlaceSums], told: str) -> None:
    assert advice(seen, {}) == (told,)


places = st.lists(
    st.builds(
        sums, st.integers(0, 15), st.integers(0, 8), st.floats(1, 500), st.integers(1, 500),
        st.floats(0, 90),
    ),
    max_size=20,
)  # fmt: skip
reasons = st.dictionaries(st.sampled_from(["too_dark", "masked", "turned_away"]), st.integers(0, 5000))


@given(places, st.randoms(use_true_random=False))
def test_what_is_seen_together_does_not_depend_on_order_or_parts(
    found: list[PlaceSums], random: object
) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = seen_in(found), seen_in(shuffled)
    assert (one is None) == (other is None) == (not found)
    if one is not None and other is not None:
        assert one.faces == other.faces == sum(each.faces for each in found)
        assert one.face_px == pytest.approx(other.face_px)


@given(places)
def test_a_mean_lies_among_what_it_is_the_mean_of(found: list[PlaceSums]) -> None:
    everywhere = seen_in(found)
    if everywhere is not None:
        sizes = [place.seen.face_px for place in places_of(found)]
        assert min(sizes) - 1e-6 <= everywhere.face_px <= max(sizes) + 1e-6
        assert 0 <= everywhere.too_small <= 1


@given(places, reasons)
def test_there_is_always_something_to_say_and_size_is_named_only_where_it_is_wrong(
    found: list[PlaceSums], unsent: dict[str, int]
) -> None:
    told = advice(found, unsent)
    assert told
    assert len(set(told)) == len(told)
    if all(place.seen.face_px >= GOOD_PX for place in places_of(found)):
        assert not any("px and" in line and "cannot" in line for line in told)
        assert not any("less surely" in line for line in told)
