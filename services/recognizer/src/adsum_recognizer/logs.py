"""Logging to standard error: an event and key-values, one line each; tracebacks without any variable.

structlog's own default prints the local variables of every frame: pictures, vectors and names.
"""

from __future__ import annotations

import logging
import sys

import structlog


def configure_logging() -> None:
    """Send our events, and warnings of the libraries, to standard error."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(name)s: %(message)s")
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
