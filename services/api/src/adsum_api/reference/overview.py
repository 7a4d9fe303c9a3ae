"""What the OpenAPI document says before its first endpoint: the rules that all of them keep, and the tags."""

from __future__ import annotations

from typing import Final

OVERVIEW: Final = """
Adsum takes the roll from classroom cameras. Here are its students, rooms, lessons and registers. A whole
school day by `curl` is in `docs/tour.md`.

**Who calls.** Every request shows who sends it: `Authorization: Bearer …`, or the cookie of somebody who
signed in. What is not yours is not there (404); what you may not do is refused (403).

**Once.** Every `POST` of `/v1` needs an `Idempotency-Key` of your choice, and is done once however often
it is sent: the same key brings the first answer again for 24 hours, with `Idempotency-Replayed: true`.

**Lists** come in pages of `limit` rows; the next page is in `Link` with `rel="next"`. `updated_since`
brings what changed: give the time at which you began to read last, less a minute.

**Edits.** What is shown alone has an `ETag`; a `PATCH` sends it back as `If-Match`, so that nobody
overwrites what they have not seen (412), or `*`.

**Refusals** are problems (RFC 9457) that say what is wrong and what to do; `code` is for programs. Every
answer has an `X-Request-ID`, yours if you send one, which stands in the logs too.

**Times** are UTC with their offset; days are the school's, in the time zone that `/v1/school` names.

**Limits.** `RateLimit` says how much is left; beyond it the answer is 429 with `Retry-After`.
"""

TAGS: Final[tuple[tuple[str, str], ...]] = (
    ("school", "The school itself: its name, its time zone, and what it lets happen."),
    (
        "the school's tree",
        "Terms, courses, buildings and staff, one by one. Rosters bring the same by the file.",
    ),
    ("students", "Who is taught, and their consent to face recognition."),
    ("consents", "What people agree to, as versions that are never edited, and whose consent is lacking."),
    ("enrolment", "From photos, or at a camera, to templates: a job that is followed to its verdicts."),
    ("sections", "Students who are taught together, from one day to another, and who teaches them."),
    ("rooms and cameras", "Where lessons are held, and what watches them. A camera's key is told once."),
    ("imports", "OneRoster zips and iCalendar files: what would change, then the change."),
    ("lessons", "A section in a room at a time: the unit of attendance."),
    ("attendance", "Registers, and the log of marks behind them. A person's mark outweighs the machine's."),
    ("absences", "Absences that are known beforehand, and excuse who was not seen."),
    ("emergency", "Where everybody was last seen today, now."),
    ("reports", "Registers and rates by lesson, day, week, term, student and section: JSON, CSV, XLSX, PDF."),
    ("deletions", "What is gone, for whoever keeps copies: ids and times, for 90 days."),
    ("webhooks", "Being told of what happens, signed, at an address of one's own: Standard Webhooks 1.0.0."),
    (
        "privacy",
        "What is kept how long, what was erased, and a log of who did what: proofs for whoever asks.",
    ),
    ("the original demo's routes", "The calls of the single-file demo that Adsum grew from, as they were."),
    ("access", "Programs that call: their scopes, secrets and access tokens."),
    ("health", "Whether the servers behind the api answer, and how the whole installation does."),
)
"""In the order of the page."""


def tags() -> list[dict[str, str]]:
    """Return the tags as OpenAPI takes them."""
    return [{"name": name, "description": description} for name, description in TAGS]
