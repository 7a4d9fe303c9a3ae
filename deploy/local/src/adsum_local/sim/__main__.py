"""`python -m adsum_local.sim`."""

import typer

from adsum_local.sim.command import sim

if __name__ == "__main__":
    typer.run(sim)
