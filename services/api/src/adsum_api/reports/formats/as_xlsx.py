"""XLSX: a sheet a table, typed cells, filters, a frozen header; the facts on the last sheet.

Texts are written as texts, never as formulas or links, so nothing has to be defused. Rows leave memory as
they are written. Times are the school's own: a spreadsheet knows no zones.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import BinaryIO, Final
from zoneinfo import ZoneInfo

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from adsum_api.errors import TooLarge
from adsum_api.reports.report import Cell, Kind, Report, Row, Table, local_text

MOST_ROWS: Final = 1_048_575
NUMBER_FORMATS: Final[dict[Kind, str]] = {
    "text": "@", "whole": "0", "decimal": "0.0", "share": "0.0 %", "day": "yyyy-mm-dd",
    "instant": "yyyy-mm-dd hh:mm",
}  # fmt: skip


class SheetFull(TooLarge):
    """A sheet has no room for so many rows."""

    def __init__(self) -> None:
        super().__init__(f"a sheet holds {MOST_ROWS} rows: ask for fewer days, or for CSV")


def write_xlsx(report: Report, out: BinaryIO) -> None:
    """Write the workbook; raise `SheetFull`."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(out, options) as book:
        book.set_properties({"title": report.title})
        looks = {kind: book.add_format({"num_format": code}) for kind, code in NUMBER_FORMATS.items()}
        sums = {
            kind: book.add_format({"num_format": code, "bold": True, "top": 1})
            for kind, code in NUMBER_FORMATS.items()
        }
        header = book.add_format({"bold": True, "bg_color": "#E8ECEF", "bottom": 1, "text_wrap": True})
        for table in report.tables:
            _write_table(book.add_worksheet(table.name), table, report.zone, header, looks, sums)
        _write_facts(book.add_worksheet("About"), report)


def _write_table(
    sheet: Worksheet, table: Table, zone: ZoneInfo, header: Format, looks: dict[Kind, Format],
    sums: dict[Kind, Format],
) -> None:  # fmt: skip
    for place, column in enumerate(table.columns):
        sheet.set_column(place, place, column.width + 2)
        sheet.write_string(0, place, column.title, header)
    sheet.freeze_panes(1, 0)
    line = 0
    for line, row in enumerate(table.rows, 1):
        if line >= MOST_ROWS:
            raise SheetFull
        _write_row(sheet, line, table, row, zone, looks)
    sheet.autofilter(0, 0, line, len(table.columns) - 1)
    if table.totals is not None:
        _write_row(sheet, line + 1, table, table.totals, zone, sums)
    sheet.set_landscape()
    sheet.repeat_rows(0)
    sheet.fit_to_pages(1, 0)


def _write_row(
    sheet: Worksheet, line: int, table: Table, row: Row, zone: ZoneInfo, looks: dict[Kind, Format]
) -> None:
    for place, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
        _write_cell(sheet, line, place, column.read(cell), zone, looks[column.kind])


def _write_cell(sheet: Worksheet, line: int, place: int, cell: Cell, zone: ZoneInfo, look: Format) -> None:
    match cell:
        case None:
            sheet.write_blank(line, place, None, look)
        case str():
            sheet.write_string(line, place, cell, look)
        case datetime():
            sheet.write_datetime(line, place, cell.astimezone(zone).replace(tzinfo=None), look)
        case date():
            sheet.write_datetime(line, place, cell, look)
        case _:
            sheet.write_number(line, place, cell, look)


def _write_facts(sheet: Worksheet, report: Report) -> None:
    made = ("Made at", f"{local_text(report.made_at, report.zone)} ({report.zone.key})")
    sheet.set_column(0, 1, 30)
    facts = (("Report", report.title), *report.facts, made, *report.legend)
    for line, (label, text) in enumerate(facts):
        sheet.write_string(line, 0, label)
        sheet.write_string(line, 1, text)
