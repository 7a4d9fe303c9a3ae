"""`/docs`: complete, and whole without the world outside."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

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


def test_every_tag_says_what_it_is_about(api: FastAPI) -> None:
    operations = [each for path in api.openapi()["paths"].values() for each in path.values()]
    used = {tag for operation in operations for tag in operation["tags"]}
    assert used == {name for name, _ in TAGS}
