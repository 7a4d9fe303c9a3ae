"""Programs: their scopes, secrets and access tokens."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any
from urllib.parse import quote_plus
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from typer.testing import CliRunner

from adsum_api.__main__ import app
from adsum_api.clients.credentials import Shown, Unusable, shown
from adsum_api.runtime import Runtime
from adsum_store.models import AccessToken

READING = ["attendance:read", "roster:read"]
run = CliRunner().invoke


@pytest.fixture
def timetable(client: TestClient) -> dict[str, Any]:
    """A client that may read, as its making was answered."""
    made: dict[str, Any] = client.post("/v1/clients", json={"name": "Timetable", "scopes": READING}).json()
    return made


def ask(stranger: TestClient, made: dict[str, Any], **more: str) -> Response:
    form = {"grant_type": "client_credentials", "client_id": made.get("id") or made["client_id"]}
    return stranger.post("/oauth/token", data=form | {"client_secret": made["client_secret"]} | more)


def bearer(answer: Response) -> dict[str, str]:
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def test_a_token_opens_what_its_scopes_say_for_a_quarter_of_an_hour(
    stranger: TestClient, timetable: dict[str, Any], clock: Any
) -> None:
    given = ask(stranger, timetable)
    assert given.status_code == 200
    assert given.headers["cache-control"] == "no-store"
    told = given.json()
    assert (told["token_type"], told["expires_in"], told["scope"]) == ("Bearer", 900, " ".join(READING))
    assert stranger.get("/v1/students", headers=bearer(given)).status_code == 200
    refused = stranger.patch("/v1/school", headers=bearer(given))
    assert (refused.status_code, "school:write" in refused.json()["detail"]) == (403, True)
    assert 'error="insufficient_scope", scope="school:write"' in refused.headers["www-authenticate"]
    clock.forward(minutes=15)
    assert stranger.get("/v1/students", headers=bearer(given)).status_code == 401


def test_a_token_can_have_less_than_its_client(stranger: TestClient, timetable: dict[str, Any]) -> None:
    given = ask(stranger, timetable, scope="roster:read")
    assert given.json()["scope"] == "roster:read"
    assert stranger.get("/v1/attendance", headers=bearer(given)).status_code == 403
    assert ask(stranger, timetable, scope="roster:read school:write").json()["error"] == "invalid_scope"


def test_basic_and_post_are_taken_and_never_both(stranger: TestClient, timetable: dict[str, Any]) -> None:
    pair = f"{quote_plus(timetable['id'])}:{quote_plus(timetable['client_secret'])}"
    basic = {"Authorization": "Basic " + b64encode(pair.encode()).decode()}
    grant = {"grant_type": "client_credentials"}
    assert stranger.post("/oauth/token", data=grant, headers=basic).status_code == 200
    both = stranger.post("/oauth/token", data=grant | {"client_id": timetable["id"]}, headers=basic)
    assert (both.status_code, both.json()["error"]) == (400, "invalid_request")


def test_refusals_are_those_of_the_rfc(stranger: TestClient, timetable: dict[str, Any]) -> None:
    wrong = timetable | {"client_secret": "wrong"}
    for answer, status, error in (
        (ask(stranger, wrong), 401, "invalid_client"),
        (ask(stranger, timetable | {"id": str(uuid4())}), 401, "invalid_client"),
        (ask(stranger, timetable, grant_type="password"), 400, "unsupported_grant_type"),
        (ask(stranger, timetable, grant_type=""), 400, "invalid_request"),
        (stranger.post("/oauth/token", json={"grant_type": "client_credentials"}), 401, "invalid_client"),
    ):
        assert (answer.status_code, answer.json()["error"]) == (status, error)
        assert "www-authenticate" not in answer.headers
    basic = {"Authorization": "Basic " + b64encode(f"{uuid4()}:x".encode()).decode()}
    answer = stranger.post("/oauth/token", data={"grant_type": "client_credentials"}, headers=basic)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Basic realm="adsum"')


@pytest.mark.parametrize("header", ["Basic", "Basic !", "Basic /w==", "Bearer x", "Basic eA=="])
def test_what_is_no_credential_names_nobody(header: str) -> None:
    assert isinstance(shown(header, "", ""), Unusable)


def test_id_and_secret_are_form_encoded_inside_basic() -> None:
    client_id = uuid4()
    header = "Basic " + b64encode(f"{client_id}:a%3Ab+c%25".encode()).decode()
    assert shown(header, "", "") == Shown(client_id, "a:b c%")


def test_a_secret_is_rotated_without_a_gap(
    client: TestClient, stranger: TestClient, timetable: dict[str, Any]
) -> None:
    path = f"/v1/clients/{timetable['id']}/secrets"
    second = client.post(path).json()
    assert [ask(stranger, each).status_code for each in (timetable, second)] == [200, 200]
    assert client.post(path).json()["code"] == "too-many-secrets"
    token = bearer(ask(stranger, timetable))
    assert client.delete(f"{path}/{timetable['secret_id']}").status_code == 204
    assert [ask(stranger, each).status_code for each in (timetable, second)] == [401, 200]
    assert stranger.get("/v1/students", headers=token).status_code == 401
    assert [each["id"] for each in client.get(path).json()] == [second["secret_id"]]
    assert client.delete(f"{path}/{second['secret_id']}").json()["code"] == "last-secret"
    assert client.delete(f"{path}/{timetable['secret_id']}").status_code == 404


def test_a_revoked_client_ends_at_once(
    client: TestClient, stranger: TestClient, timetable: dict[str, Any]
) -> None:
    token = bearer(ask(stranger, timetable))
    revoked = client.delete(f"/v1/clients/{timetable['id']}").json()
    assert revoked["revoked_at"] is not None
    assert stranger.get("/v1/students", headers=token).status_code == 401
    assert ask(stranger, timetable).json()["error"] == "invalid_client"
    assert client.get(f"/v1/clients/{timetable['id']}").json() == revoked
    assert client.get("/v1/clients").json() == [revoked]


def test_no_client_manages_clients(client: TestClient) -> None:
    refused = client.post("/v1/clients", json={"name": "Root", "scopes": ["access:write"]})
    assert (refused.status_code, "no client may have access:write" in refused.text) == (422, True)


def test_the_record_has_no_token_in_the_clear(
    stranger: TestClient, timetable: dict[str, Any], runtime: Runtime
) -> None:
    given = ask(stranger, timetable).json()["access_token"]
    with runtime.store.begin() as work:
        assert given.encode() not in work.session.query(AccessToken).one().token_hash


def test_programs_find_the_token_endpoint(stranger: TestClient) -> None:
    told = stranger.get("/.well-known/oauth-authorization-server").json()
    assert (told["issuer"], told["token_endpoint"]) == ("http://testserver", "http://testserver/oauth/token")
    assert told["token_endpoint_auth_methods_supported"] == ["client_secret_basic", "client_secret_post"]
    assert "access:write" not in told["scopes_supported"]


def test_the_document_says_who_may_call_what(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    machine = document["components"]["securitySchemes"]["machine"]["flows"]["clientCredentials"]
    assert machine["tokenUrl"] == "/oauth/token"
    asked = document["paths"]["/v1/students"]["get"]["security"]
    assert {"machine": ["roster:read"]} in asked
    assert "roster:read" in machine["scopes"]
    assert "security" not in document["paths"]["/healthz"]["get"]


def test_clients_by_command(environment: dict[str, str], stranger: TestClient) -> None:
    run(app, ["db", "upgrade"])
    made = json.loads(run(app, ["clients", "add", "Sync", "--scope", "roster:read", "--json"]).stdout)
    second = json.loads(run(app, ["clients", "rotate", "Sync", "--json"]).stdout)
    assert [ask(stranger, each).status_code for each in (made, second)] == [200, 200]
    third = json.loads(run(app, ["clients", "rotate", "Sync", "--json"]).stdout)
    assert [ask(stranger, each).status_code for each in (made, second, third)] == [401, 200, 200]
    assert "Secret, told this once:" in run(app, ["clients", "rotate", "Sync"]).stdout
    assert json.loads(run(app, ["clients", "list", "--json"]).stdout)[0]["secrets"] == 2
    assert "calls no more" in run(app, ["clients", "revoke", "Sync"]).stdout
    assert "revoked" in run(app, ["clients", "list"]).stdout
    assert ask(stranger, third).status_code == 401
    assert "there is no client Nobody" in str(run(app, ["clients", "revoke", "Nobody"]).exception)
    refused = run(app, ["clients", "add", "Root", "--scope", "access:write"])
    assert "no client may have access:write" in str(refused.exception)
