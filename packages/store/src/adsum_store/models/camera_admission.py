"""How a camera that joined is let in: the password in force, and a second pair while its box moves over."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Row


class CameraAdmission(Row):
    """`password_sha256` is in force beside `cameras.key_sealed`; without it the box is shut out.

    The `spare_*` are all there or none: the `next` pair, offered by the command `spare_id`, or the
    `previous` one, which may still be in entries under way. They hold until `spare_until`.
    """

    __tablename__ = "camera_admissions"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "camera_id"], ["cameras.school_id", "cameras.id"]),
        UniqueConstraint("school_id", "camera_id"),
        CheckConstraint("spare_phase IN ('next', 'previous')", name="phase_is_known"),
        CheckConstraint(
            "num_nonnulls(spare_id, spare_key_sealed, spare_password_sha256, spare_phase, spare_until) "
            "IN (0, 5)",
            name="spare_is_whole",
        ),
    )

    camera_id: Mapped[UUID] = mapped_column(index=True)
    password_sha256: Mapped[str | None]
    joined_at: Mapped[datetime]
    spare_id: Mapped[UUID | None]
    spare_key_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    spare_password_sha256: Mapped[str | None]
    spare_phase: Mapped[str | None]
    spare_until: Mapped[datetime | None]
