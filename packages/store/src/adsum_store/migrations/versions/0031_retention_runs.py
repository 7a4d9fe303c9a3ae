"""proofs of retention, and how long a school keeps what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "schools",
        sa.Column("retention_days", postgresql.JSONB(), server_default="{}", nullable=False),
    )
    op.create_table(
        "retention_runs",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("ran_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cutoff", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted", sa.Integer(), nullable=False),
        sa.Column("oldest_left", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_retention_runs"),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name="fk_retention_runs_school_id"),
    )
    op.create_index("ix_retention_runs_school_id", "retention_runs", ["school_id"])
    op.create_index("ix_retention_runs_latest", "retention_runs", ["school_id", "kind", "ran_at"])


def downgrade() -> None:
    op.drop_table("retention_runs")
    op.drop_column("schools", "retention_days")
