"""`/docs`: complete, and whole without the world outside."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from jsonschema_rs import Draft202012Validator

from adsum_api.reference.document import examples
from adsum_api.reference.overview import TAGS


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
def test_the_pages_load_nothing_from_elsewhere(client: TestClient, page: str) -> None:
    answer = client.get(page)
    assert answer.status_code == 200
    loaded = re.findall(r'(?:src|href|spec-url)="([^"]+)"', answer.text)
    assert len(loaded) >= 2
    for address in loaded:
        assert address.startswith("/"), address
        assert client.get(address).status_code == 200, address
    assert "https://" not in answer.text
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


def test_only_the_pages_files_are_told(client: TestClient) -> None:
    assert client.get("/docs/files/nothing.js").status_code == 404
    assert client.get("/docs/files/..%2f__init__.py").status_code == 404


def schemas_told(document: dict[str, Any]) -> set[str]:
    """The schemas of what is sent as JSON and answered, by name."""
    operations = [each for path in document["paths"].values() for each in path.values()]
    bodies = [operation.get("requestBody", {}) for operation in operations]
    answers = [
        answer
        for operation in operations
        for status, answer in operation["responses"].items()
        if status.startswith("2")
    ]
    told = [
        each.get("content", {}).get("application/json", {}).get("schema", {}) for each in bodies + answers
    ]
    named = [schema.get("$ref") or schema.get("items", {}).get("$ref", "") for schema in told]
    return {name.rpartition("/")[2] for name in named} - {""}


def test_everything_that_is_sent_and_answered_has_an_example_that_is_one(api: FastAPI) -> None:
    document = api.openapi()
    schemas = document["components"]["schemas"]
    wanted = schemas_told(document)
    assert {name for name in wanted if "examples" not in schemas[name]} == set(), "put it into examples.json"
    assert not examples().keys() - schemas.keys(), "take out of examples.json what is no more"
    for name in wanted:
        schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        checker = Draft202012Validator(schema, validate_formats=True)
        for example in schemas[name]["examples"]:
            assert [fault.message for fault in checker.iter_errors(example)] == [], name


def test_every_tag_says_what_it_is_about(api: FastAPI) -> None:
    operations = [each for path in api.openapi()["paths"].values() for each in path.values()]
    used = {tag for operation in operations for tag in operation["tags"]}
    assert used == {name for name, _ in TAGS}
