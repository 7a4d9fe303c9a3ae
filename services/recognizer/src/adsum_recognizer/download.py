"""Fetching a model's file: resumed where it was cut off, and kept only when it is the one we know."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

import httpx

from adsum_recognizer.errors import RecognizerError
from adsum_recognizer.models import Download, ModelFile, fault_of

Progress = Callable[[int], None]
"""Told how many bytes of the file are there by now."""

TIMEOUT: Final = httpx.Timeout(30, connect=10)


class DownloadFailed(RecognizerError):  # noqa: N818 - named for what it is
    """The file could not be fetched; what came of it waits in FILE.part for the next try."""


class NotTheFile(RecognizerError):  # noqa: N818
    """What was fetched or offered is another file."""


def pull(file: ModelFile, models_dir: Path, progress: Progress = lambda _: None) -> Path:
    """Fetch the file into `models_dir` and return its path; a file that is there and right is left alone.

    Raises `DownloadFailed`, or `NotTheFile` (what was fetched is then deleted).
    """
    if not isinstance(file.source, Download):
        return file.path(models_dir)
    target = file.path(models_dir)
    if target.is_file() and fault_of(target, file) is None:
        return target
    models_dir.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    try:
        _fetch(file.source.url, part, file.size, progress)
    except (httpx.HTTPError, OSError) as error:
        raise DownloadFailed(
            f"{file.name} could not be fetched ({type(error).__name__}: {error}); try again to go on from "
            f"where it stopped, or fetch {file.source.url} elsewhere and run "
            f"`adsum-recognizer models import FILE`"
        ) from error
    fault = fault_of(part, file)
    if fault:
        part.unlink()
        raise NotTheFile(f"what {file.source.url} sent {fault}; it was deleted")
    return part.replace(target)


def import_file(offered: Path, file: ModelFile, models_dir: Path) -> Path:
    """Copy a file that was fetched elsewhere into `models_dir` and return its path; raise `NotTheFile`."""
    fault = fault_of(offered, file)
    if fault:
        raise NotTheFile(f"{offered} is not {file.name}: it {fault}")
    models_dir.mkdir(parents=True, exist_ok=True)
    target = file.path(models_dir)
    part = target.with_name(target.name + ".import")
    shutil.copyfile(offered, part)
    return part.replace(target)


def _fetch(url: str, part: Path, size: int, progress: Progress) -> None:
    have = part.stat().st_size if part.exists() else 0
    if have > size:
        part.unlink()
        have = 0
    if have == size:
        return
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with httpx.stream("GET", url, headers=headers, timeout=TIMEOUT, follow_redirects=True) as response:
        response.raise_for_status()
        # A server that does not know ranges answers 200 and starts from the beginning.
        resumed = response.status_code == httpx.codes.PARTIAL_CONTENT
        _append(response, part, have if resumed else 0, size, progress)


def _append(response: httpx.Response, part: Path, have: int, size: int, progress: Progress) -> None:
    with part.open("ab" if have else "wb") as opened:
        for chunk in response.iter_raw():
            opened.write(chunk)
            have += len(chunk)
            progress(have)
            if have > size:
                return
    if have < size:
        raise httpx.RemoteProtocolError(f"the connection ended after {have:,} of {size:,} bytes")
