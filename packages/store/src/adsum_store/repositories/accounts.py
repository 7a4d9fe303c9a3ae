"""Accounts and their sessions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, literal, or_, select

from adsum_store.models import Account, School, Session, StaffMember
from adsum_store.repositories.rosters import school_day
from adsum_store.unit_of_work import UnitOfWork


def by_username(work: UnitOfWork, username: str) -> Account | None:
    """Return the account of this name, whatever its case; a name is unique in the installation."""
    return work.session.scalar(select(Account).where(func.lower(Account.username) == username.lower()))


def all_of(work: UnitOfWork, school_id: UUID) -> Sequence[Account]:
    """Return the school's accounts by name, disabled ones too."""
    return work.session.scalars(
        select(Account).where(Account.school_id == school_id).order_by(func.lower(Account.username))
    ).all()


def is_any(work: UnitOfWork) -> bool:
    """Whether anybody has an account in this installation."""
    return work.session.scalar(select(Account.id).limit(1)) is not None


def add(work: UnitOfWork, account: Account) -> Account:
    """Store an account; raise `IntegrityError` (uq_accounts_username)."""
    work.session.add(account)
    work.session.flush()
    return account


def staff_member(work: UnitOfWork, school_id: UUID, address: str) -> StaffMember | None:
    """Return the one member of staff with this e-mail address or user name, whatever the case."""
    found = work.session.scalars(
        select(StaffMember).where(
            StaffMember.school_id == school_id,
            or_(
                func.lower(StaffMember.email) == address.lower(),
                func.lower(StaffMember.username) == address.lower(),
            ),
        )
    ).all()
    return found[0] if len(found) == 1 else None


def open_session(work: UnitOfWork, account: Account, token_hash: bytes, expires_at: datetime) -> None:
    """Store a session of the account."""
    work.session.add(
        Session(
            school_id=account.school_id, account_id=account.id, token_hash=token_hash, expires_at=expires_at
        )
    )
    work.session.flush()


def of_session(work: UnitOfWork, token_hash: bytes, now: datetime) -> tuple[Account, School] | None:
    """Return who is signed in with this session, and their school."""
    query = (
        select(Account, School)
        .join(Session, Session.account_id == Account.id)
        .join(School, School.id == Account.school_id)
        .join(StaffMember, StaffMember.id == Account.staff_id, isouter=True)
        .where(Session.token_hash == token_hash, Session.expires_at > now, Account.disabled_at.is_(None))
        .where(_is_staff_still(now))
    )
    found = work.session.execute(query).one_or_none()
    return None if found is None else (found[0], found[1])


def end_session(work: UnitOfWork, token_hash: bytes) -> None:
    """Sign this browser out."""
    work.session.execute(delete(Session).where(Session.token_hash == token_hash))


def end_sessions(work: UnitOfWork, account: Account) -> None:
    """Sign the account out everywhere."""
    work.session.execute(delete(Session).where(Session.account_id == account.id))


def drop_expired_sessions(work: UnitOfWork, now: datetime) -> None:
    """Delete the sessions of every school that have ended."""
    work.session.execute(delete(Session).where(Session.expires_at <= now))


def has_left(work: UnitOfWork, account: Account, now: datetime) -> bool:
    """Whether the account is of a member of staff who is no more there, by the school's calendar."""
    if account.staff_id is None:
        return False
    query = select(StaffMember.id).join(School, School.id == StaffMember.school_id)
    still = query.where(StaffMember.id == account.staff_id, _is_staff_still(now))
    return work.session.scalar(still) is None


def _is_staff_still(now: datetime) -> ColumnElement[bool]:
    return or_(StaffMember.left_on.is_(None), StaffMember.left_on > school_day(literal(now)))
