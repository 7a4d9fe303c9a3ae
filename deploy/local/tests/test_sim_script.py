"""The lesson as written, before anything is drawn."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from adsum_local.sim.plan import SimPlan
from adsum_local.sim.room import WALL_Z, seats
from adsum_local.sim.script import CLEAR_AFTER_S, Script, Visit, write_script


@st.composite
def plans(draw: st.DrawFn) -> SimPlan:
    students = draw(st.integers(1, 30))
    return SimPlan(
        students=students,
        strangers=draw(st.integers(0, min(6, len(seats()) - students))),
        seed=draw(st.integers(0, 2**32)),
        absent_share=draw(st.floats(0.0, 0.9)),
        seconds=draw(st.floats(60.0, 90.0)),
    )


def students_of(script: Script) -> list[Visit]:
    return [visit for visit in script.visits if visit.role == "student"]


@given(plans())
@settings(deadline=None, max_examples=60)
def test_the_absent_share_of_the_students_never_comes(plan: SimPlan) -> None:
    came = {visit.person for visit in students_of(write_script(plan))}
    assert len(came) == plan.students - round(plan.absent_share * plan.students)
    assert came <= set(range(plan.students))


@given(plans())
@settings(deadline=None, max_examples=60)
def test_nobody_comes_in_around_the_moment_when_lateness_begins(plan: SimPlan) -> None:
    script = write_script(plan)
    arrivals = [visit.enters_s - script.late_after_s for visit in students_of(script)]
    assert all(abs(arrival) >= CLEAR_AFTER_S for arrival in arrivals)


@given(plans())
@settings(deadline=None, max_examples=60)
def test_late_is_whoever_came_after_the_grace_period(plan: SimPlan) -> None:
    script = write_script(plan)
    assert all(script.late(v) == (v.enters_s > script.late_after_s) for v in script.visits)
    if len(students_of(script)) >= 5:
        assert any(script.late(visit) for visit in students_of(script))


@given(plans())
@settings(deadline=None, max_examples=60)
def test_everybody_who_comes_has_at_least_twelve_seconds_in_a_seat(plan: SimPlan) -> None:
    script = write_script(plan)
    for visit in students_of(script):
        seated = [
            s / 4 for s in range(int(plan.seconds * 4)) if (m := visit.route.at(s / 4)) and m.sits == 1.0
        ]
        assert len(seated) >= 4 * 12


@given(plans())
@settings(deadline=None, max_examples=60)
def test_whoever_leaves_early_is_gone_long_before_the_end(plan: SimPlan) -> None:
    for visit in write_script(plan).visits:
        if visit.leaves_s is None:
            continue
        assert visit.route.ends_s < plan.seconds - 5.0


@given(plans())
@settings(deadline=None, max_examples=60)
def test_everybody_comes_through_the_door_and_no_two_share_a_seat(plan: SimPlan) -> None:
    visits = write_script(plan).visits
    assert all(visit.route.moments[0].z > WALL_Z for visit in visits)
    sat = [next(((m.x, m.z) for m in visit.route.moments if m.sits == 1.0), None) for visit in visits]
    taken = [seat for seat in sat if seat]
    assert len(taken) == len(set(taken))
    assert set(taken) <= {(seat.x, seat.z) for seat in seats()}


def test_every_other_stranger_only_crosses_the_room() -> None:
    visits = [v for v in write_script(SimPlan(strangers=4)).visits if v.role == "stranger"]
    assert [any(m.sits == 1.0 for m in v.route.moments) for v in visits] == [True, False, True, False]


def test_the_same_plan_writes_the_same_script() -> None:
    one, other = write_script(SimPlan(seed=5)), write_script(SimPlan(seed=5))
    assert [v.route for v in one.visits] == [v.route for v in other.visits]
    assert write_script(SimPlan(seed=6)).visits[0].route != one.visits[0].route
