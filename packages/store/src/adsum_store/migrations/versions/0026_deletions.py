"""that a row is gone, written by the database itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

KINDS = {
    "buildings": "building",
    "calendars": "calendar",
    "cameras": "camera",
    "consents": "consent",
    "courses": "course",
    "lessons": "lesson",
    "planned_absences": "absence",
    "rooms": "room",
    "section_enrolments": "membership",
    "sections": "section",
    "staff": "staff",
    "staff_assignments": "assignment",
    "students": "student",
    "terms": "term",
    "webhooks": "webhook",
}


def upgrade() -> None:
    op.create_table(
        "deletions",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_deletions_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deletions")),
    )
    op.create_index("ix_deletions_time", "deletions", ["school_id", "deleted_at", "id"], unique=False)
    op.create_index("ix_deletions_deleted_at", "deletions", ["deleted_at"], unique=False)
    op.execute("""
        CREATE FUNCTION adsum_bury() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO deletions (school_id, kind, row_id) VALUES (OLD.school_id, TG_ARGV[0], OLD.id);
            RETURN NULL;
        END $$
    """)
    for table, kind in KINDS.items():
        op.execute(
            f"CREATE TRIGGER bury AFTER DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION adsum_bury('{kind}')"
        )


def downgrade() -> None:
    for table in KINDS:
        op.execute(f"DROP TRIGGER bury ON {table}")
    op.execute("DROP FUNCTION adsum_bury()")
    op.drop_table("deletions")
