"""From one model to another while lessons go on: templates beside the old ones, then one switch.

    begin -> embed -> (compare on live crops: shadowing.py) -> switch -> back, or drop

The state is in Postgres alone. A student's templates come in one transaction and are named by their pictures,
so whoever was killed half-way begins again, and makes what is not there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from adsum_contracts.ids import ModelId
from adsum_contracts.models import BY_ID, ModelSpec
from adsum_recognizer.crop_file import unpacked
from adsum_recognizer.errors import RecognizerError
from adsum_recognizer.handlers.resembling import find_look_alikes
from adsum_recognizer.ports import Embedder, Vectors
from adsum_store.models import EnrolmentCrop
from adsum_store.repositories import comparisons, kept_crops, lineups, student_keys, templates
from adsum_store.repositories.consent_held import held_consent
from adsum_store.repositories.templates import NewTemplate
from adsum_store.sealing import Vault
from adsum_store.unit_of_work import Store


class NotNow(RecognizerError):  # noqa: N818 - named for what it is
    """The models are not in a state in which this can be done; the text says what to do first."""


class Reembedding:
    """Gives one school templates by a second model, or takes them away; `default` is the deployed model."""

    def __init__(self, store: Store, school_id: UUID, default: ModelSpec) -> None:
        self._store = store
        self._school_id = school_id
        self._default = default

    def begin(self, target: ModelSpec, share: float) -> None:
        """Put `target` on standby, to look at `share` of the live tracks; from now on every picture that is
        enrolled becomes a template of it too. Raises `NotNow` where another model is in its place."""
        with self._store.begin() as work:
            row = lineups.locked(work.session, self._school_id, self._default)
            if row.active_id == target.id:
                raise NotNow(f"{target.name} is the active model already")
            if row.standby_id is not None and row.standby_id != target.id:
                other = name_of(row.standby_id)
                raise NotNow(f"{other} stands beside the active model: `reembed drop` its templates first")
            row.standby_id, row.share = target.id, share

    def waiting(self, target: ModelSpec) -> Sequence[UUID]:
        """Return the students with kept crops that `target` has made no template of."""
        with self._store.begin() as work:
            return kept_crops.students_without(work.session, self._school_id, target.id)

    def embed(self, students: Sequence[UUID], embedder: Embedder, vault: Vault) -> Iterator[int]:
        """Make the templates of one student after the other, and yield how many, once they are committed.

        Raises `NotNow` when the model does not stand by any longer, and `WrongSecretKey`.
        """
        for student_id in students:
            with self._store.begin() as work:
                crops = kept_crops.without_template(
                    work.session, self._school_id, student_id, embedder.spec.id
                )
                own = student_keys.opener(work.session, vault, self._school_id, student_id)
            vectors = embedder.embed([unpacked(own.open(crop.sealed)) for crop in crops])
            yield self._keep(student_id, crops, vectors, embedder.spec)

    def drop(self) -> int:
        """Delete the templates of the model on standby and the comparison with it; return how many there
        were. Raises `NotNow` where none stands by."""
        with self._store.begin() as work:
            row = lineups.locked(work.session, self._school_id, self._default)
            if row.standby_id is None:
                raise NotNow("no model stands beside the active one: there is nothing to drop")
            gone = templates.drop_of_model(work.session, self._school_id, row.standby_id)
            comparisons.drop_of_school(work.session, self._school_id)
            row.standby_id, row.share, row.switched_at, row.switched_by = None, 0, None, None
        return gone

    def _keep(
        self, student_id: UUID, crops: Sequence[EnrolmentCrop], vectors: Vectors, spec: ModelSpec
    ) -> int:
        """Commit the templates of those crops that nobody deleted meanwhile, all of them or none."""
        with self._store.begin() as work:
            if spec not in lineups.held(work.session, self._school_id, self._default).specs:
                raise NotNow(f"the templates of {spec.name} were dropped meanwhile")
            work.lock("enrolment", self._school_id)
            # The consent first, as a withdrawal takes it: the other way round the two could deadlock.
            if held_consent(work.session, self._school_id, student_id) is None:
                return 0
            there = kept_crops.still_there(work.session, [crop.id for crop in crops])
            new = [
                _template(crop, vector, spec)
                for crop, vector in zip(crops, vectors, strict=True)
                if crop.id in there
            ]
            for template in new:
                templates.add(work.session, template)
            find_look_alikes(work, self._school_id, student_id, spec)
        return len(new)


def name_of(model_id: str) -> str:
    """Return the name by which people choose the model; the id itself of one that is unknown here."""
    spec = BY_ID.get(ModelId(model_id))
    return model_id if spec is None else spec.name


def _template(crop: EnrolmentCrop, vector: Vectors, spec: ModelSpec) -> NewTemplate:
    """The template is as old as its picture: a lesson asks who was enrolled when it began."""
    return NewTemplate(
        school_id=crop.school_id,
        student_id=crop.student_id,
        model_id=spec.id,
        embedding=vector,
        quality=crop.quality,
        source=crop.source,
        source_key=crop.source_key,
        pose=crop.pose,
        enrolled_at=crop.created_at,
    )
