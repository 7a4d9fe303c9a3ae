"""What would run, as a table for whoever wrote the cameras file: without keys and passwords."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from adsum_camera.adapters.frames import without_credentials
from adsum_camera.plans import CameraPlan


def listing(plans: Iterable[CameraPlan]) -> Table:
    """Return a row for every camera."""
    table = Table(title="What would run")
    for heading in (
        "camera",
        "source",
        "detector",
        "faces from",
        "looks/s idle, normal, burst",
        "zones",
        "id",
    ):
        table.add_column(heading, overflow="fold")
    for plan in plans:
        table.add_row(*(Text(cell) for cell in _row(plan)))  # plain: a name may look like rich's markup
    return table


def _row(plan: CameraPlan) -> tuple[str, ...]:
    zones = Counter(zone.kind for zone in plan.zones)
    return (
        plan.name,
        without_credentials(plan.source),
        plan.detector.name,
        f"{plan.detector.min_face_px:g} px and more",
        f"{plan.pace.idle:g} to {plan.pace.normal:g}, {plan.pace.burst:g} at most",
        ", ".join(f"{count} {kind}" for kind, count in sorted(zones.items())) or "none",
        str(plan.id),
    )
