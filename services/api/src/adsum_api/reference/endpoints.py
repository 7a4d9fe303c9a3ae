"""`/docs` and `/redoc`, from files that came with a package: a school's network may end at its door."""

from __future__ import annotations

from http import HTTPStatus
from importlib.resources import files
from mimetypes import guess_type
from typing import Final

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from fastapi.responses import HTMLResponse

from adsum_api.access.needs import known_callers

router = APIRouter(include_in_schema=False, dependencies=[known_callers()])

PACKAGE: Final = "fastapi_offline"
FILES: Final = frozenset({"swagger-ui-bundle.js", "swagger-ui.css", "redoc.standalone.js"})
ICON: Final = "/static/favicon.svg"

SWAGGER: Final = {
    "docExpansion": "none",
    "filter": True,
    "defaultModelsExpandDepth": 0,
    "displayRequestDuration": True,
}
"""A page of headings first: there are more endpoints than a screen has lines."""

POLICY: Final = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; worker-src blob:; frame-ancestors 'none'"
)
"""Both pages start by a script within them; nothing is loaded from elsewhere."""


@router.get("/docs")
def show_docs(request: Request) -> HTMLResponse:
    """Show every endpoint, to be read and tried."""
    page = get_swagger_ui_html(
        openapi_url=str(request.app.openapi_url),
        title="Adsum: the API",
        swagger_js_url="/docs/files/swagger-ui-bundle.js",
        swagger_css_url="/docs/files/swagger-ui.css",
        swagger_favicon_url=ICON,
        swagger_ui_parameters=SWAGGER,
    )
    page.headers["Content-Security-Policy"] = POLICY
    return page


@router.get("/redoc")
def show_redoc(request: Request) -> HTMLResponse:
    """Show every endpoint, to be read from top to bottom."""
    page = get_redoc_html(
        openapi_url=str(request.app.openapi_url),
        title="Adsum: the API",
        redoc_js_url="/docs/files/redoc.standalone.js",
        redoc_favicon_url=ICON,
        with_google_fonts=False,
    )
    page.headers["Content-Security-Policy"] = POLICY
    return page


@router.get("/docs/files/{name}")
def show_file(name: str) -> Response:
    """Answer with one of the pages' files."""
    if name not in FILES:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    content = files(PACKAGE).joinpath("static", name).read_bytes()
    kind, _ = guess_type(name)
    return Response(content, media_type=kind, headers={"Cache-Control": "private, max-age=86400"})
