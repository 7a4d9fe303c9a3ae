"""What is on its way of somebody who was erased is gone, or swept up, after a day: the defaults agree."""

from __future__ import annotations

from datetime import timedelta

from adsum_api.retention.service import UNDER_WAY
from adsum_camera.adapters.spool import SpoolLimits
from adsum_camera.settings import Settings as CameraSettings
from adsum_contracts.commands import CaptureSamples
from adsum_recognizer.settings import Settings as RecognizerSettings


def test_a_box_forgets_before_the_server_stops_listening_and_the_sweep_lasts_longest() -> None:
    kept_h = CameraSettings.model_fields["spool_hours"].default
    accepted_h = RecognizerSettings.model_fields["oldest_accepted_h"].default
    assert kept_h * 3600 == SpoolLimits().longest_s == 24 * 3600
    assert timedelta(hours=kept_h) < timedelta(hours=accepted_h) <= UNDER_WAY == timedelta(hours=26)


def test_an_enrolment_that_was_stopped_takes_samples_for_ten_minutes_at_most() -> None:
    limits = {type(each).__name__: each for each in CaptureSamples.model_fields["timeout_s"].metadata}
    assert limits["Le"].le == timedelta(minutes=10).total_seconds()
