"""A short film, made once for the whole run, and a lesson on it that a test may break."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest
from filelock import FileLock

from adsum_local.client import ApiClient
from adsum_local.demo import scene_of
from adsum_local.folder import DataFolder
from adsum_local.roll import Register, Roll, begin, watch
from adsum_local.sim import SimPlan, SimResult, simulate
from adsum_local.stack import Stack, StackPlan
from adsum_local.supervisor import Supervisor

PLAN = SimPlan(students=4, strangers=1, seed=11, absent_share=0, seconds=30)
"""Few people: two lessons at a time leave a small machine room to breathe."""

QUICK = {
    "ADSUM_CLOSE_AFTER_S": "12",
    "ADSUM_RECLAIM_AFTER_S": "8",
}
QUICK_CAMERA = {"ADSUM_RESEND_AFTER_S": "8", "ADSUM_HEARTBEAT_S": "2"}


@dataclass(frozen=True)
class LiveLesson:
    """A lesson under way in a system of its own."""

    stack: Stack
    api: ApiClient
    roll: Roll
    lines: list[str]

    def finish(self) -> Register:
        """Wait until the lesson is closed."""
        return watch(self.roll, self.stack, self.api, lambda _register, _heading: None)


StartLesson = Callable[[], AbstractContextManager[LiveLesson]]


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the test processes of this run share; no earlier run has left anything in it."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def film(run_folder: Path) -> SimResult:
    """The same short film for every test process, drawn by whichever comes first."""
    folder = run_folder / "film"
    with FileLock(run_folder / "film.lock"):
        note = folder / "result.json"
        if not note.exists():
            made = simulate(PLAN, folder)
            note.write_text(json.dumps({name: str(path) for name, path in asdict(made).items()}))
        return SimResult(**{name: Path(path) for name, path in json.loads(note.read_text()).items()})


@contextmanager
def _lesson(film: SimResult) -> Iterator[LiveLesson]:
    lines: list[str] = []
    folder = Path(tempfile.mkdtemp(prefix="adsum-e2e-"))
    with ExitStack() as run:
        run.callback(shutil.rmtree, folder, ignore_errors=True)
        data = run.enter_context(DataFolder(folder))
        log = lambda service, line: lines.append(f"{service:>10} | {line}")  # noqa: E731
        supervisor = run.enter_context(Supervisor(log, data.remember_child))
        stack = Stack(data, supervisor, StackPlan(port=0, embedder="dlib-resnet-v1", settings=QUICK))
        stack.start()
        api = run.enter_context(ApiClient(stack.address, stack.credentials.api_token))
        roll = begin(scene_of(film), stack, api, lambda _share: None, lines.append, **QUICK_CAMERA)
        yield LiveLesson(stack, api, roll, lines)


@pytest.fixture(scope="session")
def start_lesson(film: SimResult) -> StartLesson:
    """Start a lesson on the film, in a system and a folder of its own."""
    return lambda: _lesson(film)
