"""a school's own status codes, and absence warnings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

NOW = sa.text("now()")
CODED = ("marks", "register_entries")
LIMITS = {"warn_after_lessons": "5", "warn_after_days": "2"}


def upgrade() -> None:
    op.add_column("schools", sa.Column("status_codes", postgresql.JSONB(), nullable=True))
    for name, usual in LIMITS.items():
        op.add_column("schools", sa.Column(name, sa.Integer(), server_default=usual, nullable=False))
    for table in CODED:
        op.add_column(table, sa.Column("code", sa.String(), nullable=True))
    op.create_table(
        "absence_warnings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), server_default="held", nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.CheckConstraint("kind IN ('lessons', 'days')", name=op.f("ck_absence_warnings_kind_is_known")),
        sa.CheckConstraint(
            "state IN ('held', 'released', 'dismissed')", name=op.f("ck_absence_warnings_state_is_known")
        ),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_absence_warnings_school_id")),
        sa.ForeignKeyConstraint(
            ["school_id", "student_id"],
            ["students.school_id", "students.id"],
            name=op.f("fk_absence_warnings_school_id_student_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence_warnings")),
        sa.UniqueConstraint(
            "student_id", "kind", "first_on", name=op.f("uq_absence_warnings_student_id_kind_first_on")
        ),
    )
    op.create_index(op.f("ix_absence_warnings_school_id"), "absence_warnings", ["school_id"])


def downgrade() -> None:
    op.drop_table("absence_warnings")
    for table in CODED:
        op.drop_column(table, "code")
    for name in LIMITS:
        op.drop_column("schools", name)
    op.drop_column("schools", "status_codes")
