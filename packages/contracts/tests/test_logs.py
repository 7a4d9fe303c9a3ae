"""Every service's log lines have one form, its own and its libraries'."""

from __future__ import annotations

import json
import os
import subprocess
import sys

PROGRAM = """
import logging
import warnings
import structlog
from adsum_contracts.logs import log_to_stderr

log_to_stderr("api")
structlog.get_logger().debug("not_told")
with structlog.contextvars.bound_contextvars(request_id="r-1"):
    structlog.get_logger().info("lesson_closed", lesson_id="7")
    logging.getLogger("celery.worker").warning("consumer: %s", "lost")
    warnings.warn("of two\\nlines")
try:
    name = "Ada Lovelace"
    1 / 0
except ZeroDivisionError:
    structlog.get_logger().exception("entry_failed")
"""


def lines(form: str) -> list[str]:
    environment = os.environ | {"ADSUM_LOG_FORMAT": form, "PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
    )
    assert "Ada" not in done.stderr.replace('name = "Ada Lovelace"', "")
    return done.stderr.splitlines()


def test_json_is_one_object_a_line_with_time_level_service_and_event_first() -> None:
    ours, library, warned, failure = [json.loads(line) for line in lines("json")]
    for line in (ours, library, warned, failure):
        assert list(line)[:4] == ["ts", "level", "service", "event"]
        assert line["service"] == "api"
    assert (ours["event"], ours["lesson_id"], ours["request_id"]) == ("lesson_closed", "7", "r-1")
    assert (library["event"], library["logger"], library["level"]) == (
        "consumer: lost", "celery.worker", "warning",
    )  # fmt: skip
    assert library["request_id"] == "r-1"
    assert (warned["logger"], warned["level"]) == ("py.warnings", "warning")
    assert "of two\nlines" in warned["event"]
    assert "ZeroDivisionError" in failure["exception"]


def test_text_says_the_same_for_a_person() -> None:
    ours = lines("text")[0]
    assert "level=info service=api event=lesson_closed" in ours
    assert "request_id=r-1" in ours
