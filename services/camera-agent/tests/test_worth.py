"""A full spool gives up what changes a register least."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from adsum_camera.worth import Kept, going, worths

ADA, BEA = b"ada's track", b"bea's track"
KINDS = ("heartbeat", "face_captured", "enrolment_sample", "command_reply")


TRACKS = (ADA, BEA, b"cem's track")


def entry(sequence: int, columns: tuple[str, int, bytes, float], named: set[bytes]) -> Kept:
    kind, size, track, quality = columns
    if kind != "face_captured":
        return Kept(sequence, kind, size)
    return Kept(sequence, kind, size, track, quality, track in named)


@st.composite
def spools(draw: st.DrawFn) -> list[Kept]:
    """A name is a track's: all of its crops have it, or none."""
    columns = st.tuples(
        st.sampled_from(KINDS),
        st.integers(1, 1000),
        st.sampled_from(TRACKS),
        st.sampled_from((0.1, 0.5, 0.9)),
    )
    named = draw(st.sets(st.sampled_from(TRACKS)))
    return [entry(n, each, named) for n, each in enumerate(draw(st.lists(columns, max_size=25)), start=1)]


few = settings(max_examples=50)


@few
@given(spools(), st.integers(0, 20_000))
def test_the_rest_is_within_the_bound_and_no_more_goes_than_must(kept: list[Kept], most: int) -> None:
    gone = going(kept, most)
    left = sum(entry.size for entry in kept) - sum(entry.size for entry in gone)
    assert left <= most
    assert not gone or left + gone[-1].size > most


@few
@given(spools(), st.integers(0, 20_000))
def test_nothing_goes_while_something_of_less_worth_is_there(kept: list[Kept], most: int) -> None:
    places = worths(kept)
    gone = {entry.sequence for entry in going(kept, most)}
    stays = [places[entry.sequence] for entry in kept if entry.sequence not in gone]
    assert all(places[sequence] < min(stays) for sequence in gone if stays)


@few
@given(spools(), st.integers(0, 20_000), st.integers(0, 20_000))
def test_giving_up_in_two_steps_gives_up_the_same(kept: list[Kept], first: int, second: int) -> None:
    """What has gone does not change what goes next: ranks in a track are lost from behind."""
    gone = {entry.sequence for entry in going(kept, first)}
    rest = [entry for entry in kept if entry.sequence not in gone]
    gone |= {entry.sequence for entry in going(rest, min(first, second))}
    assert gone == {entry.sequence for entry in going(kept, min(first, second))}


def test_the_order_of_going() -> None:
    named = Kept(1, "face_captured", 1, ADA, 0.99, named=True)
    best, second, third, fourth = (
        Kept(sequence, "face_captured", 1, BEA, quality)
        for sequence, quality in ((2, 0.9), (3, 0.8), (4, 0.7), (5, 0.75))
    )
    old_beat, new_beat = Kept(6, "heartbeat", 1), Kept(7, "heartbeat", 1)
    sample, reply = Kept(8, "enrolment_sample", 1), Kept(9, "command_reply", 1)
    kept = [reply, sample, best, new_beat, old_beat, second, third, fourth, named]
    assert going(kept, 0) == (
        named, third, fourth, second, old_beat, new_beat, best, sample, reply,
    )  # fmt: skip


def test_of_the_best_crops_the_one_of_the_lowest_quality_goes_first() -> None:
    good, poor = Kept(1, "face_captured", 1, ADA, 0.9), Kept(2, "face_captured", 1, BEA, 0.4)
    assert going([good, poor], 1) == (poor,)
