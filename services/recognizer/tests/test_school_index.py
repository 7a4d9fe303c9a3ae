"""A school's own index: the search of the school uses it, and finds with it what it finds without."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import ClauseElement, Executable, text
from sqlalchemy.ext.compiler import compiles
from typer.testing import CliRunner

from adsum_recognizer.__main__ import app
from adsum_recognizer.bench.filling import MODEL, NOON, Filled, fill
from adsum_recognizer.bench.people import People
from adsum_store.repositories import elsewhere, school_wide
from adsum_store.repositories.elsewhere import Asking, SchoolMatch, SchoolProbe
from adsum_store.repositories.school_wide import Gallery
from adsum_store.unit_of_work import Store

PEOPLE = People(seed=4)


class Explain(Executable, ClauseElement):
    """EXPLAIN, of any statement."""

    inherit_cache = False

    def __init__(self, statement: ClauseElement) -> None:
        self.statement = statement


@compiles(Explain)
def _explain(explain: Explain, compiler: Any, **options: Any) -> str:
    return "EXPLAIN " + compiler.process(explain.statement, **options)


@pytest.fixture
def school(store: Store) -> Iterator[Filled]:
    filled = fill(store, PEOPLE, 100, (), lambda doing: None)
    yield filled
    school_wide.drop_index(store.engine, Gallery(filled.id, MODEL))


def found_in(store: Store, school: UUID) -> list[list[SchoolMatch]]:
    asking = Asking(school, uuid4(), names=True)
    probes = [SchoolProbe(asking, NOON, MODEL, vector) for vector in PEOPLE.probes(range(0, 100, 10))]
    with store.begin() as work:
        return elsewhere.nearest_in_school(work.session, probes, 3)


def plan(store: Store, school: UUID) -> str:
    """How PostgreSQL would search a school, if it could not read all of it and sort."""
    asking = Asking(school, uuid4(), names=True)
    probe = SchoolProbe(asking, NOON, MODEL, PEOPLE.probes([1])[0])
    statement = elsewhere.search(Gallery(school, MODEL))
    with store.engine.connect() as connection:
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        connection.execute(text("SET LOCAL enable_sort = off"))
        return "\n".join(
            row[0] for row in connection.execute(Explain(statement), elsewhere.parameters([probe]))
        )


def test_the_search_goes_by_the_index_and_finds_the_same(store: Store, school: Filled) -> None:
    gallery = Gallery(school.id, MODEL)
    exact = found_in(store, school.id)
    school_wide.build_index(store.engine, gallery)

    by_index = found_in(store, school.id)
    assert f"Index Scan using {gallery.index_name}" in plan(store, school.id)

    assert [each[0].student_id for each in exact] == list(school.students[::10])
    assert [each[0] for each in by_index] == [each[0] for each in exact]
    with store.begin() as work:
        assert (school_wide.index_bytes(work.session, gallery) or 0) > 0


def test_an_index_is_of_one_school_and_one_model(store: Store, school: Filled) -> None:
    other = fill(store, PEOPLE, 20, (), lambda doing: None)
    school_wide.build_index(store.engine, Gallery(school.id, MODEL))

    assert {match.student_id for each in found_in(store, other.id) for match in each} <= set(other.students)
    with store.begin() as work:
        assert school_wide.index_bytes(work.session, Gallery(other.id, MODEL)) is None


def test_a_large_school_is_worth_an_index_until_it_has_one(store: Store, school: Filled) -> None:
    gallery = Gallery(school.id, MODEL)

    def worth(templates: int) -> list[tuple[Gallery, int]]:
        with store.begin() as work:
            return school_wide.without_index(work.session, templates)

    assert (worth(500), worth(501)) == ([(gallery, 500)], [])
    school_wide.build_index(store.engine, gallery)
    assert worth(500) == []


def test_the_command_indexes_large_schools_once(
    store: Store, database_url: str, school: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADSUM_DATABASE_URL", database_url)

    runs = [CliRunner().invoke(app, ["index", "--templates", "500"]) for _ in range(2)]

    assert [run.stdout for run in runs] == [
        "500 templates by benchmark are indexed.\n",
        "No school of 500 templates or more is without its index.\n",
    ]


def test_a_gallery_without_templates_gets_no_index(store: Store, school: Filled) -> None:
    with pytest.raises(LookupError, match="no templates"):
        school_wide.build_index(store.engine, Gallery(school.id, "another"))


def test_a_model_may_be_named_with_anything(store: Store, school: Filled) -> None:
    with store.begin() as work:
        work.session.execute(text("UPDATE templates SET model_id = 'it''s:a \"model\"'"))
    gallery = Gallery(school.id, 'it\'s:a "model"')

    school_wide.build_index(store.engine, gallery)

    with store.begin() as work:
        assert school_wide.index_bytes(work.session, gallery)
    school_wide.drop_index(store.engine, gallery)
