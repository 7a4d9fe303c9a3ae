"""`adsum-api accounts`, and the first administrator."""

from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from adsum_api.__main__ import app
from adsum_api.accounts.passwords import Passwords
from adsum_store.models import AuditEntry
from adsum_store.repositories import account_identities, accounts
from adsum_store.unit_of_work import Store

run = CliRunner().invoke


def is_right(store: Store, username: str, password: str) -> bool:
    with store.begin() as work:
        account = accounts.by_username(work, username)
    return account is not None and Passwords().is_right(account.password, password)


def test_the_first_upgrade_makes_one_admin_with_a_password_told_once(
    environment: dict[str, str], store: Store
) -> None:
    first, second = (run(app, ["db", "upgrade"]).stdout for _ in range(2))
    told = re.search(r"Sign in as 'admin'; the password, told this once: (\S+)", first)
    assert told is not None
    assert is_right(store, "admin", told[1])
    assert "password" not in second


def test_an_account_from_its_making_to_its_end(environment: dict[str, str], store: Store) -> None:
    run(app, ["db", "upgrade"])
    made = run(app, ["accounts", "add", "Ada@school.example", "--role", "teacher", "--name", "Ada"])
    told = re.search(r"Password, told this once: (\S+)", made.stdout)
    assert told is not None
    assert is_right(store, "ada@school.example", told[1])
    run(app, ["accounts", "add", "bea", "--role", "auditor"])
    listed = json.loads(run(app, ["accounts", "list", "--json"]).stdout)
    assert [(each["username"], each["role"], each["signs_in"]) for each in listed] == [
        ("Ada@school.example", "teacher", "password"),
        ("admin", "admin", "password"),
        ("bea", "auditor", "password"),
    ]
    assert "Ada@school.example" in run(app, ["accounts", "list"]).stdout
    assert run(app, ["accounts", "password", "bea"], input="typed by hand!\n").exit_code == 0
    assert is_right(store, "bea", "typed by hand!")
    reset = run(app, ["accounts", "reset", "bea"]).stdout
    assert not is_right(store, "bea", "typed by hand!")
    assert is_right(store, "bea", reset.strip().rsplit(" ", 1)[1])
    assert "can sign in no more" in run(app, ["accounts", "disable", "bea"]).stdout
    assert "disabled" in run(app, ["accounts", "list"]).stdout
    assert "can sign in again" in run(app, ["accounts", "enable", "bea"]).stdout
    with store.begin() as work:
        noted = work.session.scalars(select(AuditEntry.details["changed"].astext).order_by(AuditEntry.id))
        assert noted.all()[-4:] == ["password", "password", "disabled", "enabled"]


def test_an_account_for_single_sign_on_alone(environment: dict[str, str], store: Store) -> None:
    run(app, ["db", "upgrade"])
    made = run(app, ["accounts", "add", "ada@school.example", "--role", "office", "--no-password"]).stdout
    assert "Password" not in made
    with store.begin() as work:
        account = accounts.by_username(work, "ada@school.example")
        assert account is not None
        account_identities.bind(work, account, "https://accounts.example", "1234")
    listed = json.loads(run(app, ["accounts", "list", "--json"]).stdout)
    assert {each["username"]: each["signs_in"] for each in listed} == {
        "ada@school.example": "single sign-on",
        "admin": "password",
    }
    assert "linked to nobody" in run(app, ["accounts", "unlink", "ada@school.example"]).stdout
    listed = json.loads(run(app, ["accounts", "list", "--json"]).stdout)
    assert [each["signs_in"] for each in listed] == ["not yet", "password"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["add", "admin", "--role", "office"], "another account has this name"),
        (["add", "robot", "--role", "integrator"], "an integrator is a program: add a client"),
        (["disable", "nobody"], "there is no account nobody"),
        (["password", "admin"], "a password has 12 to 200 characters"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    environment: dict[str, str], store: Store, words: list[str], said: str
) -> None:
    run(app, ["db", "upgrade"])
    refused = run(app, ["accounts", *words], input="short\n")
    assert (refused.exit_code, said in str(refused.exception)) == (1, True)
