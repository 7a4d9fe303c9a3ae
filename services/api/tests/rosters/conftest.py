"""Imports into the test's school."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from adsum_api.deps import Operator
from adsum_api.rosters.report import ImportReport
from adsum_api.rosters.service import Wish, import_roster, read_roster
from adsum_store.models import School
from adsum_store.unit_of_work import Store
from benchmarks.roster_zip import write_zip


@pytest.fixture
def bring_in(store: Store, school: School) -> Callable[..., ImportReport]:
    """Import files as a zip, on Wednesday 2026-02-11 unless another day is given."""

    def imported(
        files: Any,
        today: date = date(2026, 2, 11),
        mode: str = "bulk",
        version: Any = "1.2",
        **asked: Any,
    ) -> ImportReport:
        content, wish = io.BytesIO(), Wish(**asked)
        write_zip(content, files, version=version, mode=mode)
        received = read_roster(content, wish)
        with store.begin() as work:
            caller = Operator(work.session.get_one(School, school.id))
            return import_roster(work, caller, received, wish, today)

    return imported
