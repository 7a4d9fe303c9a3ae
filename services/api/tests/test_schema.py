"""Whatever a caller sends, every endpoint answers what its OpenAPI document promises."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import CHECKS
from schemathesis.generation import GenerationMode

TOKEN = {"Authorization": "Bearer the-token-of-these-tests"}

FEW = settings(
    max_examples=6, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
MANY = settings(FEW, max_examples=200, derandomize=False)
"""Other requests each time: what fails is printed, to be kept as a test of its own."""

BEYOND_THE_SCHEMA = ("positive_data_acceptance", "negative_data_rejection", "ignored_auth")
"""A room that is not there is well formed and refused; a name with spaces around it is trimmed and taken; and
every request brings our token, beside whatever else is made up to show who calls: `access` tries that."""


PATIENCE_S = 60
"""A machine that is busy with something else breaks no promise of the document."""


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_endpoint_keeps_its_word(api: FastAPI, mode: GenerationMode) -> None:
    _try_all(api, mode, FEW)


@pytest.mark.long
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_endpoint_keeps_its_word_for_long(api: FastAPI, mode: GenerationMode) -> None:
    _try_all(api, mode, MANY)


def _try_all(api: FastAPI, mode: GenerationMode, examples: settings) -> None:
    schemathesis.checks.load_all_checks()
    excluded = [CHECKS.get_one(name) for name in BEYOND_THE_SCHEMA]
    document = schemathesis.openapi.from_asgi("/openapi.json", api, headers=TOKEN)
    endless_or_empty = document.exclude(path_regex="/events$|/healthz$")
    for result in endless_or_empty.get_all_operations():
        # Of what takes nothing at all, nothing can be wrong: there is no negative case to make up.
        with suppress(*([Unsatisfiable] if mode is GenerationMode.NEGATIVE else [])):
            _try(result.ok().as_strategy(generation_mode=mode), excluded, examples)


def _try(cases: Any, excluded: list[Any], examples: settings) -> None:
    @examples
    @given(case=cases)
    def keeps_its_word(case: schemathesis.Case) -> None:
        case.call_and_validate(headers=TOKEN, excluded_checks=excluded, timeout=PATIENCE_S)

    keeps_its_word()
