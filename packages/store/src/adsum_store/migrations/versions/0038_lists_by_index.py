"""indexes of lists that looked at whole tables: warnings, absences, the audit log, deliveries, addresses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_absence_warnings_first_on": ("absence_warnings", ["school_id", "first_on", "id"], None),
    "ix_absence_warnings_held": ("absence_warnings", ["school_id", "first_on", "id"], "state = 'held'"),
    "ix_absence_warnings_changed": ("absence_warnings", ["school_id", "updated_at"], None),
    "ix_planned_absences_changed": ("planned_absences", ["school_id", "updated_at"], None),
    "ix_audit_entries_action": ("audit_entries", ["school_id", "action", "id"], None),
    "ix_audit_entries_at": ("audit_entries", ["school_id", "at"], None),
    "ix_webhook_deliveries_failed": ("webhook_deliveries", ["webhook_id", "message_id"], "state = 'failed'"),
    "ix_webhook_deliveries_changed": ("webhook_deliveries", ["webhook_id", "updated_at"], None),
}


def upgrade() -> None:
    for name, (table, columns, where) in INDEXES.items():
        op.create_index(name, table, columns, postgresql_where=sa.text(where) if where else None)
    op.create_index("ix_accounts_email", "accounts", [sa.text("lower(email)")])


def downgrade() -> None:
    op.drop_index("ix_accounts_email", table_name="accounts")
    for name, (table, _, _) in INDEXES.items():
        op.drop_index(name, table_name=table)
