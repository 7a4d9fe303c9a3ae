"""Turning a face into 512 numbers: our FaceNet runtime for this machine against torch, one face at a time.

The weights are random, which changes no time; what they compute is compared in the recognizer's tests.
"""

from __future__ import annotations

import os

import numpy as np
import torch

from adsum_recognizer.adapters.facenet import BUCKETS, openvino_runtime
from adsum_recognizer.adapters.inception import facenet_network, untrained_weights
from benchmarks.measure import Asked, Comparison, compare


def run(asked: Asked) -> list[Comparison]:
    """Embed 32 faces: in one batch by OpenVINO, and one by one by torch as facenet-pytorch is used."""
    torch.manual_seed(1)
    torch.set_num_threads(os.cpu_count() or 1)  # both may have the whole machine
    weights = untrained_weights()
    network, runtime = facenet_network(weights), openvino_runtime(weights)
    faces = np.random.default_rng(1).normal(size=(BUCKETS[-1], 3, 160, 160)).astype(np.float32)

    def theirs() -> None:
        with torch.no_grad():
            for face in faces:
                network(torch.from_numpy(face[None]))

    return [
        compare(
            f"embed a face, FaceNet, of a batch of {len(faces)}",
            lambda: runtime(faces),
            "torch, one face at a time",
            theirs,
            rounds=3,
            units=len(faces),
        )
    ]
