"""the spine."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import VECTOR
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TEMPLATE_PARTITIONS = 8


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS vector")
    op.create_table(
        "schools",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("allow_attested_consent", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("known_elsewhere", sa.String(), server_default="without_name", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "known_elsewhere IN ('off', 'without_name', 'with_name')",
            name=op.f("ck_schools_known_elsewhere_is_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schools")),
        sa.UniqueConstraint("name", name=op.f("uq_schools_name")),
    )
    op.create_table(
        "calibrations",
        sa.Column("model_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("threshold", sa.Double(), nullable=False),
        sa.Column("strong_threshold", sa.Double(), nullable=False),
        sa.Column("margin", sa.Double(), nullable=False),
        sa.Column("clear_margin", sa.Double(), nullable=False),
        sa.Column("roster", sa.Integer(), nullable=False),
        sa.Column("false_marks", sa.Double(), nullable=False),
        sa.Column("students", sa.Integer(), nullable=False),
        sa.Column("genuine_pairs", sa.Integer(), nullable=False),
        sa.Column("impostor_pairs", sa.Integer(), nullable=False),
        sa.Column("accepted_by", sa.String(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(accepted_by IS NULL) = (accepted_at IS NULL)", name=op.f("ck_calibrations_accepted_by_somebody")
        ),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_calibrations_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calibrations")),
        sa.UniqueConstraint(
            "school_id", "model_id", "version", name=op.f("uq_calibrations_school_id_model_id_version")
        ),
    )
    op.create_index(op.f("ix_calibrations_school_id"), "calibrations", ["school_id"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("dedupe_key", sa.String(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_outbox_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint(
            "school_id", "topic", "dedupe_key", name=op.f("uq_outbox_school_id_topic_dedupe_key")
        ),
    )
    op.create_index("ix_outbox_topic_key", "outbox", ["school_id", "topic", "key", "id"], unique=False)
    op.create_table(
        "rooms",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_rooms_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rooms")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_rooms_school_id_id")),
        sa.UniqueConstraint("school_id", "name", name=op.f("uq_rooms_school_id_name")),
    )
    op.create_index(op.f("ix_rooms_school_id"), "rooms", ["school_id"], unique=False)
    op.create_table(
        "sections",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("late_after_s", sa.Integer(), server_default="300", nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_sections_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sections")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_sections_school_id_id")),
        sa.UniqueConstraint("school_id", "name", name=op.f("uq_sections_school_id_name")),
    )
    op.create_index(op.f("ix_sections_school_id"), "sections", ["school_id"], unique=False)
    op.create_table(
        "students",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_students_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_students")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_students_school_id_id")),
        sa.UniqueConstraint("school_id", "number", name=op.f("uq_students_school_id_number")),
    )
    op.create_index(op.f("ix_students_school_id"), "students", ["school_id"], unique=False)
    op.create_table(
        "cameras",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("room_id", sa.Uuid(), nullable=False),
        sa.Column("key_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("revoked", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("is_default", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("told", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "room_id"],
            ["rooms.school_id", "rooms.id"],
            name=op.f("fk_cameras_school_id_room_id"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_cameras_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cameras")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_cameras_school_id_id")),
        sa.UniqueConstraint("school_id", "name", name=op.f("uq_cameras_school_id_name")),
    )
    op.create_index(op.f("ix_cameras_room_id"), "cameras", ["room_id"], unique=False)
    op.create_index(op.f("ix_cameras_school_id"), "cameras", ["school_id"], unique=False)
    op.create_index(
        "uq_cameras_one_default",
        "cameras",
        ["school_id"],
        unique=True,
        postgresql_where=sa.text("is_default"),
    )
    op.create_table(
        "consents",
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("given_by", sa.String(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "student_id"],
            ["students.school_id", "students.id"],
            name=op.f("fk_consents_school_id_student_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_consents_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
        sa.UniqueConstraint(
            "school_id", "student_id", "id", "active", name=op.f("uq_consents_school_id_student_id_id_active")
        ),
    )
    op.create_index(op.f("ix_consents_school_id"), "consents", ["school_id"], unique=False)
    op.create_index(
        "uq_consents_one_active",
        "consents",
        ["school_id", "student_id"],
        unique=True,
        postgresql_where=sa.text("active"),
    )
    op.create_table(
        "lessons",
        sa.Column("section_id", sa.Uuid(), nullable=True),
        sa.Column("room_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("late_after_s", sa.Integer(), nullable=False),
        sa.Column("threshold", sa.Double(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_lessons_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["school_id", "room_id"],
            ["rooms.school_id", "rooms.id"],
            name=op.f("fk_lessons_school_id_room_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "section_id"],
            ["sections.school_id", "sections.id"],
            name=op.f("fk_lessons_school_id_section_id"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_lessons_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lessons")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_lessons_school_id_id")),
        sa.UniqueConstraint("school_id", "key", name=op.f("uq_lessons_school_id_key")),
    )
    op.create_index("ix_lessons_room_time", "lessons", ["school_id", "room_id", "starts_at"], unique=False)
    op.create_index(op.f("ix_lessons_school_id"), "lessons", ["school_id"], unique=False)
    op.create_table(
        "section_enrolments",
        sa.Column("section_id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_section_enrolments_ends_after_start")
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "section_id"],
            ["sections.school_id", "sections.id"],
            name=op.f("fk_section_enrolments_school_id_section_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "student_id"],
            ["students.school_id", "students.id"],
            name=op.f("fk_section_enrolments_school_id_student_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_section_enrolments_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_section_enrolments")),
        sa.UniqueConstraint(
            "section_id",
            "student_id",
            "starts_on",
            name=op.f("uq_section_enrolments_section_id_student_id_starts_on"),
        ),
    )
    op.create_index(
        op.f("ix_section_enrolments_school_id"), "section_enrolments", ["school_id"], unique=False
    )
    op.create_index(
        op.f("ix_section_enrolments_student_id"), "section_enrolments", ["student_id"], unique=False
    )
    op.create_table(
        "camera_heartbeats",
        sa.Column("camera_id", sa.Uuid(), nullable=False),
        sa.Column("spool_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("frames", sa.Integer(), nullable=False),
        sa.Column("frames_dropped", sa.Integer(), nullable=False),
        sa.Column("faces", sa.Integer(), nullable=False),
        sa.Column("faces_too_small", sa.Integer(), nullable=False),
        sa.Column("spool_depth", sa.Integer(), nullable=False),
        sa.Column("tracks", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("looks", sa.Integer(), server_default="0", nullable=False),
        sa.Column("fps", sa.Double(), server_default="0", nullable=False),
        sa.Column("frame_age_s", sa.Double(), nullable=True),
        sa.Column("reconnects", sa.Integer(), server_default="0", nullable=False),
        sa.Column("spool_dropped", sa.Integer(), server_default="0", nullable=False),
        sa.Column("crops_sent", sa.Integer(), server_default="0", nullable=False),
        sa.Column("clock_offset_s", sa.Double(), nullable=True),
        sa.Column("lesson_coverage", sa.Double(), nullable=True),
        sa.Column("unsent", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("coverage", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("condensed", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "camera_id"],
            ["cameras.school_id", "cameras.id"],
            name=op.f("fk_camera_heartbeats_school_id_camera_id"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_camera_heartbeats_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_camera_heartbeats")),
        sa.UniqueConstraint(
            "camera_id", "spool_id", "sequence", name=op.f("uq_camera_heartbeats_camera_id_spool_id_sequence")
        ),
    )
    op.create_index(op.f("ix_camera_heartbeats_school_id"), "camera_heartbeats", ["school_id"], unique=False)
    op.create_index("ix_camera_heartbeats_time", "camera_heartbeats", ["camera_id", "at"], unique=False)
    op.create_index(
        "ix_camera_heartbeats_in_full",
        "camera_heartbeats",
        ["at"],
        unique=False,
        postgresql_where=sa.text("NOT condensed"),
    )
    op.create_table(
        "enrolment_jobs",
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("camera_id", sa.Uuid(), nullable=True),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("collected", sa.Integer(), server_default="0", nullable=False),
        sa.Column("state", sa.String(), server_default="pending", nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("pose", sa.String(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "camera_id"],
            ["cameras.school_id", "cameras.id"],
            name=op.f("fk_enrolment_jobs_school_id_camera_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "student_id"],
            ["students.school_id", "students.id"],
            name=op.f("fk_enrolment_jobs_school_id_student_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_enrolment_jobs_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment_jobs")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_enrolment_jobs_school_id_id")),
    )
    op.create_index(op.f("ix_enrolment_jobs_school_id"), "enrolment_jobs", ["school_id"], unique=False)
    op.create_index(op.f("ix_enrolment_jobs_student_id"), "enrolment_jobs", ["student_id"], unique=False)
    op.create_table(
        "marks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("lesson_id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("mark_key", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("minutes_late", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("minutes_present", sa.Double(), nullable=True),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column(
            "marked_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "lesson_id"],
            ["lessons.school_id", "lessons.id"],
            name=op.f("fk_marks_school_id_lesson_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "student_id"],
            ["students.school_id", "students.id"],
            name=op.f("fk_marks_school_id_student_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_marks_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marks")),
        sa.UniqueConstraint(
            "lesson_id", "student_id", "mark_key", name=op.f("uq_marks_lesson_id_student_id_mark_key")
        ),
    )
    op.create_index(op.f("ix_marks_school_id"), "marks", ["school_id"], unique=False)
    op.create_index(op.f("ix_marks_student_id"), "marks", ["student_id"], unique=False)
    op.create_table(
        "sightings",
        sa.Column("camera_id", sa.Uuid(), nullable=False),
        sa.Column("spool_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("lesson_id", sa.Uuid(), nullable=True),
        sa.Column("track_id", sa.Uuid(), nullable=False),
        sa.Column("track_started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("model_id", sa.String(), nullable=False),
        sa.Column("quality", sa.Double(), nullable=False),
        sa.Column("detector_score", sa.Double(), nullable=False),
        sa.Column("face_px", sa.Double(), nullable=False),
        sa.Column("frame_box", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("refusal", sa.String(), nullable=True),
        sa.Column("doubt", sa.Double(), nullable=True),
        sa.Column("cues", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("candidates", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("elsewhere", sa.Boolean(), nullable=True),
        sa.Column("elsewhere_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "camera_id"],
            ["cameras.school_id", "cameras.id"],
            name=op.f("fk_sightings_school_id_camera_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "lesson_id"],
            ["lessons.school_id", "lessons.id"],
            name=op.f("fk_sightings_school_id_lesson_id"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_sightings_school_id")),
        sa.ForeignKeyConstraint(
            ["elsewhere_id"],
            ["students.id"],
            name=op.f("fk_sightings_elsewhere_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sightings")),
        sa.UniqueConstraint(
            "camera_id", "spool_id", "sequence", name=op.f("uq_sightings_camera_id_spool_id_sequence")
        ),
    )
    op.create_index(
        "ix_sightings_elsewhere",
        "sightings",
        ["elsewhere_id"],
        unique=False,
        postgresql_where=sa.text("elsewhere_id IS NOT NULL"),
    )
    op.create_index("ix_sightings_lesson", "sightings", ["lesson_id"], unique=False)
    op.create_index(op.f("ix_sightings_school_id"), "sightings", ["school_id"], unique=False)
    op.create_index("ix_sightings_time", "sightings", ["captured_at"], unique=False)
    op.create_index("ix_sightings_track", "sightings", ["track_id", "captured_at"], unique=False)
    op.create_table(
        "templates",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=False),
        sa.Column("consent_active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("model_id", sa.String(), nullable=False),
        sa.Column("embedding", VECTOR(dim=512), nullable=False),
        sa.Column("quality", sa.Double(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("pose", sa.String(), nullable=True),
        sa.Column("source_key", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("consent_active", name=op.f("ck_templates_consent_is_active")),
        sa.ForeignKeyConstraint(
            ["school_id", "student_id", "consent_id", "consent_active"],
            ["consents.school_id", "consents.student_id", "consents.id", "consents.active"],
            name="fk_templates_consent",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_templates_school_id")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("pk_templates")),
        sa.UniqueConstraint(
            "school_id",
            "student_id",
            "model_id",
            "source_key",
            name=op.f("uq_templates_school_id_student_id_model_id_source_key"),
        ),
        postgresql_partition_by="HASH (school_id)",
    )
    # In the row: a vector of 2056 bytes is by default moved out of it, and fetched in two pieces at each use.
    op.execute("ALTER TABLE templates ALTER COLUMN embedding SET STORAGE PLAIN")
    for part in range(TEMPLATE_PARTITIONS):
        op.execute(
            f"CREATE TABLE templates_p{part} PARTITION OF templates "
            f"FOR VALUES WITH (MODULUS {TEMPLATE_PARTITIONS}, REMAINDER {part})"
        )
    op.create_index(
        "ix_templates_gallery", "templates", ["school_id", "model_id", "student_id"], unique=False
    )
    op.create_table(
        "tracks",
        sa.Column("camera_id", sa.Uuid(), nullable=False),
        sa.Column("lesson_id", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=True),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("margin", sa.Double(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("elsewhere_id", sa.Uuid(), nullable=True),
        sa.Column("review", sa.String(), nullable=True),
        sa.Column("sightings", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "camera_id"],
            ["cameras.school_id", "cameras.id"],
            name=op.f("fk_tracks_school_id_camera_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "lesson_id"],
            ["lessons.school_id", "lessons.id"],
            name=op.f("fk_tracks_school_id_lesson_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "student_id"],
            ["students.school_id", "students.id"],
            name=op.f("fk_tracks_school_id_student_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_tracks_school_id")),
        sa.ForeignKeyConstraint(
            ["elsewhere_id"],
            ["students.id"],
            name=op.f("fk_tracks_elsewhere_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("lesson_id", "id", name=op.f("pk_tracks")),
    )
    op.create_index(
        "ix_tracks_elsewhere",
        "tracks",
        ["elsewhere_id"],
        unique=False,
        postgresql_where=sa.text("elsewhere_id IS NOT NULL"),
    )
    op.create_index("ix_tracks_lesson", "tracks", ["lesson_id", "student_id"], unique=False)
    op.create_index(op.f("ix_tracks_school_id"), "tracks", ["school_id"], unique=False)
    op.create_table(
        "enrolment_photos",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "job_id"],
            ["enrolment_jobs.school_id", "enrolment_jobs.id"],
            name=op.f("fk_enrolment_photos_school_id_job_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_enrolment_photos_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment_photos")),
        sa.UniqueConstraint("job_id", "index", name=op.f("uq_enrolment_photos_job_id_index")),
    )
    op.create_index(op.f("ix_enrolment_photos_expires_at"), "enrolment_photos", ["expires_at"], unique=False)
    op.create_index(op.f("ix_enrolment_photos_school_id"), "enrolment_photos", ["school_id"], unique=False)
    op.create_table(
        "enrolment_verdicts",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("model_id", sa.String(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("quality", sa.Double(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "job_id"],
            ["enrolment_jobs.school_id", "enrolment_jobs.id"],
            name=op.f("fk_enrolment_verdicts_school_id_job_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_enrolment_verdicts_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment_verdicts")),
        sa.UniqueConstraint(
            "job_id", "index", "model_id", name=op.f("uq_enrolment_verdicts_job_id_index_model_id")
        ),
    )
    op.create_index(
        op.f("ix_enrolment_verdicts_school_id"), "enrolment_verdicts", ["school_id"], unique=False
    )
    op.create_table(
        "register_entries",
        sa.Column("lesson_id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("mark_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("minutes_late", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("minutes_present", sa.Double(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["mark_id"], ["marks.id"], name=op.f("fk_register_entries_mark_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "lesson_id"],
            ["lessons.school_id", "lessons.id"],
            name=op.f("fk_register_entries_school_id_lesson_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "student_id"],
            ["students.school_id", "students.id"],
            name=op.f("fk_register_entries_school_id_student_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_register_entries_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_entries")),
        sa.UniqueConstraint("lesson_id", "student_id", name=op.f("uq_register_entries_lesson_id_student_id")),
    )
    op.create_index(op.f("ix_register_entries_school_id"), "register_entries", ["school_id"], unique=False)
    op.create_index(op.f("ix_register_entries_student_id"), "register_entries", ["student_id"], unique=False)
    op.create_table(
        "look_alikes",
        sa.Column("calibration_id", sa.Uuid(), nullable=True),
        sa.Column("model_id", sa.String(), nullable=False),
        sa.Column("one_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("extra", sa.Double(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["calibration_id"],
            ["calibrations.id"],
            name=op.f("fk_look_alikes_calibration_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "one_id"],
            ["students.school_id", "students.id"],
            name=op.f("fk_look_alikes_school_id_one_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "other_id"],
            ["students.school_id", "students.id"],
            name=op.f("fk_look_alikes_school_id_other_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_look_alikes_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_look_alikes")),
        sa.UniqueConstraint(
            "calibration_id",
            "one_id",
            "other_id",
            name=op.f("uq_look_alikes_calibration_id_one_id_other_id"),
        ),
    )
    op.create_index(
        "uq_look_alikes_enrolled",
        "look_alikes",
        ["model_id", "one_id", "other_id"],
        unique=True,
        postgresql_where=sa.text("calibration_id IS NULL"),
    )
    for column in ("school_id", "one_id", "other_id"):
        op.create_index(op.f(f"ix_look_alikes_{column}"), "look_alikes", [column], unique=False)
    op.create_table(
        "corrections",
        sa.Column("lesson_id", sa.Uuid(), nullable=False),
        sa.Column("track_id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("rather_id", sa.Uuid(), nullable=True),
        sa.Column("model_id", sa.String(), nullable=False),
        sa.Column("lead", sa.Double(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("taken_back_by", sa.String(), nullable=True),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "lesson_id"],
            ["lessons.school_id", "lessons.id"],
            name=op.f("fk_corrections_school_id_lesson_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "student_id"],
            ["students.school_id", "students.id"],
            name=op.f("fk_corrections_school_id_student_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["rather_id"],
            ["students.id"],
            name=op.f("fk_corrections_rather_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_corrections_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
    )
    op.create_index(
        "uq_corrections_one_standing",
        "corrections",
        ["lesson_id", "track_id", "student_id"],
        unique=True,
        postgresql_where=sa.text("taken_back_at IS NULL"),
    )
    for column in ("school_id", "student_id", "rather_id"):
        op.create_index(op.f(f"ix_corrections_{column}"), "corrections", [column], unique=False)


def downgrade() -> None:
    op.drop_table("corrections")
    op.drop_table("look_alikes")
    op.drop_index(op.f("ix_register_entries_student_id"), table_name="register_entries")
    op.drop_index(op.f("ix_register_entries_school_id"), table_name="register_entries")
    op.drop_table("register_entries")
    op.drop_index(op.f("ix_enrolment_verdicts_school_id"), table_name="enrolment_verdicts")
    op.drop_table("enrolment_verdicts")
    op.drop_index(op.f("ix_enrolment_photos_school_id"), table_name="enrolment_photos")
    op.drop_index(op.f("ix_enrolment_photos_expires_at"), table_name="enrolment_photos")
    op.drop_table("enrolment_photos")
    op.drop_index(op.f("ix_tracks_school_id"), table_name="tracks")
    op.drop_index("ix_tracks_lesson", table_name="tracks")
    op.drop_table("tracks")
    op.drop_index("ix_templates_gallery", table_name="templates")
    op.drop_table("templates")
    op.drop_index("ix_sightings_time", table_name="sightings")
    op.drop_index("ix_sightings_track", table_name="sightings")
    op.drop_index(op.f("ix_sightings_school_id"), table_name="sightings")
    op.drop_index("ix_sightings_lesson", table_name="sightings")
    op.drop_table("sightings")
    op.drop_index(op.f("ix_marks_student_id"), table_name="marks")
    op.drop_index(op.f("ix_marks_school_id"), table_name="marks")
    op.drop_table("marks")
    op.drop_index(op.f("ix_enrolment_jobs_student_id"), table_name="enrolment_jobs")
    op.drop_index(op.f("ix_enrolment_jobs_school_id"), table_name="enrolment_jobs")
    op.drop_table("enrolment_jobs")
    op.drop_index("ix_camera_heartbeats_time", table_name="camera_heartbeats")
    op.drop_index(
        "ix_camera_heartbeats_in_full",
        table_name="camera_heartbeats",
        postgresql_where=sa.text("NOT condensed"),
    )
    op.drop_index(op.f("ix_camera_heartbeats_school_id"), table_name="camera_heartbeats")
    op.drop_table("camera_heartbeats")
    op.drop_index(op.f("ix_section_enrolments_student_id"), table_name="section_enrolments")
    op.drop_index(op.f("ix_section_enrolments_school_id"), table_name="section_enrolments")
    op.drop_table("section_enrolments")
    op.drop_index(op.f("ix_lessons_school_id"), table_name="lessons")
    op.drop_index("ix_lessons_room_time", table_name="lessons")
    op.drop_table("lessons")
    op.drop_index("uq_consents_one_active", table_name="consents", postgresql_where=sa.text("active"))
    op.drop_index(op.f("ix_consents_school_id"), table_name="consents")
    op.drop_table("consents")
    op.drop_index("uq_cameras_one_default", table_name="cameras", postgresql_where=sa.text("is_default"))
    op.drop_index(op.f("ix_cameras_school_id"), table_name="cameras")
    op.drop_index(op.f("ix_cameras_room_id"), table_name="cameras")
    op.drop_table("cameras")
    op.drop_index(op.f("ix_students_school_id"), table_name="students")
    op.drop_table("students")
    op.drop_index(op.f("ix_sections_school_id"), table_name="sections")
    op.drop_table("sections")
    op.drop_index(op.f("ix_rooms_school_id"), table_name="rooms")
    op.drop_table("rooms")
    op.drop_index("ix_outbox_topic_key", table_name="outbox")
    op.drop_table("outbox")
    op.drop_index(op.f("ix_calibrations_school_id"), table_name="calibrations")
    op.drop_table("calibrations")
    op.drop_table("schools")
