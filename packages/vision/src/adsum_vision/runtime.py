"""OpenVINO, without its telemetry: the one place that imports it.

`import openvino` alone reports itself: `openvino.tools.ovc` forks a process that posts an event to Google
Analytics, unless a file in the user's home forbids it. Where the package `openvino_telemetry` cannot be
imported, OpenVINO falls back on a stub of its own (openvino/tools/ovc/telemetry_utils.py). So we make it
unimportable, which Python spells as None, before OpenVINO is imported for the first time.
"""

from __future__ import annotations

import sys
from typing import Final

sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]

import openvino as ov  # noqa: E402 - after the line above, which is this module's whole point
import openvino.opset13 as ops  # noqa: E402

__all__ = ["UNPINNED", "ops", "ov"]

UNPINNED: Final = {"ENABLE_CPU_PINNING": False}
"""For every `compile_model`. Left alone, OpenVINO ties a thread that infers to a core, and begins with the
first core in every process: several of them share one core while the others idle. See docs/decisions/0028."""
