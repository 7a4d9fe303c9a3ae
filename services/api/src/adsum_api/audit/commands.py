"""`adsum-api audit verify`."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Annotated

import typer

from adsum_api.errors import Conflict
from adsum_api.runtime import build_runtime
from adsum_api.school.service import the_school
from adsum_api.settings import read_settings
from adsum_store.audit_chain import Verdict
from adsum_store.repositories import audit

audit_commands = typer.Typer(no_args_is_help=True, help="The audit log: who did what to whom.")


class ChainBroken(Conflict):
    """The audit log is not what it was."""


@audit_commands.command("verify")
def verify(
    expect: Annotated[str | None, typer.Option(help="The last hash that an earlier check printed.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdict as one JSON object.")] = False,
) -> None:
    """Follow the audit log's chain of hashes from its first entry to its last.

    Keep the printed hash outside this machine: `--expect` finds out whether the log still goes through it.
    The exit status is 1 where the chain is broken. Example: adsum-api audit verify --json
    """
    with closing(build_runtime(read_settings())) as runtime, runtime.store.begin() as work:
        school = the_school(work)
        verdict = audit.verify(work, school.id)
        passed = expect is None or audit.goes_through(work, school.id, expect)
    if as_json:
        typer.echo(json.dumps({**_shown(verdict), "expected_found": passed}))
    if verdict.broken is not None:
        raise ChainBroken(
            f"the audit log is broken: entry {verdict.broken} is not what was written after the one before it"
        )
    if not passed:
        raise ChainBroken("the audit log does not go through the expected hash: it was cut off or made anew")
    if not as_json:
        typer.echo(f"The audit log holds: {verdict.entries} entries, the last hash is {verdict.head.hex()}.")


def _shown(verdict: Verdict) -> dict[str, object]:
    return {"entries": verdict.entries, "broken": verdict.broken, "head": verdict.head.hex()}
