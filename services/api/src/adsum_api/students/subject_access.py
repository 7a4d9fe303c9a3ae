"""What a person may have of us: everything that is held of them, as a zip (GDPR 15; FERPA 34 CFR 99.10).

read-me.html   the same as data.json, to be read
data.json      every row about them, by kind
pictures/      photos and faces, opened
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from html import escape
from io import BytesIO
from typing import Final
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

from adsum_api.audit.recording import record
from adsum_api.deps import Operator
from adsum_api.students import service
from adsum_store.repositories import student_keys, subject
from adsum_store.repositories.audit import Action
from adsum_store.repositories.subject import Told
from adsum_store.sealing import Vault
from adsum_store.unit_of_work import UnitOfWork

CROP_HEAD: Final = 1 + 14 * 8
"""Bytes before the picture in a kept crop: its version, and 14 places of the face in it."""

Picture = tuple[str, bytes]


def export(work: UnitOfWork, caller: Operator, vault: Vault, student_id: UUID, now: datetime) -> bytes:
    """Return the zip, and log that it was made; raise `StudentNotFound` or `WrongSecretKey`."""
    student = service.get(work, caller, student_id)
    told = subject.held(work, caller.school_id, student.id)
    own = student_keys.opener(work.session, vault, caller.school_id, student.id)
    pictures = [
        _picture(place, kind, own.open(sealed))
        for place, (kind, sealed) in enumerate(subject.pictures(work, student.id), start=1)
    ]
    record(
        work, caller, Action.STUDENT_EXPORTED, ("student", student.id), pictures=len(pictures),
        templates=len(told["templates"]),
    )  # fmt: skip
    return packed(told, pictures, caller.school.name, now)


def packed(told: Told, pictures: Iterable[Picture], school: str, now: datetime) -> bytes:
    """Return a zip of what is told."""
    content = BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as out:
        out.writestr("data.json", json.dumps(told, default=str, ensure_ascii=False, indent=2))
        out.writestr("read-me.html", page(told, school, now))
        for name, picture in pictures:
            out.writestr(f"pictures/{name}", picture)
    return content.getvalue()


def page(told: Told, school: str, now: datetime) -> str:
    """Return what is told as one page of HTML that loads nothing."""
    parts = "".join(_part(kind, rows) for kind, rows in told.items())
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>What is held of you</title>'
        "<style>body{font:16px/1.5 sans-serif;margin:2rem}table{border-collapse:collapse}"
        "td,th{border:1px solid #999;padding:.25rem .5rem;text-align:left;vertical-align:top}</style>"
        f"<h1>What {escape(school)} holds of you</h1><p>As of {escape(now.isoformat())}. Pictures are in the "
        "folder <code>pictures</code>; the full values, such as the numbers of a face, in "
        f"<code>data.json</code>. What would say something of other people is left out.</p>{parts}</html>"
    )


def _part(kind: str, rows: list[dict[str, object]]) -> str:
    title = f"<h2>{escape(kind.replace('_', ' '))}: {len(rows)}</h2>"
    if not rows:
        return title
    names = [name for name in rows[0] if name != "embedding"]
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(_text(row[name]))}</td>" for name in names) + "</tr>" for row in rows
    )
    return f"{title}<table><tr>{head}</tr>{body}</table>"


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _picture(place: int, kind: str, content: bytes) -> Picture:
    if kind == "crop":
        return f"face-{place}.webp", content[CROP_HEAD:]
    ending = "png" if content.startswith(b"\x89PNG") else "webp" if content[8:12] == b"WEBP" else "jpg"
    return f"photo-{place}.{ending}", content
