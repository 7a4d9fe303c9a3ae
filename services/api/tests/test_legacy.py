"""The original demo's files, in and out."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from adsum_api.legacy import files as legacy_files
from adsum_api.legacy.commands import bring_in
from adsum_api.legacy.files import (
    STUDENTS_FILE,
    VECTORS_FILE,
    BadLegacyFile,
    Refusal,
    parse_students,
    parse_vectors,
    read_legacy,
    unit_vector,
    write_students,
)
from adsum_api.legacy.service import LegacyImport, Report, export_legacy
from adsum_api.runtime import Runtime
from adsum_api.students.consents import AttestationOff
from adsum_contracts.routes import ENROL_VECTORS
from adsum_store.models import EnrolmentJob, School, Template
from adsum_store.repositories import consents


def face(seed: int) -> list[float]:
    return [float(x) for x in np.random.default_rng(seed).normal(size=512)]


def folder_of(tmp_path: Path, csv: str, vectors: object) -> Path:
    for path, text in ((STUDENTS_FILE, csv), (VECTORS_FILE, json.dumps(vectors))):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


def run_import(runtime: Runtime, folder: Path, *, dry_run: bool = False) -> Report:
    running = LegacyImport(read_legacy(folder), runtime.tasks, runtime.clock())
    for number in running.numbers():
        bring_in(runtime.store, running, number, dry_run=dry_run)
    return running.report


def recognise(runtime: Runtime, school: School, tasks: Any) -> None:
    """Keep what was sent, as the recognizer does."""
    for _, _, message in tasks.sent:
        with runtime.store.begin() as work:
            job = work.session.get_one(EnrolmentJob, message.job_id)
            consent = consents.active(work, school.id, job.student_id)
            assert consent is not None
            for index, vector in enumerate(message.vectors):
                work.session.add(
                    Template(
                        school_id=school.id, student_id=job.student_id, consent_id=consent.id,
                        model_id=message.model_id, embedding=np.array(vector, np.float32), quality=1.0,
                        source="legacy", source_key=f"{message.job_id}:{index}",
                    )
                )  # fmt: skip


@given(
    st.dictionaries(
        st.from_regex(r"[0-9A-Za-z ,\"'-]{1,20}", fullmatch=True).map(str.strip).filter(bool),
        st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=40),
        max_size=10,
    )
)
def test_what_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, names: dict[str, str]
) -> None:
    path = tmp_path_factory.mktemp("legacy") / "students.csv"
    assert write_students(path, iter(names.items())) == len(names)
    refused: list[Refusal] = []
    assert parse_students(path.read_text(encoding="utf-8"), refused) == names
    assert refused == []


@given(st.text(max_size=300))
def test_any_text_gives_names_or_reasons(text: str) -> None:
    refused: list[Refusal] = []
    for number, name in parse_students(text, refused).items():
        assert 1 <= len(number) <= 64
        assert 1 <= len(name) <= 200


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=4))
def test_any_json_gives_vectors_or_reasons(content: dict[str, object]) -> None:
    refused: list[Refusal] = []
    found = parse_vectors(json.dumps(content), refused)
    assert all(vectors == () for vectors in found.values()), "512 numbers do not come about by chance"


@given(
    st.lists(st.floats(), min_size=1, max_size=512),
    st.integers(-(10**400), 10**400) | st.floats(allow_nan=False, allow_infinity=False),
)
def test_a_vector_has_length_one_or_a_reason(some: list[float], other: float) -> None:
    values = [*(some * 512)[:511], other]
    with suppress(ValueError):
        vector = unit_vector(values)
        assert len(vector) == 512
        assert float(np.linalg.norm(np.array(vector, np.float64))) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("vector", "reason"),
    [
        ([1.0] * 511, "511 numbers, not 512"), ([0.0] * 512, "all numbers are zero"),
        ([float("nan")] * 512, "a number is not finite"), (["1"] * 512, "not a list of numbers"),
        ([True] * 512, "not a list of numbers"), ("x" * 512, "not a list of numbers"),
        ([10**400] * 512, "a number is too large"),
    ],
)  # fmt: skip
def test_a_vector_that_is_none_is_refused_with_its_reason(vector: object, reason: str) -> None:
    refused: list[Refusal] = []
    assert parse_vectors(json.dumps({"101": [vector]}), refused) == {"101": ()}
    assert refused == [Refusal("embeddings.json 101[0]", reason)]


def test_a_bad_row_is_named_by_its_line() -> None:
    refused: list[Refusal] = []
    text = '101,John Doe\r\n\r\n102\n,Nobody\n103,"Doe, Jane"\n101,Jon Doe\n'
    assert parse_students(text, refused) == {"101": "Jon Doe", "103": "Doe, Jane"}
    assert [each.where for each in refused] == [f"studentdetails.csv line {line}" for line in (3, 4, 6)]


@pytest.mark.parametrize("text", ["[", "[]", "3", "[" * 100_000, '{"101": NaN'])
def test_what_is_no_object_of_vectors_is_refused_whole(text: str) -> None:
    with pytest.raises(BadLegacyFile):
        parse_vectors(text, [])


def test_files_too_large_or_missing_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadLegacyFile, match="neither"):
        read_legacy(tmp_path)
    folder = folder_of(tmp_path, "101,Ada\n", {})
    monkeypatch.setattr(legacy_files, "MAX_FILE_BYTES", 4)
    with pytest.raises(BadLegacyFile, match="split it"):
        read_legacy(folder)
    monkeypatch.undo()
    (folder / STUDENTS_FILE).write_bytes(b"101,J\xf6rg\n")
    with pytest.raises(BadLegacyFile, match="UTF-8"):
        read_legacy(folder)


def test_an_import_makes_students_with_consent_and_hands_vectors_on(
    client: TestClient, runtime: Runtime, tasks: Any, tmp_path: Path
) -> None:
    vectors = {"101": [face(1), face(1), face(2)], "999": [face(3)], "102": [face(n) for n in range(40)]}
    report = run_import(runtime, folder_of(tmp_path, "101,John Doe\n102,Jane\n", vectors))
    assert (report.added, report.renamed, report.vectors_sent) == (2, 0, 42)
    assert {(each.where, each.reason) for each in report.refused} == {
        ("embeddings.json 101[1]", "the same vector came before"),
        ("999", "vectors without a student of this number"),
    }
    assert [(name, len(message.vectors)) for name, _, message in tasks.sent] == [
        (ENROL_VECTORS, 2), (ENROL_VECTORS, 32), (ENROL_VECTORS, 8),
    ]  # fmt: skip
    [john, _] = client.get("/v1/students").json()
    assert john["consent"]["basis"] == "attested_by_operator"
    job = client.get(f"/v1/enrolments/{tasks.sent[0][2].job_id}").json()
    assert (job["source"], job["wanted"], job["state"]) == ("legacy", 2, "pending")


def test_the_same_files_again_change_nothing(
    client: TestClient, runtime: Runtime, school: School, tasks: Any, tmp_path: Path
) -> None:
    folder = folder_of(tmp_path, "101,John Doe\n", {"101": [face(1), face(2)]})
    run_import(runtime, folder)
    first = tasks.sent[0][2].job_id
    run_import(runtime, folder)
    assert tasks.sent[1][2].job_id == first, "before the recognizer came to it: the same job"
    del tasks.sent[1:]
    recognise(runtime, school, tasks)
    report = run_import(runtime, folder)
    assert (report.added, report.renamed, report.vectors_sent, report.vectors_known) == (0, 0, 0, 2)
    assert len(client.get("/v1/students").json()) == 1


def test_a_dry_run_says_the_same_and_keeps_nothing(
    client: TestClient, runtime: Runtime, tasks: Any, tmp_path: Path
) -> None:
    folder = folder_of(tmp_path, "101,John Doe\n", {"101": [face(1)]})
    rehearsed = run_import(runtime, folder, dry_run=True)
    assert tasks.sent == []
    assert client.get("/v1/students").json() == []
    assert run_import(runtime, folder) == rehearsed


def test_an_import_respects_a_withdrawal_and_a_school_that_wants_real_consents(
    client: TestClient, runtime: Runtime, tasks: Any, tmp_path: Path
) -> None:
    folder = folder_of(tmp_path, "101,John Doe\n", {"101": [face(1)]})
    run_import(runtime, folder)
    [john] = client.get("/v1/students").json()
    client.delete(f"/v1/students/{john['id']}/consent")
    tasks.sent.clear()
    report = run_import(runtime, folder)
    assert [each.reason for each in report.refused] == ["consent was withdrawn: no vectors taken"]
    assert tasks.sent == []
    client.patch("/v1/school", json={"allow_attested_consent": False})
    with pytest.raises(AttestationOff):
        run_import(runtime, folder)


def test_what_came_in_goes_out_again(runtime: Runtime, school: School, tasks: Any, tmp_path: Path) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    names = '101,John Doe\n102,"Doe, Jane"\n'
    run_import(runtime, folder_of(source, names, {"101": [face(1), face(2)], "102": [face(3)]}))
    recognise(runtime, school, tasks)
    with runtime.store.begin() as work:
        assert export_legacy(work, school.id, out) == (2, 3)
    assert (out / STUDENTS_FILE).read_text(encoding="utf-8") == names
    assert (out / VECTORS_FILE).stat().st_mode & 0o077 == 0, "faces are nobody else's business"
    written = json.loads((out / VECTORS_FILE).read_text(encoding="utf-8"))
    assert {number: len(vectors) for number, vectors in written.items()} == {"101": 2, "102": 1}
    assert {np.array(v, np.float32).tobytes() for v in written["101"]} == {
        unit_vector(face(seed)).tobytes() for seed in (1, 2)
    }
    again = run_import(runtime, out)
    assert (again.vectors_sent, again.vectors_known) == (0, 3)
