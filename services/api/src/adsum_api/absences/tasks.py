"""The shell around absence warnings."""

from __future__ import annotations

from celery import Celery

from adsum_api.absences.warnings import find_warnings
from adsum_api.runtime import Runtime
from adsum_contracts.routes import WARN_OF_ABSENCES
from adsum_store.repositories import warnings


def register(app: Celery, runtime: Runtime) -> None:
    """Name the task."""

    @app.task(name=WARN_OF_ABSENCES, shared=False)
    def warn() -> None:
        warn_all(runtime)


def warn_all(runtime: Runtime) -> None:
    """Find the warnings of every school, each school's in its own transaction."""
    with runtime.store.begin() as work:
        schools = warnings.schools_all(work)
    for school in schools:
        with runtime.store.begin() as work:
            find_warnings(work, school, runtime.clock())
