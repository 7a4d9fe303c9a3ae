"""The pages on which somebody signs in and out, and changes their password."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from adsum_api.access.gate import COOKIE, SESSION_COOKIE, SIGN_IN
from adsum_api.access.needs import everybody, known_callers
from adsum_api.access.secrets import hash_of
from adsum_api.accounts import service
from adsum_api.accounts.guesses import Guesses
from adsum_api.deps import Caller, Operator, Reach, Work
from adsum_api.errors import DomainError, status_of
from adsum_api.pages.rendering import render
from adsum_api.runtime import Runtime
from adsum_store.models import Account
from adsum_store.repositories import accounts
from adsum_store.unit_of_work import UnitOfWork

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

_LOCAL: Final = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")

Typed = Annotated[str, Form(max_length=1000)]


@router.get(SIGN_IN, dependencies=[everybody()])
def ask_who(
    runtime: Reach,
    next_: Annotated[str, Query(alias="next", max_length=2000)] = "/",
    signed_out: Annotated[bool, Query(alias="signed-out")] = False,
) -> HTMLResponse:
    """Ask for a user name and a password, or lead to single sign-on."""
    return sign_in_form(runtime, next_, signed_out=signed_out)


@router.post(SIGN_IN, dependencies=[everybody()])
def sign_in(
    request: Request,
    runtime: Reach,
    username: Typed = "",
    password: Typed = "",
    next_: Annotated[str, Form(alias="next", max_length=2000)] = "/",
) -> Response:
    """Begin a session and lead to the page that was asked for; or ask again."""
    address = request.client.host if request.client else ""
    try:
        token = service.sign_in(runtime, username, password, address)
    except DomainError as error:
        return sign_in_form(runtime, next_, username, error)
    return signed_in(request, token, next_)


@router.post("/sign-out", dependencies=[known_callers()])
def sign_out(request: Request, work: Work) -> RedirectResponse:
    """End this browser's session; at the provider of single sign-on it may go on, which the page says."""
    accounts.end_session(work, hash_of(request.cookies.get(SESSION_COOKIE, "")))
    answer = RedirectResponse(f"{SIGN_IN}?signed-out=1", HTTPStatus.SEE_OTHER)
    for cookie in (SESSION_COOKIE, COOKIE):
        answer.delete_cookie(cookie)
    return answer


@router.get("/account", dependencies=[known_callers()])
def show_account(work: Work, caller: Caller) -> HTMLResponse:
    """Show who is signed in."""
    return _account_page(caller, _account_of(work, caller))


@router.post("/account/password", dependencies=[known_callers()])
def change_password(
    request: Request, runtime: Reach, work: Work, caller: Caller, current: Typed = "", wanted: Typed = ""
) -> Response:
    """Change one's own password, and ask to sign in with it."""
    account = _account_of(work, caller)
    try:
        Guesses(runtime.broker).count(caller.name, request.client.host if request.client else "")
        if account is None or not runtime.passwords.is_right(account.password, current):
            raise service.WrongPassword
        service.set_password(work, account, runtime.passwords, wanted)
    except DomainError as error:
        return _account_page(caller, account, error)
    return RedirectResponse(SIGN_IN, HTTPStatus.SEE_OTHER)


def signed_in(request: Request, token: str, wanted: str) -> RedirectResponse:
    """Give the browser its session, and lead to `wanted` where that is one of our pages."""
    answer = RedirectResponse(local(wanted), HTTPStatus.SEE_OTHER)
    answer.set_cookie(
        SESSION_COOKIE, token, max_age=int(service.SESSION.total_seconds()), httponly=True, samesite="lax",
        secure=request.url.scheme == "https",
    )  # fmt: skip
    return answer


def local(address: str) -> str:
    """Return `address` where it is a path of ours, else the first page."""
    return address if _LOCAL.fullmatch(address) else "/"


def sign_in_form(
    runtime: Runtime,
    wanted: str,
    username: str = "",
    error: DomainError | None = None,
    *,
    signed_out: bool = False,
) -> HTMLResponse:
    """Return the page that asks who it is, and says what was wrong before."""
    page = render(
        "sign_in.html", next=local(wanted), username=username, wrong="" if error is None else str(error),
        sign_on=runtime.sign_on.name if runtime.sign_on else "", signed_out=signed_out,
    )  # fmt: skip
    page.status_code = HTTPStatus.OK if error is None else status_of(error)
    return page


def _account_of(work: UnitOfWork, caller: Operator) -> Account | None:
    kind, _, account_id = caller.key.partition(":")
    return work.session.get(Account, UUID(account_id)) if kind == "account" else None


def _account_page(
    caller: Operator, account: Account | None, error: DomainError | None = None
) -> HTMLResponse:
    page = render(
        "account.html", school=caller.school.name, role=str(caller.role).capitalize(), name=caller.name,
        has_password=account is not None and account.password is not None,
        wrong="" if error is None else str(error),
    )  # fmt: skip
    page.status_code = HTTPStatus.OK if error is None else status_of(error)
    return page
