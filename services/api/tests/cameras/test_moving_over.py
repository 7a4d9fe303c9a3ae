"""Which credentials hold while a box moves over, whatever happens in whatever order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from adsum_api.cameras.moving_over import UNDER_WAY, Held, Pair, Phase, aged, offered, used

NOON = datetime(2026, 2, 11, 12, tzinfo=UTC)
GRACE = timedelta(days=7)
OFFER = UUID(int=1)


def pair(number: int) -> Pair:
    return Pair(f"key {number}".encode(), f"hash {number}")


def test_both_hold_until_the_next_one_is_used_and_then_the_key_before_for_what_is_under_way() -> None:
    held = offered(Held(pair(1)), pair(2), OFFER, NOON + GRACE)
    assert held.passwords == ("hash 1", "hash 2")
    held = used(held, OFFER, NOON)
    assert (held.in_force, held.passwords) == (pair(2), ("hash 2",))
    assert held.spare is not None
    assert (held.spare.phase, held.spare.pair) == (Phase.PREVIOUS, pair(1))
    assert aged(held, NOON + UNDER_WAY) == Held(pair(2))


def test_whoever_is_shut_out_has_no_password_whatever_was_offered() -> None:
    assert offered(Held(Pair(b"key", None)), pair(2), OFFER, NOON).passwords == ()


steps = st.lists(
    st.tuples(st.sampled_from(["offer", "use", "wait"]), st.integers(0, 3), st.integers(0, 20)), max_size=20
)


@given(steps)
def test_the_pair_that_the_box_used_last_lets_it_in_until_another_replaced_it(
    steps: list[tuple[str, int, int]],
) -> None:
    held, shown, now, offers = Held(pair(0)), pair(0), NOON, 0
    for what, late, days in steps:
        if what == "offer" and not held.is_moving:
            offers += 1
            held = offered(held, pair(offers), UUID(int=offers), now + GRACE)
        elif what == "use":
            by = offers - late  # word of an earlier offer may come late, or again
            moves = held.is_moving and late == 0
            held = used(held, UUID(int=max(by, 0)), now)
            shown = pair(offers) if moves else shown
        else:
            now += timedelta(days=days)
            held = aged(held, now)
            shown = held.in_force if not held.is_moving else shown
        assert shown.password_sha256 in held.passwords
        assert 1 <= len(held.passwords) <= 2
        assert used(held, UUID(int=0), now) == held
