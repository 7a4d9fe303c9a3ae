"""Each parent is heard, the student outweighs all of them, and the database keeps to what was said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError

from adsum_api.consents.rules import STUDENT, UNREGISTERED, Giver, Holds, Lacks, Rule, Word, standing
from adsum_api.runtime import Runtime
from adsum_store.models import Consent, ConsentWord, Guardian, School, Student, Template
from adsum_store.unit_of_work import Store

ANNE, CARL, GONE = UUID(int=1), UUID(int=2), UUID(int=3)
BOTH = frozenset({ANNE, CARL})
RULES: list[Rule] = ["one_parent", "one_unopposed", "every_parent"]
START = datetime(2026, 1, 1, tzinfo=UTC)

givers = st.sampled_from([ANNE, CARL, GONE, STUDENT, UNREGISTERED])
minutes = st.integers(0, 20)


@st.composite
def said(draw: st.DrawFn) -> list[Word]:
    words = []
    for number in range(draw(st.integers(0, 7))):
        giver: Giver = draw(givers)
        says = draw(st.sampled_from(["given", "given", "withdrawn", "refused"]))
        if giver == UNREGISTERED and says == "refused":
            says = "withdrawn"
        ends = draw(st.none() | minutes.map(at)) if says == "given" else None
        words.append(Word(giver, says, at(draw(minutes)), number, ends))
    return words


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def word(giver: Giver, says: Any, minute: int, ends: int | None = None) -> Word:
    return Word(giver, says, at(minute), minute, None if ends is None else at(ends))


@given(said(), st.randoms(), st.sampled_from(RULES), minutes)
def test_the_order_in_which_words_are_read_changes_nothing(
    words: list[Word], shuffle: Any, rule: Rule, minute: int
) -> None:
    mixed = [*words, *words[:2]]
    shuffle.shuffle(mixed)
    assert standing(mixed, BOTH, rule, at(minute)) == standing(words, BOTH, rule, at(minute))


@given(said(), st.sampled_from(RULES), minutes)
def test_what_is_said_later_changes_nothing_before(words: list[Word], rule: Rule, minute: int) -> None:
    known = [each for each in words if each.at <= at(minute)]
    assert standing(words, BOTH, rule, at(minute)) == standing(known, BOTH, rule, at(minute))


@given(said(), st.sampled_from(RULES), minutes)
def test_a_consent_holds_exactly_until_it_says(words: list[Word], rule: Rule, minute: int) -> None:
    known = [each for each in words if each.at <= at(minute)]
    found = standing(known, BOTH, rule, at(minute))
    if isinstance(found, Holds) and found.until is not None:
        just_before = found.until - timedelta(microseconds=1)
        assert isinstance(standing(known, BOTH, rule, just_before), Holds)
        assert isinstance(standing(known, BOTH, rule, found.until), Lacks)


@given(said(), st.sampled_from(RULES))
def test_the_students_refusal_outweighs_everybody(words: list[Word], rule: Rule) -> None:
    refused = Word(STUDENT, "refused", at(30), 100)
    given_before = [*words, refused, Word(STUDENT, "withdrawn", at(31), 101)]
    assert standing([*words, refused], BOTH, rule, at(40)) == Lacks(
        "refused_by_student", frozenset({STUDENT})
    )
    assert isinstance(standing(given_before, BOTH, rule, at(40)), Lacks), "it has to be given anew"


@given(said(), st.sampled_from(["one_unopposed", "every_parent"]))
def test_one_parents_refusal_ends_it(words: list[Word], rule: Rule) -> None:
    assert isinstance(standing([*words, Word(CARL, "refused", at(30), 100)], BOTH, rule, at(40)), Lacks)


@given(said())
def test_a_stricter_rule_never_finds_more_consent(words: list[Word]) -> None:
    held = [isinstance(standing(words, BOTH, rule, at(10)), Holds) for rule in RULES]
    assert held == sorted(held, reverse=True)


def test_what_is_missing_is_said() -> None:
    one = [word(ANNE, "given", 1)]
    assert standing(one, BOTH, "one_unopposed", at(5)) == Holds(None)
    assert standing(one, BOTH, "every_parent", at(5)) == Lacks("parent_missing", frozenset({CARL}))
    assert standing([], BOTH, "every_parent", at(5)) == Lacks("none", BOTH)
    assert standing([word(ANNE, "given", 1, 3)], BOTH, "one_parent", at(5)) == Lacks("expired")
    assert standing([word(GONE, "given", 1)], BOTH, "one_parent", at(5)) == Lacks("none")
    both = [*one, word(CARL, "given", 2, 9)]
    assert standing(both, BOTH, "every_parent", at(5)) == Holds(at(9))
    assert standing([*both, word(ANNE, "withdrawn", 4)], BOTH, "one_parent", at(5)) == Holds(at(9))
    against = [*both, word(ANNE, "refused", 4)]
    assert standing(against, BOTH, "one_parent", at(5)) == Holds(at(9))
    assert standing(against, BOTH, "one_unopposed", at(5)) == Lacks("refused_by_parent", frozenset({ANNE}))
    assert standing([word(STUDENT, "given", 1)], frozenset(), "every_parent", at(5)) == Holds(None)


@given(st.lists(said().filter(bool), min_size=8, max_size=8), st.sampled_from(RULES))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_database_answers_as_the_rule_does(
    store: Store, school: School, stories: list[list[Word]], rule: Rule
) -> None:
    now = datetime.now(UTC)
    with store.begin() as work:
        for words in stories:
            student, parents = _family(work.session, school)
            ids: dict[Giver, UUID] = {ANNE: parents[0], CARL: parents[1], GONE: parents[2]}
            for each in sorted(words, key=lambda said: said.place):
                work.session.add(_row(school, student, each, ids.get(each.giver)))
                work.session.flush()
            lacks = work.session.scalar(select(func.adsum_consent_lacks(student, rule)))
            assert lacks == isinstance(standing(words, BOTH, rule, now), Lacks), (words, rule)


def _family(session: Any, school: School) -> tuple[UUID, list[UUID]]:
    student = Student(school_id=school.id, number=str(uuid4()), name="Ada")
    session.add(student)
    session.flush()
    own = {"school_id": school.id, "student_id": student.id, "relation": "parent"}
    parents = [Guardian(name=name, **own) for name in ("Anne", "Carl", "Gone")]
    parents[2].ended_at = START
    session.add_all(parents)
    session.flush()
    return student.id, [each.id for each in parents]


def _row(school: School, student: UUID, said: Word, guardian: UUID | None) -> ConsentWord:
    return ConsentWord(
        school_id=school.id, student_id=student, guardian_id=guardian, by_student=said.giver == STUDENT,
        says=said.says, said_at=said.at, ends_at=said.ends_at, given_by="x", recorded_by="test",
    )  # fmt: skip


def add(client: TestClient) -> str:
    student: str = client.post("/v1/students", json={"number": str(uuid4()), "name": "Ada"}).json()["id"]
    return student


def parent(client: TestClient, student: str, name: str, **fields: Any) -> str:
    answer = client.post(f"/v1/students/{student}/guardians", json={"name": name} | fields)
    assert answer.status_code == 201, answer.text
    guardian: str = answer.json()["id"]
    return guardian


def says(client: TestClient, student: str, guardian: str, what: str, **fields: Any) -> dict[str, Any]:
    answer = client.post(f"/v1/students/{student}/guardians/{guardian}/{what}", json=fields)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def enrol(runtime: Runtime, school: School, student: str) -> None:
    with runtime.store.begin() as work:
        consent = work.session.scalar(
            select(Consent.id).where(Consent.student_id == UUID(student), Consent.active)
        )
        work.session.add(
            Template(
                school_id=school.id, student_id=UUID(student), consent_id=consent, model_id="test",
                embedding=np.eye(512, dtype=np.float32)[0], quality=1.0, source="photo",
                source_key=str(uuid4()),
            )
        )  # fmt: skip


def templates(client: TestClient, student: str) -> int:
    count: int = client.get(f"/v1/students/{student}").json()["templates"]
    return count


def test_by_default_one_parent_suffices_while_none_refuses(
    client: TestClient, runtime: Runtime, school: School
) -> None:
    student = add(client)
    anne, carl = parent(client, student, "Anne"), parent(client, student, "Carl")
    assert says(client, student, anne, "consent")["holds"]
    enrol(runtime, school, student)
    refused = says(client, student, carl, "refusal")
    assert (refused["holds"], refused["reason"]) == (False, "refused_by_parent")
    assert (refused["receipt"]["templates_deleted"], templates(client, student)) == (1, 0)
    blocked = client.post(
        f"/v1/students/{student}/consent", json={"basis": "guardian", "given_by": "Anne Lovelace"}
    )
    assert blocked.json()["code"] == "stands-against"
    lifted = client.delete(f"/v1/students/{student}/guardians/{carl}/refusal").json()
    assert (lifted["holds"], lifted["reason"]) == (True, None)
    logged = [each["action"] for each in client.get("/v1/audit", params={"subject_id": student}).json()]
    assert {"guardian.registered", "consent.given", "parent.refused", "consent.withdrawn"} <= set(logged)
    assert "Anne" not in client.get("/v1/audit").text


def test_where_every_parent_is_asked_each_has_to_consent_and_each_can_end_it(
    client: TestClient, runtime: Runtime, school: School
) -> None:
    assert client.patch("/v1/school", json={"consent_rule": "every_parent"}).status_code == 200
    student = add(client)
    anne, carl = parent(client, student, "Anne"), parent(client, student, "Carl")
    half = says(client, student, anne, "consent")
    assert (half["holds"], half["reason"]) == (False, "parent_missing")
    assert [(each["name"], each["says"]) for each in half["words"]] == [("Anne", "given"), ("Carl", None)]
    assert says(client, student, carl, "consent", expires_at="2999-01-01T00:00:00Z")["until"][:4] == "2999"
    enrol(runtime, school, student)
    late = client.post(f"/v1/students/{student}/guardians", json={"name": "Eve"})
    assert late.json()["code"] == "consent-would-end"
    parent(client, student, "Eve", consent={"method": "web"})
    withdrawn = client.delete(f"/v1/students/{student}/guardians/{anne}/consent").json()
    assert (withdrawn["receipt"]["templates_deleted"], withdrawn["reason"]) == (1, "withdrawn")
    assert client.delete(f"/v1/students/{student}/guardians/{anne}").json()["holds"]
    stranger = {"basis": "guardian", "given_by": "Somebody"}
    assert client.post(f"/v1/students/{student}/consent", json=stranger).json()["code"] == "parents-asked"


def test_a_consent_by_one_goes_on_when_another_withdraws(
    client: TestClient, runtime: Runtime, school: School
) -> None:
    student = add(client)
    anne = parent(client, student, "Anne", consent={})
    carl = parent(client, student, "Carl", consent={})
    enrol(runtime, school, student)
    kept = client.delete(f"/v1/students/{student}/guardians/{anne}/consent").json()
    assert (kept["holds"], kept["receipt"], templates(client, student)) == (True, None, 1)
    gone = client.delete(f"/v1/students/{student}/guardians/{carl}/consent").json()
    assert (gone["holds"], templates(client, student)) == (False, 0)
    assert client.delete(f"/v1/students/{student}/guardians/{carl}/consent").status_code == 404


def test_a_stricter_rule_is_refused_while_it_would_end_consents(client: TestClient) -> None:
    student = add(client)
    anne = parent(client, student, "Anne", consent={})
    carl = parent(client, student, "Carl")
    refused = client.patch("/v1/school", json={"consent_rule": "every_parent"})
    assert (refused.status_code, refused.json()["code"]) == (409, "consents-would-end")
    says(client, student, carl, "consent")
    assert client.patch("/v1/school", json={"consent_rule": "every_parent"}).status_code == 200
    assert client.get(f"/v1/students/{student}/consent").json()["words"][0]["guardian_id"] == anne


def test_a_renewal_keeps_the_templates(client: TestClient, runtime: Runtime, school: School) -> None:
    student = add(client)
    anne = parent(client, student, "Anne", consent={})
    enrol(runtime, school, student)
    body = {"language": "en", "body": "New words.", "renew_by": "2999-01-01T00:00:00Z"}
    new = client.post("/v1/consent-texts", json=body).json()["text"]["id"]
    assert client.get(f"/v1/students/{student}/consent").json()["until"][:4] == "2999"
    assert says(client, student, anne, "consent", text_id=new)["until"] is None
    shown = client.get(f"/v1/students/{student}").json()
    assert (shown["templates"], shown["consent"]["text_id"]) == (1, new)


def test_the_database_lets_no_template_stand_against_a_word(
    client: TestClient, runtime: Runtime, school: School, store: Store
) -> None:
    student = add(client)
    anne = parent(client, student, "Anne", consent={})
    enrol(runtime, school, student)
    row = _row(school, UUID(student), word(ANNE, "refused", 60 * 24 * 90), UUID(anne))
    with pytest.raises(IntegrityError, match="would stay without"), store.begin() as work:
        work.session.add(row)
    with store.begin() as work:
        work.session.execute(text("SET LOCAL session_replication_role = replica"))
        work.session.add(_row(school, UUID(student), word(ANNE, "refused", 60 * 24 * 90), UUID(anne)))
    with pytest.raises(IntegrityError, match="consent has ended"):
        enrol(runtime, school, student)


def test_nobody_rewrites_what_was_said(client: TestClient, store: Store) -> None:
    parent(client, add(client), "Anne", consent={"expires_at": "2999-01-01T00:00:00Z"})
    for changed in ({"says": "withdrawn"}, {"ends_at": datetime(2999, 2, 1, tzinfo=UTC)}):
        with pytest.raises(IntegrityError, match="never changed"), store.begin() as work:
            work.session.execute(update(ConsentWord).values(**changed))


def test_all_that_was_said_goes_with_the_student(client: TestClient, store: Store) -> None:
    student = add(client)
    parent(client, student, "Anne", consent={})
    counts = client.post(f"/v1/students/{student}/erasure").json()["counts"]
    assert (counts["guardians"], counts["consent_words"]) == (1, 1)
    with store.begin() as work:
        assert work.session.scalar(select(func.count()).select_from(ConsentWord)) == 0
