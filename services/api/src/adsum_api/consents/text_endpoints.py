"""`/v1/consent-texts`."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from adsum_api.access.needs import needs
from adsum_api.access.own import Own
from adsum_api.access.rights import Right
from adsum_api.consents import forms, texts
from adsum_api.consents.form_pdf import write_forms
from adsum_api.consents.text_schemas import ConsentTextAdded, ConsentTextIn, ConsentTextOut
from adsum_api.contract.paging import Paged
from adsum_api.contract.routing import ContractRoute
from adsum_api.deps import Caller, Now, Work
from adsum_api.reports.report_endpoints import streamed
from adsum_store.repositories import consent_texts

router = APIRouter(prefix="/v1/consent-texts", tags=["consents"], route_class=ContractRoute)


@router.post(
    "",
    dependencies=[needs(Right.SCHOOL_WRITE, Right.CONSENT_WRITE)],
    status_code=HTTPStatus.CREATED,
    summary="Add a consent text",
)
def add_consent_text(work: Work, caller: Caller, now: Now, text: ConsentTextIn) -> ConsentTextAdded:
    """Keep the next version of what people agree to, or a translation of a version.

    With `renew_by` everybody has to agree anew: earlier consents end then at the latest, and within ten
    minutes the templates, pictures and keys that rest on them are deleted. `GET /v1/consents/lacking` warns
    of them before.
    """
    return texts.add(work, caller, text, now)


@router.get("", dependencies=[needs(Right.SCHOOL_READ, own=Own.SHARED)], summary="List the consent texts")
def list_consent_texts(work: Work, caller: Caller, paged: Paged) -> list[ConsentTextOut]:
    """List the texts by version and language."""
    found = consent_texts.page(work, caller.school_id, paged.wanted)
    return [ConsentTextOut.of(each) for each in paged.page(found, lambda row: (row.version, row.language))]


@router.get(
    "/{text_id}", dependencies=[needs(Right.SCHOOL_READ, own=Own.SHARED)], summary="Show a consent text"
)
def show_consent_text(work: Work, caller: Caller, text_id: UUID) -> ConsentTextOut:
    """Show a text as it was agreed to."""
    return texts.show(work, caller, text_id)


@router.get(
    "/{text_id}/form",
    dependencies=[needs(Right.ROSTER_READ)],
    response_class=StreamingResponse,
    responses={200: {"description": "The forms.", "content": {"application/pdf": {"schema": {}}}}},
    summary="Print the consent form",
)
def print_consent_form(
    work: Work,
    caller: Caller,
    now: Now,
    text_id: UUID,
    section_id: Annotated[
        UUID | None, Query(description="a form for each of its students today, with the parents on record")
    ] = None,
) -> StreamingResponse:
    """Return the form on paper (PDF): blank to be copied, or filled in for each student of a section.

    It has the text, the purpose, both answers for each parent, the student's own refusal, the last day, and
    how to withdraw; its foot names the version and the language to record a signature with.
    """
    terms = forms.terms_of(work, caller, text_id)
    asked = forms.asked_of(work, caller, section_id, now)
    return streamed(lambda out: write_forms(terms, asked, out), f"consent-{text_id}.pdf", "application/pdf")
