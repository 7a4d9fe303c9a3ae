"""Fail when a file of the product is longer than 300 lines or a function longer than 40.

A long function usually misses a noun; a long file usually is two. Tests may be longer files, never
longer functions.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

MAX_FILE, MAX_FUNCTION = 300, 40
ROOTS = ("packages", "services", "deploy", "tests", "tools", "benchmarks")
GENERATED = {"versions"}


def too_long(path: Path) -> Iterator[str]:
    """Yield one line for the file and one for each function that is over the limit."""
    text = path.read_text(encoding="utf-8")
    lines = text.count("\n")
    if lines > MAX_FILE and "tests" not in path.parts:
        yield f"{path}: {lines} lines (at most {MAX_FILE})"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            length = node.end_lineno - node.lineno + 1
            if length > MAX_FUNCTION:
                yield f"{path}:{node.lineno}: {node.name} has {length} lines (at most {MAX_FUNCTION})"


def main() -> int:
    """Print every offender; the exit status says whether there is one."""
    files = (path for root in ROOTS for path in sorted(Path(root).rglob("*.py")))
    offenders = [line for path in files if not GENERATED & set(path.parts) for line in too_long(path)]
    print("\n".join(offenders) or "sizes: all within limits")
    return 1 if offenders else 0


if __name__ == "__main__":
    sys.exit(main())
