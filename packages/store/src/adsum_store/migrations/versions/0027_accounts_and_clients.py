"""accounts, sessions, and clients of OAuth 2 with their secrets and tokens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "accounts",
        *_row("accounts"),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String()),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("password", sa.String()),
        sa.Column("staff_id", sa.Uuid()),
        sa.Column("disabled_at", TIME),
        sa.ForeignKeyConstraint(
            ["school_id", "staff_id"], ["staff.school_id", "staff.id"], name="fk_accounts_school_id_staff_id"
        ),
        sa.UniqueConstraint("school_id", "id", name="uq_accounts_school_id_id"),
        sa.CheckConstraint(
            "role IN ('admin', 'office', 'teacher', 'auditor')", name=op.f("ck_accounts_role_is_known")
        ),
        sa.CheckConstraint(
            "role <> 'teacher' OR staff_id IS NOT NULL", name=op.f("ck_accounts_a_teacher_is_staff")
        ),
    )
    op.create_index("uq_accounts_username", "accounts", [sa.text("lower(username)")], unique=True)
    _held_by(
        "sessions", "account", "accounts", sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
    )  # fmt: skip
    op.create_table(
        "clients",
        *_row("clients"),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("revoked_at", TIME),
        sa.Column("updated_at", TIME, server_default=sa.text("now()"), nullable=False),
        sa.UniqueConstraint("school_id", "id", name="uq_clients_school_id_id"),
        sa.UniqueConstraint("school_id", "name", name="uq_clients_school_id_name"),
    )
    op.execute(
        "CREATE TRIGGER touch BEFORE UPDATE ON clients "
        "FOR EACH ROW EXECUTE FUNCTION adsum_touch('{updated_at}')"
    )
    _held_by(
        "client_secrets", "client", "clients", sa.Column("secret_hash", sa.LargeBinary(), nullable=False)
    )
    _held_by(
        "access_tokens", "client", "clients",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
    )  # fmt: skip
    for table in ("accounts", "sessions", "clients", "client_secrets", "access_tokens"):
        op.create_index(f"ix_{table}_school_id", table, ["school_id"])
    for table in ("sessions", "access_tokens"):
        op.create_unique_constraint(f"uq_{table}_token_hash", table, ["token_hash"])
        op.create_index(f"ix_{table}_expires_at", table, ["expires_at"])


def downgrade() -> None:
    for table in ("access_tokens", "client_secrets", "clients", "sessions", "accounts"):
        op.drop_table(table)


def _row(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f(f"fk_{table}_school_id")),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", TIME, server_default=sa.text("now()"), nullable=False),
    )


def _held_by(table: str, owner: str, owners: str, *columns: sa.Column[object]) -> None:
    """Make a table whose rows go with the row that they belong to."""
    op.create_table(
        table,
        *_row(table),
        sa.Column(f"{owner}_id", sa.Uuid(), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(
            ["school_id", f"{owner}_id"],
            [f"{owners}.school_id", f"{owners}.id"],
            name=f"fk_{table}_school_id_{owner}_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index(f"ix_{table}_{owner}_id", table, [f"{owner}_id"])
