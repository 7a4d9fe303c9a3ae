"""The measurement of the way from cameras to rows measures something, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from adsum_recognizer.bench.child import UNTRAINED, stand_in
from adsum_vision.crops import Crop
from adsum_vision.types import Box

COMMAND = (sys.executable, "-m", "adsum_recognizer", "bench", "dispatch")


def bench(*options: str) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("ADSUM_")}
    return subprocess.run(
        [*COMMAND, *options], env=plain, capture_output=True, text=True, timeout=250, check=False
    )


@pytest.mark.slow
def test_crops_get_from_cameras_to_rows_on_servers_of_the_measurements_own() -> None:
    done = bench("--cameras", "3", "--seconds", "2", "--workers", "1", "--json")
    assert done.returncode == 0, done.stderr
    (point,) = json.loads(done.stdout)["points"]
    assert point["cameras"] == 3
    assert point["throughput_per_s"] > 0
    assert 0 < point["latency_p50_ms"] <= point["latency_p95_ms"]
    assert 0 < point["batch_fill"] <= 1
    assert point["oldest_crop_age_s"] >= 0
    assert point["redis_memory_peak_mib"] < 256
    assert {"wait", "look", "embed", "store", "enqueue", "decide"} <= set(point["worker_ms_per_crop"])


def test_the_network_stands_in_for_itself_where_its_weights_are_not() -> None:
    network = stand_in(UNTRAINED)
    assert network is not None
    assert network.spec.name == "facenet-vggface2"
    image = np.random.default_rng(1).integers(0, 256, (200, 190, 3), np.uint8)
    crop = Crop(image, Box(40, 50, 100, 110), ((0, 0),) * 5)  # type: ignore[arg-type]
    assert np.allclose(np.linalg.norm(network.embed([crop]), axis=1), 1, atol=1e-3)
    assert stand_in("facenet-vggface2") is None, "what a service has is never replaced"


@pytest.mark.parametrize("options", [("--cameras", "many"), ("--cameras", "0"), ("--embedder", "magic")])
def test_what_cannot_be_measured_is_said_in_one_sentence(options: tuple[str, ...]) -> None:
    done = bench(*options)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert options[1] in done.stderr
