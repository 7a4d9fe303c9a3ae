"""From a stream entry to a sighting and a track, on real servers."""

from __future__ import annotations

from uuid import uuid4

from adsum_contracts.routes import events_stream
from adsum_contracts.tasks import IdentifyFaces
from adsum_store.models import Sighting, Track


def test_two_agreeing_crops_name_the_track_and_tell_everybody(classroom) -> None:
    ada, lesson, track_id = classroom.student(1), classroom.lesson(), uuid4()
    classroom.student(2)
    first, second = classroom.show(1, 0.95, track_id, 10), classroom.show(1, 0.95, track_id, 12)

    classroom.identify(first, second)

    (track,) = classroom.all(Track)
    assert (track.decision, track.student_id, track.sightings) == ("recognised", ada.id, 2)
    assert len(classroom.all(Sighting)) == 2
    assert classroom.told.attendance == [lesson.id]
    assert classroom.client.xlen(events_stream(classroom.camera.id)) == 0
    named, committed = classroom.commands()
    assert (named.type, named.name) == ("track_named", "Student 1")
    assert (committed.type, committed.sequences) == ("committed", (1, 2))
