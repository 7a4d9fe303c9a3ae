"""PDF (A4, landscape), as a school office files it: facts, tables with their header on every page, the
legend, a place to sign, page numbers.

The font is Noto Sans, embedded as far as it is used: Latin, Greek and Cyrillic, with their accents. Scripts
that have to be shaped or run from right to left (Arabic, Hebrew, Devanagari, Thai …) and Han, Kana and Hangul
are not covered: each such character is a white square, and the page says so. CSV, XLSX and JSON have it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import as_file, files
from typing import BinaryIO, Final

from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from adsum_api.errors import TooLarge
from adsum_api.reports.formats.paper import LEADING, Placed, Strip, paged, table_strips, text_strips
from adsum_api.reports.report import Report, local_text

FONT: Final = "Noto Sans"
SIZE: Final = 8.0
MARGIN: Final = 36.0
WIDTH: Final = landscape(A4)[0] - 2 * MARGIN
HEIGHT: Final = landscape(A4)[1] - 2 * MARGIN - 2 * LEADING
MOST_STRIPS: Final = 10_000
SQUARE: Final = "\u25a1"
SQUARES: Final = f"{SQUARE} stands for a character that this page cannot print: CSV, XLSX and JSON have it."
SHAPED: Final = ((0x0900, 0x097F), (0x1CD0, 0x1CFF), (0xA8E0, 0xA8FF))
"""Devanagari: the font draws its letters, but nobody here would put them together."""


class TooLongForPaper(TooLarge):
    """Nobody prints so many rows."""

    def __init__(self) -> None:
        super().__init__(f"a PDF has at most {MOST_STRIPS} rows: ask for fewer days, or for XLSX or CSV")


def write_pdf(report: Report, out: BinaryIO) -> None:
    """Write the pages; raise `TooLongForPaper`."""
    pages = paged(_bounded(_strips(report)), HEIGHT)
    canvas = Canvas(out, pagesize=landscape(A4))
    canvas.setTitle(report.title)
    canvas.setCreator("Adsum")
    for number, page in enumerate(pages, 1):
        _draw_page(canvas, page)
        made = f"Made at {local_text(report.made_at, report.zone)} ({report.zone.key})"
        _draw_foot(canvas, f"{report.title} · {made}", f"Page {number} of {len(pages)}")
        canvas.showPage()
    canvas.save()


@lru_cache(maxsize=8192)  # days, statuses and rooms come again in every row
def printable(text: str) -> str:
    """Return `text` composed, with a square for each character that the font cannot print."""
    composed = unicodedata.normalize("NFC", text)
    shown = (each for each in composed if unicodedata.category(each) not in ("Cc", "Cf"))
    return "".join(each if _is_covered(ord(each)) else SQUARE for each in shown)


def _strips(report: Report) -> Iterator[Strip]:
    yield Strip("heading", 2.4 * LEADING, (Placed(0, WIDTH, (report.title,)),))
    yield from text_strips((f"{label}: {text}" for label, text in report.facts), WIDTH, width_of)
    for table in report.tables:
        yield from table_strips(table, report.zone, WIDTH, width_of)
    if report.signed:
        yield Strip("space", 3 * LEADING, keep=LEADING)
        signature = f"Name: {'_' * 40}     Signature: {'_' * 40}     Date: {'_' * 20}"
        yield from text_strips([signature], WIDTH, width_of)
    yield Strip("space", LEADING)
    legend = ";  ".join(f"{word}: {meaning}" for word, meaning in report.legend)
    yield from text_strips([legend] if legend else [], WIDTH, width_of)


def _bounded(strips: Iterator[Strip]) -> Iterator[Strip]:
    squares = False
    for count, strip in enumerate(strips):
        if count >= MOST_STRIPS:
            raise TooLongForPaper
        squares = squares or any(
            SQUARE in printable(line) for placed in strip.placed for line in placed.lines
        )
        yield strip
    if squares:
        yield from text_strips([SQUARES], WIDTH, width_of)


def _draw_page(canvas: Canvas, page: list[Strip]) -> None:
    top = landscape(A4)[1] - MARGIN
    for strip in page:
        _draw_strip(canvas, strip, top)
        top -= strip.height


def _draw_strip(canvas: Canvas, strip: Strip, top: float) -> None:
    if strip.look == "header":
        canvas.setFillGray(0.91)
        canvas.rect(MARGIN, top - strip.height, WIDTH, strip.height, stroke=0, fill=1)
    if strip.look in ("row", "sum"):
        canvas.setLineWidth(0.9 if strip.look == "sum" else 0.4)
        canvas.setStrokeGray(0 if strip.look == "sum" else 0.7)
        edge = top if strip.look == "sum" else top - strip.height
        canvas.line(MARGIN, edge, MARGIN + WIDTH, edge)
    size, fall = (SIZE + 3, strip.height - 0.5 * LEADING) if strip.look == "heading" else (SIZE, LEADING)
    for placed in strip.placed:
        for index, line in enumerate(placed.lines):
            draw_text(canvas, line, placed, top - fall - LEADING * index, size)


def draw_text(canvas: Canvas, line: str, placed: Placed, y: float, size: float) -> None:
    """Draw a line, `size` points high, its letters standing at `y`."""
    canvas.setFont(font().fontName, size)
    text = printable(line)
    x = MARGIN + placed.x
    parts = text.split(SQUARE)
    x += max(0.0, placed.width - width_of(line)) if placed.right else 0.0
    canvas.setFillGray(0)
    for index, part in enumerate(parts):
        if index:
            canvas.rect(x + 0.1 * size, y, 0.6 * size, 0.6 * size, stroke=1, fill=0)
            x += 0.8 * size
        canvas.drawString(x, y, part)
        x += float(canvas.stringWidth(part, font().fontName, size))


def _draw_foot(canvas: Canvas, left: str, right: str) -> None:
    canvas.setFont(font().fontName, SIZE)
    canvas.setFillGray(0.3)
    canvas.drawString(MARGIN, MARGIN, printable(left))
    canvas.drawRightString(MARGIN + WIDTH, MARGIN, right)


@lru_cache(maxsize=8192)
def width_of(text: str) -> float:
    """Return how wide a text is in points, at `SIZE`."""
    return sum(
        0.8 * SIZE if part == SQUARE else float(pdfmetrics.stringWidth(part, font().fontName, SIZE))
        for part in _runs(printable(text))
    )


def _runs(text: str) -> Iterator[str]:
    first, *others = text.split(SQUARE)
    yield first
    for other in others:
        yield SQUARE
        yield other


def _is_covered(code: int) -> bool:
    return code in font().face.charToGlyph and not any(first <= code <= last for first, last in SHAPED)


@cache
def font() -> TTFont:
    """Load the font once a process; about 0.2 s."""
    file = files("fontpkg_noto_sans") / "files" / "NotoSans[wdth,wght].ttf"
    with as_file(file) as path:
        font = TTFont(FONT, str(path))
    pdfmetrics.registerFont(font)
    return font
