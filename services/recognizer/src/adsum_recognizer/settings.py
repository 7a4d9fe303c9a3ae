"""What the recognizer is told by its environment, read once in the composition root."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import platformdirs
from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from adsum_contracts.redis_url import FORMS, check_redis_url
from adsum_recognizer.errors import Misconfigured
from adsum_store.sealing import Vault

EmbedderName = Literal["facenet-vggface2", "dlib-resnet-v1"]


def _usable(text: str, read: Callable[[str], object], wanted: str) -> str:
    """Return `text` if `read` accepts it; the refusal says what is wanted and never repeats the value."""
    try:
        read(text)
    except (ValueError, ArgumentError):
        raise ValueError(f"not {wanted}") from None
    return text


def _postgres_url(text: str) -> str:
    return _usable(text, make_url, "a URL such as postgresql+psycopg://user:password@host/adsum")


def _redis_url(text: str) -> str:
    return _usable(text, check_redis_url, FORMS)


def _fernet_keys(text: str) -> str:
    return _usable(text, Vault, "a Fernet key (32 bytes in urlsafe base64)")


PostgresUrl = Annotated[str, AfterValidator(_postgres_url)]
RedisUrl = Annotated[str, AfterValidator(_redis_url)]
FernetKeys = Annotated[str, AfterValidator(_fernet_keys)]


class ModelSettings(BaseSettings):
    """Which model looks at faces, and where its files are."""

    model_config = SettingsConfigDict(env_prefix="ADSUM_", frozen=True)

    embedder: EmbedderName = "facenet-vggface2"
    models_dir: Path = Field(default_factory=lambda: Path(platformdirs.user_data_dir("adsum")) / "models")
    require_gpu: bool = False


S = TypeVar("S", bound=ModelSettings)


class StoreSettings(ModelSettings):
    """What a command needs that works on the record alone."""

    database_url: PostgresUrl


class IngressSettings(ModelSettings):
    """What a command needs that works on the camera streams alone."""

    ingress_url: RedisUrl


class SealedSettings(StoreSettings):
    """What a command needs that opens what is sealed in the record."""

    secret_key: FernetKeys


class Settings(SealedSettings, IngressSettings):
    """What the dispatcher and the worker need. Durations in seconds.

    `health_port`: where `/healthz` and `/metrics` answer; 0 takes a free port, without it there is no page.
    """

    broker_url: RedisUrl
    batch_max: Annotated[int, Field(ge=1, le=256)] = 16
    batch_wait_s: Annotated[float, Field(gt=0)] = 0.2
    in_flight_max: Annotated[int, Field(ge=1)] = 128
    reclaim_after_s: Annotated[float, Field(gt=0, lt=120)] = 60
    detector_threads: Annotated[int, Field(ge=1)] | None = None
    oldest_accepted_h: Annotated[float, Field(gt=0)] = 26
    sign_of_life: Path | None = None
    stalled_after_s: Annotated[float, Field(gt=0)] = 60
    health_host: str = "127.0.0.1"
    health_port: Annotated[int, Field(ge=0, le=65535)] | None = None


def read_settings(kind: type[S]) -> S:
    """Read them from the environment, and from the files in ADSUM_SECRETS_DIR, each named as its variable.

    Raises `Misconfigured` naming every variable at fault.
    """
    try:
        return kind(_secrets_dir=os.environ.get("ADSUM_SECRETS_DIR"))
    except ValidationError as error:
        faults = ", ".join(
            f"ADSUM_{'_'.join(str(part) for part in fault['loc']).upper()}: {fault['msg'].lower()}"
            for fault in error.errors()
        )
        raise Misconfigured(f"the settings are incomplete or wrong: {faults}") from error
