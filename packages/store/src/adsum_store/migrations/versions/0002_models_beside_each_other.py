"""models beside each other: kept crops, the model chosen by a school, and how two compare."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "schools", sa.Column("keep_enrolment_crops", sa.Boolean(), server_default="false", nullable=False)
    )
    op.create_table(
        "enrolment_crops",
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=False),
        sa.Column("consent_active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("quality", sa.Double(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("pose", sa.String(), nullable=True),
        sa.Column("source_key", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("consent_active", name=op.f("ck_enrolment_crops_consent_is_active")),
        sa.ForeignKeyConstraint(
            ["school_id", "student_id", "consent_id", "consent_active"],
            ["consents.school_id", "consents.student_id", "consents.id", "consents.active"],
            name="fk_enrolment_crops_consent",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_enrolment_crops_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment_crops")),
        sa.UniqueConstraint(
            "school_id",
            "student_id",
            "source_key",
            name=op.f("uq_enrolment_crops_school_id_student_id_source_key"),
        ),
    )
    for column in ("created_at", "school_id"):
        op.create_index(op.f(f"ix_enrolment_crops_{column}"), "enrolment_crops", [column], unique=False)
    op.create_table(
        "model_choices",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("active_id", sa.String(), nullable=False),
        sa.Column("standby_id", sa.String(), nullable=True),
        sa.Column("share", sa.Double(), server_default="0", nullable=False),
        sa.Column("switched_by", sa.String(), nullable=True),
        sa.Column("switched_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("active_id <> standby_id", name=op.f("ck_model_choices_two_models")),
        sa.CheckConstraint("share >= 0 AND share <= 1", name=op.f("ck_model_choices_share_of_one")),
        sa.CheckConstraint(
            "(switched_by IS NULL) = (switched_at IS NULL)",
            name=op.f("ck_model_choices_switched_by_somebody"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_model_choices_school_id")),
        sa.PrimaryKeyConstraint("school_id", name=op.f("pk_model_choices")),
    )
    op.create_table(
        "model_comparisons",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("active_id", sa.String(), nullable=False),
        sa.Column("standby_id", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("active_score", sa.Integer(), nullable=False),
        sa.Column("standby_score", sa.Integer(), nullable=False),
        sa.Column("crops", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_model_comparisons_school_id")),
        sa.PrimaryKeyConstraint(
            "school_id",
            "active_id",
            "standby_id",
            "outcome",
            "active_score",
            "standby_score",
            name=op.f("pk_model_comparisons"),
        ),
    )


def downgrade() -> None:
    op.drop_table("model_comparisons")
    op.drop_table("model_choices")
    op.drop_table("enrolment_crops")
    op.drop_column("schools", "keep_enrolment_crops")
