"""The route of `/v1`: it takes a POST once. Each router of `/v1` says `route_class=ContractRoute`."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final

from fastapi import Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.params import Depends as Dependency
from fastapi.routing import APIRoute

from adsum_api.contract.idempotency import Repeated, attempt_of, claim, keep

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

ONCE: Final[Dependency] = Depends(claim, scope="function")


class ContractRoute(APIRoute):
    """A route whose POST, below `/v1`, asks for an `Idempotency-Key` and keeps its answer."""

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        dependencies: Sequence[Dependency] | None = None,
        methods: Sequence[str] | set[str] | None = None,
        **options: Any,  # noqa: ANN401 - passed on to FastAPI as they came
    ) -> None:
        self._is_once = path.startswith("/v1/") and "POST" in (methods or ())
        asked = [*(dependencies or ()), *([ONCE] if self._is_once else [])]
        super().__init__(path, endpoint, dependencies=asked, methods=methods, **options)  # type: ignore[arg-type]

    def get_route_handler(self) -> Handler:
        """Return FastAPI's handler, called within the transaction of the request's `Work`."""
        handler = super().get_route_handler()
        return _once(handler) if self._is_once else handler


def _once(handler: Handler) -> Handler:
    async def answered_once(request: Request) -> Response:
        request.state.attempt = await attempt_of(request)
        try:
            answer = await handler(request)
        except Repeated as repeated:
            return repeated.answer
        await run_in_threadpool(keep, request.state.claim, request, answer)
        return answer

    return answered_once
