"""The HTTP application: `uvicorn --factory adsum_api.main:create_app`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import typer
from fastapi import FastAPI

from adsum_api.absences.endpoints import router as absences
from adsum_api.absences.warnings_endpoints import pages as warning_pages
from adsum_api.absences.warnings_endpoints import router as warnings
from adsum_api.access.callers import Callers
from adsum_api.access.gate import Gate
from adsum_api.access.needs import check_stated
from adsum_api.access.operator_token import token_of
from adsum_api.attendance.check_in_endpoints import pages as check_in_pages
from adsum_api.attendance.check_in_endpoints import router as check_ins
from adsum_api.attendance.endpoints import router as attendance
from adsum_api.attendance.events import router as events
from adsum_api.attendance.missing_endpoints import pages as missing_pages
from adsum_api.attendance.missing_endpoints import router as missing_registers
from adsum_api.attendance.presence_endpoints import router as presences
from adsum_api.attendance.review_endpoints import router as reviews
from adsum_api.attendance.signing_endpoints import router as signings
from adsum_api.audit.endpoints import router as audit
from adsum_api.cameras.endpoints import router as cameras
from adsum_api.cameras.joining_endpoints import router as joining
from adsum_api.clients.endpoints import router as clients
from adsum_api.clients.oauth_endpoints import router as oauth
from adsum_api.consents.endpoints import router as student_consents
from adsum_api.consents.lacking_endpoints import router as consents_lacking
from adsum_api.consents.text_endpoints import router as consent_texts
from adsum_api.contract.latency import Latencies, MeasureLatency
from adsum_api.contract.quota import Quota, QuotaGate
from adsum_api.contract.request_id import RequestIds
from adsum_api.deletions.endpoints import router as deletions
from adsum_api.emergency.endpoints import pages as emergency_pages
from adsum_api.emergency.endpoints import router as emergency
from adsum_api.enrolment.endpoints import router as enrolment
from adsum_api.erasures.endpoints import router as erasures
from adsum_api.health.deployment import router as deployment
from adsum_api.health.endpoints import router as health
from adsum_api.health.metrics import router as metrics
from adsum_api.lessons.endpoints import router as lessons
from adsum_api.limits import BodyLimit
from adsum_api.pages.cameras_endpoints import router as camera_pages
from adsum_api.pages.corrections_endpoints import router as correction_pages
from adsum_api.pages.endpoints import router as pages
from adsum_api.pages.enrol_endpoints import router as enrol_pages
from adsum_api.pages.opening_endpoints import router as opening_pages
from adsum_api.pages.review_endpoints import router as review_pages
from adsum_api.pages.sign_in_endpoints import router as sign_in_pages
from adsum_api.places.endpoints import router as places
from adsum_api.problems import DOCUMENTED, add_problem_answers
from adsum_api.reference.document import DocumentedApi
from adsum_api.reference.endpoints import router as documentation
from adsum_api.reference.overview import OVERVIEW, tags
from adsum_api.reports.endpoints import router as reports
from adsum_api.reports.report_endpoints import router as made_reports
from adsum_api.retention.endpoints import router as retention
from adsum_api.rosters.endpoints import router as rosters
from adsum_api.runtime import Runtime, build_runtime
from adsum_api.school.codes import router as status_codes
from adsum_api.school.endpoints import router as school
from adsum_api.sections.endpoints import router as sections
from adsum_api.settings import Settings, read_settings
from adsum_api.sign_of_life import signs_of_life
from adsum_api.sign_on.endpoints import router as sign_on_pages
from adsum_api.students.endpoints import router as students
from adsum_api.timetable.endpoints import router as timetable
from adsum_api.tree.buildings import router as buildings
from adsum_api.tree.courses import router as courses
from adsum_api.tree.staff import router as staff
from adsum_api.tree.terms import router as terms
from adsum_api.webhooks.endpoints import router as webhooks

ROUTERS: Final = (
    health,
    deployment,
    metrics,
    school,
    status_codes,
    students,
    consent_texts,
    student_consents,
    consents_lacking,
    enrolment,
    terms,
    courses,
    buildings,
    staff,
    places,
    cameras,
    joining,
    sections,
    rosters,
    timetable,
    lessons,
    attendance,
    signings,
    check_ins,
    presences,
    reviews,
    absences,
    warnings,
    missing_registers,
    events,
    reports,
    made_reports,
    emergency,
    webhooks,
    deletions,
    erasures,
    retention,
    audit,
    pages,
    camera_pages,
    enrol_pages,
    opening_pages,
    correction_pages,
    documentation,
    review_pages,
    missing_pages,
    warning_pages,
    check_in_pages,
    emergency_pages,
    sign_in_pages,
    sign_on_pages,
    oauth,
    clients,
)
"""One line a feature."""

AT_ONCE: Final = 7
"""Requests of a process that may hold a connection at a time: of the pool's ten, three are for listeners."""

USUAL_QUOTA: Final = Quota(30_000)


def create_app() -> FastAPI:
    """Build the app from the environment; raise `BadSettings`."""
    settings = read_settings()
    return build_app(build_runtime(settings), api_token(settings), quota_of(settings), settings.sign_of_life)


def build_app(
    runtime: Runtime, token: str, quota: Quota = USUAL_QUOTA, sign_of_life: Path | None = None
) -> FastAPI:
    """Build the app on `runtime`; `token` opens everything. Raises `UnstatedAccess`."""
    app = DocumentedApi(
        title="Adsum", version="1", description=OVERVIEW, openapi_tags=tags(), responses=DOCUMENTED,
        docs_url=None, redoc_url=None, lifespan=signs_of_life(sign_of_life),
    )  # fmt: skip
    app.state.runtime = runtime
    app.state.turns = asyncio.Semaphore(AT_ONCE)
    app.state.latencies = Latencies()
    check_stated(ROUTERS)
    for router in ROUTERS:
        app.include_router(router)
    add_problem_answers(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(QuotaGate, quota=quota)
    app.add_middleware(Gate, callers=Callers(runtime.store, runtime.clock), token=token)
    app.add_middleware(MeasureLatency, latencies=app.state.latencies)
    app.add_middleware(RequestIds)
    return app


def quota_of(settings: Settings) -> Quota:
    """Return how much a caller may ask."""
    return Quota(settings.api_requests_per_minute)


def api_token(settings: Settings) -> str:
    """Return the token that is set, else the state folder's own, which the first start makes and tells."""
    if settings.api_token is not None:
        return settings.api_token.get_secret_value()
    token, is_new = token_of(settings.state_dir)
    if is_new:
        typer.echo(f"The token of this api, told once: {token}")
    return token
