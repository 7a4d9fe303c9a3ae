"""Who is behind a credential."""

from __future__ import annotations

from adsum_api.deps import Operator
from adsum_api.errors import Unavailable
from adsum_store.repositories import schools
from adsum_store.unit_of_work import Store


class Callers:
    """Looks callers up in the record, each in a transaction of its own."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def operator(self) -> Operator:
        """Return whoever has the installation's token; raise `Unavailable` before the first school."""
        with self._store.begin() as work:
            school = schools.only(work)
        if school is None:
            raise Unavailable("there is no school yet: run `adsum-api db upgrade`")
        return Operator(school)
