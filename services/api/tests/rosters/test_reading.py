"""What a zip may be, and where a refusal says that something is wrong."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from adsum_api.rosters import archive
from adsum_api.rosters.faults import BadRoster
from adsum_api.rosters.layout import COLUMNS
from adsum_api.rosters.records import Received
from adsum_api.rosters.service import Wish, read_roster
from benchmarks.roster_zip import MadeUpSchool, as_csv, write_zip

MANIFEST = "propertyName,value\r\noneroster.version,1.1\r\nfile.users,bulk\r\nfile.enrollments,bulk\r\n"
USERS = ",".join(COLUMNS["1.1"]["users.csv"])


def read(files: dict[str, str | bytes], packing: int = zipfile.ZIP_DEFLATED) -> Received:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", packing) as packed:
        for name, text in files.items():
            packed.writestr(name, text)
    return read_roster(content, Wish())


def user_1_1(**cells: str) -> str:
    cells = {
        "sourcedId": "u1", "enabledUser": "true", "orgSourcedIds": "o", "role": "student", "username": "ada",
        "givenName": "Ada", "familyName": "L", **cells,
    }  # fmt: skip
    columns = COLUMNS["1.1"]["users.csv"]
    return as_csv(columns, [[cells.get(column, "") for column in columns]])


def test_both_versions_are_read() -> None:
    old = read({"manifest.csv": MANIFEST, "users.csv": user_1_1(orgSourcedIds="o, p")})
    assert (old.version, old.users.records["u1"].record.orgs) == ("1.1", ("o", "p"))
    content = io.BytesIO()
    write_zip(content, MadeUpSchool(2).files())
    new = read_roster(content, Wish())
    assert (new.version, len(new.users.records), new.faults) == ("1.2", 6, [])


def test_a_byte_order_mark_metadata_columns_and_empty_lines_are_taken() -> None:
    header, row = user_1_1().strip().split("\r\n")
    text = f"\ufeff{header},metadata.house\r\n\r\n{row},red\r\n"
    received = read({"manifest.csv": MANIFEST, "users.csv": text})
    assert (received.faults, received.users.records["u1"].line) == ([], 3)


def test_files_of_1_2_without_the_column_that_came_later_are_taken() -> None:
    columns = [name for name in COLUMNS["1.2"]["users.csv"] if name != "pronouns"]
    manifest = MANIFEST.replace("1.1", "1.2")
    assert read({"manifest.csv": manifest, "users.csv": as_csv(columns, [])}).faults == []


@pytest.mark.parametrize(
    ("cells", "column", "says"),
    [
        ({"role": "pupil"}, "role", "is 'pupil', not one of"),
        ({"familyName": ""}, "familyName", "is required and empty"),
        ({"givenName": "A\nB"}, "givenName", "control character"),
        ({"givenName": "A\u202eB"}, "givenName", "control character"),
        ({"givenName": "A" * 256}, "givenName", "more than 255"),
        ({"status": "gone"}, "status", "not one of active, tobedeleted"),
    ],
)
def test_a_row_that_cannot_be_taken_is_told_with_line_and_column(
    cells: dict[str, str], column: str, says: str
) -> None:
    received = read({"manifest.csv": MANIFEST, "users.csv": user_1_1(**cells)})
    (fault,) = received.faults
    assert (fault.file, fault.line, fault.column) == ("users.csv", 2, column)
    assert says in fault.reason
    assert received.users.refused == {"u1"}


def test_a_row_after_one_of_several_lines_is_told_by_its_first() -> None:
    text = f'{USERS}\r\n"a\nb",short\r\nu2,short\r\n'
    faults = read({"manifest.csv": MANIFEST, "users.csv": text}).faults
    assert [(each.line, each.reason) for each in faults] == [
        (2, "has 2 cells, the header 18"),
        (4, "has 2 cells, the header 18"),
    ]


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"users.csv": user_1_1()}, "no manifest.csv"),
        ({"manifest.csv": MANIFEST.replace("1.1", "1.0")}, "oneroster.version is '1.0'"),
        ({"manifest.csv": "a,b\r\n"}, "line 1: the header is not propertyName,value"),
        ({"manifest.csv": MANIFEST.replace("bulk", "whole"), "users.csv": ""}, "users.csv is 'whole'"),
        (
            {"manifest.csv": MANIFEST, "users.csv": USERS.replace("role", "roles")},
            "users.csv line 1, column role: is expected as column 6, where 'roles' stands",
        ),
        ({"manifest.csv": MANIFEST, "users.csv": ""}, "users.csv line 1, column sourcedId: is missing"),
        ({"manifest.csv": MANIFEST, "users.csv": USERS + ",house"}, "column house: is not of the standard"),
        ({"manifest.csv": MANIFEST, "users.csv": f'{USERS}\r\n"a"b\r\n'}, "users.csv line 2"),
        ({"manifest.csv": MANIFEST, "users.csv": user_1_1(givenName="Zoë").encode("latin-1")}, "not UTF-8"),
        ({"manifest.csv": MANIFEST, "../users.csv": ""}, "lies in a folder"),
        ({"manifest.csv": MANIFEST, "export\\users.csv": ""}, "lies in a folder"),
        ({f"{n}.csv": "" for n in range(65)}, "more than 64 files"),
    ],
)
def test_a_zip_that_cannot_be_read_is_refused_whole(files: dict[str, Any], says: str) -> None:
    with pytest.raises(BadRoster) as refused:
        read(files)
    assert says in str(refused.value)


def test_what_is_no_zip_is_refused() -> None:
    with pytest.raises(BadRoster, match="not a zip"):
        read_roster(io.BytesIO(b"sourcedId,status"), Wish())


def test_unpacking_ends_where_a_file_grows_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_FILE_BYTES", 100_000)
    bomb = USERS + "\r\n" + "0," * 1_000_000
    with pytest.raises(BadRoster, match=r"users\.csv unpacks to more than"):
        read({"manifest.csv": MANIFEST, "users.csv": bomb})


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packings_without_a_bound_are_not_opened(packing: int) -> None:
    with pytest.raises(BadRoster, match="stored or deflated"):
        read({"manifest.csv": MANIFEST}, packing)


def test_damage_is_refused() -> None:
    content = io.BytesIO()
    write_zip(content, MadeUpSchool(50).files())
    damaged = bytearray(content.getvalue())
    middle = len(damaged) // 2
    damaged[middle : middle + 50] = bytes(50)
    with pytest.raises(BadRoster):
        read_roster(io.BytesIO(bytes(damaged)), Wish())
