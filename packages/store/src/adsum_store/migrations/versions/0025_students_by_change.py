"""students by when they changed: a nightly reader asks for those of a day, out of thousands."""

from __future__ import annotations

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_students_changed", "students", ["school_id", "updated_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_students_changed", "students")
