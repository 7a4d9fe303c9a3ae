"""What dispatcher and worker say of themselves on the broker, for whoever asks the api how all is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

import redis

from adsum_contracts.reporting import Reporter, disk_of
from adsum_contracts.reports import (
    LoadedModel,
    Particulars,
    RedisStanding,
    StreamsStanding,
    WeightsFile,
)
from adsum_recognizer.adapters.streams import Standing
from adsum_recognizer.models import CATALOGUE
from adsum_recognizer.ports import Embedder
from adsum_recognizer.self_test import Passed
from adsum_recognizer.sign_of_life import SignOfLife

AWAY: Final = (redis.RedisError, OSError)


class ModelsShown:
    """The models that this process has loaded, each as it was when it passed its self-test."""

    def __init__(self, models_dir: Path) -> None:
        self._models_dir = models_dir
        self._shown: dict[str, LoadedModel] = {}

    def note(self, embedder: Embedder, passed: Passed) -> None:
        """Remember a model; its files are read for that, and held against nothing here."""
        scores = (passed.alone, passed.again, *(() if passed.known is None else (passed.known,)))
        self._shown[embedder.spec.id] = LoadedModel(
            name=embedder.spec.name,
            id=embedder.spec.id,
            device=embedder.device,
            agreement=min(scores),
            known=passed.known is not None,
            files=files_of(embedder.spec.name, self._models_dir),
        )

    def particulars(self) -> Particulars:
        """Return those loaded so far, and what is left where models are kept."""
        return Particulars(models=tuple(self._shown.values()), disks=disk_of("models", self._models_dir))


def files_of(model: str, models_dir: Path) -> tuple[WeightsFile, ...]:
    """Return the SHA-256 of each file of the model of that name, as the disk has it now."""
    paths = {file.name: file.path(models_dir) for file in CATALOGUE if file.model == model}
    return tuple(WeightsFile(name=name, sha256=_sha256(path)) for name, path in paths.items())


def streams_standing(now: Standing) -> StreamsStanding:
    """Say how the cameras' streams stand as others read it."""
    return StreamsStanding(
        entries=now.entries,
        in_flight=now.in_flight,
        oldest_age_s=now.oldest_age_s,
        dead_letters=now.dead_letters,
        server=RedisStanding(
            name="ingress",
            entries_kept=now.entries_kept,
            memory_bytes=now.memory,
            memory_limit_bytes=now.memory_limit,
        ),
    )


def dispatcher_reports(broker: redis.Redis, sign: SignOfLife, standing: Callable[[], Standing]) -> Reporter:
    """Return who says how the dispatcher and the streams are; of the streams nothing while they are away."""

    def particulars() -> Particulars:
        try:
            return Particulars(streams=streams_standing(standing()))
        except AWAY:
            return Particulars()

    return Reporter(broker, "dispatcher", lambda: sign.age_s, particulars, outages=AWAY)


def worker_reports(broker: redis.Redis, sign: SignOfLife, shown: ModelsShown | None) -> Reporter:
    """Return who says how a worker and its models are."""
    particulars = Particulars if shown is None else shown.particulars
    return Reporter(broker, "recognizer", lambda: sign.age_s, particulars, outages=AWAY)


def _sha256(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
