"""guardians.source_id: as whom the school system knows a parent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("guardians", sa.Column("source_id", sa.String(), nullable=True))
    op.create_unique_constraint(
        "uq_guardians_school_id_student_id_source_id", "guardians", ["school_id", "student_id", "source_id"]
    )


def downgrade() -> None:
    op.drop_constraint("uq_guardians_school_id_student_id_source_id", "guardians")
    op.drop_column("guardians", "source_id")
