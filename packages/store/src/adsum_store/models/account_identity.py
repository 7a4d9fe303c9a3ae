"""Account identities: whom a provider of single sign-on knows an account's owner as."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped

from adsum_store.models.base import Row


class AccountIdentity(Row):
    """The `subject` of an OpenID Connect `issuer`, which it never gives to another person (Core 1.0, 2).

    An account has one of each issuer: an e-mail address that went to somebody else opens nothing.
    """

    __tablename__ = "account_identities"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "account_id"], ["accounts.school_id", "accounts.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("issuer", "subject"),
        UniqueConstraint("account_id", "issuer"),
    )

    account_id: Mapped[UUID]
    issuer: Mapped[str]
    subject: Mapped[str]
