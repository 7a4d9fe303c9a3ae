"""One lesson's roll, from an empty folder to a full register: the flow reads from top to bottom here."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any, Final

from adsum_local.classroom import pupils_of_folder, pupils_of_simulation
from adsum_local.client import ApiClient
from adsum_local.embedder_choice import EmbedderChoice, choose_embedder
from adsum_local.errors import SourceUnusable
from adsum_local.folder import DataFolder, empty_demo_folder
from adsum_local.outcome import Outcome, measure
from adsum_local.roll import Scene, begin, watch
from adsum_local.sim import SimPlan, SimResult, SimulationError, load_truth, simulate
from adsum_local.sim.plan import AttackKind
from adsum_local.sources import check_camera, video_seconds
from adsum_local.stack import Stack, StackPlan
from adsum_local.supervisor import Supervisor
from adsum_local.terminal import Terminal, register_table

MINUTES_FOR_HOURS: Final = {
    "ADSUM_CLOSE_AFTER_S": "6",
    "ADSUM_CLOSE_WAIT_S": "20",
    "ADSUM_LEFT_EARLY_AFTER_S": "12",
}
"""A demo's lesson lasts a minute or two: what a school counts in minutes is scaled with it."""

CROPS_FOR_MINUTES: Final = {"ADSUM_LATER_CROP_EVERY_S": "5"}
"""And so is how often the camera sends another crop of somebody who has no name yet."""


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What `adsum demo` was asked for; `video` and `camera` take the place of the simulation."""

    data: Path
    port: int
    students: int
    strangers: int
    seed: int
    seconds: float
    size: tuple[int, int]
    faces: Path | None = None
    embedder: str | None = None
    video: Path | None = None
    camera: int | None = None
    minutes: float | None = None
    once: bool = False
    attack: AttackKind | None = None


def run_demo(options: DemoOptions, terminal: Terminal) -> Outcome:
    """Take the roll of one lesson; raise a `LocalError` that says in one sentence why it cannot be."""
    _check_source(options)
    embedder = choose_embedder(options.embedder)
    terminal.say(f"Embedder: [bold]{embedder.name}[/] ({embedder.reason})")
    empty_demo_folder(options.data)
    with ExitStack() as run:
        folder = run.enter_context(DataFolder(options.data))
        supervisor = run.enter_context(Supervisor(terminal.log, folder.remember_child))
        stack = Stack(folder, supervisor, _plan(options, embedder))
        scene, film = _prepare(options, stack, terminal)
        api = run.enter_context(ApiClient(stack.address, stack.credentials.api_token))
        outcome = _take_the_roll(scene, film, stack, api, terminal)
        if not options.once:
            terminal.say("The lesson is over; the pages stay open until Ctrl-C.")
            _until_interrupted(supervisor)
    return outcome


def _take_the_roll(
    scene: Scene, film: SimResult | None, stack: Stack, api: ApiClient, terminal: Terminal
) -> Outcome:
    started = time.monotonic()
    with terminal.progress(f"Enrolling {len(scene.pupils)} students") as bar:
        roll = begin(scene, stack, api, _advance(bar), terminal.say, **CROPS_FOR_MINUTES)
    page = f"{stack.address}/lessons/{roll.lesson_id}?token={stack.credentials.api_token}"
    terminal.say(f"Register: [bold]{page}[/]")
    with terminal.live() as live:
        register = watch(
            roll, stack, api, lambda register, heading: live.update(register_table(register, heading))
        )
    stack.supervisor.stop("camera")
    truth = load_truth(film.truth) if film else None
    return measure(stack, register, truth, roll.starts_at, time.monotonic() - started)


def _prepare(options: DemoOptions, stack: Stack, terminal: Terminal) -> tuple[Scene, SimResult | None]:
    """Start the services while the classroom is being drawn."""
    if options.video is not None or options.camera is not None:
        terminal.say("Starting the services …")
        stack.start()
        return _given_scene(options), None
    width, height = options.size
    what = "photos" if options.faces else "drawn people"
    title = f"Filming a classroom of {options.students} students and {options.strangers} strangers ({what})"
    plan = SimPlan(
        students=options.students,
        strangers=options.strangers,
        seed=options.seed,
        seconds=options.seconds,
        size=(width, height),
        faces=options.faces,
        attack=options.attack,
    )
    with terminal.progress(title) as bar, _filming(plan, options.data / "film", _advance(bar)) as film:
        stack.start()
        simulation = film.result()
    return scene_of(simulation), simulation


@contextmanager
def _filming(plan: SimPlan, out: Path, progress: Callable[[float], None]) -> Iterator[Future[SimResult]]:
    """Film in the background; when the block fails or is interrupted, so is the filming."""
    unwanted = Event()

    def advance(share: float) -> None:
        if unwanted.is_set():
            raise SimulationError("the film is no longer wanted")
        progress(share)

    with ThreadPoolExecutor(1) as painter:
        try:
            yield painter.submit(simulate, plan, out, advance)
        finally:
            unwanted.set()


def scene_of(simulation: SimResult) -> Scene:
    """What a camera that looks at the film will see, and whom to enrol for it."""
    truth = load_truth(simulation.truth)
    return Scene(
        source=str(simulation.video),
        seconds=truth.lesson_s,
        late_after_s=round(truth.late_after_s),
        pupils=pupils_of_simulation(truth, simulation.enrolment),
    )


def _given_scene(options: DemoOptions) -> Scene:
    if options.video is not None:
        source, seconds = str(options.video), video_seconds(options.video)
    else:
        source, seconds = str(options.camera), 3600.0
    if options.minutes is not None:
        seconds = options.minutes * 60
    pupils = pupils_of_folder(options.faces, options.students) if options.faces else ()
    return Scene(source, seconds, late_after_s=300, pupils=pupils)


def _check_source(options: DemoOptions) -> None:
    if options.video is not None and options.camera is not None:
        raise SourceUnusable("choose one of --video and --camera")
    if options.video is not None:
        video_seconds(options.video)
    if options.camera is not None:
        check_camera(options.camera)
    if options.faces is not None and not (options.faces / "enrolled").is_dir():
        raise SourceUnusable(
            f"{options.faces} has no folder `enrolled` with a folder of photos for each person"
        )


def _plan(options: DemoOptions, embedder: EmbedderChoice) -> StackPlan:
    return StackPlan(
        port=options.port,
        embedder=embedder.name,
        school_name="Demo school",
        settings=MINUTES_FOR_HOURS,
    )


def _until_interrupted(supervisor: Supervisor) -> None:
    with _interruptible():
        while supervisor.exit_status("api") is None:
            time.sleep(0.5)


@contextmanager
def _interruptible() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        return


def _advance(bar: Any) -> Callable[[float], None]:  # noqa: ANN401 - rich's Progress, or a fake of it
    return lambda share: bar.update(bar.task_ids[0], completed=share)
