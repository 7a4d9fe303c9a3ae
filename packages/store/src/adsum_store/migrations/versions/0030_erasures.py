"""a key for each student's pictures, and receipts of erasures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

NOW = sa.text("now()")


def upgrade() -> None:
    op.create_table(
        "student_keys",
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_student_keys"),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name="fk_student_keys_school_id"),
        sa.ForeignKeyConstraint(
            ["school_id", "student_id"],
            ["students.school_id", "students.id"],
            name="fk_student_keys_school_id_student_id",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("school_id", "student_id", name="uq_student_keys_school_id_student_id"),
    )
    op.create_index("ix_student_keys_school_id", "student_keys", ["school_id"])
    op.add_column("schools", sa.Column("erased_marks", sa.String(), server_default="deleted", nullable=False))
    op.create_check_constraint(
        "ck_schools_erased_marks_is_known", "schools", "erased_marks IN ('deleted', 'anonymised')"
    )
    _erasures()


def _erasures() -> None:
    op.create_table(
        "erasures",
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("marks", sa.String(), nullable=False),
        sa.Column("counts", postgresql.JSONB(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("tombstone", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_erasures"),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name="fk_erasures_school_id"),
    )
    op.create_index("ix_erasures_school_id", "erasures", ["school_id"])
    op.create_index("ix_erasures_school_time", "erasures", ["school_id", "erased_at", "id"])
    op.create_index(
        "ix_erasures_tombstone", "erasures", ["tombstone"], postgresql_where=sa.text("tombstone IS NOT NULL")
    )


def downgrade() -> None:
    op.drop_table("erasures")
    op.drop_constraint("ck_schools_erased_marks_is_known", "schools")
    op.drop_column("schools", "erased_marks")
    op.drop_table("student_keys")
