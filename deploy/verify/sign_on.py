"""deploy/single-sign-on.yml before a real provider: a process of its own, with a certificate of its own
authority, which the api asks by the way out that the file gives it.
"""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from http.client import HTTPSConnection
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from deploy.verify.checks import Finding
from deploy.verify.composition import HOST, ROOT, Composition, Failed, believing, run, this_machine
from deploy.verify.door import Answer, Door

PORT: Final = 19443
ADA: Final = "ada@school.test"
PUBLIC: Final = f"https://{HOST}"
START_S: Final = 60
WELL_S: Final = 180
SCRIPT: Final = ROOT / "services/api/tests/sign_on/provider_process.py"


@dataclass(frozen=True)
class SchoolProvider:
    """The provider on this machine, where containers reach it; `secrets`: its certificate and authority."""

    address: str
    secrets: Path

    @property
    def issuer(self) -> str:
        """Its name, as its discovery document has it."""
        return f"https://{self.address}:{PORT}"

    def start(self) -> subprocess.Popen[bytes]:
        """Start it, and wait until it answers; raise `Failed`."""
        told = (str(PORT), self.address, f"{self.secrets}/proxy.pem", f"{self.secrets}/proxy.key")
        nowhere = subprocess.DEVNULL
        process = subprocess.Popen((sys.executable, str(SCRIPT), *told), stdout=nowhere, stderr=nowhere)
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and process.poll() is None:
            try:
                self.ask("GET", "/.well-known/openid-configuration")
            except ConnectionError:
                time.sleep(0.2)
            else:
                return process
        process.kill()
        raise Failed("the provider does not start")

    def ask(self, method: str, path: str, body: object = None, kind: str = "application/json") -> Any:  # noqa: ANN401
        """Return the JSON of an answer, or where it leads."""
        authority = ssl.create_default_context(cafile=str(self.secrets / "ca.pem"))
        sent = json.dumps(body) if kind == "application/json" else body
        with closing(HTTPSConnection(self.address, PORT, timeout=30, context=authority)) as line:
            line.request(method, path, str(sent), {"Content-Type": kind})
            answer = line.getresponse()
            text = answer.read()
            return answer.headers["Location"] or (json.loads(text) if text else None)

    def is_told_who(self, address: str) -> str:
        """Answer its question at `address` as Ada does; return where it sends her browser."""
        asked = urlsplit(address)
        form = urlencode({"sub": "ada", "action": "authorize"})
        kind = "application/x-www-form-urlencoded"
        return str(self.ask("POST", f"{asked.path}?{asked.query}", form, kind))


def signed_on(composition: Composition, door: Door) -> Iterator[Finding]:
    """Let somebody sign in by the code flow, and take single sign-on away again."""
    provider = SchoolProvider(this_machine(), composition.folder / "provider")
    run("deploy/make-secrets.sh", str(provider.secrets), provider.address)
    process = provider.start()
    try:
        _with_sign_on(composition, provider).compose("up", "-d", "--no-deps", "api")
        well = composition.wait(composition.all_well, WELL_S)
        yield "the api starts with deploy/single-sign-on.yml, and all is well", well
        add = ("accounts", "add", ADA, "--role", "teacher", "--no-password")
        composition.execute("api", "adsum-api", *add)
        yield from _by_the_code_flow(provider, door)
    finally:
        process.kill()
        composition.compose("up", "-d", "--no-deps", "api")
        composition.wait(composition.all_well, WELL_S)
    yield "taken away again, nobody is sent to the provider", door.status("/sign-in/sso") != 303


def _by_the_code_flow(provider: SchoolProvider, door: Door) -> Iterator[Finding]:
    begun = door.knock("GET", "/sign-in/sso")
    asked = begun.headers.get("Location", "")
    yield (
        "the button leads to the provider, with PKCE",
        (asked.startswith(provider.issuer) and "code_challenge_method=S256" in asked),
    )
    back = provider.is_told_who(asked)
    yield "which sends back to the school's address", back.startswith(f"{PUBLIC}/sign-in/sso/callback?")
    callback = back.removeprefix(PUBLIC)
    answer = door.knock("GET", callback, headers=_cookies(begun))
    page = door.knock("GET", "/account", headers=_cookies(answer))
    yield "and she is in, as a teacher", answer.status == 303 and b"Teacher" in page.body
    again = door.knock("GET", callback, headers=_cookies(begun))
    is_refused = again.status >= 400 and "session" not in again.headers.get("Set-Cookie", "")
    yield "the same code opens nothing a second time", is_refused


def _with_sign_on(composition: Composition, provider: SchoolProvider) -> Composition:
    """Register this installation at the provider, and say so as docs/accounts.md does."""
    asked = {"redirect_uris": [f"{PUBLIC}/sign-in/sso/callback"], "scope": "openid email profile"}
    client = provider.ask("POST", "/oauth2/clients", asked)
    provider.ask("PUT", "/users/ada", {"email": ADA, "email_verified": True, "name": "Ada Byron"})
    secret = composition.secrets / "oidc_client_secret"
    secret.unlink(missing_ok=True)
    secret.write_text(client["client_secret"], "utf-8")
    secret.chmod(0o444)
    told = {"ADSUM_OIDC_ISSUER": provider.issuer, "ADSUM_OIDC_CLIENT_ID": client["client_id"]}
    with_provider = replace(composition, settings={**composition.settings, **told})
    trusting = {"api": believing(provider.secrets)}
    return with_provider.adding("sign-on", trusting, "deploy/single-sign-on.yml")


def _cookies(answer: Answer) -> dict[str, str]:
    """Return the header by which a browser brings back what it was given."""
    given = SimpleCookie()
    for each in answer.headers.get_all("Set-Cookie") or []:
        given.load(each)
    return {"Cookie": "; ".join(f"{name}={morsel.value}" for name, morsel in given.items() if morsel.value)}
