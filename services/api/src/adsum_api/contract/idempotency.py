"""A POST sent twice with one `Idempotency-Key` is done once (draft-ietf-httpapi-idempotency-key-header).

The answer is kept in the transaction that does the work: both are there, or neither is. Whoever comes while
that transaction runs is told so (409), whoever comes later gets the same answer. What was refused changed
nothing and is not kept: the request may be mended and sent again with its key.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Header, Request, Response
from starlette.datastructures import UploadFile

from adsum_api.deps import Caller, Now, Reach, Work
from adsum_api.errors import Conflict, Invalid, Malformed
from adsum_api.runtime import Runtime
from adsum_store.repositories import kept_answers
from adsum_store.repositories.kept_answers import AnswerKey
from adsum_store.sealing import Vault, WrongSecretKey
from adsum_store.unit_of_work import UnitOfWork

ERASES: Final = "/erasure"
KEPT_FOR: Final = timedelta(hours=24)
CHUNK: Final = 256 * 1024
FORMS: Final = ("multipart/form-data", "application/x-www-form-urlencoded")
REPLAYED: Final = "Idempotency-Replayed"

_KEY = re.compile(r"[\x21-\x7e]{1,200}")

IdempotencyKey = Annotated[
    str,
    Header(
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="A new one for each request, such as a UUID; the same one when it is sent again.",
        examples=["8e03978e-40d5-43dd-bc93-6894a57f9324"],
    ),
]


class IdempotencyKeyMissing(Malformed):
    """A POST of `/v1` came without a key, or with one that is none."""

    def __init__(self) -> None:
        super().__init__(
            "send an Idempotency-Key of 1 to 200 visible ASCII characters with every POST: a new one for "
            "each request, such as a UUID, and the same one when the request is sent again"
        )


class IdempotencyKeyReused(Invalid):
    """The key came with another request before."""

    def __init__(self) -> None:
        super().__init__("this Idempotency-Key came with another request before: send a new one")


class RequestUnderWay(Conflict):
    """The first request with this key is not answered yet."""

    def __init__(self) -> None:
        super().__init__("the first request with this Idempotency-Key is still under way: try again")


class Repeated(Exception):  # noqa: N818 - reads as what it is: no error, but an answer that is there already
    """The request was answered before; `answer` is that answer."""

    def __init__(self, answer: Response) -> None:
        super().__init__()
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a caller sent: its key, and the SHA-256 of what it asks for."""

    key: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Claim:
    """An attempt that this transaction alone is making."""

    work: UnitOfWork
    runtime: Runtime
    answer_key: AnswerKey
    fingerprint: bytes


async def attempt_of(request: Request) -> Attempt:
    """Read the request's key and its content; raise `IdempotencyKeyMissing`."""
    key = request.headers.get("idempotency-key", "").strip()
    if len(key) > 1 and key[0] == key[-1] == '"':  # the draft writes a string of RFC 9651
        key = key[1:-1]
    if not _KEY.fullmatch(key):
        raise IdempotencyKeyMissing
    return Attempt(key, await _fingerprint(request))


def claim(
    request: Request, work: Work, caller: Caller, runtime: Reach, now: Now, idempotency_key: IdempotencyKey
) -> None:
    """Make this transaction the one that answers, as `request.state.claim`.

    Raises `RequestUnderWay`, `IdempotencyKeyReused` or `Repeated`.
    """
    attempt: Attempt = request.state.attempt
    answer_key = AnswerKey(caller.school_id, caller.key, attempt.key)
    if not kept_answers.claim(work, answer_key):
        raise RequestUnderWay
    kept = kept_answers.find(work, answer_key, now - KEPT_FOR)
    if kept is not None and kept.fingerprint != attempt.fingerprint:
        raise IdempotencyKeyReused
    if kept is not None:
        work.withdraw()
        raise Repeated(_answer_in(runtime.vault.open(kept.sealed)))
    request.state.claim = Claim(work, runtime, answer_key, attempt.fingerprint)


def sent_key(request: Request) -> str:
    """Return the key of a request that was claimed."""
    attempt: Attempt = request.state.attempt
    return attempt.key


SentKey = Annotated[str, Depends(sent_key)]


def keep(claim: Claim, request: Request, answer: Response) -> None:
    """Keep `answer` with the work that it tells of, as long as what was to be told can be told."""
    work, wanted = claim.work, claim.answer_key
    sealed = claim.runtime.vault.seal(_written(answer))
    kept_answers.keep(work, wanted, claim.fingerprint, sealed, _student_of(request, answer))
    work.if_untold(lambda: _forget(claim.runtime, wanted))


def forget_answers_about(work: UnitOfWork, vault: Vault, school_id: UUID, words: Collection[str]) -> None:
    """Forget the answers about many students, or about none, in which one of the words stands by itself: a
    student who is erased goes from reports of bulk requests too. Such a request, sent again, is done again.

    What was sealed with a key that is gone nobody can read: it is forgotten too.
    """
    named = re.compile("|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in words), re.IGNORECASE)
    for kept in kept_answers.about_nobody(work, school_id):
        if _tells_of(named, vault, kept.sealed):
            kept_answers.forget(work, AnswerKey(school_id, kept.caller, kept.key))


def _tells_of(named: re.Pattern[str], vault: Vault, sealed: bytes) -> bool:
    try:
        answer = _answer_in(vault.open(sealed))
    except WrongSecretKey:
        return True
    return any(named.search(each) for each in _strings(_json_in(answer)))


def _strings(told: object) -> Iterator[str]:
    """Yield every text in a value of JSON; numbers there are positions and counts, and name nobody."""
    if isinstance(told, str):
        yield told
    elif isinstance(told, dict | list):
        for each in told.values() if isinstance(told, dict) else told:
            yield from _strings(each)


def _json_in(answer: Response) -> object:
    is_json = answer.body and answer.headers.get("content-type", "").startswith("application/json")
    return json.loads(bytes(answer.body)) if is_json else {}


def _forget(runtime: Runtime, wanted: AnswerKey) -> None:
    with runtime.store.begin() as work:
        kept_answers.forget(work, wanted)


async def _fingerprint(request: Request) -> bytes:
    """Hash what is asked for: a form by its fields, since each sending of it has boundaries of its own."""
    digest = sha256()
    digest.update(
        f"{request.method} {request.url.path}?{sorted(request.query_params.multi_items())}".encode()
    )
    if request.headers.get("content-type", "").lower().startswith(FORMS):
        async for part in _parts(request):
            digest.update(sha256(part).digest())
    else:
        digest.update(await request.body())
    return digest.digest()


async def _parts(request: Request) -> AsyncIterator[bytes]:
    for name, value in (await request.form()).multi_items():
        yield name.encode()
        if isinstance(value, str):
            yield value.encode()
            continue
        async for chunk in _chunks(value):
            yield chunk
        await value.seek(0)


async def _chunks(file: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await file.read(CHUNK):
        yield chunk


def _written(answer: Response) -> bytes:
    headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
    kept = {"status": answer.status_code, "headers": headers, "body": b64encode(answer.body).decode()}
    return json.dumps(kept).encode()


def _answer_in(written: bytes) -> Response:
    kept = json.loads(written)
    return Response(b64decode(kept["body"]), kept["status"], kept["headers"] | {REPLAYED: "true"})


def _student_of(request: Request, answer: Response) -> UUID | None:
    """Return whom the answer is about, so that it can be erased with them."""
    if request.url.path.endswith(ERASES):
        return None  # they are no more, and the answer does not name them
    told = _json_in(answer)
    told = told if isinstance(told, dict) else {}
    named = request.path_params.get("student_id") or told.get("student_id")
    if named is None and "number" in told:
        named = told.get("id")
    return None if named is None else UUID(str(named))
