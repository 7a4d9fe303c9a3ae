"""classroom boxes join by a one-use token, and a camera's credentials can be renewed and taken away."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def _row(name: str, *columns: sa.schema.SchemaItem) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("school_id", sa.Uuid(), sa.ForeignKey("schools.id"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        *columns,
    )
    op.create_index(f"ix_{name}_school_id", name, ["school_id"])


def upgrade() -> None:
    _row(
        "join_tokens",
        sa.Column("token_sha256", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("camera_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
    )
    _row(
        "camera_admissions",
        sa.Column("camera_id", sa.Uuid(), nullable=False),
        sa.Column("password_sha256", sa.String(), nullable=True),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spare_id", sa.Uuid(), nullable=True),
        sa.Column("spare_key_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("spare_password_sha256", sa.String(), nullable=True),
        sa.Column("spare_phase", sa.String(), nullable=True),
        sa.Column("spare_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["school_id", "camera_id"], ["cameras.school_id", "cameras.id"]),
        sa.UniqueConstraint("school_id", "camera_id"),
        sa.CheckConstraint("spare_phase IN ('next', 'previous')", name="phase_is_known"),
        sa.CheckConstraint(
            "num_nonnulls(spare_id, spare_key_sealed, spare_password_sha256, spare_phase, spare_until) "
            "IN (0, 5)",
            name="spare_is_whole",
        ),
    )
    op.create_index("ix_camera_admissions_camera_id", "camera_admissions", ["camera_id"])


def downgrade() -> None:
    op.drop_table("camera_admissions")
    op.drop_table("join_tokens")
