"""What single sign-on is told by the environment, and what it refuses to begin with."""

from __future__ import annotations

from pathlib import Path

import pytest

from adsum_api.access.rights import Role
from adsum_api.settings import BadSettings, read_settings

WHOLE = {
    "ISSUER": "https://accounts.example.org",
    "CLIENT_ID": "adsum",
    "NAME": "Example Account",
    "DOMAINS": "School.example, other.example",
    "ROLE_CLAIM": "groups",
    "ROLES": '{"teaching": "teacher", "secretaries": "office"}',
}


@pytest.fixture
def told(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An installation with single sign-on."""
    for name, value in WHOLE.items():
        monkeypatch.setenv(f"ADSUM_OIDC_{name}", value)
    monkeypatch.setenv("ADSUM_PUBLIC_URL", "https://adsum.school.example/")
    return monkeypatch


def test_the_secret_comes_from_a_file(told: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "ADSUM_OIDC_CLIENT_SECRET").write_text("of-the-client\n")
    told.setenv("ADSUM_SECRETS_DIR", str(tmp_path))
    settings = read_settings()
    sign_on = settings.sign_on
    assert sign_on is not None
    known = sign_on.provider.registration
    assert (known.issuer, known.client_id, known.client_secret) == (
        "https://accounts.example.org", "adsum", "of-the-client",
    )  # fmt: skip
    assert known.redirect_uri == "https://adsum.school.example/sign-in/sso/callback"
    assert sign_on.admission.domains == {"school.example", "other.example"}
    assert sign_on.admission.roles == (("teaching", Role.TEACHER), ("secretaries", Role.OFFICE))
    assert "of-the-client" not in repr(settings) + repr(sign_on)


def test_without_an_issuer_there_is_none(environment: dict[str, str]) -> None:
    assert read_settings().sign_on is None


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("OIDC_ISSUER", "http://accounts.example.org", "ADSUM_OIDC_ISSUER: Value error, not an address"),
        ("OIDC_ISSUER", "https://accounts.example.org/?x=1", "not an address"),
        ("OIDC_CLIENT_ID", None, "needs ADSUM_OIDC_CLIENT_ID and ADSUM_PUBLIC_URL"),
        ("PUBLIC_URL", None, "needs ADSUM_OIDC_CLIENT_ID and ADSUM_PUBLIC_URL"),
        ("OIDC_ROLES", None, "ADSUM_OIDC_ROLE_CLAIM and ADSUM_OIDC_ROLES go together"),
        ("OIDC_ROLES", '{"programs": "integrator"}', "an integrator is a program"),
        ("OIDC_DOMAINS", None, "name your own domains in ADSUM_OIDC_DOMAINS"),
    ],
)
def test_half_a_setting_is_none(told: pytest.MonkeyPatch, name: str, value: str | None, said: str) -> None:
    if value is None:
        told.delenv(f"ADSUM_{name}")
    else:
        told.setenv(f"ADSUM_{name}", value)
    with pytest.raises(BadSettings, match=said):
        read_settings()
