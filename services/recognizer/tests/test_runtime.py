"""How this service's Redis client behaves towards a server that is there and does not answer."""

from __future__ import annotations

import socket
from threading import Thread

import pytest
import redis

from adsum_recognizer.bench.child import THUMBNAIL
from adsum_recognizer.errors import Misconfigured
from adsum_recognizer.runtime import redis_client
from adsum_recognizer.settings import ModelSettings, read_settings


def test_a_server_that_hangs_up_is_asked_again_a_few_times() -> None:
    """Twice for the call, and twice to connect each time. Every silence costs ten seconds: the many that
    redis-py would bear by itself look like a stuck process."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        asked: list[int] = []

        def hang_up() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                asked.append(connection.fileno())
                connection.close()

        thread = Thread(target=hang_up)
        thread.start()
        url = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        with redis_client(url) as client, pytest.raises(redis.ConnectionError):
            client.ping()
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
    assert len(asked) == 4


def test_no_setting_names_the_embedder_of_measurements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADSUM_EMBEDDER", THUMBNAIL)
    with pytest.raises(Misconfigured, match="ADSUM_EMBEDDER"):
        read_settings(ModelSettings)
