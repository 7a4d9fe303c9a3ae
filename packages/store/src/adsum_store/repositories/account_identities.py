"""Whom providers of single sign-on know accounts' owners as."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, select

from adsum_store.models import Account, AccountIdentity
from adsum_store.unit_of_work import UnitOfWork


def account_of(work: UnitOfWork, issuer: str, subject: str) -> Account | None:
    """Return the account that is bound to this identity."""
    query = (
        select(Account)
        .join(AccountIdentity, AccountIdentity.account_id == Account.id)
        .where(AccountIdentity.issuer == issuer, AccountIdentity.subject == subject)
    )
    return work.session.scalar(query)


def accounts_with_email(work: UnitOfWork, email: str) -> Sequence[Account]:
    """Return the accounts of this address, whatever its case, locked until the transaction ends."""
    query = select(Account).where(func.lower(Account.email) == email.lower()).with_for_update()
    return work.session.scalars(query).all()


def is_bound(work: UnitOfWork, account: Account, issuer: str) -> bool:
    """Whether the account has an identity of this issuer."""
    query = select(AccountIdentity.id).where(
        AccountIdentity.account_id == account.id, AccountIdentity.issuer == issuer
    )
    return work.session.scalar(query) is not None


def bind(work: UnitOfWork, account: Account, issuer: str, subject: str) -> None:
    """Let this identity open the account from now on."""
    work.session.add(
        AccountIdentity(school_id=account.school_id, account_id=account.id, issuer=issuer, subject=subject)
    )
    work.session.flush()


def unbind(work: UnitOfWork, account: Account) -> None:
    """Let no identity open the account any more."""
    work.session.execute(delete(AccountIdentity).where(AccountIdentity.account_id == account.id))


def bound(work: UnitOfWork, school_id: UUID) -> frozenset[UUID]:
    """Return the school's accounts that have an identity."""
    query = select(AccountIdentity.account_id).where(AccountIdentity.school_id == school_id).distinct()
    return frozenset(work.session.scalars(query))
