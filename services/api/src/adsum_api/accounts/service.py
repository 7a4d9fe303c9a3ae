"""Accounts: made, signed in, signed out, disabled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from adsum_api.access.rights import Role
from adsum_api.access.secrets import hash_of, new_secret
from adsum_api.accounts.guesses import Guesses
from adsum_api.accounts.passwords import Passwords, random_password
from adsum_api.errors import Invalid, NotFound, Unauthorized
from adsum_api.runtime import Runtime
from adsum_store.audit_chain import Detail
from adsum_store.models import Account, School, StaffMember
from adsum_store.repositories import account_identities, accounts, audit
from adsum_store.repositories.audit import Action, NewEntry
from adsum_store.unit_of_work import UnitOfWork

SESSION: Final = timedelta(hours=12)
"""A school day: whoever forgets to sign out is signed out by the next one."""
FIRST_ADMIN: Final = "admin"
ACTOR: Final = "accounts"


class WrongPassword(Unauthorized):
    """The same whether the account is missing, disabled, or has another password."""

    def __init__(self) -> None:
        super().__init__("no account has this name and this password")


@dataclass(frozen=True, slots=True)
class NewAccount:
    """Whom to make an account for; without a `password` they cannot sign in yet."""

    username: str
    role: Role
    name: str
    email: str | None = None
    password: str | None = None


def add(work: UnitOfWork, school: School, passwords: Passwords, new: NewAccount) -> Account:
    """Store an account; raise `BadPassword`, or `Invalid` for an integrator, which is a client.

    A teacher is the member of staff with this user name or address, or becomes one.
    """
    if new.role is Role.INTEGRATOR:
        raise Invalid("an integrator is a program: add a client")
    staff_id = _staff_id(work, school, new) if new.role is Role.TEACHER else None
    hashed = None if new.password is None else passwords.hash(new.password)
    account = Account(
        school_id=school.id, username=new.username, name=new.name, email=new.email, role=new.role,
        password=hashed, staff_id=staff_id,
    )  # fmt: skip
    stored = accounts.add(work, account)
    note_change(work, stored, "added", role=str(new.role))
    return stored


def ensure_first_admin(work: UnitOfWork, school: School, passwords: Passwords) -> str | None:
    """Make the first account where there is none; return its password, which nobody will ever tell again."""
    if accounts.is_any(work):
        return None
    password = random_password()
    add(work, school, passwords, NewAccount(FIRST_ADMIN, Role.ADMIN, "Administrator", password=password))
    return password


def named(work: UnitOfWork, username: str) -> Account:
    """Return the account; raise `NotFound`."""
    account = accounts.by_username(work, username)
    if account is None:
        raise NotFound("account", username)
    return account


def sign_in(runtime: Runtime, username: str, password: str, address: str) -> str:
    """Return the token of a new session; raise `WrongPassword` or `TooManyGuesses`.

    No connection is held while the password is hashed.
    """
    guesses = Guesses(runtime.broker)
    guesses.count(username, address)
    with runtime.store.begin() as work:
        account = accounts.by_username(work, username.strip())
    if not runtime.passwords.is_right(account.password if account else None, password) or account is None:
        raise WrongPassword
    kept = account.password or ""
    renewed = runtime.passwords.hash(password) if runtime.passwords.is_weak(kept) else kept
    with runtime.store.begin() as work:
        token = begin_session(work, account.id, runtime.clock(), kept)
        named(work, account.username).password = renewed
        note_sign_in(work, account, "password")
    guesses.forget(username, address)
    return token


def begin_session(work: UnitOfWork, account_id: UUID, now: datetime, password: str | None = None) -> str:
    """Return the token of a new session; raise `WrongPassword` for an account that may not sign in (any
    more), or whose hash is no longer `password`."""
    account = work.session.get(Account, account_id, with_for_update=True)
    if account is None or account.disabled_at is not None or accounts.has_left(work, account, now):
        raise WrongPassword
    if password is not None and account.password != password:
        raise WrongPassword
    token = new_secret()
    accounts.open_session(work, account, hash_of(token), now + SESSION)
    return token


def set_password(work: UnitOfWork, account: Account, passwords: Passwords, password: str) -> None:
    """Change the password, and sign the account out everywhere; raise `BadPassword`."""
    account.password = passwords.hash(password)
    accounts.end_sessions(work, account)
    note_change(work, account, "password")


def disable(work: UnitOfWork, account: Account, now: datetime) -> None:
    """Let the account sign in no more, and sign it out everywhere."""
    account.disabled_at = account.disabled_at or now
    accounts.end_sessions(work, account)
    note_change(work, account, "disabled")


def enable(work: UnitOfWork, account: Account) -> None:
    """Let a disabled account sign in again."""
    account.disabled_at = None
    note_change(work, account, "enabled")


def unlink(work: UnitOfWork, account: Account) -> None:
    """Forget whom single sign-on knows the owner as, and sign the account out everywhere."""
    account_identities.unbind(work, account)
    accounts.end_sessions(work, account)
    note_change(work, account, "unlinked")


def note_change(work: UnitOfWork, account: Account, changed: str, **details: Detail) -> None:
    """Log it under the account's id: who changes accounts stands at the machine, or is their owner."""
    entry = NewEntry(
        account.school_id, ACTOR, Action.ACCOUNT_CHANGED, ("account", str(account.id)),
        details={"changed": changed, **details},
    )  # fmt: skip
    audit.append(work, entry)


def note_sign_in(work: UnitOfWork, account: Account, how: str) -> None:
    """Log that somebody signed in, and `how`."""
    entry = NewEntry(
        account.school_id, f"account:{account.id}", Action.SIGNED_IN, ("account", str(account.id)),
        details={"how": how},
    )  # fmt: skip
    audit.append(work, entry)


def _staff_id(work: UnitOfWork, school: School, new: NewAccount) -> UUID:
    known = [new.username, *([new.email] if new.email else [])]
    found = next(filter(None, (accounts.staff_member(work, school.id, each) for each in known)), None)
    if found is None:
        found = StaffMember(school_id=school.id, name=new.name, username=new.username, email=new.email)
        work.session.add(found)
        work.session.flush()
    return found.id
