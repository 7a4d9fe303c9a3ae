"""`ETag` and `If-Match`: nobody edits what they have not seen (RFC 9110, 13.1.1).

A tag stands for what a change of the resource can set, not for all that is shown beside it: a camera that
reports every few seconds could otherwise never be renamed. It is for `If-Match` alone: no answer is
cached by it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import blake2b
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import Depends, Header, Response
from pydantic import BaseModel

from adsum_api.errors import PreconditionFailed, PreconditionRequired
from adsum_api.problems import documented

ANY: Final = "*"

EDITS: Final[dict[int | str, dict[str, Any]]] = documented(
    HTTPStatus.PRECONDITION_FAILED, "changed-meanwhile", "it was changed since you read it: read it again"
) | documented(
    HTTPStatus.PRECONDITION_REQUIRED, "if-match-missing", "send the ETag that you read as If-Match, or *"
)
"""What the OpenAPI document says of every edit."""


class IfMatchMissing(PreconditionRequired):
    """An edit came without saying what it edits."""

    def __init__(self) -> None:
        super().__init__("send the ETag that you read as If-Match, or * to overwrite whatever is there")


class ChangedMeanwhile(PreconditionFailed):
    """What is stored is not what the caller read."""

    def __init__(self) -> None:
        super().__init__("it was changed since you read it: read it again, and send its ETag as If-Match")


@dataclass(frozen=True, slots=True)
class Seen:
    """The tags of what a caller has seen; one of them has to be of what is stored."""

    tags: frozenset[str]

    def check(self, stored: BaseModel, change: type[BaseModel]) -> None:
        """Raise `ChangedMeanwhile` unless `stored`, read under the lock of the edit, was seen."""
        if ANY not in self.tags and tag_of(stored, change) not in self.tags:
            raise ChangedMeanwhile


def _seen(
    if_match: Annotated[str | None, Header(description="the `ETag` that was read, or `*`")] = None,
) -> Seen:
    tags = frozenset(tag.strip() for tag in (if_match or "").split(",")) - {""}
    if not tags:
        raise IfMatchMissing
    return Seen(tags)


IfMatch = Annotated[Seen, Depends(_seen)]


def tell_tag(response: Response, shown: BaseModel, change: type[BaseModel]) -> None:
    """Send the tag of what is shown."""
    response.headers["ETag"] = tag_of(shown, change)


def tag_of(shown: BaseModel, change: type[BaseModel]) -> str:
    """Return the tag of those fields of `shown` that a `change` can set."""
    facts = shown.model_dump(mode="json", include={"id", *change.model_fields})
    digest = blake2b(json.dumps(facts, sort_keys=True).encode(), digest_size=12)
    return f'"{digest.hexdigest()}"'
