"""`adsum doctor`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.text import Text

from adsum_local.doctor import screen
from adsum_local.doctor.api_probe import Unreachable
from adsum_local.doctor.examination import examine
from adsum_local.doctor.findings import Verdict, worst
from adsum_local.doctor.subject import NoAddress, NoCredentials, Subject, ingress_at, pages_at, read_box
from adsum_local.doctor.tls_probe import BadAuthority, read_authority

UNREACHABLE: Final = 2

EXAMPLES: Final = """Look at a deployment from outside and say what is well, what is not, and what to do.

\b
Examples:
  adsum doctor https://adsum.school.example
      what anybody can see: certificates, closed ports, what strangers may do, the clock
  adsum doctor https://adsum.school.example --ca secrets/ca.pem --token-file token
      and what the server says of itself: versions, services, disk, streams, model, backup
  adsum doctor https://adsum.school.example --credentials /credentials
      and whether a box can do nothing but its work; asked with what `adsum-camera join` left
  adsum exec adsum doctor http://127.0.0.1:8000
      an embedded run, which is told its own token
  adsum doctor https://adsum.school.example --json
      for a machine that watches

The token: `adsum-api clients add doctor --scope deployment:read` on the server makes a client, and
`curl -u ID:SECRET -d grant_type=client_credentials https://…/oauth/token` gives its access token. Nothing is
changed, and nothing secret is sent to whoever is not believed. Status 0 when nothing failed, 1 when something
did, 2 when the server cannot be reached.
"""


def doctor(
    address: Annotated[str, typer.Argument(metavar="URL", help="The server's address, https://…")],
    ingress: Annotated[
        str | None, typer.Option(help="Where boxes write, rediss://host:port; else asked of the server.")
    ] = None,
    ca: Annotated[Path | None, typer.Option(help="Who else is believed (PEM): the school's own.")] = None,
    token: Annotated[
        str | None, typer.Option(envvar="ADSUM_API_TOKEN", help="An access token; others see it in `ps`.")
    ] = None,
    token_file: Annotated[Path | None, typer.Option(help="A file that holds it.")] = None,
    credentials: Annotated[
        Path | None, typer.Option(help="A box's, as `adsum-camera join` leaves them: folder or box.json.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON alone.")] = False,
) -> None:
    """Look at a deployment from outside."""
    try:
        if token_file is not None:
            token = token_file.read_text("utf-8").strip()
        subject = _subject(address, ingress, ca, token, credentials)
        with Console(stderr=True).status(Text(f"looking at {subject.address} …")):
            findings = tuple(examine(subject, lambda: datetime.now(UTC)))
    except (NoAddress, NoCredentials, BadAuthority, Unreachable, OSError) as error:
        typer.echo(f"adsum: {error}", err=True)
        raise typer.Exit(UNREACHABLE) from None
    if as_json:
        typer.echo(screen.as_json(subject.address, findings))
    else:
        screen.show(subject.address, findings, Console())
    raise typer.Exit(worst(findings) is Verdict.FAIL)


def _subject(
    address: str, ingress: str | None, ca: Path | None, token: str | None, credentials: Path | None
) -> Subject:
    pages = pages_at(address)
    box, authorities = (None, ()) if credentials is None else read_box(credentials)
    return Subject(
        address=address.rstrip("/"),
        pages=pages,
        ingress=None if ingress is None else ingress_at(ingress),
        authorities=(*authorities, *(() if ca is None else (read_authority(ca),))),
        token=token or None,
        box=box,
    )
