"""`python -m adsum_api.bench.child`: the api as it is served, which also says what each answer took.

It ends with its standard input, so also when whoever measures is killed.
"""

from __future__ import annotations

import os
import sys
from threading import Thread

import uvicorn

from adsum_api.bench.statements import CountStatements
from adsum_api.main import api_token, build_app, quota_of
from adsum_api.runtime import build_runtime
from adsum_api.settings import read_settings
from adsum_contracts.logs import log_to_stderr


def main() -> None:
    """Serve until standard input ends."""
    log_to_stderr("api")
    Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()
    settings = read_settings()
    runtime = build_runtime(settings)
    app = CountStatements(build_app(runtime, api_token(settings), quota_of(settings)), runtime.store.engine)
    uvicorn.run(app, host=settings.api_host, port=settings.api_port, log_level="warning")


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
