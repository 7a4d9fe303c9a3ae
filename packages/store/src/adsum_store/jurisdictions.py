"""What the law of a school's place asks of face recognition. A pure table; it is no legal advice.

- `us-ny-k12`: New York State Technology Law § 106-b, and the order of the State Education Department of 27
  September 2023: public and non-public elementary and secondary schools may neither buy nor use facial
  recognition, for any purpose.
- `us-il`: Biometric Information Privacy Act, 740 ILCS 14/15: a written release before anything is
  collected; destruction within three years of the last interaction at the latest. It speaks of private
  entities; we keep to it for every school there.
- `eu`: GDPR 9 and 35(3)(b): explicit consent, and an impact assessment (DPIA) before large-scale processing
  of biometric data. Consent alone failed for this very purpose (SE DPA, DI-2019-2221, Skellefteå).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

Place = Literal["unspecified", "us-ny-k12", "us-il", "eu"]


@dataclass(frozen=True, slots=True)
class Law:
    """`refusal`: why faces may not be recognised at all. `needs_dpia`: only with the reference of an impact
    assessment. `needs_writing`: consent on paper or by a form, never by word or vouched for.
    `longest_consent`: after which it has to be given anew."""

    refusal: str | None = None
    needs_dpia: bool = False
    needs_writing: bool = False
    longest_consent: timedelta | None = None


LAWS: Final[Mapping[str, Law]] = {
    "unspecified": Law(),
    "us-ny-k12": Law(
        refusal="schools of New York State may not use facial recognition (State Technology Law § 106-b): "
        "take the register by hand"
    ),
    "us-il": Law(needs_writing=True, longest_consent=timedelta(days=3 * 365)),
    "eu": Law(needs_dpia=True),
}

IN_WRITING: Final = frozenset({"paper", "web"})


def refusal_of(place: str, dpia_reference: str | None) -> str | None:
    """Say why no face may be enrolled or recognised at a school there; None where one may."""
    law = LAWS[place]
    if law.refusal is not None:
        return law.refusal
    if law.needs_dpia and not dpia_reference:
        return (
            "the school's place asks for a data protection impact assessment before the first face is "
            "enrolled (GDPR 35): record its reference as dpia_reference with PATCH /v1/school"
        )
    return None
