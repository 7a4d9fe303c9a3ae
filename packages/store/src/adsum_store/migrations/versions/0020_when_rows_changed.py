"""when rows changed, by the database's own clock, and lessons by time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0011"
branch_labels = None
depends_on = None

NOBODY_ASKS = {"lessons": "{updated_at,applied_at}", "cameras": "{updated_at,told}"}
"""Columns of our own bookkeeping: a row in which only they change has not changed for anybody."""
TABLES = ("rooms", "cameras", "sections", "section_enrolments", "lessons")


def upgrade() -> None:
    op.execute("""
        CREATE FUNCTION adsum_touch() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF to_jsonb(NEW) - TG_ARGV[0]::text[] IS DISTINCT FROM to_jsonb(OLD) - TG_ARGV[0]::text[] THEN
                NEW.updated_at = now();
            END IF;
            RETURN NEW;
        END $$
    """)
    for table in TABLES:
        op.add_column(
            table,
            sa.Column(
                "updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
            ),
        )
        op.execute(
            f"CREATE TRIGGER touch BEFORE UPDATE ON {table} FOR EACH ROW "
            f"EXECUTE FUNCTION adsum_touch('{NOBODY_ASKS.get(table, '{updated_at}')}')"
        )
    op.create_index("ix_lessons_time", "lessons", ["school_id", "starts_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_lessons_time", "lessons")
    for table in TABLES:
        op.execute(f"DROP TRIGGER touch ON {table}")
        op.drop_column(table, "updated_at")
    op.execute("DROP FUNCTION adsum_touch()")
