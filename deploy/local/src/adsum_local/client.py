"""The API as the demo uses it: nothing that an integrator could not do."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from adsum_local.errors import ApiRefused

POLL_S: Final = 0.3
OUTAGE_S: Final = 60.0
"""How long a question is asked again while the API, or what is behind it, is away."""

Json = dict[str, Any]


class Unavailable(ApiRefused):
    """The API, or a server that it needs, is away for a moment."""


class ApiClient:
    """One school's register, by its REST API."""

    def __init__(self, address: str, token: str) -> None:
        self._http = httpx.Client(
            base_url=address,
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
            transport=httpx.HTTPTransport(retries=3),
        )

    def __enter__(self) -> ApiClient:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def create_room(self, name: str) -> str:
        """Return the new room's id."""
        return str(self._post("/v1/rooms", {"name": name})["id"])

    def create_camera(self, name: str, room_id: str) -> tuple[str, str]:
        """Return the new default camera's id and its key, which the API says only once."""
        made = self._post("/v1/cameras", {"name": name, "room_id": room_id, "is_default": True})
        return str(made["id"]), str(made["key"])

    def create_student(self, number: str, name: str) -> str:
        """Create a student whose consent the operator attests; return the id."""
        consent = {"basis": "attested_by_operator", "given_by": "demo"}
        return str(self._post("/v1/students", {"number": number, "name": name, "consent": consent})["id"])

    def enrol(self, student_id: str, photos: Sequence[Path]) -> str:
        """Send photos of a student; return the id of the enrolment job."""
        files = [("photos", (photo.name, photo.read_bytes(), "image/jpeg")) for photo in photos]
        response = self._http.post(f"/v1/students/{student_id}/photos", files=files, headers=_new_key())
        return str(_json(response)["id"])

    def enrolment(self, job_id: str) -> Json:
        """Return the state of an enrolment job, with its verdicts."""
        return self._get(f"/v1/enrolments/{job_id}")

    def await_enrolment(self, job_id: str, patience_s: float = 300) -> Json:
        """Wait for the end of an enrolment job and return it; raise `ApiRefused` when it takes too long."""
        deadline = time.monotonic() + patience_s
        while (job := self.enrolment(job_id))["state"] not in {"done", "failed"}:
            if time.monotonic() > deadline:
                raise ApiRefused(f"an enrolment was not judged within {patience_s:.0f} s: see the log")
            time.sleep(POLL_S)
        return job

    def create_section(self, name: str, late_after_s: int) -> str:
        """Return the new section's id."""
        return str(self._post("/v1/sections", {"name": name, "late_after_s": late_after_s})["id"])

    def put_on_roster(self, section_id: str, student_id: str, starts_on: str) -> None:
        """Make the student a member of the section from that day on."""
        path = f"/v1/sections/{section_id}/students/{student_id}"
        _json(self._http.put(path, json={"starts_on": starts_on}))

    def open_lesson(
        self, section_id: str | None, room_id: str, starts_at: datetime, ends_at: datetime
    ) -> str:
        """Open a lesson and return its id; without a section its roster is every consented student."""
        times = {"starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat()}
        section = {"section_id": section_id} if section_id else {}
        return str(self._post("/v1/lessons", {"room_id": room_id, **times, **section})["id"])

    def register(self, lesson_id: str) -> Json:
        """Return the lesson's register: `lesson`, `entries`, `summary`."""
        return self._get(f"/v1/lessons/{lesson_id}/register")

    @retry(
        retry=retry_if_exception_type((httpx.TransportError, Unavailable)),
        wait=wait_fixed(POLL_S),
        stop=stop_after_delay(OUTAGE_S),
        reraise=True,
    )
    def _get(self, path: str) -> Json:
        """Ask until there is an answer: a service that died is on its way back."""
        return _json(self._http.get(path))

    def _post(self, path: str, body: Json | None) -> Json:
        return _json(self._http.post(path, json=body, headers=_new_key()))


def _new_key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


def _json(response: httpx.Response) -> Json:
    if response.is_error:
        request = response.request
        kind = Unavailable if response.status_code == httpx.codes.SERVICE_UNAVAILABLE else ApiRefused
        raise kind(f"{request.method} {request.url.path}: {response.status_code} {response.text[:300]}")
    return dict(response.json()) if response.content else {}
