"""Entries that nobody should have sent: refused, counted by reason, and no harm to the others."""

from __future__ import annotations

import json
import struct
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from adsum_contracts.routes import CONSUMER_GROUP, events_stream
from adsum_contracts.sealing import BODY, seal
from adsum_contracts.tasks import EntryRef, IdentifyFaces
from adsum_recognizer.__main__ import app
from adsum_recognizer.adapters.ingress import REFUSED
from adsum_recognizer.timeliness import AgePolicy, untimely
from adsum_store.models import Sighting


def refused(classroom: Any) -> dict[str, int]:
    return {reason.decode(): int(times) for reason, times in classroom.client.hgetall(REFUSED).items()}


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def huge_png() -> bytes:
    """30,000 x 30,000 pixels in its header, which would take 2.7 GB, and hardly any bytes."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def signed(classroom: Any, body: bytes, camera_id: Any) -> EntryRef:
    """An entry with a right signature, whatever its body says."""
    entry_id = classroom.client.xadd(events_stream(camera_id), seal("event", body, b"", classroom.key))
    return EntryRef(camera_id=camera_id, entry_id=entry_id.decode())


def of_version(classroom: Any, version: int) -> EntryRef:
    event = classroom.face(uuid4(), 10)
    body = json.loads(event.model_dump_json()) | {"version": version}
    return signed(classroom, json.dumps(body).encode(), event.camera_id)


def test_poison_of_every_kind_is_counted_and_the_good_ones_are_stored(classroom: Any) -> None:
    classroom.student(1), classroom.lesson()
    good, late = classroom.face(uuid4(), 10), timedelta(days=2)
    blob, whole = classroom.picture(1, 0.97), classroom.face(uuid4(), 20)
    future = classroom.face(uuid4(), 10).model_copy(
        update={"captured_at": classroom.now + timedelta(minutes=3)}
    )
    old = classroom.face(uuid4(), 10).model_copy(update={"captured_at": classroom.now - late})
    classroom.identify(
        classroom.send(classroom.face(uuid4(), 10), blob, key=bytes(32)),
        classroom.send(classroom.face(uuid4(), 10), b"\xff\xd8\xff\xe0 truncated"),
        classroom.send(classroom.face(uuid4(), 10), huge_png()),
        of_version(classroom, 2),
        signed(classroom, b"{}", classroom.camera.id),
        classroom.send(future, blob),
        classroom.send(old, blob),
        classroom.send(good, blob),
        classroom.send(whole, blob),
    )
    classroom.identify(classroom.send(good, blob))
    assert refused(classroom) == {
        "forged": 1,
        "unreadable_image": 1,
        "image_too_large": 1,
        "wrong_version": 1,
        "malformed": 1,
        "from_the_future": 1,
        "too_old": 1,
        "replay": 1,
    }
    named = {row.sequence for row in classroom.all(Sighting) if row.candidates}
    assert named == {good.sequence, whole.sequence}
    stream = events_stream(classroom.camera.id)
    assert classroom.client.xlen(stream) == 0
    assert classroom.client.xpending(stream, CONSUMER_GROUP)["pending"] == 0


def test_what_is_refused_beside_an_entry_that_fails_is_counted_once(classroom: Any) -> None:
    classroom.student(1), classroom.lesson()
    old = classroom.face(uuid4(), 10).model_copy(update={"captured_at": classroom.now - timedelta(days=2)})
    refs = classroom.receive(
        classroom.send(old, classroom.picture(1, 0.97)),
        classroom.send(classroom.face(uuid4(), 10), classroom.picture(1, 0.97), key=bytes(32)),
        classroom.show(9, 0.97, uuid4(), 10),
    )
    classroom.faces(classroom.choking_on(9)).identify(IdentifyFaces(entries=refs))
    assert refused(classroom) == {"too_old": 1, "forged": 1}


def test_what_was_refused_can_be_asked_for(
    classroom: Any, ingress_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADSUM_INGRESS_URL", ingress_url)
    assert "Nothing was refused" in CliRunner().invoke(app, ["refused"]).output
    classroom.ingress().count_refused("forged", "replay", "forged")
    assert json.loads(CliRunner().invoke(app, ["refused", "--json"]).output) == {"forged": 2, "replay": 1}


def test_a_camera_forgets_what_is_of_an_impossible_time(classroom: Any) -> None:
    old = classroom.face(uuid4(), 10).model_copy(update={"captured_at": classroom.now - timedelta(days=2)})
    classroom.identify(classroom.send(old, classroom.picture(1, 0.97)))
    (command,) = classroom.commands()
    assert command.sequences == (old.sequence,)
    assert classroom.all(Sighting) == []


def test_a_revoked_camera_is_not_heard(classroom: Any) -> None:
    camera = classroom.new_camera("stolen")
    ref = classroom.send(classroom.face(uuid4(), 10, camera), classroom.picture(1, 0.97))
    with classroom.store.begin() as work:
        work.session.merge(camera).revoked = True
    classroom.identify(ref)
    assert refused(classroom) == {"unknown_camera": 1}


def test_an_entry_without_fields_is_malformed(classroom: Any) -> None:
    entry_id = classroom.client.xadd(events_stream(classroom.camera.id), {BODY: b"{}"})
    classroom.identify(EntryRef(camera_id=classroom.camera.id, entry_id=entry_id.decode()))
    assert refused(classroom) == {"malformed": 1}


@pytest.mark.parametrize(
    ("age_s", "fault"),
    [(0, None), (26 * 3600, None), (26 * 3600 + 1, "too_old"), (-120, None), (-121, "from_the_future")],
)
def test_the_bounds_of_an_age_belong_to_it(classroom: Any, age_s: float, fault: str | None) -> None:
    assert untimely(classroom.now - timedelta(seconds=age_s), classroom.now, AgePolicy()) == fault


@given(age_s=st.floats(-1e6, 1e6), later_s=st.floats(0, 1e6))
def test_what_is_too_old_stays_so(age_s: float, later_s: float) -> None:
    now = datetime(2026, 2, 11, 9, tzinfo=UTC)
    captured = now - timedelta(seconds=age_s)
    if untimely(captured, now, AgePolicy()) == "too_old":
        assert untimely(captured, now + timedelta(seconds=later_s), AgePolicy()) == "too_old"
