"""The composition root: everything a process of the api works with, made once from its settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from adsum_api.accounts.passwords import Passwords
from adsum_api.adapters.camera_commands import RedisCameraCommands
from adsum_api.adapters.celery_app import CeleryTaskSender, celery_app
from adsum_api.adapters.ingress_users import RedisIngressUsers
from adsum_api.attendance.agreement import Agreement
from adsum_api.attendance.rules import AttendancePolicy
from adsum_api.attendance.seats import Seats
from adsum_api.ports import CameraCommands, Clock, FrontDoor, TaskSender, utc_now
from adsum_api.settings import Settings
from adsum_api.sign_on.settings import SignOn
from adsum_api.webhooks.guard import Networks, networks_of
from adsum_contracts.models import MODELS
from adsum_contracts.redis_url import open_redis
from adsum_store.engine import IN_MEMORY, SESSION_SETTINGS, create_store_engine
from adsum_store.sealing import Vault
from adsum_store.unit_of_work import Store


@dataclass(frozen=True, slots=True)
class Runtime:
    """What endpoints and tasks reach the world through; `ingress` and `broker` are for health alone."""

    store: Store
    vault: Vault
    tasks: TaskSender
    commands: CameraCommands
    ingress: Redis
    broker: Redis
    clock: Clock = utc_now
    agreement: Agreement = field(default_factory=Agreement)
    seats: Seats = field(default_factory=Seats)
    webhook_networks: Networks = ()
    passwords: Passwords = field(default_factory=Passwords)
    public_url: str = ""
    front_door: FrontDoor | None = None
    sign_on: SignOn | None = None
    state_dir: Path | None = None

    def close(self) -> None:
        """Let every connection go."""
        self.store.engine.dispose()
        self.ingress.close()
        self.broker.close()


def build_runtime(settings: Settings) -> Runtime:
    """Wire everything; nothing connects before its first use."""
    broker_url = settings.broker_url.get_secret_value()
    ingress = redis_client(settings.ingress_url.get_secret_value())
    return Runtime(
        store=Store(
            create_store_engine(
                settings.database_url.get_secret_value(),
                application="adsum-api",
                settings=SESSION_SETTINGS | IN_MEMORY,
            )
        ),
        vault=Vault(settings.secret_key.get_secret_value()),
        tasks=CeleryTaskSender(celery_app(broker_url)),
        commands=RedisCameraCommands(ingress),
        ingress=ingress,
        broker=redis_client(broker_url),
        agreement=agreement_of(settings),
        webhook_networks=networks_of(settings.webhook_networks),
        public_url="" if settings.public_url is None else str(settings.public_url).rstrip("/"),
        front_door=front_door_of(settings),
        sign_on=settings.sign_on,
        state_dir=settings.state_dir,
    )


def front_door_of(settings: Settings) -> FrontDoor | None:
    """Return how boxes are let in, where this installation lets them in."""
    if settings.admission_url is None or settings.public_ingress_url is None:
        return None
    return FrontDoor(
        ingress_url=settings.public_ingress_url.partition("?")[0],
        ca_pem=None if settings.ingress_ca is None else settings.ingress_ca.read_text("ascii"),
        users=RedisIngressUsers(redis_client(settings.admission_url.get_secret_value())),
    )


def agreement_of(settings: Settings) -> Agreement:
    """Return what was agreed on about attendance."""
    return Agreement(
        model=MODELS[settings.embedder],
        policy=AttendancePolicy(
            min_coverage=settings.min_coverage,
            left_early_after=timedelta(seconds=settings.left_early_after_s),
        ),
        settle=timedelta(seconds=settings.close_after_s),
        wait_at_most=timedelta(seconds=max(settings.close_wait_s, settings.close_after_s)),
    )


def redis_client(url: str) -> Redis:
    """Return a client that gives up on a silent server within seconds instead of waiting for it.

    By itself redis-py would ask ten times more; once is enough for a connection that broke in between.
    """
    return open_redis(
        url,
        retry=Retry(NoBackoff(), 1),
        socket_timeout=5,
        socket_connect_timeout=2,
        health_check_interval=15,
    )
