"""account_identities: whom a provider of single sign-on knows an account's owner as."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account_identities",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_account_identities"),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name="fk_account_identities_school_id"),
        sa.ForeignKeyConstraint(
            ["school_id", "account_id"],
            ["accounts.school_id", "accounts.id"],
            name="fk_account_identities_school_id_account_id",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("issuer", "subject", name="uq_account_identities_issuer_subject"),
        sa.UniqueConstraint("account_id", "issuer", name="uq_account_identities_account_id_issuer"),
    )
    op.create_index("ix_account_identities_school_id", "account_identities", ["school_id"])


def downgrade() -> None:
    op.drop_table("account_identities")
