"""The consent form on paper: everything that has to be asked and told, in the text's language, on A4."""

from __future__ import annotations

import io

import pytest
from fastapi.testclient import TestClient
from pypdf import PdfReader

from adsum_api.consents.form import NOBODY, WORDS, Asked, Terms, blocks_of, words_of
from adsum_api.consents.form_pdf import write_forms

BODY = "We look for your child's face in pictures of the classroom.\nPictures are kept for hours alone."


def texts(content: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(content)).pages]


def form_of(language: str, asked: Asked = NOBODY, body: str = BODY) -> str:
    terms = Terms("Lake School", language, body, "the foot")
    return "\n".join(block.text for block in blocks_of(terms, asked))


@pytest.mark.parametrize("language", sorted(WORDS))
def test_every_language_asks_and_tells_all_of_it(language: str) -> None:
    assert WORDS[language].keys() == WORDS["en"].keys()
    form = form_of(language)
    say = WORDS[language]
    assert [form.count(f"□ {say[answer]}") for answer in ("yes", "no", "own_no")] == [2, 2, 1]
    for said in ("purpose", "free", "until", "withdraw", "own"):
        assert say[said] in form
    assert form.count(say["signature"]) == 3


def test_a_language_that_is_not_known_has_its_text_in_english_words() -> None:
    assert words_of("pt-BR") == WORDS["en"]
    assert words_of("de-CH") == WORDS["de"]


def test_each_parent_on_record_signs_for_themselves() -> None:
    form = form_of("en", Asked("Zoë Ångström", "101", ("Ada", "Bo", "Cy")))
    assert [form.count(f"Parent or guardian: {name}\n") for name in ("Ada", "Bo", "Cy")] == [1, 1, 1]
    assert form.count("I consent.") == 3
    assert "Student: Zoë Ångström     Number: 101" in form


def test_a_long_text_goes_on_on_the_next_page_and_each_student_begins_a_new_one() -> None:
    out = io.BytesIO()
    people = [Asked("Ada", "1", ()), Asked("Bo", "2", ())]
    write_forms(Terms("Lake School", "en", "Word after word. " * 600, "the foot"), people, out)
    pages = texts(out.getvalue())
    assert len(pages) > 2
    assert len(pages) % 2 == 0
    assert ["Student: Bo" in page for page in pages].index(True) == len(pages) // 2
    assert f"1 / {len(pages) // 2}" in pages[0]


def test_forms_of_a_section_have_its_students_and_their_parents(client: TestClient) -> None:
    section = client.post("/v1/sections", json={"name": "7a"}).json()["id"]
    for number, name in (("101", "Ada Lovelace"), ("102", "Bea")):
        student = client.post("/v1/students", json={"number": number, "name": name}).json()["id"]
        client.put(f"/v1/sections/{section}/students/{student}", json={"starts_on": "2020-01-01"})
        client.post(f"/v1/students/{student}/guardians", json={"name": f"Parent of {number}"})
    text = client.post("/v1/consent-texts", json={"language": "de", "body": BODY}).json()["text"]
    path = f"/v1/consent-texts/{text['id']}/form"
    (blank,) = texts(client.get(path).content)
    assert BODY.splitlines()[1] in blank
    assert "Einwilligung in die Gesichtserkennung" in blank
    assert f"1 · de · SHA-256 {text['sha256'][:16]}" in blank
    answer = client.get(path, params={"section_id": section})
    assert answer.headers["content-type"] == "application/pdf"
    first, second = texts(answer.content)
    assert "Ada Lovelace" in first
    assert "Parent of 101" in first
    assert "Bea" in second
    assert client.get(path, params={"section_id": text["id"]}).status_code == 404
    assert client.get(f"/v1/consent-texts/{section}/form").status_code == 404
