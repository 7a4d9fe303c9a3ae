"""Templates to pages that load nothing from elsewhere and run no script of their own text."""

from __future__ import annotations

from typing import Any, Final

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

SAFE: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",  # `no-referrer` would also blank the Origin that writing asks for
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}

_TEMPLATES: Final = Environment(
    loader=PackageLoader("adsum_api.pages"), autoescape=True, undefined=StrictUndefined,
    trim_blocks=True, lstrip_blocks=True,
)  # fmt: skip


def render(template: str, **shown: Any) -> HTMLResponse:  # noqa: ANN401 - a template takes anything
    """Return the page."""
    return HTMLResponse(_TEMPLATES.get_template(template).render(**shown), headers=SAFE)
