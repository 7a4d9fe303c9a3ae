"""What the recognizer is told by its environment, read once in the composition root."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeVar

import platformdirs
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from adsum_recognizer.errors import Misconfigured

EmbedderName = Literal["facenet-vggface2", "dlib-resnet-v1"]


class ModelSettings(BaseSettings):
    """Which model looks at faces, and where its files are."""

    model_config = SettingsConfigDict(env_prefix="ADSUM_", frozen=True)

    embedder: EmbedderName = "facenet-vggface2"
    models_dir: Path = Field(default_factory=lambda: Path(platformdirs.user_data_dir("adsum")) / "models")
    require_gpu: bool = False


S = TypeVar("S", bound=ModelSettings)


class StoreSettings(ModelSettings):
    """What a command needs that works on the record alone."""

    database_url: str


class IngressSettings(ModelSettings):
    """What a command needs that works on the camera streams alone."""

    ingress_url: str


class Settings(StoreSettings, IngressSettings):
    """What the dispatcher and the worker need. Durations in seconds."""

    broker_url: str
    secret_key: str
    batch_max: Annotated[int, Field(ge=1, le=256)] = 16
    batch_wait_s: Annotated[float, Field(gt=0)] = 0.2
    in_flight_max: Annotated[int, Field(ge=1)] = 128
    reclaim_after_s: Annotated[float, Field(gt=0, lt=120)] = 60
    detector_threads: Annotated[int, Field(ge=1)] | None = None
    oldest_accepted_h: Annotated[float, Field(gt=0)] = 26
    sign_of_life: Path | None = None
    stalled_after_s: Annotated[float, Field(gt=0)] = 60


def read_settings(kind: type[S]) -> S:
    """Read them from the environment; raise `Misconfigured` naming every variable at fault."""
    try:
        return kind()
    except ValidationError as error:
        faults = ", ".join(
            f"ADSUM_{'_'.join(str(part) for part in fault['loc']).upper()}: {fault['msg'].lower()}"
            for fault in error.errors()
        )
        raise Misconfigured(f"the settings are incomplete or wrong: {faults}") from error
