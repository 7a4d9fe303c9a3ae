"""`adsum-api camera join-token`, `admit` and `expel`."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer
from redis.exceptions import RedisError

from adsum_api.cameras.admission import address_for, admit, expel
from adsum_api.cameras.credentials import front_door
from adsum_api.cameras.joining import make_token
from adsum_api.deps import Operator
from adsum_api.errors import DomainError
from adsum_api.runtime import build_runtime, redis_client
from adsum_api.school.service import the_school
from adsum_api.settings import read_admission, read_settings
from adsum_contracts.ids import CameraId

Camera = Annotated[UUID, typer.Argument(help="The camera's id, as `POST /v1/cameras` answered it.")]


class IngressRefused(DomainError):  # noqa: N818 - reads as the sentence it is
    """The ingress server cannot be reached, or does not let this user name others."""


def make_join_token(
    camera_id: Annotated[list[UUID], typer.Argument(help="The ids of the box's cameras.")],
    minutes: Annotated[int, typer.Option(help="How long the box may take to come.", min=1, max=1440)] = 15,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON alone.")] = False,
) -> None:
    """Make a token by which a classroom's box gets its credentials, once; print what to type on the box.

    An unused token of before for any of the cameras ends. Needs the api's settings, ADSUM_ADMISSION_URL and
    ADSUM_PUBLIC_INGRESS_URL.
    Example: adsum-api camera join-token 5f0c1f6e-9a0e-4a55-8d0f-0c4f3c6d9b1a
    """
    with closing(build_runtime(read_settings())) as runtime, runtime.store.begin() as work:
        front_door(runtime)
        token, secret = make_token(work, Operator(the_school(work)), camera_id, minutes, runtime.clock())
        server, ends = runtime.public_url or "https://YOUR-SERVER", token.expires_at.isoformat()
    if as_json:
        typer.echo(json.dumps({"token": secret, "expires_at": ends}))
    else:
        typer.echo(f"adsum-camera join {server} --token {secret}")


def admit_camera(camera_id: Camera) -> None:
    """Let a camera's box into the ingress server; print the address for its ADSUM_INGRESS_URL, once.

    Again: a new password, and the old one is void. Needs ADSUM_ADMISSION_URL and ADSUM_PUBLIC_INGRESS_URL.
    Example: adsum-api camera admit 5f0c1f6e-9a0e-4a55-8d0f-0c4f3c6d9b1a
    """
    settings = read_admission()
    try:
        with closing(redis_client(settings.admission_url.get_secret_value())) as ingress:
            password = admit(ingress, CameraId(camera_id), datetime.now(UTC))
    except RedisError as error:
        raise IngressRefused(f"the ingress server did not take the camera in: {error}") from None
    typer.echo(address_for(settings.public_ingress_url, CameraId(camera_id), password))


def expel_camera(camera_id: Camera) -> None:
    """Shut a camera's box out at once.

    Example: adsum-api camera expel 5f0c1f6e-9a0e-4a55-8d0f-0c4f3c6d9b1a
    """
    settings = read_admission()
    try:
        with closing(redis_client(settings.admission_url.get_secret_value())) as ingress:
            there = expel(ingress, CameraId(camera_id))
    except RedisError as error:
        raise IngressRefused(f"the ingress server did not shut the camera out: {error}") from None
    typer.echo("It is shut out." if there else "It was not let in.")
