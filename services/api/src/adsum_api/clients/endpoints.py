"""`/v1/clients`: the programs that call, for administrators."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter

from adsum_api.access.needs import needs
from adsum_api.access.rights import Right
from adsum_api.clients import service
from adsum_api.clients.schemas import ClientIn, ClientOut, NewClient, NewSecret, SecretOut
from adsum_api.contract.paging import Paged
from adsum_api.contract.routing import ContractRoute
from adsum_api.deps import Caller, Now, Work
from adsum_api.problems import documented
from adsum_store.repositories import clients

router = APIRouter(prefix="/v1/clients", tags=["access"], route_class=ContractRoute)

NEEDED = [needs(Right.ACCESS_WRITE)]


@router.post("", dependencies=NEEDED, status_code=HTTPStatus.CREATED)
def add_client(work: Work, caller: Caller, now: Now, client: ClientIn) -> NewClient:
    """Add a program with the scopes that it may ask for. Its secret is in this answer and nowhere else."""
    return service.add(work, caller.school_id, client, now)


@router.get("", dependencies=NEEDED)
def list_clients(work: Work, caller: Caller, paged: Paged) -> list[ClientOut]:
    """List the clients by name, those that were revoked too."""
    page = paged.page(clients.all_of(work, caller.school_id, paged.wanted), lambda client: (client.name,))
    return [ClientOut.of(client) for client in page]


@router.get("/{client_id}", dependencies=NEEDED)
def show_client(work: Work, caller: Caller, client_id: UUID) -> ClientOut:
    """Show one client."""
    return ClientOut.of(service.get(work, caller.school_id, client_id))


@router.delete("/{client_id}", dependencies=NEEDED)
def revoke_client(work: Work, caller: Caller, now: Now, client_id: UUID) -> ClientOut:
    """Let a client call no more, from this moment: its tokens end too."""
    return ClientOut.of(service.revoke(work, caller.school_id, client_id, now))


@router.get("/{client_id}/secrets", dependencies=NEEDED)
def list_secrets(work: Work, caller: Caller, client_id: UUID) -> list[SecretOut]:
    """List the secrets that are valid, at most two, oldest first."""
    client = service.get(work, caller.school_id, client_id)
    return [SecretOut.of(secret) for secret in clients.secrets_of(work, client)]


@router.post(
    "/{client_id}/secrets",
    dependencies=NEEDED,
    status_code=HTTPStatus.CREATED,
    responses=documented(409, "too-many-secrets", "this client has two secrets: delete the one that is …"),
)
def add_secret(work: Work, caller: Caller, now: Now, client_id: UUID) -> NewSecret:
    """Give a client a second secret; both are valid until you delete the first one."""
    return service.add_secret(work, caller.school_id, client_id, now)


@router.delete("/{client_id}/secrets/{secret_id}", dependencies=NEEDED, status_code=HTTPStatus.NO_CONTENT)
def drop_secret(work: Work, caller: Caller, client_id: UUID, secret_id: UUID) -> None:
    """Delete a secret that is no longer used; the client's tokens end, and it asks for new ones."""
    service.drop_secret(work, caller.school_id, client_id, secret_id)
