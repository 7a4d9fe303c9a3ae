"""Log lines of every service, on standard error: a time, a level, the service, an event, and facts about it.

Text for a person at a terminal, or one JSON object a line (ADSUM_LOG_FORMAT=json). Never a name, a face, a
vector, an address or a credential; tracebacks come without the variables that structlog's own would print.
"""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, Final, TextIO

import structlog

from adsum_contracts.tracing import add_trace_id

FORMAT: Final = "ADSUM_LOG_FORMAT"
KEYS: Final = ("ts", "level", "service", "event")
"""What each line has, first and in this order."""


def log_to_stderr(service: str) -> None:
    """Send every log line of this process, and the libraries' warnings, to standard error."""
    as_json = os.environ.get(FORMAT, "text") == "json"
    renderer = structlog.processors.JSONRenderer() if as_json else structlog.processors.LogfmtRenderer()

    def of_service(
        _logger: object, _method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        first = {key: event.pop(key) for key in KEYS if key in event} | {"service": service}
        return {key: first[key] for key in KEYS if key in first} | dict(event)

    processors: list[Any] = [
        structlog.contextvars.merge_contextvars,
        add_trace_id,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
        structlog.processors.format_exc_info,
        of_service,
    ]
    structlog.configure(
        processors=[*processors, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            renderer,
        ],
        foreign_pre_chain=[*processors[:3], structlog.stdlib.add_logger_name, *processors[3:]],
    )
    _replace_handlers(formatter, sys.stderr)


def hush_celery() -> None:
    """Keep off the log what a Celery worker says past every logger: its warning to a root user of pickle,
    which no app of ours accepts, and its good-bye on the process's first standard output."""
    warnings.filterwarnings("ignore", message="You're running the worker with superuser privileges")
    sys.__stdout__ = Path(os.devnull).open("w", encoding="utf-8")  # type: ignore[misc]  # noqa: SIM115


def _replace_handlers(formatter: logging.Formatter, stream: TextIO) -> None:
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
