"""what each parent, and the student, said; whose consent a school needs; no template against their words."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

LACKS = """
    CREATE FUNCTION adsum_consent_lacks(student uuid, rule text) RETURNS boolean LANGUAGE sql STABLE AS $$
    WITH registered AS (
        SELECT id FROM guardians WHERE student_id = student AND ended_at IS NULL
    ), last AS (
        SELECT DISTINCT ON (by_student, guardian_id) *
        FROM consent_words
        WHERE student_id = student AND (guardian_id IS NULL OR guardian_id IN (SELECT id FROM registered))
        ORDER BY by_student, guardian_id, said_at DESC, number DESC
    ), holding AS (
        SELECT * FROM last
        WHERE says = 'given' AND (ends_at IS NULL OR ends_at > now()) AND NOT EXISTS (
            SELECT 1 FROM consent_words veto
            WHERE veto.student_id = student AND veto.by_student AND veto.says = 'refused'
                AND (veto.said_at, veto.number) > (last.said_at, last.number)
        )
    )
    SELECT
        EXISTS (SELECT 1 FROM last WHERE says = 'refused' AND (by_student OR rule <> 'one_parent'))
        OR CASE
            WHEN rule <> 'every_parent' THEN
                EXISTS (SELECT 1 FROM consent_words WHERE student_id = student)
                AND NOT EXISTS (SELECT 1 FROM holding)
            WHEN EXISTS (SELECT 1 FROM registered) THEN
                EXISTS (SELECT 1 FROM registered WHERE id NOT IN (
                    SELECT guardian_id FROM holding WHERE guardian_id IS NOT NULL
                ))
            ELSE NOT EXISTS (SELECT 1 FROM holding WHERE by_student)
        END
    $$
"""
"""Whether the words about a student make no consent by the rule; a consent from before there were words
stands for itself, but not where each parent is asked. Its reasons are in adsum_api.consents.rules."""

BEFORE = """
    CREATE OR REPLACE FUNCTION adsum_consent_holds() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (
            SELECT 1 FROM consents c JOIN schools s ON s.id = c.school_id
            JOIN students p ON p.id = c.student_id
            WHERE c.id = NEW.consent_id AND (
                c.expires_at <= now() OR s.jurisdiction = 'us-ny-k12' OR p.refuses_since IS NOT NULL{words}
            )
        ) THEN
            RAISE EXCEPTION 'no template or crop: the consent has ended, or faces are refused here'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
"""

AFTER = """
    CREATE FUNCTION adsum_faces_need_words() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (EXISTS (SELECT 1 FROM templates WHERE school_id = NEW.school_id AND student_id = NEW.student_id)
            OR EXISTS (SELECT 1 FROM enrolment_crops
                       WHERE school_id = NEW.school_id AND student_id = NEW.student_id))
            AND adsum_consent_lacks(
                NEW.student_id, (SELECT consent_rule FROM schools WHERE id = NEW.school_id)
            )
        THEN
            RAISE EXCEPTION 'templates or crops would stay without the consent that they need'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NULL;
    END $$
"""

UNCHANGED = """
    CREATE FUNCTION adsum_words_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF to_jsonb(NEW) - 'ends_at' IS DISTINCT FROM to_jsonb(OLD) - 'ends_at'
            OR coalesce(NEW.ends_at, 'infinity') > coalesce(OLD.ends_at, 'infinity')
        THEN
            RAISE EXCEPTION 'what somebody said is never changed; a consent may end sooner'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
"""


def upgrade() -> None:
    op.add_column(
        "schools", sa.Column("consent_rule", sa.String(), server_default="one_unopposed", nullable=False)
    )
    op.create_check_constraint(
        "ck_schools_consent_rule_is_known",
        "schools",
        "consent_rule IN ('one_parent', 'one_unopposed', 'every_parent')",
    )
    _guardians()
    _words()
    _words_of_consents()
    for statement in (LACKS, BEFORE.format(words=_WORDS), AFTER, UNCHANGED):
        op.execute(statement)
    op.execute(
        "CREATE TRIGGER words_are_kept BEFORE UPDATE ON consent_words FOR EACH ROW "
        "EXECUTE FUNCTION adsum_words_are_kept()"
    )
    for event in ("INSERT ON consent_words", "INSERT OR UPDATE ON guardians"):
        op.execute(
            f"CREATE CONSTRAINT TRIGGER faces_need_words AFTER {event} "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION adsum_faces_need_words()"
        )


_WORDS = "\n                OR adsum_consent_lacks(c.student_id, s.consent_rule)"


def _guardians() -> None:
    op.create_table(
        "guardians",
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("relation", sa.String(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_guardians"),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name="fk_guardians_school_id"),
        sa.ForeignKeyConstraint(
            ["school_id", "student_id"], ["students.school_id", "students.id"],
            name="fk_guardians_school_id_student_id", ondelete="CASCADE",
        ),
        sa.UniqueConstraint("school_id", "student_id", "id", name="uq_guardians_school_id_student_id_id"),
        sa.CheckConstraint("relation IN ('parent', 'guardian')", name="ck_guardians_relation_is_known"),
    )  # fmt: skip
    op.create_index("ix_guardians_school_id", "guardians", ["school_id"])


def _words() -> None:
    op.create_table(
        "consent_words",
        sa.Column("number", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("guardian_id", sa.Uuid(), nullable=True),
        sa.Column("by_student", sa.Boolean(), nullable=False),
        sa.Column("says", sa.String(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("basis", sa.String(), nullable=True),
        sa.Column("given_by", sa.String(), nullable=False),
        sa.Column("relation", sa.String(), nullable=True),
        sa.Column("method", sa.String(), nullable=True),
        sa.Column("text_id", sa.Uuid(), nullable=True),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_consent_words"),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name="fk_consent_words_school_id"),
        sa.ForeignKeyConstraint(
            ["school_id", "student_id"], ["students.school_id", "students.id"],
            name="fk_consent_words_school_id_student_id", ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "student_id", "guardian_id"],
            ["guardians.school_id", "guardians.student_id", "guardians.id"],
            name="fk_consent_words_guardian", ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "text_id"], ["consent_texts.school_id", "consent_texts.id"],
            name="fk_consent_words_school_id_text_id",
        ),
        sa.CheckConstraint(
            "says IN ('given', 'withdrawn', 'refused')", name="ck_consent_words_says_is_known"
        ),
        sa.CheckConstraint("NOT by_student OR guardian_id IS NULL", name="ck_consent_words_one_giver"),
    )  # fmt: skip
    op.create_index("ix_consent_words_school_id", "consent_words", ["school_id"])
    op.create_index("ix_consent_words_student", "consent_words", ["student_id", "said_at", "number"])


def _words_of_consents() -> None:
    """What was given, withdrawn and refused so far becomes words, in the order of time."""
    op.execute("""
        INSERT INTO consent_words (
            id, school_id, student_id, by_student, says, said_at, ends_at, basis, given_by, relation, method,
            text_id, recorded_by
        )
        SELECT gen_random_uuid(), school_id, student_id, by_student, says, said_at, ends_at, basis, given_by,
            relation, method, text_id, 'migration'
        FROM (
            SELECT school_id, student_id, basis = 'self' AS by_student, 'given' AS says,
                granted_at AS said_at, expires_at AS ends_at, basis, given_by, relation, method, text_id
            FROM consents
            UNION ALL
            SELECT school_id, student_id, basis = 'self', 'withdrawn', withdrawn_at, NULL, basis, given_by,
                relation, method, NULL
            FROM consents WHERE NOT active AND withdrawn_at IS NOT NULL
            UNION ALL
            SELECT school_id, id, true, 'refused', refuses_since, NULL, NULL, name, 'self', NULL, NULL
            FROM students WHERE refuses_since IS NOT NULL
        ) AS said
        ORDER BY said_at, says
    """)


def downgrade() -> None:
    for table in ("consent_words", "guardians"):
        op.execute(f"DROP TRIGGER faces_need_words ON {table}")
    op.execute(BEFORE.format(words=""))
    op.drop_table("consent_words")
    op.drop_table("guardians")
    op.execute("DROP FUNCTION adsum_faces_need_words()")
    op.execute("DROP FUNCTION adsum_words_are_kept()")
    op.execute("DROP FUNCTION adsum_consent_lacks(uuid, text)")
    op.drop_constraint("ck_schools_consent_rule_is_known", "schools")
    op.drop_column("schools", "consent_rule")
