"""Draws a curve as an SVG: cores in use by number of cameras, on a scale of powers of ten."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 84, 30, 70, 56
INK, PALE = "#1f2937", "#9ca3af"


@dataclass(frozen=True, slots=True)
class Line:
    """One way of watching: (cameras, cores) points, its colour, and whether it was extrapolated."""

    name: str
    colour: str
    points: Sequence[tuple[int, float]]
    extrapolated: bool = False


def curve(title: str, subtitle: str, lines: Sequence[Line], cores: int) -> str:
    """Return the picture; a dashed line marks the machine's own number of cores."""
    cameras = sorted({count for line in lines for count, _ in line.points})
    values = [value for line in lines for _, value in line.points]
    low = 10.0 ** math.floor(math.log10(min(values)))
    high = 10.0 ** math.ceil(math.log10(max(*values, cores)))
    scale = _Scale(cameras[-1], low, high)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            'font-family="system-ui, sans-serif" font-size="13">',
            f'<rect width="{WIDTH}" height="{HEIGHT}" rx="10" fill="#ffffff"/>',
            _text(LEFT, 26, title, size=17, weight=600),
            _text(LEFT, 46, subtitle, colour="#6b7280"),
            *_grid(scale, cameras),
            *_limit(scale, cores),
            *(part for line in lines for part in _drawn(line, scale)),
            _text(WIDTH / 2, HEIGHT - 12, "cameras, 1920x1080, 30 students each", anchor="middle"),
            "</svg>",
            "",
        ]
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    most: int
    low: float
    high: float

    def x(self, cameras: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * cameras / self.most

    def y(self, cores: float) -> float:
        share = (math.log10(cores) - math.log10(self.low)) / (math.log10(self.high) - math.log10(self.low))
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share


def _grid(scale: _Scale, cameras: Sequence[int]) -> list[str]:
    decades = range(round(math.log10(scale.low)), round(math.log10(scale.high)) + 1)
    parts = []
    for value in (10.0**power for power in decades):
        y = scale.y(value)
        parts.append(_path([(LEFT, y), (WIDTH - RIGHT, y)], "#e5e7eb", 1))
        unit = " cores" if value >= scale.high else ""
        parts.append(_text(LEFT - 8, y + 4, f"{value:g}{unit}", anchor="end", colour="#6b7280"))
    return parts + [
        _text(scale.x(count), HEIGHT - BOTTOM + 18, str(count), anchor="middle", colour="#6b7280")
        for count in cameras
    ]


def _limit(scale: _Scale, cores: int) -> list[str]:
    y = scale.y(cores)
    return [
        _path([(LEFT, y), (WIDTH - RIGHT, y)], PALE, 1.5, dashed=True),
        _text(LEFT + 6, y - 6, f"this machine: {cores} cores", colour="#6b7280"),
    ]


def _drawn(line: Line, scale: _Scale) -> list[str]:
    points = [(scale.x(count), scale.y(value)) for count, value in line.points]
    x, y = points[-1]
    dots = [f'<circle cx="{px:.1f}" cy="{py:.1f}" r="4" fill="{line.colour}"/>' for px, py in points]
    return [
        _path(points, line.colour, 2.5, dashed=line.extrapolated),
        *([] if line.extrapolated else dots),
        _text(
            x, y - 12, f"{line.name}: {line.points[-1][1]:.3g}", anchor="end", colour=line.colour, weight=600
        ),
    ]


def _path(points: Sequence[tuple[float, float]], colour: str, width: float, *, dashed: bool = False) -> str:
    way = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dash = ' stroke-dasharray="6 5"' if dashed else ""
    return f'<polyline points="{way}" fill="none" stroke="{colour}" stroke-width="{width}"{dash}/>'


def _text(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "start",
    colour: str = INK,
    size: int = 13,
    weight: int = 400,
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}" font-size="{size}" '
        f'font-weight="{weight}">{escape(text)}</text>'
    )
