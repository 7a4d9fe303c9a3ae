"""consents say how they were given and when they end; students may refuse; the law of the school's place."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

CONSENT = (
    ("relation", None),
    ("method", None),
    ("purpose", "attendance"),
)


def upgrade() -> None:
    for name, usual in CONSENT:
        op.add_column("consents", sa.Column(name, sa.String(), server_default=usual, nullable=usual is None))
    op.add_column("consents", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("students", sa.Column("refuses_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "schools", sa.Column("jurisdiction", sa.String(), server_default="unspecified", nullable=False)
    )
    op.add_column("schools", sa.Column("dpia_reference", sa.String(), nullable=True))
    op.create_check_constraint(
        "ck_schools_jurisdiction_is_known",
        "schools",
        "jurisdiction IN ('unspecified', 'us-ny-k12', 'us-il', 'eu')",
    )
    _refusals()


def _refusals() -> None:
    op.execute("""
        CREATE FUNCTION adsum_consent_holds() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (
                SELECT 1 FROM consents c JOIN schools s ON s.id = c.school_id
                JOIN students p ON p.id = c.student_id
                WHERE c.id = NEW.consent_id AND (
                    c.expires_at <= now() OR s.jurisdiction = 'us-ny-k12' OR p.refuses_since IS NOT NULL
                )
            ) THEN
                RAISE EXCEPTION 'no template or crop: the consent has ended, or faces are refused here'
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NEW;
        END $$
    """)
    for table in ("templates", "enrolment_crops"):
        op.execute(
            f"CREATE TRIGGER consent_holds BEFORE INSERT ON {table} FOR EACH ROW "
            "EXECUTE FUNCTION adsum_consent_holds()"
        )


def downgrade() -> None:
    for table in ("templates", "enrolment_crops"):
        op.execute(f"DROP TRIGGER consent_holds ON {table}")
    op.execute("DROP FUNCTION adsum_consent_holds()")
    op.drop_constraint("ck_schools_jurisdiction_is_known", "schools")
    op.drop_column("schools", "dpia_reference")
    op.drop_column("schools", "jurisdiction")
    op.drop_column("students", "refuses_since")
    op.drop_column("consents", "expires_at")
    for name, _ in CONSENT:
        op.drop_column("consents", name)
