"""What a school has besides its registers, written by the database itself: a row or more for each student."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Engine

AROUND: Final[Mapping[str, str]] = {
    "camera_heartbeats": """
        INSERT INTO camera_heartbeats (id, school_id, camera_id, spool_id, sequence, since, at, state, frames,
            frames_dropped, faces, faces_too_small, spool_depth, tracks)
        SELECT gen_random_uuid(), school_id, id, id, n, now() - n * interval '10 s',
            now() - (n - 1) * interval '10 s', 'watching', 1, 0, 1, 0, 0, '[]'
        FROM cameras, generate_series(1, 100) n
    """,
    "guardians": """
        INSERT INTO guardians (id, school_id, student_id, name, relation)
        SELECT gen_random_uuid(), school_id, id, 'Parent ' || n, 'parent'
        FROM students, generate_series(1, 2) n
    """,
    "consent_words": """
        INSERT INTO consent_words (id, school_id, student_id, guardian_id, by_student, says, said_at,
            given_by, recorded_by)
        SELECT gen_random_uuid(), school_id, student_id, id, false, 'given', '2020-01-01', name, 'nobody'
        FROM guardians
    """,
    "planned_absences": """
        INSERT INTO planned_absences (id, school_id, student_id, starts_on, ends_on, kind, told_by,
            recorded_by)
        SELECT gen_random_uuid(), school_id, id, date '2025-01-01' + n * 100, date '2025-01-02' + n * 100,
            'family', 'parent', 'nobody'
        FROM students, generate_series(1, 3) n
    """,
    "absence_warnings": """
        INSERT INTO absence_warnings (id, school_id, student_id, kind, count, first_on, last_on, state)
        SELECT gen_random_uuid(), school_id, id, 'days', 3, date '2025-01-01' + n * 100,
            date '2025-01-03' + n * 100, CASE WHEN n = 3 AND number::int < 20 THEN 'held' ELSE 'released' END
        FROM students, generate_series(1, 3) n
    """,
    "deletions": """
        INSERT INTO deletions (school_id, kind, row_id, deleted_at)
        SELECT school_id, 'student', gen_random_uuid(), now() - n * interval '1 day'
        FROM students, generate_series(1, 3) n
    """,
    "outbox": """
        INSERT INTO outbox (school_id, topic, key, sequence, dedupe_key, payload)
        SELECT school_id, 'lesson', id::text, n, id || ':' || n, '{"type": "lesson.closed"}'
        FROM students, generate_series(1, 3) n
    """,
    "webhooks": """
        INSERT INTO webhooks (id, school_id, url, secret_sealed)
        SELECT md5('webhook')::uuid, id, 'https://example.org/', '' FROM schools
    """,
    "webhook_deliveries": """
        INSERT INTO webhook_deliveries (id, school_id, webhook_id, message_id, state)
        SELECT gen_random_uuid(), school_id, md5('webhook')::uuid, id,
            CASE WHEN id %% 200 = 0 THEN 'failed' ELSE 'delivered' END
        FROM outbox
    """,
    "audit_entries": """
        INSERT INTO audit_entries (school_id, at, actor, action, subject_kind, subject_id, before, hash)
        SELECT school_id, '2020-01-01', 'nobody', CASE number WHEN '7' THEN 'roster.imported' ELSE
            'consent.given' END, 'student', id::text, sha256((id || 'before' || n)::bytea),
            sha256((id || ':' || n)::bytea)
        FROM students, generate_series(1, 3) n
    """,
    "erasures": """
        INSERT INTO erasures (id, school_id, erased_at, actor, marks, counts, digest, signature, public_key)
        SELECT gen_random_uuid(), school_id, '2020-01-01', 'nobody', 'deleted', '{}', '', '', ''
        FROM students
    """,
    "accounts": """
        INSERT INTO accounts (id, school_id, username, name, email, role)
        SELECT id, school_id, 'user-' || number, name, number || '@example.org', 'office' FROM students
    """,
    "account_identities": """
        INSERT INTO account_identities (id, school_id, account_id, issuer, subject)
        SELECT gen_random_uuid(), school_id, id, 'https://issuer.example', username FROM accounts
    """,
    "sessions": """
        INSERT INTO sessions (id, school_id, account_id, token_hash, expires_at)
        SELECT gen_random_uuid(), school_id, id, sha256(username::bytea), '9000-01-01' FROM accounts
    """,
}
"""How each table is filled, in the order of what refers to what."""


def surround(engine: Engine) -> dict[str, int]:
    """Fill the tables, let the planner know them, and return how many rows each has."""
    with engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        counts = {table: connection.exec_driver_sql(rows, {}).rowcount for table, rows in AROUND.items()}
        connection.exec_driver_sql(f"ANALYZE {', '.join(AROUND)}")
    return counts
