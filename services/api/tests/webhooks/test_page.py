"""docs/webhooks.md does what it says: its commands are run, and its receiver receives."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from adsum_api.webhooks.courier import Courier
from adsum_api.webhooks.events import EVENT_TYPES
from adsum_local.children import stop_child
from adsum_local.ports import free_port

PAGE = (Path(__file__).parents[4] / "docs" / "webhooks.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def bash(script: str, folder: Path, env: dict[str, str]) -> str:
    command = ["bash", "-euo", "pipefail", "-c", script]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return


def test_the_page_works_as_written(served: Any, courier: Courier, tmp_path: Path) -> None:
    port = free_port()
    env = os.environ | {
        "ADSUM": served.url, "TOKEN": served.token, "RECEIVER": f"http://127.0.0.1:{port}/",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }  # fmt: skip
    make, *others = blocks("bash")
    bash(make, tmp_path, env)
    secret = json.loads((tmp_path / "webhook.json").read_text())["secret"]
    (tmp_path / "receiver.py").write_text(blocks("python")[0])
    child = subprocess.Popen(
        [sys.executable, str(tmp_path / "receiver.py")], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True, env=env | {"WEBHOOK_SECRET": secret, "PORT": str(port)},
    )  # fmt: skip
    assert child.stdout is not None
    try:
        wait_for(port)
        told = bash("\n".join(others), tmp_path, env)
        assert '"webhook_test"' in told
        assert courier.deliver_due() == 1
        assert child.stdout.readline().startswith("webhook_test 1 ['/v1/webhooks/")
    finally:
        stop_child(child)
        child.stdout.close()


def test_the_page_names_every_type_of_event() -> None:
    assert [each for each in EVENT_TYPES if f"`{each}`" not in PAGE] == []
