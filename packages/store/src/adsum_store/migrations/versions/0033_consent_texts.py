"""the texts that people consent to: versions that nobody edits, and that a consent names."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "consent_texts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("renew_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_consent_texts"),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name="fk_consent_texts_school_id"),
        sa.UniqueConstraint("school_id", "id", name="uq_consent_texts_school_id_id"),
        sa.UniqueConstraint(
            "school_id", "version", "language", name="uq_consent_texts_school_id_version_language"
        ),
        sa.CheckConstraint("version > 0", name="ck_consent_texts_version_counts_from_one"),
    )
    op.create_index("ix_consent_texts_school_id", "consent_texts", ["school_id"])
    op.add_column("consents", sa.Column("text_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        "fk_consents_school_id_text_id", "consents", "consent_texts",
        ["school_id", "text_id"], ["school_id", "id"],
    )  # fmt: skip
    op.execute("""
        CREATE FUNCTION adsum_texts_are_never_edited() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'a consent text is never edited, only succeeded'
                USING ERRCODE = 'integrity_constraint_violation';
        END $$
    """)
    op.execute(
        "CREATE TRIGGER never_edited BEFORE UPDATE OR DELETE ON consent_texts FOR EACH ROW "
        "EXECUTE FUNCTION adsum_texts_are_never_edited()"
    )


def downgrade() -> None:
    op.drop_constraint("fk_consents_school_id_text_id", "consents")
    op.drop_column("consents", "text_id")
    op.drop_table("consent_texts")
    op.execute("DROP FUNCTION adsum_texts_are_never_edited()")
