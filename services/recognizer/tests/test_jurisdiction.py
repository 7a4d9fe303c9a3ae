"""Where the law lets no school recognise a face, the worker does not start."""

from __future__ import annotations

import pytest

from adsum_recognizer.errors import FacesForbidden
from adsum_recognizer.worker import check_allowed
from adsum_store.models import School
from adsum_store.unit_of_work import Store


def add(store: Store, name: str, jurisdiction: str) -> None:
    with store.begin() as work:
        work.session.add(School(name=name, timezone="America/New_York", jurisdiction=jurisdiction))


def test_a_worker_does_not_start_where_no_school_may_recognise_a_face(store: Store) -> None:
    check_allowed(store)  # before the first school there is nobody to ask
    add(store, "Albany", "us-ny-k12")
    with pytest.raises(FacesForbidden, match="take the register by hand"):
        check_allowed(store)
    add(store, "Basel", "unspecified")
    check_allowed(store)
