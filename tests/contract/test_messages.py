"""A message of a released version reads and writes for ever as its golden file says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from adsum_contracts.commands import CAMERA_COMMAND, Command
from adsum_contracts.events import CAMERA_EVENT, Event
from adsum_contracts.message import Message
from tests.contract.examples import EXAMPLES, GOLDEN


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_a_message_is_written_as_its_golden_file_says(name: str) -> None:
    golden = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    assert json.loads(EXAMPLES[name].model_dump_json()) == golden


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_a_golden_file_reads_as_the_message(name: str) -> None:
    text = (GOLDEN / f"{name}.json").read_text(encoding="utf-8")
    assert type(EXAMPLES[name]).model_validate_json(text) == EXAMPLES[name]


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_a_field_that_this_version_does_not_know_is_refused(name: str) -> None:
    golden = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    with pytest.raises(ValidationError, match="Extra inputs"):
        type(EXAMPLES[name]).model_validate_json(json.dumps(golden | {"surprise": 1}))


def test_every_golden_file_has_its_message() -> None:
    assert {path.stem for path in Path(GOLDEN).glob("*.json")} == set(EXAMPLES)


@pytest.mark.parametrize("message", EXAMPLES.values(), ids=EXAMPLES)
def test_unions_find_the_type_by_its_name(message: Message) -> None:
    text = message.model_dump_json()
    if isinstance(message, Event):
        assert CAMERA_EVENT.validate_json(text) == message
    if isinstance(message, Command):
        assert CAMERA_COMMAND.validate_json(text) == message
