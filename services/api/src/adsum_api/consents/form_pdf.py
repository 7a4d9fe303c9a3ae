"""Consent forms as PDF (A4, upright): one after the other, each beginning on a page of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from adsum_api.consents.form import Asked, Block, Terms, blocks_of
from adsum_api.reports.formats.as_pdf import MARGIN, SIZE, draw_text, font, printable, width_of
from adsum_api.reports.formats.paper import Placed, Strip, paged, wrapped

LETTER: Final = 10.5
"""Points: a form is read by those who see it once."""

HEADING: Final = 13.0
LINE: Final = 15.0
SPACE: Final = 7.0
WIDTH: Final = A4[0] - 2 * MARGIN
HEIGHT: Final = A4[1] - 3 * MARGIN


def write_forms(terms: Terms, asked: Iterable[Asked], out: BinaryIO) -> None:
    """Write a form for each student."""
    canvas = Canvas(out, pagesize=A4)
    canvas.setCreator("Adsum")
    for each in asked:
        pages = paged(_strips(blocks_of(terms, each)), HEIGHT)
        for number, page in enumerate(pages, 1):
            _draw(canvas, page)
            _foot(canvas, terms.foot, f"{number} / {len(pages)}")
            canvas.showPage()
    canvas.save()


def _strips(blocks: Iterator[Block]) -> Iterator[Strip]:
    for block in blocks:
        size, above = _look_of(block.look)
        lines = wrapped(block.text, WIDTH * SIZE / size, width_of)
        height = above + LINE * len(lines) + SPACE
        yield Strip(block.look, height, (Placed(0, WIDTH, lines),), keep=5 * LINE if block.keeps else 0)


def _look_of(look: str) -> tuple[float, float]:
    """Return the size of the letters, and the space above them."""
    return (HEADING, 2 * SPACE) if look == "heading" else (LETTER, 0.0)


def _draw(canvas: Canvas, page: list[Strip]) -> None:
    top = A4[1] - MARGIN
    for strip in page:
        size, above = _look_of(strip.look)
        for placed in strip.placed:
            for index, line in enumerate(placed.lines):
                draw_text(canvas, line, placed, top - above - LINE * (index + 1), size)
        top -= strip.height


def _foot(canvas: Canvas, left: str, right: str) -> None:
    canvas.setFont(font().fontName, SIZE)
    canvas.setFillGray(0.3)
    canvas.drawString(MARGIN, MARGIN, printable(left))
    canvas.drawRightString(MARGIN + WIDTH, MARGIN, right)
