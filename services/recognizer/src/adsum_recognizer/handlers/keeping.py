"""Commits what was made of pictures: templates by each model of the school, the crop where it keeps them, and
a verdict. Whatever runs again changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from adsum_contracts.ids import ModelId
from adsum_contracts.models import BY_ID, ModelSpec
from adsum_recognizer.crop_file import packed
from adsum_recognizer.handlers.admitting import Judged
from adsum_recognizer.ports import Vectors
from adsum_store.models import EnrolmentJob
from adsum_store.repositories import kept_crops, student_keys, templates
from adsum_store.repositories.kept_crops import NewCrop
from adsum_store.repositories.templates import NewTemplate
from adsum_store.repositories.verdicts import VerdictRow
from adsum_store.sealing import Vault
from adsum_store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Keeping:
    """Whose pictures, from where, by which model; `standby` has templates beside its."""

    job: EnrolmentJob
    source: str
    model_id: ModelId
    standby: ModelSpec | None = None

    @property
    def specs(self) -> tuple[ModelSpec, ...]:
        """The models that may have got templates."""
        return (BY_ID[self.model_id],) if self.standby is None else (BY_ID[self.model_id], self.standby)


def keep(work: UnitOfWork, keeping: Keeping, judged: Sequence[Judged], vault: Vault) -> list[VerdictRow]:
    """Store what each picture gives, and return the verdicts, which are not stored yet."""
    crops_too = kept_crops.are_kept(work.session, keeping.job.school_id)
    return [_keep_one(work, keeping, each, vault if crops_too else None) for each in judged]


def _keep_one(work: UnitOfWork, keeping: Keeping, judged: Judged, vault: Vault | None) -> VerdictRow:
    reason = judged.reason
    if judged.vector is not None:
        consented = templates.add(work.session, _template(keeping, judged, keeping.model_id, judged.vector))
        reason = None if consented else "no_consent"
    if reason is None and judged.beside is not None and keeping.standby is not None:
        templates.add(work.session, _template(keeping, judged, keeping.standby.id, judged.beside))
    if reason is None and judged.crop is not None and vault is not None:
        own = student_keys.vault_of(work.session, vault, keeping.job.school_id, keeping.job.student_id)
        kept_crops.add(work.session, _crop(keeping, judged, own.seal(packed(judged.crop))))
    return VerdictRow(
        school_id=keeping.job.school_id,
        job_id=keeping.job.id,
        index=judged.index,
        model_id=keeping.model_id,
        accepted=reason is None,
        reason=reason,
        quality=judged.quality,
    )


def _template(keeping: Keeping, judged: Judged, model_id: ModelId, vector: Vectors) -> NewTemplate:
    return NewTemplate(
        school_id=keeping.job.school_id,
        student_id=keeping.job.student_id,
        model_id=model_id,
        embedding=vector,
        quality=judged.quality or 0.0,
        source=keeping.source,
        source_key=_source_key(keeping, judged),
        pose=judged.pose,
    )


def _crop(keeping: Keeping, judged: Judged, sealed: bytes) -> NewCrop:
    return NewCrop(
        school_id=keeping.job.school_id,
        student_id=keeping.job.student_id,
        sealed=sealed,
        quality=judged.quality or 0.0,
        source=keeping.source,
        source_key=_source_key(keeping, judged),
        pose=judged.pose,
    )


def _source_key(keeping: Keeping, judged: Judged) -> str:
    """Name the picture: as it was named when it came first."""
    return judged.known or f"{keeping.job.id}:{judged.index}"
