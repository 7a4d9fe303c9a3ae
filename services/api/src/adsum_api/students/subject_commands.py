"""`adsum-api export subject`."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from adsum_api.deps import Operator
from adsum_api.errors import NotFound
from adsum_api.runtime import build_runtime
from adsum_api.school.service import the_school
from adsum_api.settings import read_settings
from adsum_api.students import subject_access
from adsum_store.repositories import students


def export_subject(
    number: Annotated[str, typer.Argument(help="The student's number.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The zip to write.", dir_okay=False)],
) -> None:
    """Write everything that is held of a student, for themselves: pictures, JSON, and a page to read it by.

    The file holds the student's face: only its owner can read it. Hand it over, then delete it.
    Example: adsum-api export subject 101 --out 101.zip
    """
    with closing(build_runtime(read_settings())) as runtime, runtime.store.begin() as work:
        caller = Operator(the_school(work))
        student = students.by_number(work, caller.school_id, number)
        if student is None:
            raise NotFound("student with the number", number)
        packed = subject_access.export(work, caller, runtime.vault, student.id, runtime.clock())
        out.touch(mode=0o600)
        out.write_bytes(packed)
    typer.echo(f"{out}: everything that is held of the student {number}, {len(packed)} bytes.")
