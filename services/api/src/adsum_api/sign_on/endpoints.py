"""Single sign-on in the browser: to the provider, back with a code, and out of the provider again."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Final

import structlog
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from adsum_api.access.gate import SIGN_IN, SIGN_ON, SIGN_ON_END
from adsum_api.access.needs import everybody
from adsum_api.deps import Reach
from adsum_api.errors import DomainError, NotFound
from adsum_api.pages.sign_in_endpoints import local, sign_in_form, signed_in
from adsum_api.runtime import Runtime
from adsum_api.sign_on import service
from adsum_api.sign_on.attempt import LASTS, Attempt, StaleAttempt
from adsum_api.sign_on.provider import NotConfirmed
from adsum_api.sign_on.settings import CALLBACK, SignOn

log = structlog.get_logger()

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

COOKIE: Final = "adsum_sign_on"
UNTOLD: Final = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
"""The addresses of this dance belong to it alone."""

Sent = Annotated[str, Query(max_length=4000)]


@router.get(SIGN_ON, dependencies=[everybody()])
def begin(
    request: Request, runtime: Reach, next_: Annotated[str, Query(alias="next", max_length=2000)] = "/"
) -> Response:
    """Send the browser to the provider, to come back to the page that was asked for."""
    try:
        address, cookie = service.begin(runtime, _sign_on(runtime), local(next_))
    except DomainError as error:
        return sign_in_form(runtime, next_, error=error)
    answer = RedirectResponse(address, HTTPStatus.SEE_OTHER, UNTOLD)
    answer.set_cookie(
        COOKIE, cookie, max_age=int(LASTS.total_seconds()), path=SIGN_ON, httponly=True, samesite="lax",
        secure=request.url.scheme == "https",
    )  # fmt: skip
    return answer


@router.get(CALLBACK, dependencies=[everybody()])
def finish(
    request: Request, runtime: Reach, code: Sent = "", state: Sent = "", iss: Sent = "", error: Sent = ""
) -> Response:
    """Take the provider's answer and begin a session; or ask again, and say why."""
    wanted = "/"
    try:
        sign_on = _sign_on(runtime)
        attempt = Attempt.of(runtime.vault, request.cookies.get(COOKIE, ""), state, runtime.clock())
        wanted = attempt.wanted
        _check_answer(sign_on, code, iss, error)
        answer: Response = signed_in(request, service.finish(runtime, sign_on, attempt, code), wanted)
        answer.headers.update(UNTOLD)
    except DomainError as refusal:
        answer = sign_in_form(runtime, wanted, error=refusal)
    answer.delete_cookie(COOKIE, path=SIGN_ON, httponly=True, samesite="lax")
    return answer


@router.get(SIGN_ON_END, dependencies=[everybody()])
def end(runtime: Reach) -> Response:
    """Send the browser to be signed out at the provider too, where that can be asked for."""
    try:
        address = _sign_on(runtime).provider.sign_out_url(runtime.public_url + SIGN_IN, runtime.clock())
    except DomainError as error:
        return sign_in_form(runtime, "/", error=error)
    return RedirectResponse(address or SIGN_IN, HTTPStatus.SEE_OTHER, UNTOLD)


class NoSignOn(NotFound):
    """This installation has passwords alone."""

    def __init__(self) -> None:
        super().__init__("single sign-on", "here")


def _sign_on(runtime: Runtime) -> SignOn:
    if runtime.sign_on is None:
        raise NoSignOn
    return runtime.sign_on


def _check_answer(sign_on: SignOn, code: str, issuer: str, error: str) -> None:
    """Raise `NotConfirmed` for a refusal, and `StaleAttempt` for an answer of another issuer (RFC 9207)."""
    if issuer and issuer != sign_on.provider.registration.issuer:
        raise StaleAttempt
    if error or not code:
        log.warning("sign_on_not_confirmed", error="denied" if error == "access_denied" else "refused")
        raise NotConfirmed
