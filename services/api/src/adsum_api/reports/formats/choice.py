"""Which format a caller wants: `?format=`, else `Accept`, else JSON. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import BinaryIO, Final, Literal

from adsum_api.errors import NotAcceptable
from adsum_api.reports.formats.as_csv import write_csv
from adsum_api.reports.formats.as_json import write_json
from adsum_api.reports.formats.as_pdf import write_pdf
from adsum_api.reports.formats.as_xlsx import write_xlsx
from adsum_api.reports.report import Report

Name = Literal["json", "csv", "xlsx", "pdf"]


@dataclass(frozen=True, slots=True)
class Format:
    """How a report becomes a file, and what that file is called in HTTP."""

    name: Name
    media_type: str
    write: Callable[[Report, BinaryIO], None]


SPREADSHEET: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS: Final[Mapping[Name, Format]] = {
    each.name: each
    for each in (
        Format("json", "application/json", write_json),
        Format("csv", "text/csv", write_csv),
        Format("xlsx", SPREADSHEET, write_xlsx),
        Format("pdf", "application/pdf", write_pdf),
    )
}


class NoSuchFormat(NotAcceptable):
    """None of the formats is acceptable to the caller."""

    def __init__(self) -> None:
        known = ", ".join(each.media_type for each in FORMATS.values())
        super().__init__(f"a report is one of {known}: send one in Accept, or ?format={'|'.join(FORMATS)}")


def chosen(name: Name | None, accept: str) -> Format:
    """Return the format that is named, else the one that `accept` (RFC 9110, 12.5.1) likes best; of equals
    the first of `FORMATS`. Raises `NoSuchFormat`."""
    if name is not None:
        return FORMATS[name]
    liked = {each.name: _quality(each.media_type, accept) for each in FORMATS.values()}
    best = max(FORMATS, key=lambda each: liked[each])
    if liked[best] <= 0:
        raise NoSuchFormat
    return FORMATS[best]


def _quality(media_type: str, accept: str) -> float:
    """Return the weight of the most specific range that `media_type` falls into, 0 for none."""
    family = media_type.split("/", maxsplit=1)[0]
    ranges = dict(_range(each) for each in (accept.strip() or "*/*").split(","))
    return next((ranges[each] for each in (media_type, f"{family}/*", "*/*") if each in ranges), 0.0)


def _range(told: str) -> tuple[str, float]:
    kind, *parameters = (part.strip().lower() for part in told.split(";"))
    weight = next((part[2:] for part in parameters if part.startswith("q=")), "1")
    try:
        return kind, float(weight)
    except ValueError:
        return kind, 0.0
