"""`adsum-recognizer bench gpu`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from adsum_recognizer.errors import GpuMissing
from adsum_vision.machine import this_machine

HELP: Final = """Embed faces on this machine's GPU, in half precision, as a GPU worker does.

\b
From decoded crops to embeddings, streamed in batches of several sizes; with the share of the card's peak, and
beside a face at a time in eager torch. --dry-run shows on a CPU that the parts fit together.

\b
Examples:
  adsum-recognizer bench gpu
  adsum-recognizer bench gpu --batch 128 --batch 256 --seconds 10 --json
  adsum-recognizer bench gpu --dry-run --batch 4
"""


def gpu_command(
    batch: Annotated[list[int] | None, typer.Option(min=1, max=1024, help="Faces in a batch.")] = None,
    seconds: Annotated[float, typer.Option(min=0.1, help="How long each size is measured.")] = 3.0,
    weights: Annotated[
        Path | None, typer.Option(help="The folder of models with FaceNet's file; else random weights.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="On the CPU.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    import torch  # noqa: PLC0415 - torch: as in `embedders`

    from adsum_recognizer.bench import accelerator, accelerator_screen  # noqa: PLC0415 - as above
    from adsum_recognizer.bench.embedding import weights_of  # noqa: PLC0415 - as above

    if not dry_run and not torch.cuda.is_available():
        raise GpuMissing("torch finds no GPU that it can use; --dry-run shows on the CPU that the parts fit")
    device, sizes = ("cpu", batch or [4]) if dry_run else ("cuda", batch or [32, 64, 128, 256])
    with Console(file=sys.stderr).status("starting") as status:
        measured = accelerator.measure(weights_of(weights), sizes, seconds, device, status.update)
    if as_json:
        typer.echo(json.dumps(accelerator_screen.figures(measured, this_machine()), indent=2))
    else:
        Console().print(accelerator_screen.table(measured))
