"""Who is behind a credential."""

from __future__ import annotations

from adsum_api.access.rights import RIGHTS, Right, Role
from adsum_api.access.secrets import hash_of
from adsum_api.deps import Operator
from adsum_api.errors import Unavailable
from adsum_api.ports import Clock
from adsum_store.models import AccessToken, Account, Client, School
from adsum_store.repositories import accounts, clients, schools
from adsum_store.unit_of_work import Store


class Callers:
    """Looks callers up in the record, each in a transaction of its own: what was revoked ends at once."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def operator(self) -> Operator:
        """Return whoever has the installation's token; raise `Unavailable` before the first school."""
        with self._store.begin() as work:
            school = schools.only(work)
        if school is None:
            raise Unavailable("there is no school yet: run `adsum-api db upgrade`")
        return Operator(school)

    def person(self, session: str) -> Operator | None:
        """Return who is signed in with this session."""
        with self._store.begin() as work:
            found = accounts.of_session(work, hash_of(session), self._clock())
        return None if found is None else person_of(*found)

    def machine(self, token: str) -> Operator | None:
        """Return which client calls with this access token."""
        with self._store.begin() as work:
            found = clients.of_token(work, hash_of(token), self._clock())
        return None if found is None else machine_of(*found)


def person_of(account: Account, school: School) -> Operator:
    """Return the caller that an account is."""
    role = Role(account.role)
    taught_by = account.staff_id if role is Role.TEACHER else None
    return Operator(school, account.username, role, RIGHTS[role], taught_by, f"account:{account.id}")


def machine_of(client: Client, token: AccessToken, school: School) -> Operator:
    """Return the caller that a client is; a scope that is no more gives nothing."""
    rights = frozenset(right for right in Right if right in token.scopes)
    return Operator(school, client.name, Role.INTEGRATOR, rights, None, f"client:{client.id}")
