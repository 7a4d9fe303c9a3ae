"""Every endpoint, called as every role: `matrix.txt` beside this file says who is let through."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from httpx import Response

from adsum_api.access.needs import UnstatedAccess, check_stated
from adsum_api.access.rights import RIGHTS, Role
from adsum_api.deps import Operator, _caller
from adsum_api.main import ROUTERS
from adsum_store.models import School

MATRIX = Path(__file__).with_name("matrix.txt")
EVERYBODY = "everybody"
FILLED = {"day": "2026-02-11", "name": "adsum.css"}
"""What stands for a path's parameter; for every other one, an id of nothing."""


def stated() -> dict[str, frozenset[str]]:
    """Who may call what, as `GET /v1/students` -> roles."""
    lines = [line for line in MATRIX.read_text().splitlines() if line and not line.startswith("#")]
    halves = [line.split(":") for line in lines]
    return {" ".join(endpoint.split()): frozenset(roles.split()) for endpoint, roles in halves}


def served() -> set[str]:
    """Every endpoint of the app."""
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    return {f"{method} {route.path}" for route in routes for method in route.methods or ()}


def call(client: TestClient, endpoint: str) -> Response:
    method, path = endpoint.split()
    for name in [part.split("}")[0] for part in path.split("{")[1:]]:
        path = path.replace(f"{{{name}}}", FILLED.get(name) or str(uuid4()))
    headers = {"Idempotency-Key": str(uuid4()), "If-Match": "*"}
    return client.request(method, path, headers=headers)


def is_asked_who(answer: Response) -> bool:
    """Whether the gate let nobody in: a wrong password, say, is another 401."""
    return answer.status_code == 401 and answer.headers.get("www-authenticate", "").startswith("Bearer")


def test_every_endpoint_is_in_the_matrix() -> None:
    lines = [line.split(":")[0] for line in MATRIX.read_text().splitlines() if not line.startswith("#")]
    assert len(lines) == len(set(lines)), "an endpoint stands once"
    missing, gone = served() - stated().keys(), stated().keys() - served()
    assert not missing, f"say in {MATRIX} who may call " + ", ".join(sorted(missing))
    assert not gone, f"take out of {MATRIX} what is no more: " + ", ".join(sorted(gone))


def test_a_route_that_says_nothing_keeps_the_app_from_starting() -> None:
    router = APIRouter()
    router.get("/v1/forgotten")(lambda: None)
    with pytest.raises(UnstatedAccess, match=r"GET /v1/forgotten does not say who may call it"):
        check_stated([router])


def test_strangers_reach_what_is_open_to_everybody_and_nothing_else(stranger: TestClient) -> None:
    reached = {endpoint for endpoint in stated() if not is_asked_who(call(stranger, endpoint))}
    assert reached == {endpoint for endpoint, roles in stated().items() if roles == {EVERYBODY}}


@pytest.mark.parametrize("role", list(Role))
def test_each_role_reaches_what_it_may_and_nothing_else(
    api: FastAPI, client: TestClient, school: School, role: Role
) -> None:
    taught_by = uuid4() if role is Role.TEACHER else None
    caller = Operator(school, "somebody", role, RIGHTS[role], taught_by)
    api.dependency_overrides[_caller] = lambda: caller
    reached = {endpoint for endpoint in stated() if call(client, endpoint).status_code != 403}
    assert reached == {endpoint for endpoint, roles in stated().items() if roles & {role, EVERYBODY}}
