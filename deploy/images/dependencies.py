"""Print what the given pyproject.toml files need of others, a requirement a line.

    python dependencies.py PYPROJECT...

So an image has other people's packages in one layer and ours in another: a new version of Adsum brings the
second alone.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path


def main() -> None:
    """Read the files and print."""
    needed = {
        requirement
        for file in sys.argv[1:]
        for requirement in tomllib.loads(Path(file).read_text("utf-8"))["project"]["dependencies"]
        if not requirement.startswith("adsum-")
    }
    sys.stdout.write("\n".join(sorted(needed)) + "\n")


if __name__ == "__main__":
    main()
