"""Single sign-on against a real provider: who comes in, and what opens nothing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import select

from adsum_api.access.gate import SESSION_COOKIE
from adsum_api.access.rights import Role
from adsum_api.accounts import service as accounts
from adsum_api.runtime import Runtime
from adsum_api.sign_on.admission import Admission
from adsum_api.sign_on.endpoints import COOKIE
from adsum_api.sign_on.provider import AT_ONCE, Provider, ProviderAway, Registration
from adsum_local.ports import free_port
from adsum_store.models import Account, AuditEntry, StaffMember
from adsum_store.repositories import account_identities

Add = Callable[..., Account]
PASSWORD = "correct horse battery"
OURS = "http://testserver"


@pytest.fixture
def ada(provider: Any) -> str:
    """Somebody whom the provider knows, with a verified address."""
    subject = f"ada-{uuid4()}"
    provider.knows(subject, email="Ada@School.example", email_verified=True, name="Ada Byron")
    return subject


def begin(browser: TestClient, wanted: str = "/") -> str:
    """Press the button; return where the browser is sent."""
    answer = browser.get("/sign-in/sso", params={"next": wanted})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def sign_in(browser: TestClient, provider: Any, subject: str, wanted: str = "/") -> Response:
    return browser.get(provider.asks(begin(browser, wanted), subject))


def refused(answer: Response, status: int, why: str) -> None:
    assert (answer.status_code, why in answer.text) == (status, True), answer.text
    assert SESSION_COOKIE not in answer.headers.get("set-cookie", "")
    assert 'action="/sign-in"' in answer.text  # the password is asked for as well


def test_a_teacher_signs_in_from_the_button_to_the_page(
    browser: TestClient, provider: Any, ada: str, add_account: Add, runtime: Runtime, query: Any
) -> None:
    account = add_account("ada", Role.TEACHER, password=None)
    page = browser.get("/sign-in", params={"next": "/cameras?x=1&y=2"})
    assert "Sign in with Test School Account" in page.text
    assert 'href="/sign-in/sso?next=/cameras%3Fx%3D1%26y%3D2"' in page.text
    address = begin(browser, "/cameras?x=1&y=2")
    asked = query(address)
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert (asked["redirect_uri"], asked["scope"]) == (f"{OURS}/sign-in/sso/callback", "openid email profile")
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 43
    answer = browser.get(provider.asks(address, ada))
    assert (answer.status_code, answer.headers["location"]) == (303, "/cameras?x=1&y=2")
    assert (answer.headers["referrer-policy"], answer.headers["cache-control"]) == ("no-referrer", "no-store")
    assert COOKIE not in browser.cookies
    assert {"HttpOnly", "SameSite=lax", "Max-Age=43200"} <= set(answer.headers["set-cookie"].split("; "))
    assert browser.get("/v1/school").status_code == 200
    assert "Teacher" in browser.get("/account").text
    with runtime.store.begin() as work:
        told = [(e.action, dict(e.details)) for e in work.session.scalars(select(AuditEntry)) if
                e.subject_id == str(account.id)]  # fmt: skip
    assert ("account.changed", {"changed": "linked", "issuer": provider.url}) in told
    assert told[-1] == ("account.signed_in", {"how": "single sign-on"})


def test_the_subject_is_known_again_whatever_becomes_of_the_address(
    browser: TestClient, provider: Any, ada: str, add_account: Add
) -> None:
    add_account("ada")
    sign_in(browser, provider, ada)
    provider.knows(ada, email="byron@elsewhere.example", email_verified=False)
    browser.cookies.clear()
    assert sign_in(browser, provider, ada).headers["location"] == "/"
    assert "ada" in browser.get("/account").text


def test_an_address_that_went_to_somebody_else_opens_nothing(
    browser: TestClient, provider: Any, ada: str, add_account: Add, runtime: Runtime
) -> None:
    add_account("ada")
    sign_in(browser, provider, ada)
    browser.cookies.clear()
    provider.knows("another", email="ada@school.example", email_verified=True)
    refused(sign_in(browser, provider, "another"), 403, "opened by another person")
    with runtime.store.begin() as work:
        accounts.unlink(work, accounts.named(work, "ada"))
    assert sign_in(browser, provider, "another").status_code == 303


def test_signing_out_ends_the_session_and_offers_to_end_the_providers(
    browser: TestClient, provider: Any, ada: str, add_account: Add, query: Any
) -> None:
    add_account("ada")
    sign_in(browser, provider, ada)
    cookie = browser.cookies[SESSION_COOKIE]
    page = browser.get(browser.post("/sign-out").headers["location"])
    assert 'href="/sign-in/sso/sign-out"' in page.text
    stolen = browser.get("/v1/school", headers={"Cookie": f"{SESSION_COOKIE}={cookie}"})
    assert stolen.status_code == 401
    there = browser.get("/sign-in/sso/sign-out").headers["location"]
    assert there.startswith(f"{provider.url}/oauth2/end_session?")
    assert query(there)["post_logout_redirect_uri"] == f"{OURS}/sign-in"


def test_it_leads_to_no_other_site(browser: TestClient, provider: Any, ada: str, add_account: Add) -> None:
    add_account("ada")
    for elsewhere in ("//evil.example", "https://evil.example", "/\\evil.example", "/a\nb"):
        assert sign_in(browser, provider, ada, elsewhere).headers["location"] == "/"


def test_an_answer_counts_in_the_browser_that_asked_and_once(
    browser: TestClient, provider: Any, ada: str, add_account: Add
) -> None:
    add_account("ada")
    answer = provider.asks(begin(browser), ada)
    mine = browser.cookies[COOKIE]
    wrong = answer.replace("state=", "state=x")
    refused(browser.get(wrong), 400, "not begun in this browser")
    browser.cookies.set(COOKIE, "made-up", path="/sign-in/sso")
    refused(browser.get(answer), 400, "not begun in this browser")
    browser.cookies.clear()
    refused(browser.get(answer), 400, "not begun in this browser")
    other = provider.asks(begin(browser), ada)
    mixed = other.split("state=")[0] + "state=" + answer.split("state=")[1]
    refused(browser.get(mixed), 400, "not begun in this browser")
    browser.cookies.set(COOKIE, mine, path="/sign-in/sso")
    assert browser.get(answer).status_code == 303
    browser.cookies.clear()
    browser.cookies.set(COOKIE, mine, path="/sign-in/sso")
    refused(browser.get(answer), 401, "did not confirm who you are")  # the code was used


def test_a_code_counts_for_who_has_the_verifier(
    browser: TestClient, provider: Any, ada: str, add_account: Add, query: Any
) -> None:
    """Somebody's code, brought into another browser's try, fails by PKCE though the state is right."""
    add_account("ada")
    theirs = query(provider.asks(begin(browser), ada))["code"]
    mine = query(provider.asks(begin(browser), ada))
    answer = browser.get("/sign-in/sso/callback", params={"code": theirs, "state": mine["state"]})
    refused(answer, 401, "did not confirm who you are")


def test_a_try_lasts_ten_minutes(
    browser: TestClient, provider: Any, ada: str, add_account: Add, clock: Any
) -> None:
    add_account("ada")
    answer = provider.asks(begin(browser), ada)
    clock.forward(minutes=10)
    refused(browser.get(answer), 400, "too long ago")


def test_who_cancels_is_asked_again(browser: TestClient, provider: Any, ada: str, query: Any) -> None:
    address = begin(browser, "/cameras")
    back = provider.asks(address, ada, "deny")
    state = query(address)["state"]
    answer = browser.get(back if "state=" in back else f"{back}&state={state}")
    refused(answer, 401, "did not confirm who you are")
    assert 'name="next" value="/cameras"' in answer.text


def test_an_answer_of_another_issuer_is_none(
    browser: TestClient, provider: Any, ada: str, add_account: Add
) -> None:
    add_account("ada")
    answer = provider.asks(begin(browser), ada) + "&iss=https://evil.example"
    refused(browser.get(answer), 400, "not begun in this browser")


LIES: tuple[dict[str, object], ...] = (
    {"nonce": "of another try"},
    {"nonce": None},
    {"iss": "https://evil.example"},
    {"aud": "another client"},
    {"aud": ["another client", "and another"]},
    {"azp": "another client"},
    {"exp": 1_700_000_000},
    {"exp": None},
    {"iat": 9_000_000_000},
)


def test_an_id_token_has_to_be_for_us_now(
    browser: TestClient, provider: Any, ada: str, add_account: Add
) -> None:
    add_account("ada")
    for lie in LIES:
        provider.knows(ada, email="ada@school.example", email_verified=True, **lie)
        refused(sign_in(browser, provider, ada), 401, "cannot be trusted")


def test_clocks_may_differ_a_little(
    browser: TestClient, provider: Any, ada: str, add_account: Add, clock: Any
) -> None:
    add_account("ada")
    clock.forward(seconds=-100)
    assert sign_in(browser, provider, ada).status_code == 303
    clock.forward(seconds=-100)
    refused(sign_in(browser, provider, ada), 401, "cannot be trusted")


def test_the_signature_is_by_a_key_of_today(
    browser: TestClient, provider: Any, ada: str, add_account: Add
) -> None:
    add_account("ada")
    provider.lies(jwks="other keys")
    refused(sign_in(browser, provider, ada), 401, "cannot be trusted")
    provider.lies()
    assert sign_in(browser, provider, ada).status_code == 303


def test_an_unverified_address_opens_nothing(
    browser: TestClient, provider: Any, ada: str, add_account: Add
) -> None:
    add_account("ada")
    for verified in (False, "false", None, 0):
        provider.knows(ada, email="ada@school.example", email_verified=verified)
        refused(sign_in(browser, provider, ada), 403, "has not confirmed your e-mail address")


def test_the_provider_is_asked_for_an_address_that_the_token_lacks(
    browser: TestClient, provider: Any, ada: str, add_account: Add
) -> None:
    add_account("ada")
    provider.knows(ada)
    said = {"sub": ada, "email": "ada@school.example", "email_verified": True}
    provider.lies(userinfo=said | {"sub": "another"})
    refused(sign_in(browser, provider, ada), 401, "cannot be trusted")
    provider.lies(userinfo=said)
    assert sign_in(browser, provider, ada).status_code == 303


def test_one_address_is_not_verified_by_what_is_said_of_another(
    browser: TestClient, provider: Any, ada: str, add_account: Add
) -> None:
    add_account("ada")
    provider.knows(ada, email="ada@school.example")
    provider.lies(userinfo={"sub": ada, "email": "mallory@elsewhere.example", "email_verified": True})
    refused(sign_in(browser, provider, ada), 403, "ask the office to make one")


def test_nobody_gets_an_account_by_signing_in(
    browser: TestClient, provider: Any, ada: str, runtime: Runtime
) -> None:
    refused(sign_in(browser, provider, ada), 403, "ask the office to make one")
    with runtime.store.begin() as work:
        assert work.session.scalars(select(Account)).all() == []


def test_who_is_disabled_or_gone_stays_out(
    browser: TestClient, provider: Any, ada: str, add_account: Add, runtime: Runtime, clock: Any
) -> None:
    account = add_account("ada", Role.TEACHER)
    with runtime.store.begin() as work:
        accounts.disable(work, accounts.named(work, "ada"), clock.now)
    refused(sign_in(browser, provider, ada), 403, "your account here is closed")
    with runtime.store.begin() as work:
        accounts.named(work, "ada").disabled_at = None
        work.session.get_one(StaffMember, account.staff_id).left_on = clock.now.date()
        assert account_identities.bound(work, account.school_id) == frozenset()
    refused(sign_in(browser, provider, ada), 403, "your account here is closed")


def test_the_school_may_say_whom_it_makes_an_account_for(
    with_sign_on: Callable[..., FastAPI], provider: Any, ada: str, runtime: Runtime
) -> None:
    admission = Admission(
        domains=frozenset({"school.example"}),
        role_claim="groups",
        roles=(("teaching", Role.TEACHER), ("secretaries", Role.OFFICE)),
    )
    said = {"email_verified": True, "name": "Ada Byron"}
    with TestClient(with_sign_on(admission), follow_redirects=False) as browser:
        provider.knows(ada, email="ada@school.example", groups=["pupils"], **said)
        refused(sign_in(browser, provider, ada), 403, "ask the office")
        provider.knows(ada, email="ada@elsewhere.example", groups=["secretaries"], **said)
        refused(sign_in(browser, provider, ada), 403, "ask the office")
        provider.knows(ada, email="ada@school.example", groups=["secretaries"], **said)
        assert sign_in(browser, provider, ada).status_code == 303
        assert "Office" in browser.get("/account").text
    with runtime.store.begin() as work:
        made = accounts.named(work, "ada@school.example")
        assert (made.name, made.role, made.password) == ("Ada Byron", "office", None)


def test_a_provider_that_is_down_leaves_the_password(
    with_sign_on: Callable[..., FastAPI], registration: Registration, add_account: Add, provider: Any
) -> None:
    add_account("ada")
    nowhere = replace(registration, issuer=f"http://127.0.0.1:{free_port()}")
    with TestClient(with_sign_on(known=nowhere), follow_redirects=False) as browser:
        answer = browser.get("/sign-in/sso?next=/cameras")
        refused(answer, 503, "single sign-on does not answer")
        assert 'name="next" value="/cameras"' in answer.text
        form = {"username": "ada", "password": PASSWORD, "next": "/cameras"}
        assert browser.post("/sign-in", data=form).headers["location"] == "/cameras"
    another = replace(registration, issuer=f"{provider.url}/")
    with TestClient(with_sign_on(known=another), follow_redirects=False) as browser:
        refused(browser.get("/sign-in/sso"), 503, "single sign-on does not answer")


def test_a_provider_that_goes_away_in_between_leaves_the_password(
    browser: TestClient, provider: Any, ada: str, add_account: Add
) -> None:
    add_account("ada")
    provider.lies(jwks=["nonsense"])
    refused(sign_in(browser, provider, ada), 503, "single sign-on does not answer")


def test_a_silent_provider_takes_no_more_than_its_seats(registration: Registration, clock: Any) -> None:
    provider = Provider(registration)
    with ExitStack() as talking:
        for _ in range(AT_ONCE):
            talking.enter_context(provider._conversation())
        with pytest.raises(ProviderAway):
            provider.sign_out_url(OURS, clock.now)
    assert provider.sign_out_url(OURS, clock.now) is not None


def test_without_settings_there_is_no_single_sign_on(stranger: TestClient) -> None:
    assert "Sign in with" not in stranger.get("/sign-in").text
    for path in ("/sign-in/sso", "/sign-in/sso/callback?code=x&state=y", "/sign-in/sso/sign-out"):
        assert stranger.get(path).status_code == 404
