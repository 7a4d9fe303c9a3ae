"""What the doctor sees of servers that really speak: TLS with bad certificates, Redis with open doors."""

from __future__ import annotations

import socket
import ssl
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from redis.backoff import ConstantBackoff
from redis.retry import Retry
from typer.testing import CliRunner, Result

from adsum_local.__main__ import app
from adsum_local.children import start_child, stop_child
from adsum_local.doctor import access_probe, access_rules, tls_probe, tls_rules
from adsum_local.doctor.access_probe import POSTGRES, REDIS, IngressAt
from adsum_local.doctor.access_rules import Answer
from adsum_local.doctor.findings import Verdict
from adsum_local.doctor.tls_probe import believing, look, plain_http
from adsum_local.ports import free_port
from adsum_local.postgres_server import PostgresServer
from adsum_local.redis_server import RedisServer, redis_binary

NOW = datetime.now(UTC)
PATIENTLY = Retry(ConstantBackoff(0.05), 200)


def self_signed(folder: Path, name: str, until: timedelta) -> Path:
    """Make a certificate for `name` that is its own authority, with its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "A school")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=100))
        .not_valid_after(NOW + until)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "shown.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + secret)
    return file


@contextmanager
def speaking_tls(file: Path, *, old: bool = False) -> Iterator[int]:
    """Shake hands with whoever comes, on a free port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    if old:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.set_ciphers("DEFAULT:@SECLEVEL=0")

    def greet(plain: socket.socket) -> None:
        with context.wrap_socket(plain, server_side=True) as secure:
            secure.recv(1)

    with answering(greet) as port:
        yield port


@contextmanager
def answering(answer: Callable[[socket.socket], object]) -> Iterator[int]:
    """Let `answer` speak with each who connects, one after another."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    plain, _ = server.accept()
                except OSError:
                    return
                plain.settimeout(5)
                with plain, suppress(OSError):  # whoever asked may have gone
                    answer(plain)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def public(file: Path) -> str:
    return file.read_text().partition("-----BEGIN PRIVATE")[0]


def test_a_good_certificate_is_believed(tmp_path: Path) -> None:
    file = self_signed(tmp_path, "localhost", timedelta(days=90))
    with speaking_tls(file) as port:
        seen = look("localhost", port, [public(file)])
    assert seen.believed
    assert seen.certificate is not None
    assert (seen.certificate.names, seen.certificate.issuer) == (("localhost",), "A school")
    assert (seen.version, seen.old_version) == ("TLSv1.3", None)
    assert {each.verdict for each in tls_rules.tls("the pages", seen, NOW)} == {Verdict.OK}


@pytest.mark.parametrize(
    ("name", "days", "known", "disbelief"),
    [
        ("localhost", -3, True, "expired"),
        ("localhost", 90, False, "unknown_authority"),
        ("elsewhere.example", 90, True, "other_name"),
    ],
)
def test_why_a_certificate_is_not_believed_is_seen(
    tmp_path: Path, name: str, days: float, known: bool, disbelief: str
) -> None:
    file = self_signed(tmp_path, name, timedelta(days=days))
    with speaking_tls(file) as port:
        seen = look("localhost", port, [public(file)] if known else [])
    assert (seen.disbelief, seen.believed) == (disbelief, False)
    finding, _ = tls_rules.tls("the pages", seen, NOW)
    assert finding.verdict is Verdict.FAIL


def test_a_server_that_would_speak_an_old_version_is_caught(tmp_path: Path) -> None:
    file = self_signed(tmp_path, "localhost", timedelta(days=90))
    with speaking_tls(file, old=True) as port:
        seen = look("localhost", port, [public(file)])
    assert seen.old_version == "TLSv1.1"


def test_what_speaks_no_tls_shows_no_certificate() -> None:
    with answering(lambda plain: plain.sendall(b"-ERR what?\r\n")) as port:
        seen = look("127.0.0.1", port, [])
    assert (seen.certificate, seen.believed) == (None, False)
    (finding,) = tls_rules.tls("the pages", seen, NOW)
    assert finding.verdict is Verdict.FAIL


def test_plain_http_is_asked_and_not_followed() -> None:
    leads = b"HTTP/1.1 308 Permanent Redirect\r\nLocation: https://h/\r\nContent-Length: 0\r\n\r\n"
    with answering(lambda plain: (plain.recv(4096), plain.sendall(leads))) as port:
        seen = plain_http("127.0.0.1", port)
    assert (seen.status, seen.location) == (308, "https://h/")
    assert plain_http("127.0.0.1", free_port()).status is None


def at(port: int) -> IngressAt:
    return IngressAt("127.0.0.1", port, tls=False)


def test_an_ingress_with_its_default_user_on_is_open_to_strangers(tmp_path: Path) -> None:
    port = free_port()
    command = (str(redis_binary()), "--port", str(port), "--bind", "127.0.0.1", "--save", "")
    child = start_child(command, quiet=True, cwd=tmp_path)
    try:
        with redis.Redis(port=port, retry=PATIENTLY) as client:
            client.ping()
            tried = access_probe.strangers(at(port))
            assert client.dbsize() == 0, "what was tried has left nothing"
    finally:
        stop_child(child)
    assert set(tried.values()) == {Answer.DONE}
    finding = access_rules.strangers("h", tried)
    assert finding.verdict is Verdict.FAIL
    assert "CONFIG GET" in finding.seen


def test_an_ingress_that_asks_for_a_password_does_nothing_for_strangers(
    redis_pair: tuple[RedisServer, RedisServer],
) -> None:
    tried = access_probe.strangers(at(redis_pair[0].port))
    assert set(tried.values()) == {Answer.REFUSED}


def test_what_is_no_redis_is_told_apart() -> None:
    with answering(lambda plain: plain.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        tried = access_probe.strangers(at(port))
    assert set(tried.values()) == {Answer.CUT}


def test_servers_of_the_inside_are_known_by_what_they_say(
    postgres: PostgresServer, redis_pair: tuple[RedisServer, RedisServer]
) -> None:
    speaks = access_probe._speaks
    assert speaks("127.0.0.1", postgres.port, POSTGRES) == POSTGRES
    assert speaks("127.0.0.1", redis_pair[1].port, REDIS) == REDIS
    assert speaks("127.0.0.1", postgres.port, REDIS) == "something else"
    assert speaks("127.0.0.1", free_port(), POSTGRES) is None


def doctor(*words: str, **environment: str) -> Result:
    return CliRunner().invoke(app, ["doctor", *words], env={"ADSUM_API_TOKEN": "", **environment})


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["ftp://h"], "is no address"),
        (["http://127.0.0.1:{nobody}"], "does not answer"),
        (["https://127.0.0.1:{nobody}"], "there is no way to"),
        (["https://localhost", "--ca", "{nothing}"], "holds no certificate"),
        (["https://localhost", "--credentials", "{nothing}"], "there is no box.json"),
        (["https://localhost", "--token-file", "{nothing}"], "No such file"),
    ],
)
def test_what_cannot_be_examined_ends_with_one_sentence_and_2(
    words: list[str], said: str, tmp_path: Path
) -> None:
    places: dict[str, Any] = {"nobody": free_port(), "nothing": tmp_path / "nothing"}
    done = doctor(*(word.format(**places) for word in words))
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
    assert done.stderr.startswith("adsum: ")
    assert done.stderr.count("\n") == 1


def test_what_answers_and_is_no_adsum_cannot_be_examined() -> None:
    page = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"
    with answering(lambda plain: (plain.recv(4096), plain.sendall(page))) as port:
        done = doctor(f"http://127.0.0.1:{port}")
    assert done.exit_code == 2
    assert "is no Adsum" in done.stderr


def test_the_system_is_believed_beside_the_schools_own_authority(tmp_path: Path) -> None:
    file = self_signed(tmp_path, "localhost", timedelta(days=90))
    believed = believing([public(file)]).get_ca_certs()
    assert any((("commonName", "A school"),) in ca["subject"] for ca in believed)
    assert tls_probe.believing([]).verify_mode is ssl.CERT_REQUIRED
