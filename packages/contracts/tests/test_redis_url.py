"""Reading the URLs of Redis and of Sentinels; the real failover is in the recognizer's tests."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kombu import Connection

from adsum_contracts.redis_url import celery_broker, check_redis_url, open_redis, read_sentinel_url

words = st.text("abcdefgh0123456789-", min_size=1, max_size=12).filter(lambda word: word.strip("-") == word)
secrets = st.text(st.characters(min_codepoint=33, max_codepoint=0x17F), min_size=1, max_size=20)
hosts = st.lists(st.tuples(words, st.integers(1, 65535)), min_size=1, max_size=5)


@given(hosts, words, st.integers(0, 15), words, secrets, secrets, st.booleans())
def test_a_sentinel_url_is_read_back_whole(
    sentinels: list[tuple[str, int]], master: str, db: int, user: str, password: str, guard: str, tls: bool
) -> None:
    places = ",".join(f"{host}:{port}" for host, port in sentinels)
    scheme = "rediss+sentinel" if tls else "redis+sentinel"
    credentials = f"{user}:{quote(password, safe='')}"
    url = f"{scheme}://{credentials}@{places}/{master}/{db}?sentinel_password={quote(guard, safe='')}"
    read = read_sentinel_url(url)
    assert read.sentinels == tuple(sentinels)
    assert (read.master, read.db, read.tls) == (master, db, tls)
    assert (read.server["username"], read.server["password"]) == (user, password)
    assert read.guard == {"password": guard}
    assert read.server.get("ssl", False) is tls
    broker = celery_broker(url, {"socket_timeout": 1})
    assert broker.options["master_name"] == master
    with Connection(broker.url) as told:
        assert told.password == password
        assert told.virtual_host == str(db)
        assert len(told.alt or [broker.url]) == len(sentinels)


def test_what_is_left_out_has_its_usual_value() -> None:
    read = read_sentinel_url("redis+sentinel://one,two:7/mymaster")
    assert read.sentinels == (("one", 26379), ("two", 7))
    assert (read.db, read.server, read.guard) == (0, {}, {})


def test_tls_options_reach_both_kinds_of_server() -> None:
    url = "rediss+sentinel://one/m/0?ssl_ca_certs=/ca.pem"
    client = open_redis(url, socket_timeout=1)
    assert client.connection_pool.connection_kwargs["ssl_ca_certs"] == "/ca.pem"
    broker = celery_broker(url, {})
    assert broker.use_ssl == {"ssl_cert_reqs": "required", "ssl_ca_certs": "/ca.pem"}
    assert broker.options["sentinel_kwargs"]["ssl"] is True


@pytest.mark.parametrize(
    "url",
    [
        "http://host/0",
        "redis+sentinel://host",
        "redis+sentinel://host/master/first",
        "redis+sentinel://one,,two/master",
        "redis+sentinel://host:port/master",
        "redis+sentinel://host/master?sentinel_timeout=1",
    ],
)
def test_what_is_no_such_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError):
        check_redis_url(url)


def test_a_plain_url_goes_to_celery_as_it_is() -> None:
    broker = celery_broker("redis://:secret@host:6379/0", {"socket_timeout": 1})
    assert (broker.url, broker.options, broker.use_ssl) == (
        "redis://:secret@host:6379/0",
        {"socket_timeout": 1},
        None,
    )
    assert "secret" not in repr(broker)
