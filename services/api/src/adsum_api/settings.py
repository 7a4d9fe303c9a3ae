"""What the api reads from its environment, once, in the composition root."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from platformdirs import user_state_path
from pydantic import AfterValidator, Field, FilePath, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError
from tzlocal import get_localzone_name

from adsum_api.sign_on.settings import SignOnSettings
from adsum_api.webhooks.guard import networks_of
from adsum_contracts.redis_url import FORMS, check_redis_url
from adsum_store.sealing import Vault


def local_timezone() -> str:
    """Name the machine's IANA zone, or UTC where it has none."""
    try:
        return get_localzone_name() or "UTC"
    except (LookupError, ValueError):
        return "UTC"


def _usable(secret: SecretStr, read: Callable[[str], object], wanted: str) -> SecretStr:
    """Return `secret` if `read` accepts it; the refusal says what is wanted and never repeats the value."""
    try:
        read(secret.get_secret_value())
    except (ValueError, ArgumentError):
        raise ValueError(f"not {wanted}") from None
    return secret


def _fernet_keys(secret: SecretStr) -> SecretStr:
    return _usable(secret, Vault, "a Fernet key (32 bytes in urlsafe base64)")


def _postgres_url(secret: SecretStr) -> SecretStr:
    return _usable(secret, make_url, "a URL such as postgresql+psycopg://user:password@host/adsum")


def _redis_url(secret: SecretStr) -> SecretStr:
    return _usable(secret, check_redis_url, FORMS)


def _networks(text: str) -> str:
    networks_of(text)
    return text


PostgresUrl = Annotated[SecretStr, AfterValidator(_postgres_url)]
RedisUrl = Annotated[SecretStr, AfterValidator(_redis_url)]
FernetKeys = Annotated[SecretStr, AfterValidator(_fernet_keys)]

S = TypeVar("S", bound=BaseSettings)


class Settings(SignOnSettings):
    """Every setting of the api, its worker and beat; what is required has no default."""

    model_config = SettingsConfigDict(env_prefix="ADSUM_", frozen=True)

    database_url: PostgresUrl
    ingress_url: Annotated[RedisUrl, Field(description="the Redis that cameras write to")]
    broker_url: Annotated[RedisUrl, Field(description="the Redis of Celery, out of the cameras' reach")]
    secret_key: Annotated[FernetKeys, Field(description="Fernet key that seals camera keys and photos")]
    api_token: Annotated[SecretStr, Field(min_length=16)] | None = None
    api_host: str = "127.0.0.1"
    api_port: Annotated[int, Field(ge=1, le=65535)] = 8000
    api_requests_per_minute: Annotated[int, Field(ge=1, description="of a caller, to one process")] = 30_000
    school_name: Annotated[str, Field(min_length=1)] = "School"
    school_timezone: str = Field(default_factory=local_timezone, min_length=1)
    embedder: Literal["facenet-vggface2", "dlib-resnet-v1"] = "facenet-vggface2"
    close_after_s: Annotated[float, Field(ge=0, le=3600, description="a lesson settles so long")] = 10
    close_wait_s: Annotated[float, Field(ge=0, le=86400, description="for a camera that owes news")] = 60
    min_coverage: Annotated[float, Field(gt=0, le=1, description="share seen, for absences")] = 0.8
    left_early_after_s: Annotated[float, Field(gt=0, description="unseen at the end: left early")] = 600
    webhook_networks: Annotated[str, AfterValidator(_networks)] = ""
    """Private networks that webhooks may be sent to, such as `10.1.2.0/24`; loopback for development."""
    admission_url: Annotated[RedisUrl | None, Field(description="the ingress, as who may name users")] = None
    public_ingress_url: Annotated[str | None, Field(description="where boxes reach the ingress")] = None
    ingress_ca: Annotated[FilePath | None, Field(description="who signed the ingress's certificate")] = None
    sign_of_life: Annotated[Path | None, Field(description="touched by a process that is well")] = None
    state_dir: Path = Field(default_factory=lambda: user_state_path("adsum"))


class AdmissionSettings(BaseSettings):
    """What letting cameras in needs: a user who may name others, and the address that boxes know."""

    model_config = SettingsConfigDict(env_prefix="ADSUM_", frozen=True)

    admission_url: RedisUrl
    public_ingress_url: str


class BadSettings(Exception):  # noqa: N818 - reads as the sentence it is
    """The environment lacks a setting, or one is unusable; the text names each variable."""


def read_settings() -> Settings:
    """Read the environment, and the files in ADSUM_SECRETS_DIR, each named as its variable.

    Raises `BadSettings`, which never repeats a value.
    """
    return _read(Settings)


def read_admission() -> AdmissionSettings:
    """Read what `adsum-api camera` needs; raise `BadSettings`."""
    return _read(AdmissionSettings)


def _read(kind: type[S]) -> S:
    try:
        return kind(_secrets_dir=os.environ.get("ADSUM_SECRETS_DIR"))
    except ValidationError as error:
        raise BadSettings("; ".join(map(_wrong, error.errors()))) from None


def _wrong(error: ErrorDetails) -> str:
    """Name the variable, unless the text is about several and names them itself."""
    name = "_".join(map(str, error["loc"])).upper()
    return f"ADSUM_{name}: {error['msg']}" if name else error["msg"]
