"""What the simulated classroom leaves for its box lets that box in."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import redis

from adsum_contracts.ids import CameraId
from adsum_contracts.routes import events_stream
from adsum_local.classroom import Classroom
from adsum_local.visit import Lesson, Server, furnish_box
from deploy.verify.tests.conftest import Ingress


def test_the_simulated_box_may_write_its_stream(ingress: Ingress, tmp_path: Path) -> None:
    camera, box, now = CameraId(uuid4()), tmp_path / "box", datetime.now(UTC)
    admission = (ingress.secrets / "ingress_url_admission").read_text("utf-8")
    server = Server(
        address="https://nobody",
        token="",
        admission_url=admission.replace("@ingress:6379", f"@localhost:{ingress.port}").replace(
            "/run/secrets", str(ingress.secrets)
        ),
        ingress_url=f"rediss://{{user}}:{{password}}@localhost:{ingress.port}/0?ssl_ca_certs={box}/ca.pem",
        authority=ingress.secrets / "ca.pem",
    )
    furnish_box(server, Classroom("", str(camera), "key", ""), Lesson("", now, now), box)
    with redis.Redis.from_url((box / "ADSUM_INGRESS_URL").read_text("utf-8")) as client:
        assert client.xadd(events_stream(camera), {"a": "b"})
