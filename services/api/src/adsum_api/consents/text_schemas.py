"""Consent texts, in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from adsum_api.students.schemas import Moment
from adsum_store.models import ConsentText

Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)]
Body = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=1,
        max_length=50_000,
        pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+$",
    ),
]


class ConsentTextIn(BaseModel):
    """A new version of the text, or a version in another language. It is never edited: what is wrong in it is
    put right by the next version."""

    model_config = ConfigDict(extra="forbid")

    language: Language = Field(description="a tag of BCP 47, such as `de`")
    body: Body = Field(description="what people are told and agree to: plain text, its line breaks kept")
    version: int | None = Field(
        None, ge=1, le=100_000, description="of which it is a translation; none: the next version"
    )
    valid_from: Moment | None = Field(None, description="none: from now on")
    renew_by: Moment | None = Field(
        None,
        description="where all have to agree anew: when consents to earlier versions, and those that name no "
        "text, lapse, and templates with them",
    )


class ConsentTextOut(BaseModel):
    """A text as it was agreed to; `sha256`, in hex, is that of `body` in UTF-8."""

    id: UUID
    language: str
    version: int
    body: str
    sha256: str
    valid_from: datetime
    renew_by: datetime | None

    @classmethod
    def of(cls, text: ConsentText) -> ConsentTextOut:
        """Show a stored text."""
        return cls(
            id=text.id,
            language=text.language,
            version=text.version,
            body=text.body,
            sha256=text.sha256.hex(),
            valid_from=text.valid_from,
            renew_by=text.renew_by,
        )


class ConsentTextAdded(BaseModel):
    """The text; `lapsing`: how many consents now end at its `renew_by` unless they are given anew."""

    text: ConsentTextOut
    lapsing: int
