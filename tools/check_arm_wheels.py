"""Asks the package index whether every package of the camera agent has a wheel for 64-bit ARM.

    python tools/check_arm_wheels.py

The box in the classroom has no compiler. The packages are those that the edge's pyproject.toml files name,
and what they need in turn, in the versions of requirements.txt. It needs the index, so `make check` goes
without it.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import tomllib
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from typing import cast

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
EDGE = ("packages/contracts", "packages/vision", "services/camera-agent")
GLIBC = range(17, 37)
"""Minor versions of glibc 2 up to Debian 12's: what Raspberry Pi OS of 2023 and later has."""


def main() -> None:
    versions = dict(
        re.findall(r"^([\w.-]+)(==.+)$", (ROOT / "requirements.txt").read_text().lower(), re.MULTILINE)
    )
    pinned: dict[str, str] = {canonicalize_name(name): version for name, version in versions.items()}
    missing = [name for name in sorted(needed()) if not has_arm_wheel(f"{name}{pinned.get(name, '')}")]
    if missing:
        sys.exit(f"no wheel for 64-bit ARM: {', '.join(missing)}")


def needed() -> set[str]:
    """Return the names of all packages that the edge installs, but our own."""
    waiting = [
        Requirement(line)
        for package in EDGE
        for line in tomllib.loads((ROOT / package / "pyproject.toml").read_text())["project"]["dependencies"]
    ]
    found: set[str] = set()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name in found or name.startswith("adsum-") or not wanted_on_arm(requirement):
            continue
        found.add(name)
        waiting += [Requirement(line) for line in own_requirements(name)]
    return found


def wanted_on_arm(requirement: Requirement) -> bool:
    arm = cast("dict[str, str]", default_environment()) | {
        "platform_machine": "aarch64",
        "sys_platform": "linux",
    }
    return requirement.marker is None or requirement.marker.evaluate(arm)


def own_requirements(name: str) -> list[str]:
    try:
        return requires(name) or []
    except PackageNotFoundError:
        sys.exit(f"{name} is not installed: run `make setup` first")


def has_arm_wheel(requirement: str) -> bool:
    platforms = ["manylinux2014_aarch64", *(f"manylinux_2_{minor}_aarch64" for minor in GLIBC)]
    options = [f"--platform={platform}" for platform in platforms]
    with tempfile.TemporaryDirectory() as folder:
        command = [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"),
            *(
                "--disable-pip-version-check",
                "--python-version=3.11",
                f"--dest={folder}",
                *options,
                requirement,
            ),
        ]
        done = subprocess.run(command, capture_output=True, check=False)
        print(requirement, *(path.name for path in Path(folder).iterdir()))
    return done.returncode == 0


if __name__ == "__main__":
    main()
