"""The api's sign of life: a file that its event loop touches, for whoever started the process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from fastapi import FastAPI

EVERY_S: Final = 5.0

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def signs_of_life(file: Path | None) -> Lifespan | None:
    """Return a lifespan in which `file` is touched every few seconds: it grows old when the loop hangs.

    A database that is away leaves it young: the api answers that it is, and another process would too.
    """
    if file is None:
        return None

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        giving = asyncio.create_task(_give(file))
        yield
        giving.cancel()
        with suppress(asyncio.CancelledError):
            await giving

    return lifespan


async def _give(file: Path) -> None:
    while True:
        file.touch()
        await asyncio.sleep(EVERY_S)
