"""what is told of one lesson is numbered without a gap."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

OF_A_KEY = "uq_outbox_school_id_topic_key_sequence"


def upgrade() -> None:
    op.create_table(
        "outbox_streams",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("newest", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_outbox_streams_school_id")),
        sa.PrimaryKeyConstraint("school_id", "topic", "key", name=op.f("pk_outbox_streams")),
    )
    op.add_column("outbox", sa.Column("sequence", sa.BigInteger(), nullable=True))
    op.execute("""
        UPDATE outbox SET sequence = numbered.sequence FROM (
            SELECT id, row_number() OVER (PARTITION BY school_id, topic, key ORDER BY id) AS sequence
            FROM outbox
        ) AS numbered WHERE numbered.id = outbox.id
    """)
    op.execute("""
        INSERT INTO outbox_streams (school_id, topic, key, newest)
        SELECT school_id, topic, key, max(sequence) FROM outbox GROUP BY school_id, topic, key
    """)
    op.alter_column("outbox", "sequence", nullable=False)
    op.drop_index("ix_outbox_topic_key", "outbox")
    op.create_unique_constraint(op.f(OF_A_KEY), "outbox", ["school_id", "topic", "key", "sequence"])
    op.create_index("ix_outbox_created_at", "outbox", ["created_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_outbox_created_at", "outbox")
    op.drop_constraint(op.f(OF_A_KEY), "outbox")
    op.create_index("ix_outbox_topic_key", "outbox", ["school_id", "topic", "key", "id"], unique=False)
    op.drop_column("outbox", "sequence")
    op.drop_table("outbox_streams")
