"""What the record does not keep as it came: old heartbeats become fewer, old sightings go."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, text

from adsum_store.models import Sighting
from adsum_store.unit_of_work import UnitOfWork

_CONDENSE = text("""
    WITH old AS (
        DELETE FROM camera_heartbeats WHERE NOT condensed AND at < :before RETURNING *
    ), edges AS (
        SELECT *, date_trunc('hour', at) AS hour,
            coalesce(since > max(at) OVER (
                PARTITION BY camera_id, state, date_trunc('hour', at) ORDER BY since, at
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ), true)::int AS begins
        FROM old
    ), placed AS (
        SELECT *, sum(begins) OVER (
            PARTITION BY camera_id, state, hour ORDER BY since, at ROWS UNBOUNDED PRECEDING
        ) AS island
        FROM edges
    )
    INSERT INTO camera_heartbeats (
        id, school_id, camera_id, spool_id, sequence, since, at, state, frames, frames_dropped, faces,
        faces_too_small, spool_depth, looks, fps, reconnects, spool_dropped, crops_sent, tracks, condensed
    )
    SELECT gen_random_uuid(), school_id, camera_id, gen_random_uuid(), 0, min(since), max(at), state,
        sum(frames), sum(frames_dropped), sum(faces), sum(faces_too_small), max(spool_depth), sum(looks),
        avg(fps), sum(reconnects), max(spool_dropped), sum(crops_sent), '[]', true
    FROM placed GROUP BY school_id, camera_id, state, hour, island
""")


def condense_heartbeats(work: UnitOfWork, before: datetime) -> None:
    """Make one row of all heartbeats of a camera that followed each other in one state and hour, as far as
    they are older than `before`: what the camera watched stays exactly known, what it saw is forgotten.

    Give a full hour, or an hour becomes several rows.
    """
    work.session.execute(_CONDENSE, {"before": before})


def drop_sightings(work: UnitOfWork, before: datetime) -> None:
    """Delete the sightings of every school that were captured before this; what they decided stays."""
    work.session.execute(delete(Sighting).where(Sighting.captured_at < before))
