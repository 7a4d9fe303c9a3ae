"""Every value of a TOML document is found in the line it stands in."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

import hypothesis.strategies as st
from hypothesis import given

from adsum_camera.toml_lines import Place, lines_of

EXAMPLE = '''# a comment with [brackets] = and "quotes
top = 1

[defaults]   # a table
rates = { idle = 1, "odd.key" = { deep = 2 } }
text = """
[not.a.table]
x = "1"
"""
after.dotted = 'a # b'

[[camera]]
name = "a ] \\" # b"
at = 2026-01-01 10:00:00Z
corners = [
  [0, 0.5],  # first

  [1, 2], ]
[[camera.zone]]
kind = "door"
[[camera.zone]]
[camera.rates]
idle = 3
[[camera]]
name = "b"
[[camera.zone]]
kind = "mask"
'''


def test_tables_keys_and_elements_are_found() -> None:
    tomllib.loads(EXAMPLE)
    lines = lines_of(EXAMPLE)
    expected: dict[Place, int] = {
        ("top",): 2, ("defaults",): 4, ("defaults", "rates", "idle"): 5,
        ("defaults", "rates", "odd.key", "deep"): 5, ("defaults", "text"): 6,
        ("defaults", "after", "dotted"): 10, ("camera", 0): 12, ("camera", 0, "name"): 13,
        ("camera", 0, "at"): 14, ("camera", 0, "corners", 0, 1): 16, ("camera", 0, "corners", 1): 18,
        ("camera", 0, "zone", 0): 19, ("camera", 0, "zone", 0, "kind"): 20, ("camera", 0, "zone", 1): 21,
        ("camera", 0, "rates", "idle"): 23, ("camera", 1, "name"): 25, ("camera", 1, "zone", 0, "kind"): 27,
    }  # fmt: skip
    assert {place: lines.get(place) for place in expected} == expected


def test_windows_ends_of_lines_change_nothing() -> None:
    assert lines_of(EXAMPLE.replace("\n", "\r\n")) == lines_of(EXAMPLE)


KEYS = st.sampled_from(["a", "b-1", '"quoted.key"', "'[literal]'", "3"])
GAPS = st.sampled_from(["\n", "\n\n# [comment] = \n", " # a, b\n\n"])
SCALARS = st.sampled_from(["1.5", '"a # [b"', "'''two\nlines'''", "true", "1979-05-27 07:32:00", '"\\""'])


def values(gap: str) -> st.SearchStrategy[str]:
    """A value over several lines, whose innermost parts are marked."""
    return st.recursive(
        st.just("@"),
        lambda inner: (
            st.lists(inner, min_size=1, max_size=3).map(
                lambda parts: f"[{gap}" + f",{gap}".join(parts) + gap + "]"
            )
            | st.tuples(KEYS, st.just("@"), SCALARS).map(
                lambda parts: f"{{ {parts[0]} = {parts[1]}, z = {parts[2]} }}"
            )
        ),
        max_leaves=5,
    )


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A document in which every number that counts stands once: its own line's."""
    lines, used = "", 0
    for table in draw(st.lists(st.sampled_from(["[[t]]", "[[t.u]]", "[t.v]"]), max_size=6)):
        header = "[[t]]\n" if "[[t" not in lines else ""
        lines += (
            header
            + (table if table != "[t.v]" or f"{table}" not in lines.rpartition("[[t]]")[2] else "[[t]]")
            + "\n"
        )
        keys = draw(st.lists(KEYS, unique=True, max_size=3))
        for key in keys:
            lines += f"{key} = {draw(values(draw(GAPS)))}" + draw(GAPS)
            lines += f"other{used} = {draw(SCALARS)}\n"
            used += 1
    while "@" in lines:
        before, _, after = lines.partition("@")
        lines = f"{before}{10_000 + before.count(chr(10)) + 1}{after}"
    return lines


def leaves(value: Any, place: Place = ()) -> Iterator[tuple[Place, int]]:
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*place, key))
    elif isinstance(value, int) and value >= 10_000:
        yield place, value - 10_000


@given(documents())
def test_whatever_the_document_each_value_is_where_it_says(document: str) -> None:
    lines = lines_of(document)
    for place, line in leaves(tomllib.loads(document)):
        assert lines[place] == line, (place, document)
