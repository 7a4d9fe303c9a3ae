"""A real provider of single sign-on, and the api as its client."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from adsum_api.main import build_app
from adsum_api.runtime import Runtime
from adsum_api.sign_on.admission import Admission
from adsum_api.sign_on.provider import Provider, Registration
from adsum_api.sign_on.settings import CALLBACK, SignOn
from adsum_local.children import stop_child
from adsum_local.ports import free_port

OURS = "http://testserver"
SCRIPT = Path(__file__).with_name("provider_process.py")


@dataclass
class ProviderProcess:
    """The provider at `url`; `knows` somebody by what it says of them."""

    url: str
    process: subprocess.Popen[bytes]
    http: httpx.Client

    def knows(self, subject: str, **claims: object) -> None:
        self.http.put(f"{self.url}/users/{subject}", json=claims).raise_for_status()

    def lies(self, **answers: object) -> None:
        self.http.put(f"{self.url}/lies", json={f"/{path}": lie for path, lie in answers.items()})

    def asks(self, address: str, subject: str, action: str = "authorize") -> str:
        """Somebody answers the question at `address`; return where the browser is sent."""
        return self.http.post(address, data={"sub": subject, "action": action}).headers["location"]

    def stop(self) -> None:
        self.http.close()
        stop_child(self.process)


def start(port: int) -> ProviderProcess:
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [sys.executable, str(SCRIPT), str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    http = httpx.Client()
    for _ in range(600):
        try:
            http.get(f"{url}/.well-known/openid-configuration").raise_for_status()
        except httpx.TransportError:
            assert process.poll() is None
            time.sleep(0.05)
        else:
            break
    return ProviderProcess(url, process, http)


@pytest.fixture(scope="module")
def _provider() -> Iterator[ProviderProcess]:
    provider = start(free_port())
    yield provider
    provider.stop()


@pytest.fixture
def provider(_provider: ProviderProcess) -> ProviderProcess:
    """The provider, honest until told otherwise, which knows nobody yet."""
    _provider.lies()
    return _provider


@pytest.fixture
def registration(provider: ProviderProcess) -> Registration:
    """How the provider knows us: it leads nowhere else than to our callback."""
    asked = {"redirect_uris": [OURS + CALLBACK], "scope": "openid email profile"}
    told = provider.http.post(f"{provider.url}/oauth2/clients", json=asked).json()
    return Registration(provider.url, told["client_id"], told["client_secret"], OURS + CALLBACK)


@pytest.fixture
def with_sign_on(runtime: Runtime, registration: Registration, clock: object) -> Callable[..., FastAPI]:
    """Build the api with single sign-on, for whoever the school agreed on; its time is the real one."""
    clock.now = datetime.now(UTC)  # type: ignore[attr-defined]

    def build(admission: Admission | None = None, known: Registration = registration) -> FastAPI:
        sign_on = SignOn(Provider(known), admission or Admission(), "Test School Account")
        return build_app(replace(runtime, sign_on=sign_on, public_url=OURS), "the-token-of-these-tests")

    return build


@pytest.fixture
def browser(with_sign_on: Callable[..., FastAPI]) -> Iterator[TestClient]:
    """A browser in which nobody is signed in."""
    with TestClient(with_sign_on(), follow_redirects=False, raise_server_exceptions=False) as client:
        yield client


def parts(address: str) -> dict[str, str]:
    """Return what the query of an address says."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


@pytest.fixture
def query() -> Callable[[str], dict[str, str]]:
    """What the query of an address says."""
    return parts
