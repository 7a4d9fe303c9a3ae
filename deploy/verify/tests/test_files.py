"""The deployment's files, as far as they can be judged without Docker."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from adsum_api import settings as api
from adsum_api.sign_on.settings import SignOnSettings
from adsum_camera import settings as camera
from adsum_camera.adapters.box_file import BoxFile
from adsum_recognizer import settings as recognizer

ROOT = Path(__file__).parents[3]
COMPOSITION: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
EDGE: dict[str, Any] = yaml.safe_load((ROOT / "deploy/edge/docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSITION["services"]
DOCKERFILES = sorted([*ROOT.glob("services/*/Dockerfile"), ROOT / "deploy/local/Dockerfile"])


@pytest.fixture
def mounted(secrets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Lay a service's secrets where its container would find them."""

    def mount(service: str) -> None:
        for each in SERVICES[service]["secrets"]:
            file = Path(COMPOSITION["secrets"][each["source"]]["file"]).name
            (tmp_path / each["target"]).write_bytes((secrets / file).read_bytes())
        monkeypatch.setenv("ADSUM_SECRETS_DIR", str(tmp_path))

    return mount


def test_secrets_are_made_once_and_kept(secrets: Path) -> None:
    before = {file.name: file.read_bytes() for file in secrets.iterdir()}
    subprocess.run(
        [str(ROOT / "deploy/make-secrets.sh"), str(secrets), "localhost"], check=True, capture_output=True
    )
    assert {file.name: file.read_bytes() for file in secrets.iterdir()} == before


def test_secrets_are_closed_to_others(secrets: Path) -> None:
    assert secrets.stat().st_mode & 0o777 == 0o700
    assert (secrets / "ca.key").stat().st_mode & 0o777 == 0o400


def test_certificates_hold(secrets: Path) -> None:
    for name in ("ingress", "proxy"):
        words = ["openssl", "verify", "-CAfile", str(secrets / "ca.pem"), "-verify_hostname", "localhost"]
        subprocess.run([*words, str(secrets / f"{name}.pem")], check=True, capture_output=True)


def test_every_secret_of_the_composition_is_made(secrets: Path) -> None:
    wanted = {Path(secret["file"]).name for secret in COMPOSITION["secrets"].values()}
    assert wanted <= {file.name for file in secrets.iterdir()}


def test_the_api_finds_its_settings_among_its_secrets(mounted: Any) -> None:
    mounted("api")
    assert api.read_settings().ingress_url.get_secret_value().startswith("rediss://api:")


def test_admission_finds_its_settings(mounted: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    mounted("admission")
    monkeypatch.setenv(
        "ADSUM_PUBLIC_INGRESS_URL", SERVICES["admission"]["environment"]["ADSUM_PUBLIC_INGRESS_URL"]
    )
    assert "admission" in api.read_admission().admission_url.get_secret_value()


def test_the_recognizer_finds_its_settings_among_its_secrets(mounted: Any) -> None:
    mounted("dispatcher")
    assert recognizer.read_settings(recognizer.Settings).ingress_url.startswith("rediss://recognizer:")


def test_a_box_finds_its_settings_in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = {
        "ADSUM_CAMERA_ID": "5f0c1f6e-9a0e-4a55-8d0f-0c4f3c6d9b1a",
        "ADSUM_CAMERA_KEY": "A" * 43 + "=",
        "ADSUM_INGRESS_URL": "rediss://camera:secret@proxy:6380/0?ssl_ca_certs=/scene/box/ca.pem",
        "ADSUM_SPOOL_DIR": str(tmp_path / "spool"),
    }
    for name, value in box.items():
        (tmp_path / name).write_text(f"{value}\n", "utf-8")
    monkeypatch.setenv("ADSUM_SECRETS_DIR", str(tmp_path))
    settings, lone = camera.read_lone_camera(BoxFile(tmp_path))
    assert str(lone.camera_id) == box["ADSUM_CAMERA_ID"]
    assert str(settings.ingress_url) == box["ADSUM_INGRESS_URL"]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_service_is_hardened(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert service["pids_limit"]
    assert "privileged" not in service
    assert "cap_add" not in service


@pytest.mark.parametrize("name", sorted(EDGE["services"]))
def test_a_classrooms_box_is_hardened_and_listens_to_nobody(name: str) -> None:
    service = EDGE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["user"] == "10001:10001"
    assert service["mem_limit"]
    assert service["pids_limit"]
    assert not {"ports", "privileged", "cap_add", "devices", "network_mode"} & service.keys()
    assert {"credentials:/credentials", "spool:/spool"} <= set(service["volumes"])


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_no_secret_is_in_the_environment(name: str) -> None:
    environment = SERVICES[name].get("environment", {})
    secret = {
        "ADSUM_DATABASE_URL",
        "ADSUM_INGRESS_URL",
        "ADSUM_BROKER_URL",
        "ADSUM_SECRET_KEY",
        "ADSUM_API_TOKEN",
    }
    assert not secret & environment.keys()


def test_only_the_proxy_is_published() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]


def test_only_the_proxy_the_webhooks_and_the_models_have_a_way_out() -> None:
    open_ones = {name for name, network in COMPOSITION["networks"].items() if not network.get("internal")}
    assert open_ones == {"outside"}
    assert {name for name, each in SERVICES.items() if "outside" in each["networks"]} == {
        "proxy",
        "api-worker",
        "models",
    }


def test_single_sign_on_passes_every_setting_on_and_publishes_nothing() -> None:
    added = yaml.safe_load((ROOT / "deploy/single-sign-on.yml").read_text("utf-8"))["services"]["api"]
    files = {each["target"] for each in added["secrets"]}
    wanted = {f"ADSUM_{name}".upper() for name in SignOnSettings.model_fields}
    assert added["environment"].keys() | files == wanted
    assert files == {"ADSUM_OIDC_CLIENT_SECRET"}
    assert added.keys() == {"networks", "environment", "secrets"}


def test_a_second_host_gets_two_ports_on_the_private_address_alone() -> None:
    opened = yaml.safe_load((ROOT / "deploy/first-host.yml").read_text("utf-8"))["services"]
    ports = {name: [port.rpartition("}:")[2] for port in each["ports"]] for name, each in opened.items()}
    assert ports == {"postgres": ["5432:5432"], "broker": ["6379:6379"]}
    assert all(
        port.startswith("${ADSUM_PRIVATE_ADDRESS:?") for each in opened.values() for port in each["ports"]
    )
    added = yaml.safe_load((ROOT / "deploy/second-host.yml").read_text("utf-8"))["services"]
    assert added == {name: {"networks": ["outside"]} for name in ("recognizer", "recognizer-gpu")}


def test_cameras_reach_the_ingress_and_nothing_else() -> None:
    assert {name for name, each in SERVICES.items() if "boxes" in each["networks"]} == {
        "ingress", "proxy", "simulated-classroom", "simulated-camera",
    }  # fmt: skip


@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda file: file.parent.name)
def test_images_end_slim_and_unprivileged(file: Path) -> None:
    text = file.read_text("utf-8")
    last = text.rpartition("\nFROM ")[2]
    assert "\nUSER adsum" in last
    assert "pip" not in last
    assert "HEALTHCHECK" in text
    assert "org.opencontainers.image.licenses" in text
    assert "://" not in text.replace("http://127.0.0.1", "")
