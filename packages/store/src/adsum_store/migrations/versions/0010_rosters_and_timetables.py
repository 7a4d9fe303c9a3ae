"""Rosters and timetables: terms, courses, staff, buildings, calendars, and where each row came from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "districts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_districts")),
        sa.UniqueConstraint("source_id", name=op.f("uq_districts_source_id")),
    )
    op.create_table(
        "buildings",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_buildings_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buildings")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_buildings_school_id_id")),
        sa.UniqueConstraint("school_id", "name", name=op.f("uq_buildings_school_id_name")),
    )
    op.create_index(op.f("ix_buildings_school_id"), "buildings", ["school_id"], unique=False)
    op.create_table(
        "calendars",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holidays", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("reading", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("weeks_ahead", sa.Integer(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_until", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_calendars_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendars")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_calendars_school_id_id")),
        sa.UniqueConstraint("school_id", "name", name=op.f("uq_calendars_school_id_name")),
    )
    op.create_index(op.f("ix_calendars_school_id"), "calendars", ["school_id"], unique=False)
    op.create_table(
        "courses",
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("removed_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_courses_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_courses")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_courses_school_id_id")),
        sa.UniqueConstraint("school_id", "source_id", name=op.f("uq_courses_school_id_source_id")),
    )
    op.create_index(op.f("ix_courses_school_id"), "courses", ["school_id"], unique=False)
    op.create_table(
        "staff",
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("username", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_staff_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_staff_school_id_id")),
        sa.UniqueConstraint("school_id", "source_id", name=op.f("uq_staff_school_id_source_id")),
    )
    op.create_index(op.f("ix_staff_school_id"), "staff", ["school_id"], unique=False)
    op.create_table(
        "terms",
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("school_year", sa.Integer(), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("removed_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_terms_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["school_id", "parent_id"],
            ["terms.school_id", "terms.id"],
            name=op.f("fk_terms_school_id_parent_id"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_terms_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terms")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_terms_school_id_id")),
        sa.UniqueConstraint("school_id", "source_id", name=op.f("uq_terms_school_id_source_id")),
    )
    op.create_index(op.f("ix_terms_school_id"), "terms", ["school_id"], unique=False)
    op.create_table(
        "section_parts",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("whole_id", sa.Uuid(), nullable=False),
        sa.Column("part_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("whole_id <> part_id", name=op.f("ck_section_parts_two_sections")),
        sa.ForeignKeyConstraint(
            ["school_id", "part_id"],
            ["sections.school_id", "sections.id"],
            name=op.f("fk_section_parts_school_id_part_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "whole_id"],
            ["sections.school_id", "sections.id"],
            name=op.f("fk_section_parts_school_id_whole_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_section_parts_school_id")),
        sa.PrimaryKeyConstraint("whole_id", "part_id", name=op.f("pk_section_parts")),
    )
    op.create_table(
        "section_terms",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("section_id", sa.Uuid(), nullable=False),
        sa.Column("term_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "section_id"],
            ["sections.school_id", "sections.id"],
            name=op.f("fk_section_terms_school_id_section_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "term_id"],
            ["terms.school_id", "terms.id"],
            name=op.f("fk_section_terms_school_id_term_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_section_terms_school_id")),
        sa.PrimaryKeyConstraint("section_id", "term_id", name=op.f("pk_section_terms")),
    )
    op.create_table(
        "staff_assignments",
        sa.Column("section_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("is_primary", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_staff_assignments_ends_after_start")
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "section_id"],
            ["sections.school_id", "sections.id"],
            name=op.f("fk_staff_assignments_school_id_section_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "staff_id"],
            ["staff.school_id", "staff.id"],
            name=op.f("fk_staff_assignments_school_id_staff_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_staff_assignments_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_assignments")),
        sa.UniqueConstraint(
            "section_id",
            "staff_id",
            "role",
            "starts_on",
            name=op.f("uq_staff_assignments_section_id_staff_id_role_starts_on"),
        ),
    )
    op.create_index(op.f("ix_staff_assignments_school_id"), "staff_assignments", ["school_id"], unique=False)
    op.create_index(op.f("ix_staff_assignments_staff_id"), "staff_assignments", ["staff_id"], unique=False)
    op.add_column("lessons", sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("lessons", sa.Column("calendar_id", sa.Uuid(), nullable=True))
    op.add_column("lessons", sa.Column("event_uid", sa.String(), nullable=True))
    op.add_column("lessons", sa.Column("recurrence_id", sa.String(), nullable=True))
    op.create_unique_constraint(
        op.f("uq_lessons_calendar_id_event_uid_recurrence_id"),
        "lessons",
        ["calendar_id", "event_uid", "recurrence_id"],
    )
    op.create_foreign_key(
        op.f("fk_lessons_school_id_calendar_id"),
        "lessons",
        "calendars",
        ["school_id", "calendar_id"],
        ["school_id", "id"],
    )
    op.add_column("rooms", sa.Column("building_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_rooms_school_id_building_id"),
        "rooms",
        "buildings",
        ["school_id", "building_id"],
        ["school_id", "id"],
    )
    op.add_column("schools", sa.Column("district_id", sa.Uuid(), nullable=True))
    op.add_column("schools", sa.Column("source_id", sa.String(), nullable=True))
    op.create_unique_constraint(op.f("uq_schools_source_id"), "schools", ["source_id"])
    op.create_foreign_key(op.f("fk_schools_district_id"), "schools", "districts", ["district_id"], ["id"])
    op.add_column("section_enrolments", sa.Column("source_id", sa.String(), nullable=True))
    op.add_column("sections", sa.Column("source_id", sa.String(), nullable=True))
    op.add_column("sections", sa.Column("code", sa.String(), nullable=True))
    op.add_column("sections", sa.Column("course_id", sa.Uuid(), nullable=True))
    op.add_column("sections", sa.Column("room_id", sa.Uuid(), nullable=True))
    op.add_column("sections", sa.Column("removed_on", sa.Date(), nullable=True))
    op.create_unique_constraint(
        op.f("uq_sections_school_id_source_id"), "sections", ["school_id", "source_id"]
    )
    op.create_foreign_key(
        op.f("fk_sections_school_id_room_id"),
        "sections",
        "rooms",
        ["school_id", "room_id"],
        ["school_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_sections_school_id_course_id"),
        "sections",
        "courses",
        ["school_id", "course_id"],
        ["school_id", "id"],
    )
    op.add_column("students", sa.Column("source_id", sa.String(), nullable=True))
    op.add_column("students", sa.Column("left_on", sa.Date(), nullable=True))
    op.create_unique_constraint(
        op.f("uq_students_school_id_source_id"), "students", ["school_id", "source_id"]
    )


def downgrade() -> None:
    op.drop_constraint(op.f("uq_students_school_id_source_id"), "students", type_="unique")
    op.drop_column("students", "left_on")
    op.drop_column("students", "source_id")
    op.drop_constraint(op.f("fk_sections_school_id_course_id"), "sections", type_="foreignkey")
    op.drop_constraint(op.f("fk_sections_school_id_room_id"), "sections", type_="foreignkey")
    op.drop_constraint(op.f("uq_sections_school_id_source_id"), "sections", type_="unique")
    op.drop_column("sections", "removed_on")
    op.drop_column("sections", "room_id")
    op.drop_column("sections", "course_id")
    op.drop_column("sections", "code")
    op.drop_column("sections", "source_id")
    op.drop_column("section_enrolments", "source_id")
    op.drop_constraint(op.f("fk_schools_district_id"), "schools", type_="foreignkey")
    op.drop_constraint(op.f("uq_schools_source_id"), "schools", type_="unique")
    op.drop_column("schools", "source_id")
    op.drop_column("schools", "district_id")
    op.drop_constraint(op.f("fk_rooms_school_id_building_id"), "rooms", type_="foreignkey")
    op.drop_column("rooms", "building_id")
    op.drop_constraint(op.f("fk_lessons_school_id_calendar_id"), "lessons", type_="foreignkey")
    op.drop_constraint(op.f("uq_lessons_calendar_id_event_uid_recurrence_id"), "lessons", type_="unique")
    op.drop_column("lessons", "recurrence_id")
    op.drop_column("lessons", "event_uid")
    op.drop_column("lessons", "calendar_id")
    op.drop_column("lessons", "cancelled_at")
    op.drop_index(op.f("ix_staff_assignments_staff_id"), table_name="staff_assignments")
    op.drop_index(op.f("ix_staff_assignments_school_id"), table_name="staff_assignments")
    op.drop_table("staff_assignments")
    op.drop_table("section_terms")
    op.drop_table("section_parts")
    op.drop_index(op.f("ix_terms_school_id"), table_name="terms")
    op.drop_table("terms")
    op.drop_index(op.f("ix_staff_school_id"), table_name="staff")
    op.drop_table("staff")
    op.drop_index(op.f("ix_courses_school_id"), table_name="courses")
    op.drop_table("courses")
    op.drop_index(op.f("ix_calendars_school_id"), table_name="calendars")
    op.drop_table("calendars")
    op.drop_index(op.f("ix_buildings_school_id"), table_name="buildings")
    op.drop_table("buildings")
    op.drop_table("districts")
