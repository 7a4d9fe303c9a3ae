"""The original demo's attendance files over HTTP."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter, Response

from adsum_api.access.needs import needs
from adsum_api.access.own import Own
from adsum_api.access.rights import Right
from adsum_api.deps import Caller, Work
from adsum_api.reports import service
from adsum_api.reports.daily import file_name

router = APIRouter(tags=["reports"])


@router.get(
    "/attendance/attendance_{day}.csv",
    dependencies=[needs(Right.ATTENDANCE_READ, own=Own.ROWS)],
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}}},
)
def get_daily_file(day: date, work: Work, caller: Caller) -> Response:
    """Return a day's file, `EnrollmentID,Name,Timestamp`: one row a student and lesson, first seen."""
    text = service.daily_file(work, caller.school_id, day, caller.zone)
    headers = {"Content-Disposition": f'attachment; filename="{file_name(day)}"', "Cache-Control": "no-store"}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)
