"""What the pages name exists: settings (every one is told of), commands with their options, routes, links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from pydantic_settings import BaseSettings

from adsum_api.__main__ import app as api
from adsum_camera.__main__ import app as camera
from adsum_local.__main__ import app as local
from adsum_recognizer.__main__ import app as recognizer

ROOT = Path(__file__).parents[1]
COMMANDS = {"adsum": local, "adsum-api": api, "adsum-camera": camera, "adsum-recognizer": recognizer}
COMPOSITIONS = ("docker-compose.yml", "deploy/edge/docker-compose.yml")


def _files(*patterns: str) -> list[Path]:
    return sorted(path for pattern in patterns for path in ROOT.glob(pattern))


ALL_PAGES = _files("*.md", *(f"{room}/**/*.md" for room in ("docs", "deploy", "packages", "services")))
PAGES = [page for page in ALL_PAGES if page.parent.name != "decisions"]


def _settings(kind: type[BaseSettings] = BaseSettings) -> Iterator[str]:
    for each in kind.__subclasses__():
        if each.__module__.startswith("adsum_"):
            yield from (f"ADSUM_{name.upper()}" for name in each.model_fields)
            yield from _settings(each)


def _named_in(pages: list[Path]) -> set[str]:
    return {name for page in pages for name in re.findall(r"\bADSUM_[A-Z_]*[A-Z]\b", page.read_text("utf-8"))}


def test_every_setting_is_told_of() -> None:
    filled_in = re.findall(
        r"\$\{(ADSUM_\w+)", "".join((ROOT / name).read_text("utf-8") for name in COMPOSITIONS)
    )
    assert {*_settings(), *filled_in} - _named_in(PAGES) == set()


def test_every_setting_that_is_told_of_exists() -> None:
    read = _named_in(_files("*/*/src/**/*.py", *COMPOSITIONS, "deploy/**/*.yml"))
    assert _named_in(PAGES) - {*_settings()} - read - {"ADSUM_OIDC"} == set()


def _wrong(line: str) -> str | None:
    """Return the first word of a command line that its command does not know."""
    first, *words = line.split()
    command: object = typer.main.get_command(COMMANDS[first])
    while words and (below := getattr(command, "commands", {})):
        if words[0] not in below:
            break
        command = below[words.pop(0)]
    if getattr(command, "commands", {}) and words and re.fullmatch(r"[a-z][a-z-]+", words[0]):
        return words[0]
    known = {
        option for each in getattr(command, "params", ()) for option in (*each.opts, *each.secondary_opts)
    }
    options = re.findall(r"(?<!\S)--[a-z][a-z-]*", " ".join(words))
    return next((option for option in options if option not in {*known, "--help"}), None)


def test_the_check_of_commands_finds_what_is_wrong() -> None:
    assert _wrong("adsum-api audit verify --json") is None
    assert _wrong("adsum-api audit vrify") == "vrify"
    assert _wrong("adsum-recognizer models list --jsn") == "--jsn"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_have_what_the_page_says(page: Path) -> None:
    text = page.read_text("utf-8").replace("\\\n", " ")
    inside = re.sub(r"\badsum exec (--data \S+ )?(?=adsum)", "", text)
    lines = re.findall(
        r"(?m)(?:^|`|\$ )((?:adsum|adsum-api|adsum-camera|adsum-recognizer) [a-z][^\n`#&|;]*)", inside
    )
    assert [(line, wrong) for line in lines if (wrong := _wrong(line))] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_routes_exist(page: Path) -> None:
    matrix = (ROOT / "services/api/tests/access/matrix.txt").read_text("utf-8")
    routes = [
        re.sub(r"\\{\w+\\}", "[^/]+", re.escape(f"{method} {path}"))
        for method, path in re.findall(r"(?m)^([A-Z]+) +(/\S*)", matrix)
    ]
    named = re.findall(r"`((?:GET|POST|PUT|PATCH|DELETE) /[^`?\s]*)", page.read_text("utf-8"))
    assert [each for each in named if not any(re.fullmatch(route, each) for route in routes)] == []


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"(?m)^#+ (.*)$", page.read_text("utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", ALL_PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for path, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)", page.read_text("utf-8")):
        target = page.parent / path if path else page
        assert target.exists(), path
        assert not anchor or anchor in _anchors(target), f"{path}#{anchor}"
