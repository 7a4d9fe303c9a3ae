"""`/v1/consent-texts`."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter

from adsum_api.access.needs import needs
from adsum_api.access.own import Own
from adsum_api.access.rights import Right
from adsum_api.consents import texts
from adsum_api.consents.text_schemas import ConsentTextAdded, ConsentTextIn, ConsentTextOut
from adsum_api.contract.paging import Paged
from adsum_api.contract.routing import ContractRoute
from adsum_api.deps import Caller, Now, Work
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
