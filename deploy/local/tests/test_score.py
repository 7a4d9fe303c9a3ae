"""A demo that flatters itself would be worse than none."""

from __future__ import annotations

from adsum_local.quantiles import quantile
from adsum_local.score import NamedFace, Person, RegisterLine, box_at, owner_of, score

LEFT, RIGHT = (100.0, 100.0, 50.0, 50.0), (400.0, 100.0, 50.0, 50.0)
ADA = Person("101", True, present=True, late=False, boxes={0.0: LEFT, 0.5: LEFT, 1.0: LEFT})
BEA = Person("102", True, present=True, late=True, boxes={0.0: RIGHT, 0.5: RIGHT, 1.0: RIGHT})
CARL = Person("103", True, present=False, late=False, boxes={})
STRANGER = Person("stranger-1", False, present=True, late=False, boxes={5.0: LEFT, 5.5: LEFT})
PEOPLE = (ADA, BEA, CARL, STRANGER)


def line(number: str, status: str, latency_ms: float | None) -> RegisterLine:
    return RegisterLine(number, status, status == "late", latency_ms)


def test_a_perfect_roll() -> None:
    result = score(
        PEOPLE,
        (NamedFace("101", [(0.25, LEFT)]), NamedFace("102", [(0.25, RIGHT)])),
        (
            line("101", "present", 400.0),
            line("102", "late", 800.0),
            line("103", "absent", None),
        ),
    )
    assert (result.truth_present, result.marked_present, result.correct) == (2, 2, 2)
    assert (result.wrong_name, result.missed, result.strangers_named) == (0, 0, 0)
    assert (result.late_correct, result.late_wrong) == (2, 0)
    assert result.latency_ms == {"p50": 400.0, "p95": 800.0}


def test_a_student_marked_but_not_there_is_a_wrong_name() -> None:
    result = score(PEOPLE, (), (line("103", "present", 1.0),))
    assert (result.wrong_name, result.correct, result.missed) == (1, 0, 2)


def test_a_wrong_name_counts_even_when_its_owner_is_in_the_room() -> None:
    faces = (NamedFace("102", [(0.25, LEFT)]),)
    assert score(PEOPLE, faces, (line("102", "present", 1.0),)).wrong_name == 1


def test_a_name_on_an_empty_chair_is_a_wrong_name() -> None:
    assert score(PEOPLE, (NamedFace("101", [(9.0, LEFT)]),), ()).wrong_name == 1


def test_a_stranger_with_a_name_is_counted_as_such() -> None:
    result = score(PEOPLE, (NamedFace("101", [(5.25, LEFT)]),), ())
    assert (result.strangers_named, result.wrong_name) == (1, 0)


def test_lateness_that_was_missed_is_wrong() -> None:
    result = score(PEOPLE, (), (line("102", "present", 1.0), line("101", "late", 1.0)))
    assert (result.late_correct, result.late_wrong) == (0, 2)


def test_most_crops_say_whose_face_it_is() -> None:
    face = NamedFace("101", [(0.1, LEFT), (0.2, LEFT), (0.3, RIGHT)])
    assert owner_of(face, PEOPLE) == ADA


def test_between_two_known_boxes_the_face_moves_evenly() -> None:
    assert box_at({0.0: (0, 0, 10, 10), 1.0: (20, 0, 10, 10)}, 0.5, 2.0) == (10, 0, 10, 10)


def test_a_face_half_hidden_is_where_it_was_last() -> None:
    assert box_at({0.0: (0, 0, 10, 10), 9.0: (20, 0, 10, 10)}, 1.5, 2.0) == (0, 0, 10, 10)
    assert box_at({0.0: (0, 0, 10, 10), 9.0: (20, 0, 10, 10)}, 4.5, 2.0) is None


def test_a_face_in_front_is_taken_before_the_one_it_hides() -> None:
    walker = Person("104", True, present=True, late=False, boxes={0.9: (90.0, 95.0, 80.0, 80.0)})
    hidden = Person("105", True, present=True, late=False, boxes={0.0: LEFT, 1.9: LEFT})
    assert owner_of(NamedFace("104", [(0.9, (101.0, 101.0, 52.0, 52.0))]), (walker, hidden)) == walker


def test_quantiles_are_members_of_the_list() -> None:
    assert quantile([1.0, 2.0, 3.0, 4.0], 0.5) == 2.0
    assert quantile([1.0, 2.0, 3.0, 4.0], 0.95) == 4.0
    assert quantile([], 0.5) is None
