"""FaceNet on real faces, where its weights are: at an installation, or in a job of CI that has pulled them by
`adsum-recognizer models pull facenet-vggface2`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adsum_recognizer.errors import ModelNotReady
from adsum_recognizer.evaluation.commands import evaluate_app
from adsum_recognizer.models import FACENET_WEIGHTS, verified
from adsum_recognizer.settings import ModelSettings


@pytest.fixture
def weights() -> Path:
    try:
        return verified(FACENET_WEIGHTS, ModelSettings().models_dir)
    except ModelNotReady as error:
        pytest.skip(f"FaceNet is measured where its weights are: {error}")


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_facenet_finds_people_and_leaves_strangers_unnamed(
    weights: Path, shared_data: Path, tmp_path: Path
) -> None:
    assert weights.is_file()
    photos = shared_data / "lfw-dev"
    words = ["identify", "--enrolled", photos / "enrolled", "--strangers", photos / "strangers"]
    asked = [*words, "--embedder", "facenet-vggface2", "--cache", tmp_path / "kept.sqlite", "--json"]
    done = CliRunner().invoke(evaluate_app, [str(word) for word in asked])
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["probes"] == 467
    assert found["tpir"]["0.01"] >= 0.96, "as much as is asked of the model that needs no download"
    assert found["wrong_name_rate"] == 0
