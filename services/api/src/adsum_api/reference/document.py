"""The OpenAPI document, with an example of everything that is sent and answered: one school throughout."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any, Final

from fastapi import FastAPI

EXAMPLES: Final = "examples.json"


class DocumentedApi(FastAPI):
    """An application whose document has our examples."""

    def openapi(self) -> dict[str, Any]:
        """Return the document, made once."""
        document = super().openapi()
        schemas = document.get("components", {}).get("schemas", {})
        for name, schema in schemas.items():
            # JSON Schema, which OpenAPI 3.1 speaks, knows `examples` alone.
            example = schema.pop("example", None) or examples().get(name)
            if example is not None:
                schema["examples"] = [example]
        return document


@cache
def examples() -> dict[str, Any]:
    """Return an example for each schema that has one, by its name."""
    told: dict[str, Any] = json.loads(files(__package__).joinpath(EXAMPLES).read_text(encoding="utf-8"))
    return told
