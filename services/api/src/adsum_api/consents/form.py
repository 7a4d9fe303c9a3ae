"""The consent form on paper: what it says, and who is asked to sign. Pure.

The school's own text says what people agree to; what stands around it is as the text's language has it, where
`WORDS` knows that language, and English otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from adsum_api.reports.formats.as_pdf import SQUARE as BOX

LINE: Final = "_" * 34
DAY: Final = "_" * 16
BLANK_PARENTS: Final = 2
"""So many places to sign where no parent is on record."""

Look = Literal["heading", "text"]


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, or a paragraph; `keeps` the next one on its page."""

    text: str
    look: Look = "text"
    keeps: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom a form is for: a student, and the names of the parents on record."""

    student: str
    number: str
    parents: Sequence[str]


NOBODY: Final = Asked("", "", ())
"""A form to be copied: every name is a line."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What is agreed to: the school, the text, and what `foot` says of which text it was."""

    school: str
    language: str
    body: str
    foot: str


def blocks_of(terms: Terms, asked: Asked) -> Iterator[Block]:
    """Yield what stands on one form."""
    say = words_of(terms.language)
    yield Block(say["title"], "heading", keeps=True)
    yield Block(f"{say['school']}: {terms.school}")
    yield Block(f"{say['student']}: {asked.student or LINE}     {say['number']}: {asked.number or DAY}")
    yield Block(say["purpose"])
    for paragraph in terms.body.splitlines():
        yield Block(paragraph)
    yield Block(say["free"])
    yield Block(f"{say['until']}: {DAY}. {say['withdraw']}")
    for parent in asked.parents or ("",) * BLANK_PARENTS:
        yield from _signed(say, f"{say['parent']}: {parent or LINE}", ("yes", "no"))
    yield from _signed(say, say["own"], ("own_no",))


def _signed(say: Mapping[str, str], who: str, answers: Sequence[str]) -> Iterator[Block]:
    yield Block(who, "heading", keeps=True)
    for answer in answers:
        yield Block(f"{BOX} {say[answer]}", keeps=True)
    yield Block(f"{say['date']}: {DAY}     {say['signature']}: {LINE}")


def words_of(language: str) -> Mapping[str, str]:
    """Return the form's own words in a language, by its first subtag (BCP 47)."""
    return WORDS.get(language.partition("-")[0], WORDS["en"])


WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "title": "Consent to face recognition for attendance",
        "school": "School",
        "student": "Student",
        "number": "Number",
        "purpose": "Purpose: to record attendance at lessons, and nothing else.",
        "free": "Whoever does not consent takes part in the same lessons, and is marked present by a person. "
        "There is no disadvantage.",
        "until": "A consent ends at the latest on",
        "withdraw": "You can withdraw it at any time and without a reason, at the school office in person or "
        "in writing. Everything that was made from pictures of the face is then deleted at once.",
        "parent": "Parent or guardian",
        "own": "The student",
        "yes": "I consent.",
        "no": "I do not consent.",
        "own_no": "I do not want to be recognised, whoever consents.",
        "date": "Date",
        "signature": "Signature",
    },
    "de": {
        "title": "Einwilligung in die Gesichtserkennung zur Anwesenheit",
        "school": "Schule",
        "student": "Schülerin oder Schüler",
        "number": "Nummer",
        "purpose": "Zweck: die Anwesenheit im Unterricht festzuhalten, und nichts anderes.",
        "free": "Wer nicht einwilligt, nimmt am selben Unterricht teil, und ein Mensch trägt die Anwesenheit "
        "ein. Es entsteht kein Nachteil.",
        "until": "Eine Einwilligung endet spätestens am",
        "withdraw": "Sie können sie jederzeit und ohne Grund widerrufen, im Sekretariat, mündlich oder "
        "schriftlich. Alles, was aus Bildern des Gesichts gemacht wurde, wird dann sofort gelöscht.",
        "parent": "Sorgeberechtigte Person",
        "own": "Die Schülerin oder der Schüler",
        "yes": "Ich willige ein.",
        "no": "Ich willige nicht ein.",
        "own_no": "Ich will nicht erkannt werden, wer auch immer einwilligt.",
        "date": "Datum",
        "signature": "Unterschrift",
    },
    "fr": {
        "title": "Consentement à la reconnaissance faciale pour les présences",
        "school": "École",
        "student": "Élève",
        "number": "Numéro",
        "purpose": "Finalité : relever les présences aux cours, et rien d'autre.",
        "free": "Qui ne consent pas suit les mêmes cours, et une personne note sa présence. Il n'en résulte "
        "aucun désavantage.",
        "until": "Un consentement prend fin au plus tard le",
        "withdraw": "Vous pouvez le retirer à tout moment et sans motif, au secrétariat, de vive voix ou par "
        "écrit. Tout ce qui a été tiré d'images du visage est alors supprimé aussitôt.",
        "parent": "Parent ou représentant légal",
        "own": "L'élève",
        "yes": "Je consens.",
        "no": "Je ne consens pas.",
        "own_no": "Je ne veux pas être reconnu, qui que ce soit qui consente.",
        "date": "Date",
        "signature": "Signature",
    },
    "es": {
        "title": "Consentimiento al reconocimiento facial para la asistencia",
        "school": "Centro",
        "student": "Alumno o alumna",
        "number": "Número",
        "purpose": "Finalidad: registrar la asistencia a las clases, y nada más.",
        "free": "Quien no consiente participa en las mismas clases, y una persona anota su asistencia. No "
        "supone ninguna desventaja.",
        "until": "Un consentimiento termina a más tardar el",
        "withdraw": "Puede retirarlo en cualquier momento y sin motivo, en la secretaría, de palabra o por "
        "escrito. Todo lo que se hizo a partir de imágenes del rostro se borra entonces de inmediato.",
        "parent": "Padre, madre o tutor legal",
        "own": "El alumno o la alumna",
        "yes": "Consiento.",
        "no": "No consiento.",
        "own_no": "No quiero que se me reconozca, consienta quien consienta.",
        "date": "Fecha",
        "signature": "Firma",
    },
}
"""The words of the form: what law asks to be said (GDPR 7 and 13(2)(c)), by language."""
