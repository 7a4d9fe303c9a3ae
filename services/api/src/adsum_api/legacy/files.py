"""The original demo's two files, read and written. Pure but for the reading and writing itself.

`StudentDetails/studentdetails.csv`: no header, `101,John Doe`.
`FaceEmbeddings/embeddings.json`: `{"101": [[512 numbers], …], …}`, from FaceNet trained on VGGFace2.
"""

from __future__ import annotations

import csv
import io
import json
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import fsum, isfinite, sqrt
from pathlib import Path
from typing import Final, TypeAlias

from pydantic import TypeAdapter, ValidationError

from adsum_api.errors import Invalid
from adsum_api.texts import Name, Number

STUDENTS_FILE: Final = Path("StudentDetails") / "studentdetails.csv"
VECTORS_FILE: Final = Path("FaceEmbeddings") / "embeddings.json"
DIMENSIONS: Final = 512
MAX_FILE_BYTES: Final = 256 * 1024 * 1024
"""About 25,000 vectors; reading takes some six times as much memory."""

Vector: TypeAlias = "array[float]"
"""512 numbers of 4 bytes: of type code `f`."""

_NUMBER: Final = TypeAdapter(Number)
_NAME: Final = TypeAdapter(Name)


class BadLegacyFile(Invalid):
    """A file is missing, too large, or not what it should be."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that was left out: where it stands, and why."""

    where: str
    reason: str


@dataclass(frozen=True, slots=True)
class LegacyFiles:
    """Names and vectors by student number, and what could not be read."""

    names: Mapping[str, str]
    vectors: Mapping[str, tuple[Vector, ...]]
    refused: tuple[Refusal, ...]


def read_legacy(folder: Path) -> LegacyFiles:
    """Read what `folder` has of the two files; raise `BadLegacyFile` when there is neither."""
    students, vectors = folder / STUDENTS_FILE, folder / VECTORS_FILE
    if not (students.is_file() or vectors.is_file()):
        raise BadLegacyFile(f"{folder} has neither {STUDENTS_FILE} nor {VECTORS_FILE}")
    refused: list[Refusal] = []
    names = parse_students(_text(students), refused) if students.is_file() else {}
    faces = parse_vectors(_text(vectors), refused) if vectors.is_file() else {}
    return LegacyFiles(names, faces, tuple(refused))


def parse_students(text: str, refused: list[Refusal]) -> dict[str, str]:
    """Return names by number; of several rows with one number the last counts, as it did in the original."""
    names: dict[str, str] = {}
    rows = csv.reader(io.StringIO(text, newline=""))
    for row in _readable(rows, refused):
        where = f"{STUDENTS_FILE.name} line {rows.line_num}"
        if len(row) != 2:
            refused.append(Refusal(where, f"{len(row)} columns, not 2"))
            continue
        try:
            number, name = _NUMBER.validate_python(row[0]), _NAME.validate_python(row[1])
        except ValidationError as error:
            refused.append(Refusal(where, error.errors()[0]["msg"]))
            continue
        if names.get(number, name) != name:
            refused.append(Refusal(where, f"number {number} came before: this later name counts"))
        names[number] = name
    return names


def parse_vectors(text: str, refused: list[Refusal]) -> dict[str, tuple[Vector, ...]]:
    """Return unit vectors by number; raise `BadLegacyFile` for what is no JSON object."""
    try:
        # Pairs, not a dict: of a number that comes twice, both count. Tuples tell objects from arrays.
        content = json.loads(text, object_pairs_hook=tuple)
    except (json.JSONDecodeError, RecursionError) as error:
        raise BadLegacyFile(f"{VECTORS_FILE.name} is not JSON: {error}") from None
    if not isinstance(content, tuple):
        raise BadLegacyFile(f"{VECTORS_FILE.name} is not an object of numbers and their vectors")
    found: dict[str, tuple[Vector, ...]] = {}
    for key, vectors in content:
        try:
            number = _NUMBER.validate_python(key)
        except ValidationError as error:
            refused.append(Refusal(VECTORS_FILE.name, f"a student's number: {error.errors()[0]['msg']}"))
        else:
            found[number] = (*found.get(number, ()), *_usable(number, vectors, refused))
    return found


def unit_vector(values: object) -> Vector:
    """Return `values` (512 numbers) at length one; raise `ValueError` that says why not."""
    if not isinstance(values, list) or not all(type(each) in (int, float) for each in values):
        raise ValueError("not a list of numbers")
    if len(values) != DIMENSIONS:
        raise ValueError(f"{len(values)} numbers, not {DIMENSIONS}")
    try:
        numbers = [float(each) for each in values]
    except OverflowError:
        raise ValueError("a number is too large") from None
    if not all(map(isfinite, numbers)):
        raise ValueError("a number is not finite")
    largest = max(map(abs, numbers))
    if largest == 0:
        raise ValueError("all numbers are zero")
    scaled = [each / largest for each in numbers]  # first, so that no square overflows or vanishes
    length = sqrt(fsum(each * each for each in scaled))
    return array("f", (each / length for each in scaled))


def write_students(path: Path, students: Iterator[tuple[str, str]]) -> int:
    """Write (number, name) rows; return how many."""
    with _private(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        return sum(1 for row in students if writer.writerow(row))


def write_vectors(path: Path, vectors: Iterator[tuple[str, list[Sequence[float]]]]) -> int:
    """Write the vectors of each number, which must come together; return how many vectors."""
    written = 0
    with _private(path) as file:
        file.write("{")
        for index, (number, faces) in enumerate(vectors):
            lists = [[float(f"{value:.9g}") for value in face] for face in faces]  # 9 digits name a float32
            file.write(f"{', ' if index else ''}{json.dumps(number)}: {json.dumps(lists)}")
            written += len(faces)
        file.write("}\n")
    return written


def _usable(number: str, vectors: object, refused: list[Refusal]) -> Iterator[Vector]:
    if not isinstance(vectors, list):
        refused.append(Refusal(f"{VECTORS_FILE.name} {number}", "not a list of vectors"))
        return
    seen: set[bytes] = set()
    for index, values in enumerate(vectors):
        try:
            vector = unit_vector(values)
            if vector.tobytes() in seen:
                raise ValueError("the same vector came before")
        except ValueError as error:
            refused.append(Refusal(f"{VECTORS_FILE.name} {number}[{index}]", str(error)))
        else:
            seen.add(vector.tobytes())
            yield vector


def _readable(rows: Iterator[list[str]], refused: list[Refusal]) -> Iterator[list[str]]:
    """Yield the rows that are not empty, up to the first that is no CSV."""
    try:
        yield from (row for row in rows if row)
    except csv.Error as error:
        refused.append(Refusal(STUDENTS_FILE.name, f"unreadable from here on: {error}"))


def _text(path: Path) -> str:
    if path.stat().st_size > MAX_FILE_BYTES:
        raise BadLegacyFile(f"{path.name} has more than {MAX_FILE_BYTES // 1024**2} MB: split it")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise BadLegacyFile(f"{path.name} is not UTF-8: save it as UTF-8") from None


def _private(path: Path) -> io.TextIOWrapper:
    """Open a file of faces and names for writing, readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    return path.open("w", encoding="utf-8", newline="")
