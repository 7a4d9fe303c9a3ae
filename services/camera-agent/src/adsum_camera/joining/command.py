"""`adsum-camera join`."""

from __future__ import annotations

import binascii
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final

import redis
import typer

from adsum_camera.adapters.box_file import BoxFile, KeptBox
from adsum_camera.adapters.redis_client import connected
from adsum_camera.errors import CameraAgentError
from adsum_camera.joining.first_contact import JoinFailed, Trust, Welcome, exchanged
from adsum_camera.settings import credentials_dir

GOOD_ENOUGH: Final = timedelta(minutes=1)
PATIENCE_S: Final = 5.0

EXAMPLES: Final = """Join a server with a token that works once, and keep what it gives for `run`.

\b
  adsum-camera join https://adsum.school.example --token kQ2vJ0…
      a server whose certificate this system trusts
  adsum-camera join https://adsum.school.example --token kQ2vJ0… --ca ca.pem
      one whose certificate the school signed itself
  adsum-camera join https://10.0.0.2 --token kQ2vJ0… --fingerprint 3A:7C:…
      one whose certificate has this SHA-256, whatever its name: for a first contact without a file
  ADSUM_JOIN_TOKEN=kQ2vJ0… adsum-camera join https://adsum.school.example
      keeps the token out of the process list

An administrator makes the token: POST /v1/join-tokens, or `adsum-api camera join-token ID` on the server.
What comes back is kept in ADSUM_CREDENTIALS_DIR (else ~/.config/adsum), for its owner alone.
"""


def join(
    server: Annotated[str, typer.Argument(help="The server's address, https://…")],
    token: Annotated[str, typer.Option(envvar="ADSUM_JOIN_TOKEN", help="Works once, for some minutes.")],
    ca: Annotated[
        Path | None, typer.Option("--ca", help="Who signed the server's certificate (PEM).")
    ] = None,
    fingerprint: Annotated[
        str | None, typer.Option(help="SHA-256 of the server's certificate, in hex, colons or not.")
    ] = None,
    folder: Annotated[Path | None, typer.Option(help="Where to keep it; else ADSUM_CREDENTIALS_DIR.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON alone.")] = False,
) -> None:
    """Join."""
    file, now = BoxFile(folder or credentials_dir()), datetime.now(UTC)
    try:
        trust = Trust(ca, None if fingerprint is None else _digest(fingerprint))
        file.prepare()
        welcome = exchanged(server, token, trust, now)
        box = file.join(welcome.joined)
    except CameraAgentError as error:
        typer.echo(f"adsum-camera: {error}", err=True)
        raise typer.Exit(1) from None
    for warning in _warnings(file, welcome, now):
        typer.echo(f"adsum-camera: warning: {warning}", err=True)
    typer.echo(_as_json(box) if as_json else _told(file, box))


def _digest(fingerprint: str) -> bytes:
    """Return the fingerprint's bytes; it may come as openssl prints it."""
    text = fingerprint.rpartition("=")[2].removeprefix("sha256:").replace(":", "").strip()
    try:
        digest = binascii.unhexlify(text)
    except ValueError:
        digest = b""
    if len(digest) != sha256().digest_size:
        raise JoinFailed("--fingerprint is not a SHA-256: 64 hexadecimal digits, with colons or without.")
    return digest


def _warnings(file: BoxFile, welcome: Welcome, now: datetime) -> list[str]:
    """Say what will be in the way of `run`; joined it is."""
    found = []
    if welcome.server_time is not None and abs(welcome.server_time - now) > GOOD_ENOUGH:
        found.append(f"this box's clock is {abs(welcome.server_time - now)} off the server's: set it")
    camera = welcome.joined.cameras[0]
    shown, url = file.credentials(camera.id), file.url()
    try:
        with connected(str(url), PATIENCE_S, shown) as client:
            client.ping()
    except (redis.RedisError, OSError) as error:
        found.append(
            f"{welcome.joined.ingress_url}, where events go, does not let this box in yet "
            f"({type(error).__name__}): open its port towards this box; `run` goes on trying"
        )
    return found


def _told(file: BoxFile, box: KeptBox) -> str:
    cameras = "\n".join(f"  {camera.id}  {camera.name} in {camera.room}" for camera in box.cameras)
    start = "adsum-camera run SOURCE" if len(box.cameras) == 1 else "adsum-camera run --cameras cameras.toml"
    return f"Joined; kept in {file.folder}. The cameras of this box:\n{cameras}\nStart it: {start}"


def _as_json(box: KeptBox) -> str:
    cameras = [{"id": str(each.id), "name": each.name, "room": each.room} for each in box.cameras]
    return json.dumps({"ingress_url": box.ingress_url, "cameras": cameras}, ensure_ascii=False)
