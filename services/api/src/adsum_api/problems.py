"""Every refusal as `application/problem+json` (RFC 9457), in answers and in the OpenAPI document."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from sqlalchemy.exc import DataError, IntegrityError
from starlette.exceptions import HTTPException

from adsum_api.errors import CONSTRAINTS, SERVERS_AWAY, DomainError, status_of
from adsum_store.repositories.pages import BadCursor

log = structlog.get_logger()

MEDIA_TYPE: Final = "application/problem+json"


class FieldError(BaseModel):
    """One thing wrong with one field; the value that was sent is not repeated."""

    field: str
    reason: str


class Problem(BaseModel):
    """RFC 9457, with a stable `code` for programs and `errors` for forms."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldError] = []


DOCUMENTED: Final[dict[int | str, dict[str, Any]]] = {
    family: {"description": text, "content": {MEDIA_TYPE: {"schema": Problem.model_json_schema(
        ref_template="#/components/schemas/{model}")}}}
    for family, text in (("4XX", "Refused: the problem says why."), ("5XX", "Not possible now."))
}  # fmt: skip


def documented(status: int, code: str, detail: str) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI answer of one refusal, with an example of its body."""
    family = DOCUMENTED["4XX"]["content"][MEDIA_TYPE]
    example = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, code=code)
    content = {MEDIA_TYPE: {**family, "example": example.model_dump()}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content}}


def problem(
    status: HTTPStatus,
    detail: str,
    *,
    code: str | None = None,
    errors: Sequence[FieldError] = (),
    headers: dict[str, str] | None = None,
    kind: str = "about:blank",
    more: Mapping[str, object] | None = None,
) -> Response:
    """Return the answer; without a `code` the status's own phrase gives it. `more`: what the `kind` adds."""
    body = Problem(
        type=kind,
        title=status.phrase,
        status=status,
        detail=detail,
        code=code or status.phrase.lower().replace(" ", "-"),
        errors=list(errors),
    )
    return Response(json.dumps(body.model_dump() | dict(more or {})), status, headers, MEDIA_TYPE)


def add_problem_answers(app: FastAPI) -> None:
    """Make every error of `app` a problem."""
    app.add_exception_handler(DomainError, refused)
    app.add_exception_handler(BadCursor, refused)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(IntegrityError, _rule_broken)
    app.add_exception_handler(DataError, _not_storable)
    app.add_exception_handler(Exception, _our_fault)
    for kind in SERVERS_AWAY:
        app.add_exception_handler(kind, server_away)


def refused(_request: Request, error: Exception) -> Response:
    """Answer what the api refuses."""
    headers = dict(error.headers) if isinstance(error, DomainError) else None
    return problem(status_of(error), str(error), code=code_of(error), headers=headers)


def _http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - for mypy: registered for this type alone
    headers = dict(error.headers) if error.headers else None
    return problem(HTTPStatus(error.status_code), str(error.detail), headers=headers)


def _not_valid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
    fields = [FieldError(field=".".join(map(str, e["loc"])), reason=e["msg"]) for e in error.errors()]
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "the request is not valid", errors=fields)


def _rule_broken(request: Request, error: Exception) -> Response:
    assert isinstance(error, IntegrityError)  # noqa: S101 - as above
    constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    known = CONSTRAINTS.get(constraint or "")
    if known is None:
        return _our_fault(request, error)
    return refused(request, known)


def _not_storable(_request: Request, _error: Exception) -> Response:
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "a value cannot be stored: too large, or not a text")


def server_away(request: Request, error: Exception) -> Response:
    """Answer that Postgres or Redis is away."""
    log.warning("server_away", path=request.url.path, error=type(error).__name__)
    detail = "Postgres or Redis does not answer: try again, and see /healthz"
    return problem(status_of(error), detail, headers={"Retry-After": "5"})


def _our_fault(request: Request, error: Exception) -> Response:
    log.error("request_failed", path=request.url.path, error=type(error).__name__)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "the api failed; its log says more")


def code_of(error: Exception) -> str:
    """Return the stable code of a refusal, from its class's name."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", type(error).__name__).lower()
