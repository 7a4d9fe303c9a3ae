"""The search is exact, within the roster, one row a student; and no approximate index may serve it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ClauseElement, Connection, Executable, select, text
from sqlalchemy.ext.compiler import compiles

from adsum_contracts.models import DLIB_RESNET_V1
from adsum_recognizer.gallery import compared
from adsum_store.models import Lesson, Section, SectionEnrolment, Template
from adsum_store.repositories import templates
from adsum_store.repositories.roster_search import search
from adsum_store.repositories.templates import Match, NewTemplate, Probe

MODEL = DLIB_RESNET_V1.id


def unit(*weights: float) -> NDArray[np.float32]:
    vector = np.zeros(512, np.float32)
    vector[: len(weights)] = weights
    return vector / np.float32(np.linalg.norm(vector))


def add(classroom: Any, student: Any, vector: NDArray[np.float32], key: str, model: str = MODEL) -> None:
    with classroom.store.begin() as work:
        new = NewTemplate(student.school_id, student.id, model, vector, 0.9, "photo", key)
        assert templates.add(work.session, new)


def probe(classroom: Any, vector: NDArray[np.float32] | None) -> Probe:
    return Probe(classroom.camera.id, classroom.nine, MODEL, vector)


def test_a_student_of_several_templates_is_one_candidate(classroom: Any) -> None:
    ada, bea = (classroom.student(number, template=False) for number in (1, 2))
    lesson = classroom.lesson()
    add(classroom, ada, unit(1, 0.2), "a")
    add(classroom, ada, unit(1, 0.1), "b")
    add(classroom, bea, unit(1, 1), "a")
    with classroom.store.begin() as work:
        (found,) = templates.nearest(work.session, [probe(classroom, unit(1))], 5)
    assert found.lesson_id == lesson.id
    assert [match.student_id for match in found.matches] == [ada.id, bea.id]
    best, mean = unit(1) @ unit(1, 0.1), unit(1) @ unit(*(unit(1, 0.1) + unit(1, 0.2))[:2])
    np.testing.assert_allclose(
        [match.score for match in found.matches], [(best + mean) / 2, unit(1) @ unit(1, 1)], atol=1e-6
    )


def test_the_database_compares_as_the_evaluation_does(classroom: Any) -> None:
    rng = np.random.default_rng(3)
    students = [classroom.student(number, template=False) for number in range(4)]
    gallery = [unit(*vector) for vector in rng.normal(0.3, 1, (10, 512))]
    owners = [0, 1, 1, 2, 2, 2, 3, 3, 3, 3]
    classroom.lesson()
    for key, (owner, vector) in enumerate(zip(owners, gallery, strict=True)):
        add(classroom, students[owner], vector, str(key))
    looked_for = np.stack([unit(*vector) for vector in rng.normal(0.3, 1, (5, 512))])
    with classroom.store.begin() as work:
        found = templates.nearest(work.session, [probe(classroom, each) for each in looked_for], 5)
    by_student = [np.stack([v for o, v in zip(owners, gallery, strict=True) if o == at]) for at in range(4)]
    scores = [{match.student_id: match.score for match in each.matches} for each in found]
    in_sql = [[row[student.id] for student in students] for row in scores]
    np.testing.assert_allclose(in_sql, compared(looked_for, by_student), atol=1e-6)


def test_another_model_s_templates_are_never_compared(classroom: Any) -> None:
    ada = classroom.student(1, template=False)
    classroom.lesson()
    add(classroom, ada, unit(1), "a", model="facenet-vggface2")
    with classroom.store.begin() as work:
        (found,) = templates.nearest(work.session, [probe(classroom, unit(1))], 5)
    assert found.matches == ()


def test_each_probe_is_searched_in_its_own_room(classroom: Any) -> None:
    ada = classroom.student(1)
    elsewhere = classroom.new_camera("back", classroom.new_room("102"))
    lesson = classroom.lesson()
    probes = [
        Probe(elsewhere.id, classroom.nine, MODEL, unit(0, 1)),
        probe(classroom, unit(0, 1)),
        probe(classroom, None),
        Probe(uuid4(), classroom.nine, MODEL, unit(0, 1)),
    ]
    with classroom.store.begin() as work:
        found = templates.nearest(work.session, probes, 5)
    assert [each.lesson_id for each in found] == [None, lesson.id, lesson.id, None]
    assert [each.matches for each in found] == [(), (Match(ada.id, 1.0),), (), ()]


def test_a_lesson_ends_before_its_end_and_names_only_its_roster(classroom: Any) -> None:
    ada, _ = classroom.student(1), classroom.student(2, on_roster=False)
    lesson = classroom.lesson()
    probes = [
        Probe(classroom.camera.id, classroom.nine, MODEL, unit(0, 1)),
        Probe(classroom.camera.id, lesson.ends_at, MODEL, unit(0, 1)),
    ]
    with classroom.store.begin() as work:
        during, after = templates.nearest(work.session, probes, 5)
    assert (during.lesson_id, [match.student_id for match in during.matches]) == (lesson.id, [ada.id])
    assert (after.lesson_id, after.matches) == (None, ())
    with classroom.store.begin() as work:
        work.session.get_one(Lesson, lesson.id).section_id = None
        work.session.flush()
        (ad_hoc, _) = templates.nearest(work.session, probes, 5)
        assert len(ad_hoc.matches) == 2


def test_each_probe_of_a_batch_is_searched_in_its_own_lessons_roster(classroom: Any) -> None:
    ada, bea = (classroom.student(number, template=False) for number in (1, 2))
    add(classroom, ada, unit(1), "a")
    add(classroom, bea, unit(1), "a")
    room = classroom.new_room("102")
    section = classroom.add(Section(school_id=classroom.school.id, name="4a"))
    for starts_on in (classroom.nine.date(), classroom.nine.date() - timedelta(days=1)):  # enrolled twice
        classroom.add(
            SectionEnrolment(
                school_id=section.school_id, section_id=section.id, student_id=bea.id, starts_on=starts_on
            )
        )
    lessons = classroom.lesson(), classroom.lesson(section_id=section.id, room_id=room.id)
    beside = classroom.new_camera("beside", room)
    probes = [probe(classroom, unit(1)), Probe(beside.id, classroom.nine, MODEL, unit(1))] * 2

    with classroom.store.begin() as work:
        found = templates.nearest(work.session, probes, 5)

    assert [each.lesson_id for each in found] == [lesson.id for lesson in lessons] * 2
    names = [[match.student_id for match in each.matches] for each in found]
    assert names == [sorted([ada.id, bea.id]), [bea.id]] * 2
    assert found[1].matches == (Match(bea.id, 1.0),)


class Explain(Executable, ClauseElement):
    """EXPLAIN, of any statement."""

    inherit_cache = False

    def __init__(self, statement: ClauseElement) -> None:
        self.statement = statement


@compiles(Explain)
def _explain(explain: Explain, compiler: Any, **options: Any) -> str:
    return "EXPLAIN " + compiler.process(explain.statement, **options)


def plan(session: Connection, statement: ClauseElement, asked: dict[str, Any] | None = None) -> str:
    return "\n".join(row[0] for row in session.execute(Explain(statement), asked))


def test_no_hnsw_index_can_serve_the_search(classroom: Any) -> None:
    ada = classroom.student(1)
    classroom.lesson()
    asked = templates.parameters([probe(classroom, unit(1))])
    with classroom.store.engine.connect() as session:  # never committed: tests share the tables
        session.execute(
            text(
                "INSERT INTO templates (school_id, id, student_id, consent_id, model_id, embedding, quality,"
                " source, source_key) SELECT school_id, gen_random_uuid(), student_id, consent_id, model_id,"
                " (SELECT array_agg(random() + 0 * n * axis) FROM generate_series(1, 512) axis)::vector,"
                " 1, 'photo', n::text FROM templates, generate_series(1, 500) n"
            )
        )
        session.execute(text("CREATE INDEX ON templates USING hnsw (embedding vector_cosine_ops)"))
        session.execute(text("ANALYZE templates"))
        session.execute(text("SET LOCAL enable_seqscan = off"))
        session.execute(text("SET LOCAL enable_sort = off"))
        tempted = plan(
            session,
            select(Template.id)
            .where(Template.school_id == ada.school_id)
            .order_by(Template.embedding.op("<=>")(unit(1)))
            .limit(5),
        )
        ours = plan(session, search(5), asked)
    assert "<=>" in tempted
    assert "Order By: (embedding <=>" in tempted, "the planner would use the index if it could"
    assert "Order By" not in ours
