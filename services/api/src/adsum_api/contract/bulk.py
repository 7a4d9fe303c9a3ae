"""Many things in one request, each with a result of its own: one that is refused keeps no other back.

The answer is 200 as soon as the request as a whole could be read; each item says what a request of its own
would have been answered. All that is done is done in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Annotated, Any, Final, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SkipValidation, ValidationError

from adsum_api.errors import Conflict, DomainError, Invalid, status_of
from adsum_api.problems import FieldError, Problem, code_of

T = TypeVar("T")
Item = TypeVar("Item", bound=BaseModel)
Key = TypeVar("Key")

MOST: Final = 1000

Items = Annotated[list[SkipValidation[T]], Field(min_length=1, max_length=MOST)]
"""Up to `MOST` items, each validated by itself: see `read`."""


class NotValid(Invalid):
    """One item is none; `errors` say where."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__("the item is not valid")
        self.errors = errors


class TwiceInThisRequest(Conflict):
    """An item speaks of what an earlier one of the same request spoke of."""

    def __init__(self) -> None:
        super().__init__("an earlier item of this request is about the same: send one of them")


class ItemResult(BaseModel):
    """What became of the item at `index`, counted from 0: its `id`, or the `problem`."""

    index: int
    status: int = Field(description="what a request of its own would have been answered")
    id: UUID | int | None = None
    problem: Problem | None = None


class BulkOut(BaseModel):
    """How many items were done and refused, and each one's result in the order of the items."""

    model_config = ConfigDict(from_attributes=True)

    done: int
    refused: int
    results: list[ItemResult]


Outcome = tuple[HTTPStatus, UUID | int] | DomainError
"""The status and id of what was done, or why it was not."""


def read(kind: type[Item], items: Sequence[Any]) -> list[Item | DomainError]:
    """Return each item as `kind`, or why it is none."""
    return [_read(kind, item) for item in items]


def without_repeats(
    items: Sequence[Item | DomainError], key: Callable[[Item], Key]
) -> list[Item | DomainError]:
    """Refuse each item whose key an earlier one had."""
    seen: set[Key] = set()
    kept: list[Item | DomainError] = []
    for item in items:
        repeated = not isinstance(item, DomainError) and key(item) in seen
        if not isinstance(item, DomainError):
            seen.add(key(item))
        kept.append(TwiceInThisRequest() if repeated else item)
    return kept


def accepted(items: Sequence[Item | DomainError]) -> list[Item]:
    """Return the items that nothing was found wrong with yet."""
    return [item for item in items if not isinstance(item, DomainError)]


def answered(outcomes: Sequence[Outcome]) -> BulkOut:
    """Return the answer that tells these outcomes."""
    results = [_result(index, outcome) for index, outcome in enumerate(outcomes)]
    refused = sum(result.problem is not None for result in results)
    return BulkOut(done=len(results) - refused, refused=refused, results=results)


def _read(kind: type[Item], item: Any) -> Item | DomainError:  # noqa: ANN401 - whatever JSON holds
    try:
        return kind.model_validate(item)
    except ValidationError as error:
        return NotValid([
            FieldError(field=".".join(map(str, each["loc"])), reason=each["msg"]) for each in error.errors()
        ])  # fmt: skip


def _result(index: int, outcome: Outcome) -> ItemResult:
    if not isinstance(outcome, DomainError):
        return ItemResult(index=index, status=outcome[0], id=outcome[1])
    status = status_of(outcome)
    errors = list(outcome.errors) if isinstance(outcome, NotValid) else []
    problem = Problem(
        title=status.phrase, status=status, detail=str(outcome), code=code_of(outcome), errors=errors
    )
    return ItemResult(index=index, status=status, problem=problem)
