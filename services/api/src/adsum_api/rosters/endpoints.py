"""`POST /v1/imports/oneroster`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, File, Query, UploadFile

from adsum_api.access.needs import needs
from adsum_api.access.rights import Right
from adsum_api.contract.routing import ContractRoute
from adsum_api.deps import Caller, Now, Work
from adsum_api.lessons.days import local_day
from adsum_api.problems import documented
from adsum_api.rosters.report import ImportReport
from adsum_api.rosters.service import Wish, import_roster, read_roster

router = APIRouter(prefix="/v1/imports", tags=["imports"], route_class=ContractRoute)

Upload = Annotated[UploadFile, File(description="A OneRoster 1.1 or 1.2 CSV zip, at most 64 MB.")]
School = Annotated[str | None, Query(max_length=255, description="The school's sourcedId, if several.")]
Rehearse = Annotated[bool, Query(description="Say what would change; keep nothing.")]
AsDelta = Annotated[bool, Query(description="End nothing for not being named, whatever the manifest says.")]
EndAny = Annotated[bool, Query(description="However many enrolments end, it is meant.")]


@router.post(
    "/oneroster",
    dependencies=[needs(Right.ROSTER_WRITE)],
    responses=documented(422, "bad-roster", "users.csv line 1, column role: is expected as column 6, …"),
)
def import_oneroster(
    work: Work,
    caller: Caller,
    now: Now,
    file: Upload,
    school: School = None,
    dry_run: Rehearse = False,
    delta: AsDelta = False,
    end_any: EndAny = False,
) -> ImportReport:
    """Bring terms, courses, sections, students, parents, staff and enrolments up to a OneRoster zip.

    All in one transaction; the same zip again changes nothing. Nobody is deleted: what a complete (bulk) file
    no longer names ends today. Rows that cannot be taken are in `refused` with file, line and column.
    """
    wish = Wish(school, dry_run=dry_run, as_delta=delta, end_any=end_any)
    received = read_roster(file.file, wish)
    return import_roster(work, caller, received, wish, local_day(caller.zone, now))
