"""The pages of cameras: which are online, and what each sees of its room."""

from __future__ import annotations

import os
import re
from typing import Any
from uuid import UUID, uuid4

from fastapi.testclient import TestClient


def classroom_seen(row_px: dict[int, float], **said: Any) -> dict[str, Any]:
    """A heartbeat's coverage: faces across the picture, in each row of this size."""
    places = [
        {"column": column, "row": row, "faces": 12, "too_small": 10 if px < 30 else 0, "face_px": px,
         "yaw": 55.0 if column > 13 else 8.0, "sharpness": 0.03}
        for row, px in row_px.items()
        for column in range(2, 15)
    ]  # fmt: skip
    return {"coverage": places, "unsent": {"face_too_small": 130, "turned_away": 12}} | said


def test_the_list_shows_who_is_online_and_why_not(
    client: TestClient, camera_id: UUID, beat: Any, clock: Any
) -> None:
    beat(5)
    page = client.get("/cameras").text
    assert "1 of 1 online" in page
    assert f'href="/cameras/{camera_id}"' in page
    assert "B12 · heard of 2026-02-11 10:29:55" in page, "in the school's zone"
    clock.forward(minutes=12)
    page = client.get("/cameras").text
    assert "0 of 1 online" in page
    assert "Not heard of for 12 minutes" in page


def test_a_camera_is_drawn_as_a_heat_map_with_advice(client: TestClient, camera_id: UUID, beat: Any) -> None:
    beat(5, **classroom_seen({1: 28.0, 4: 44.0, 7: 70.0}))
    page = client.get(f"/cameras/{camera_id}").text
    svg = page[page.index('<svg class="heat"') : page.index("</svg>", page.index('<svg class="heat"'))]
    shown = re.findall(r'<g class="(\w+)">', svg)
    assert {"good", "small", "too_small", "turned_away"} == set(shown)
    assert len(shown) == 39
    assert "are 28 px and cannot be recognised" in page
    assert "good: 48 px and more" in page
    assert "<dt>too small</dt><dd>130</dd>" in page
    assert not re.search(r"<style|\sstyle=|\son\w+=", page)


def test_an_unknown_camera_and_an_unknown_range_are_refused(client: TestClient, camera_id: UUID) -> None:
    assert client.get(f"/cameras/{uuid4()}").status_code == 404
    assert client.get(f"/cameras/{camera_id}", params={"hours": "9999999"}).status_code == 422
    assert "No face was seen in this time." in client.get(f"/cameras/{camera_id}?hours=1").text


def test_a_browser_draws_it_and_it_fits_a_small_screen(page: Any, camera_id: UUID, beat: Any) -> None:
    beat(5, **classroom_seen({1: 28.0, 4: 44.0, 7: 70.0}, frame_age_s=0.2, lesson_coverage=0.97))
    page.get_by_role("link", name="Cameras").click()
    page.get_by_role("link", name="door").click()
    assert page.get_by_role("img", name="size of faces").is_visible()
    if folder := os.environ.get("ADSUM_TEST_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/camera.png", full_page=True)
    page.get_by_role("link", name="Last hour").click()
    page.set_viewport_size({"width": 360, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    if folder:
        page.screenshot(path=f"{folder}/camera-small.png", full_page=True)
    assert page.complaints == []
