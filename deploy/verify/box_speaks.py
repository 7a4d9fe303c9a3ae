"""Run inside a classroom's box, with what it got by joining:

python box_speaks.py ping       fails where the ingress server does not know the box
python box_speaks.py twice N    sends N signed crops, each of them twice
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, cast
from uuid import uuid4

import cv2
import numpy as np
import redis

from adsum_camera.adapters.box_file import BoxFile
from adsum_contracts.events import FaceCaptured
from adsum_contracts.face import Box, FaceCrop
from adsum_contracts.ids import CameraId, SpoolId, TrackId
from adsum_contracts.routes import events_stream
from adsum_contracts.sealing import seal

SIDE: Final = 160
FACE: Final = FaceCrop(
    width=SIDE,
    height=SIDE,
    box=Box(x=40, y=40, width=80, height=80),
    landmarks=((60, 65), (100, 65), (80, 85), (65, 105), (95, 105)),
    detector_score=0.99,
    quality=0.9,
)


def main() -> None:
    """Do what the first word says."""
    file = BoxFile(Path("/credentials"))
    box, url = file.read(), file.url()
    if box is None or url is None:
        sys.exit("this box never joined")
    camera = box.cameras[0].id
    credentials = file.credentials(camera)
    if credentials is None:
        sys.exit("this box has no credentials")
    with redis.Redis.from_url(url, credential_provider=credentials, socket_timeout=30) as ingress:
        ingress.ping()
        if sys.argv[1] == "twice":
            _send_twice(ingress, CameraId(camera), credentials.key, int(sys.argv[2]))


def _send_twice(ingress: redis.Redis, camera: CameraId, key: bytes, crops: int) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (SIDE, SIDE, 3), dtype=np.uint8)
    jpeg = cv2.imencode(".jpg", noise)[1].tobytes()
    spool, track, began = SpoolId(uuid4()), TrackId(uuid4()), datetime.now(UTC) - timedelta(seconds=30)
    for sequence in range(1, crops + 1):
        event = FaceCaptured(
            camera_id=camera,
            spool_id=spool,
            sequence=sequence,
            captured_at=began + timedelta(milliseconds=sequence),
            track_id=track,
            track_started_at=began,
            frame_width=1280,
            frame_height=720,
            frame_box=FACE.box,
            face=FACE,
        )
        sealed = cast(Any, seal("event", event.model_dump_json().encode(), jpeg, key))
        for _ in range(2):
            ingress.xadd(events_stream(camera), sealed)


if __name__ == "__main__":
    main()
