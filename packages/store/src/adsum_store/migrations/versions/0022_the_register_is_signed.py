"""a register is signed and opened again, minutes left early, and planned absences."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

NOW = sa.text("now()")
MINUTES_EARLY = ("marks", "register_entries")


def upgrade() -> None:
    op.add_column("lessons", sa.Column("finalised_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("lessons", sa.Column("finalised_by", sa.String(), nullable=True))
    op.add_column("schools", sa.Column("correction_days", sa.Integer(), server_default="14", nullable=False))
    for table in MINUTES_EARLY:
        op.add_column(table, sa.Column("minutes_early", sa.Integer(), nullable=True))
    _signings()
    _planned_absences()


def _signings() -> None:
    op.create_table(
        "register_signings",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("lesson_id", sa.Uuid(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "act IN ('finalised', 'reopened')", name=op.f("ck_register_signings_act_is_known")
        ),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_register_signings_school_id")),
        sa.ForeignKeyConstraint(
            ["school_id", "lesson_id"],
            ["lessons.school_id", "lessons.id"],
            name=op.f("fk_register_signings_school_id_lesson_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_signings")),
    )
    op.create_index(op.f("ix_register_signings_school_id"), "register_signings", ["school_id"])
    op.create_index(op.f("ix_register_signings_lesson_id"), "register_signings", ["lesson_id"])


def _planned_absences() -> None:
    op.create_table(
        "planned_absences",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("lesson_ids", sa.ARRAY(sa.Uuid()), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("told_by", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=True),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("dedupe_key", sa.String(), nullable=True),
        sa.Column("withdrawn_by", sa.String(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_planned_absences_ends_after_start")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_planned_absences_school_id")),
        sa.ForeignKeyConstraint(
            ["school_id", "student_id"],
            ["students.school_id", "students.id"],
            name=op.f("fk_planned_absences_school_id_student_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planned_absences")),
        sa.UniqueConstraint("school_id", "dedupe_key", name=op.f("uq_planned_absences_school_id_dedupe_key")),
    )
    op.create_index(op.f("ix_planned_absences_school_id"), "planned_absences", ["school_id"])
    op.create_index(op.f("ix_planned_absences_student_id"), "planned_absences", ["student_id"])
    op.create_index("ix_planned_absences_days", "planned_absences", ["school_id", "starts_on", "ends_on"])


def downgrade() -> None:
    op.drop_table("planned_absences")
    op.drop_table("register_signings")
    for table in MINUTES_EARLY:
        op.drop_column(table, "minutes_early")
    op.drop_column("schools", "correction_days")
    op.drop_column("lessons", "finalised_by")
    op.drop_column("lessons", "finalised_at")
