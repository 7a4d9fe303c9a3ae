"""Many rows as one parameter, so that a statement stays the same however many rows it writes.

`INSERT … VALUES` is another statement for each number of rows: built, compiled, sent and planned anew. Here
the rows travel as one JSON value, and PostgreSQL takes them apart.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Table, TableValuedAlias, Text, bindparam, cast, column, func
from sqlalchemy.dialects.postgresql import JSONB

from adsum_store.models.base import Base

ROWS: Final = "rows"
"""The parameter that `row_set` reads; its value is made by `as_parameter`."""


def row_set(table: Table, names: Sequence[str]) -> TableValuedAlias:
    """Return these columns of a table, with their types, as a set of rows that come with the statement."""
    rows = func.jsonb_to_recordset(cast(bindparam(ROWS, type_=Text), JSONB))
    columns = [column(name, table.c[name].type) for name in names]
    return rows.table_valued(*columns, name="given").render_derived(with_types=True)


def table_of(model: type[Base]) -> Table:
    """Return the table of a model: an insert into it takes its parameters as they are, where one into the
    model would take them for the values of a row."""
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101 - every model of ours has one
    return table


def as_parameter(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return the parameter of a statement that reads a `row_set`: ids and times as PostgreSQL writes them."""
    return {ROWS: json.dumps(rows, default=str, allow_nan=False)}
