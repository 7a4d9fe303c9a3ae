"""Signing in: who may, for how long, and what guessing brings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from httpx import Response

from adsum_api.access.gate import SESSION_COOKIE
from adsum_api.access.rights import Role
from adsum_api.accounts import guesses, service
from adsum_api.accounts.guesses import network_of
from adsum_api.accounts.passwords import BadPassword, Passwords, random_password
from adsum_api.runtime import Runtime
from adsum_store.models import Account, Session, StaffMember

PASSWORD = "correct horse battery"
HTML = {"Accept": "text/html"}
Add = Callable[..., Account]


def sign_in(client: TestClient, username: str, password: str = PASSWORD, **more: str) -> Response:
    return client.post("/sign-in", data={"username": username, "password": password, **more})


def test_a_browser_is_led_to_the_page_that_it_asked_for(stranger: TestClient, add_account: Add) -> None:
    add_account("ada")
    asked = stranger.get("/cameras?x=1", headers=HTML)
    assert (asked.status_code, asked.headers["location"]) == (303, "/sign-in?next=%2Fcameras%3Fx%3D1")
    assert 'name="next" value="/cameras?x=1"' in stranger.get(asked.headers["location"]).text
    welcome = sign_in(stranger, " ADA ", next="/cameras?x=1")
    assert (welcome.status_code, welcome.headers["location"]) == (303, "/cameras?x=1")
    assert {"HttpOnly", "SameSite=lax", "Max-Age=43200"} <= set(welcome.headers["set-cookie"].split("; "))
    assert stranger.get("/cameras").status_code == 200
    assert "ada" in stranger.get("/account").text


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example", "/a\nb", ""]
)
def test_signing_in_leads_to_no_other_site(stranger: TestClient, add_account: Add, elsewhere: str) -> None:
    add_account("ada")
    assert sign_in(stranger, "ada", next=elsewhere).headers["location"] == "/"


def test_a_cookie_over_https_stays_there(stranger: TestClient, add_account: Add) -> None:
    add_account("ada")
    stranger.base_url = "https://testserver"  # type: ignore[assignment]
    assert "Secure" in sign_in(stranger, "ada").headers["set-cookie"]


def test_nobody_learns_which_accounts_there_are(
    stranger: TestClient, add_account: Add, runtime: Runtime
) -> None:
    add_account("ada")
    gone = add_account("gone")
    with runtime.store.begin() as work:
        service.disable(work, work.session.merge(gone), runtime.clock())
    add_account("elsewhere", password=None)
    tries = [(name, "wrong password!") for name in ("ada", "nobody", "gone", "elsewhere")]
    tries += [(name, PASSWORD) for name in ("nobody", "gone", "elsewhere")]
    answers = [(name, sign_in(stranger, name, password)) for name, password in tries]
    assert {answer.status_code for _, answer in answers} == {401}
    assert len({answer.text.replace(f'value="{name}"', "") for name, answer in answers}) == 1
    assert SESSION_COOKIE not in stranger.cookies


def test_a_session_ends_by_itself(stranger: TestClient, add_account: Add, clock: Any) -> None:
    add_account("ada")
    sign_in(stranger, "ada")
    clock.forward(hours=11, minutes=59)
    assert stranger.get("/v1/school").status_code == 200
    clock.forward(minutes=1)
    assert stranger.get("/v1/school").status_code == 401


def test_signing_out_ends_the_session_on_the_server(stranger: TestClient, add_account: Add) -> None:
    add_account("ada")
    sign_in(stranger, "ada")
    cookie = stranger.cookies[SESSION_COOKIE]
    assert stranger.post("/sign-out").headers["location"] == "/sign-in?signed-out=1"
    assert SESSION_COOKIE not in stranger.cookies
    stolen = stranger.get("/v1/school", headers={"Cookie": f"{SESSION_COOKIE}={cookie}"})
    assert stolen.status_code == 401


def test_the_record_cannot_open_a_session(stranger: TestClient, add_account: Add, runtime: Runtime) -> None:
    add_account("ada")
    sign_in(stranger, "ada")
    cookie = stranger.cookies[SESSION_COOKIE]
    with runtime.store.begin() as work:
        kept = work.session.query(Session).one()
    assert cookie.encode() not in kept.token_hash
    assert kept.token_hash != cookie.encode()


def test_who_is_disabled_or_gone_is_signed_out_at_once(
    stranger: TestClient, add_account: Add, runtime: Runtime, clock: Any
) -> None:
    account = add_account("ada", Role.TEACHER)
    sign_in(stranger, "ada")
    assert stranger.get("/v1/school").status_code == 200
    with runtime.store.begin() as work:
        member = work.session.get(StaffMember, account.staff_id)
        assert member is not None
        member.left_on = clock.now.date()
    assert stranger.get("/v1/school").status_code == 401
    assert sign_in(stranger, "ada").status_code == 401
    with runtime.store.begin() as work:
        work.session.get(StaffMember, account.staff_id).left_on = None  # type: ignore[union-attr]
    assert stranger.get("/v1/school").status_code == 200
    with runtime.store.begin() as work:
        service.disable(work, service.named(work, "ada"), clock.now)
    assert stranger.get("/v1/school").status_code == 401


def test_employment_ends_with_a_day_of_the_schools_calendar(
    stranger: TestClient, add_account: Add, runtime: Runtime, clock: Any
) -> None:
    account = add_account("ada", Role.TEACHER)
    clock.now = datetime(2026, 2, 11, 22, 30, tzinfo=UTC)  # half past eleven at the school
    sign_in(stranger, "ada")
    with runtime.store.begin() as work:
        work.session.get_one(StaffMember, account.staff_id).left_on = date(2026, 2, 12)
    assert stranger.get("/v1/school").status_code == 200
    clock.forward(hours=1)
    assert stranger.get("/v1/school").status_code == 401
    assert sign_in(stranger, "ada").status_code == 401


def test_a_changed_password_signs_out_everywhere(stranger: TestClient, add_account: Add) -> None:
    add_account("ada")
    sign_in(stranger, "ada")
    refused = stranger.post(
        "/account/password", data={"current": "not it at all", "wanted": "another password"}
    )
    assert (refused.status_code, "Your password is as it was" in refused.text) == (401, True)
    short = stranger.post("/account/password", data={"current": PASSWORD, "wanted": "short"})
    assert (short.status_code, "12 to 200 characters" in short.text) == (422, True)
    assert stranger.get("/v1/school").status_code == 200
    stranger.post("/account/password", data={"current": PASSWORD, "wanted": "another password"})
    assert stranger.get("/v1/school").status_code == 401
    assert sign_in(stranger, "ada").status_code == 401
    assert sign_in(stranger, "ada", "another password").status_code == 303


def test_guessing_one_account_ends(stranger: TestClient, add_account: Add) -> None:
    add_account("ada")
    add_account("bea")
    for _ in range(guesses.HERE.most):
        assert sign_in(stranger, "ada", "wrong password!").status_code == 401
    assert sign_in(stranger, "Ada").status_code == 429
    assert sign_in(stranger, "bea").status_code == 303


def test_the_right_password_begins_the_count_anew(stranger: TestClient, add_account: Add) -> None:
    add_account("ada")
    for _ in range(guesses.HERE.most - 1):
        sign_in(stranger, "ada", "wrong password!")
    assert sign_in(stranger, "ada").status_code == 303
    assert sign_in(stranger, "ada", "wrong password!").status_code == 401


def test_guessing_many_accounts_from_one_address_ends(stranger: TestClient, runtime: Runtime) -> None:
    counted = guesses.Guesses(runtime.broker)
    for number in range(guesses.ADDRESS.most):
        counted.count(f"somebody {number}", "testclient")
    assert sign_in(stranger, "nobody").status_code == 429
    counted.count("nobody", "2001:db8::1")
    assert 0 < max(runtime.broker.ttl(key) for key in runtime.broker.keys("adsum:guesses:*")) <= 24 * 3600


def test_guessing_one_account_from_many_addresses_ends(runtime: Runtime) -> None:
    counted = guesses.Guesses(runtime.broker)
    for number in range(guesses.ACCOUNT.most):
        counted.count("ada", f"2001:db8:0:{number:x}::1")
    with pytest.raises(guesses.TooManyGuesses):
        counted.count("ada", "192.0.2.1")


def test_one_machine_has_one_network() -> None:
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff:1") == "2001:db8::/64"
    assert network_of("192.0.2.1") != network_of("192.0.2.2")
    assert network_of("testclient") == "testclient"


def test_a_page_of_another_origin_may_sign_nobody_in(stranger: TestClient, add_account: Add) -> None:
    add_account("ada")
    form = {"username": "ada", "password": PASSWORD}
    assert stranger.post("/sign-in", data=form, headers={"Origin": "http://evil.example"}).status_code == 403
    assert stranger.post("/sign-in", data=form, headers={"Origin": "http://testserver"}).status_code == 303


def test_a_hash_of_weaker_days_is_renewed(add_account: Add, runtime: Runtime) -> None:
    weak = add_account("ada").password
    today = replace(runtime, passwords=Passwords(PasswordHasher(time_cost=2, memory_cost=8, parallelism=1)))
    for _ in range(2):
        assert service.sign_in(today, "ada", PASSWORD, "testclient")
    with runtime.store.begin() as work:
        renewed = service.named(work, "ada").password
    assert renewed is not None
    assert (renewed != weak, "t=2" in renewed) == (True, True)


def test_passwords_are_kept_as_argon2id_of_rfc_9106() -> None:
    kept = Passwords().hash("correct horse battery")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert Passwords().is_right(kept, "correct horse battery")
    assert not Passwords().is_right(kept, "correct horse batterz")
    assert not Passwords().is_right("not a hash", "correct horse battery")


@pytest.mark.parametrize("password", ["", "elevenchars", "x" * 201])
def test_a_password_has_a_sane_length(password: str) -> None:
    with pytest.raises(BadPassword):
        Passwords().hash(password)
    assert 12 <= len(random_password()) <= 200
    assert random_password() != random_password()
