"""What the agent tells of itself: to whoever restarts it, and to Prometheus."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import SimpleQueue
from uuid import UUID, uuid4

import pytest
from prometheus_client.parser import text_string_to_metric_families

from adsum_camera.adapters.commands import CommandReader
from adsum_camera.adapters.frames import SourceHealth, SourceUnavailable
from adsum_camera.adapters.health import HealthServer, HealthUnavailable
from adsum_camera.adapters.publisher import Publisher
from adsum_camera.adapters.redis_client import connected
from adsum_camera.adapters.spool import Spool
from adsum_camera.credentials import Credentials
from adsum_camera.heartbeats import Beat, State, Vitals
from adsum_camera.status import Status, Statuses
from adsum_contracts.commands import Committed
from adsum_contracts.events import CommandReply
from adsum_contracts.ids import CameraId, CommandId
from adsum_contracts.routes import commands_stream
from adsum_contracts.sealing import seal

NOON = datetime(2026, 2, 11, 12, tzinfo=UTC)
CAMERA = CameraId(UUID(int=7))
KEY = bytes(range(32))


def beat(state: State = "watching") -> Beat:
    return Beat(
        since=NOON, at=NOON + timedelta(seconds=5), state=state, frames=25, frames_dropped=2, looks=10,
        faces=30, faces_too_small=4, crops_sent=3, unsent={"still": 2}, tracks=(), coverage=(),
        lesson_coverage=0.75,
    )  # fmt: skip


class Camera:
    """One camera's status with its real parts."""

    def __init__(self, spool: Spool, url: str, clock: object) -> None:
        self.client, self.clock = connected(url), clock
        self.spool = spool
        self.publisher = Publisher(spool, self.client, CAMERA, Credentials.of_key(KEY), clock)  # type: ignore[arg-type]
        self.reader = CommandReader(spool, self.client, CAMERA, Credentials.of_key(KEY), clock, SimpleQueue())  # type: ignore[arg-type]
        source = SourceHealth(fps=24.5, frame_age_s=0.25, reconnects=1)
        self.status = Status(spool, self.publisher, self.reader, lambda: source, clock)  # type: ignore[arg-type]

    def says(self) -> None:
        self.spool.append(
            lambda spool_id, sequence: CommandReply(
                camera_id=CAMERA, spool_id=spool_id, sequence=sequence, captured_at=NOON,
                command_id=CommandId(UUID(int=9)), outcome="done",
            )
        )  # fmt: skip

    def is_confirmed(self) -> None:
        command = Committed(
            camera_id=CAMERA, command_id=CommandId(uuid4()), issued_at=NOON, spool_id=self.spool.id,
            sequences=(1,),
        )  # fmt: skip
        self.client.xadd(
            commands_stream(CAMERA), seal("command", command.model_dump_json().encode(), b"", KEY)
        )
        self.reader.read_once(block_ms=10)


@pytest.fixture
def camera(spool: Spool, ingress_url: str, clock: Callable[[], object]) -> Iterator[Camera]:
    camera = Camera(spool, ingress_url, clock())
    yield camera
    camera.client.close()


@pytest.fixture
def server(camera: Camera) -> Iterator[HealthServer]:
    statuses = Statuses()
    with statuses.of(camera.status):
        server = HealthServer(statuses, "127.0.0.1", 0)
        yield server
        server.close()


def got(server: HealthServer, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def samples(text: str) -> dict[tuple[str, str], float]:
    """Values by name and by the label beside the camera's."""
    return {
        (
            sample.name,
            next((value for label, value in sample.labels.items() if label != "camera"), ""),
        ): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_a_camera_whose_loop_turns_is_healthy_with_or_without_a_signal_and_a_server(
    camera: Camera, server: HealthServer
) -> None:
    for state in ("watching", "no_signal"):
        camera.status.beaten(beat(state), Vitals(0, 0))
        status, body = got(server, "/healthz")
        (told,) = json.loads(body)["cameras"]
        assert (status, told["state"], told["connected"], told["faults"]) == (200, state, False, [])


def test_a_loop_that_stands_still_is_a_fault(camera: Camera, server: HealthServer) -> None:
    assert got(server, "/healthz")[0] == 200
    camera.clock.pass_s(61)
    status, body = got(server, "/healthz")
    assert (status, json.loads(body)["cameras"][0]["faults"]) == (503, ["the loop has stood still for 61 s"])
    camera.status.beaten(beat(), Vitals(0, 0))
    assert got(server, "/healthz")[0] == 200


def test_a_spool_that_cannot_write_is_a_fault(camera: Camera, server: HealthServer) -> None:
    camera.spool._file._db.execute("PRAGMA max_page_count = 1")
    camera.spool.set_state("any", "x" * 100_000)
    status, body = got(server, "/healthz")
    assert status == 503
    assert "the spool cannot be written" in body


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (SourceUnavailable("There is no camera 9 here."), "There is no camera 9 here."),
        (ValueError("what it says is for the log"), "ValueError"),
    ],
)
def test_a_camera_that_failed_is_told_with_the_reason_until_it_is_open_again(
    error: Exception, reason: str, camera: Camera
) -> None:
    statuses = Statuses()
    with closing(HealthServer(statuses, "127.0.0.1", 0)) as server:
        with pytest.raises(type(error)), statuses.noting_failure(CAMERA), statuses.of(camera.status):
            raise error
        status, body = got(server, "/healthz")
        (told,) = json.loads(body)["cameras"]
        assert (status, told["camera"], told["state"]) == (503, str(CAMERA), "failed")
        assert told["faults"] == [f"it failed and will be opened again by itself: {reason}"]
        assert samples(got(server, "/metrics")[1])["adsum_camera_failed", ""] == 1
        with statuses.noting_failure(CAMERA), statuses.of(camera.status):
            assert got(server, "/healthz")[0] == 200
            assert samples(got(server, "/metrics")[1])["adsum_camera_failed", ""] == 0


def test_metrics_tell_what_was_counted(camera: Camera, server: HealthServer) -> None:
    for _ in range(2):
        camera.status.beaten(beat(), Vitals(0, 0))
        camera.says()
    camera.publisher.publish_due()
    camera.is_confirmed()
    camera.clock.pass_s(3)
    status, text = got(server, "/metrics")
    told = samples(text)
    assert status == 200
    expected = {
        "frames_total": 50, "frames_dropped_total": 4, "looks_total": 20, "faces_total": 60,
        "faces_too_small_total": 8, "crops_chosen_total": 6, "source_reconnects_total": 1,
        "source_frames_per_second": 24.5, "frame_age_seconds": 0.25, "lesson_coverage_ratio": 0.75,
        "beat_age_seconds": 3, "committed_age_seconds": 3, "server_connected": 1, "spool_events": 1,
        "events_published_total": 2, "events_committed_total": 1, "spool_writable": 1,
        "spool_syncs_failed_total": 0,
    }  # fmt: skip
    assert {name: told["adsum_camera_" + name, ""] for name in expected} == expected
    assert told["adsum_camera_faces_unsent_total", "still"] == 4
    assert told["adsum_camera_state", "watching"] == 1
    assert told["adsum_camera_state", "no_signal"] == 0
    assert told["process_resident_memory_bytes", ""] > 0
    assert f'camera="{CAMERA}"' in text


def test_what_is_not_known_yet_is_not_told(server: HealthServer) -> None:
    told = samples(got(server, "/metrics")[1])
    assert ("adsum_camera_beat_age_seconds", "") not in told
    assert ("adsum_camera_committed_age_seconds", "") not in told


def test_an_unknown_path_is_answered_with_those_there_are(server: HealthServer) -> None:
    status, body = got(server, "/")
    assert (status, json.loads(body)) == (404, {"paths": ["/healthz", "/metrics"]})


def test_a_port_that_is_taken_is_told_in_a_sentence(server: HealthServer) -> None:
    with pytest.raises(
        HealthUnavailable, match=r"cannot be used: .*Set ADSUM_HEALTH_HOST and ADSUM_HEALTH_PORT"
    ):
        HealthServer(Statuses(), "127.0.0.1", server.port)


def test_an_event_that_was_given_up_is_counted_by_its_kind(
    tmp_path: Path, camera: Camera, server: HealthServer
) -> None:
    camera.spool._file._db.execute("PRAGMA max_page_count = 1")
    camera.spool.set_state("any", "x" * 100_000)
    for _ in range(200):
        camera.says()
    assert samples(got(server, "/metrics")[1])["adsum_camera_spool_dropped_total", "command_reply"] > 0
