"""What goes wrong in the recognizer, each in one sentence that a person can act on."""

from __future__ import annotations

import redis
from kombu.exceptions import OperationalError as BrokerGone
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from adsum_store.repositories.lineups import UnknownModel
from adsum_store.sealing import WrongSecretKey


class RecognizerError(Exception):
    """The root of the recognizer's own errors."""


class Misconfigured(RecognizerError):  # noqa: N818 - named for what it is
    """What this process was told cannot be done here: starting it again changes nothing."""


class ModelNotReady(Misconfigured):
    """A model's file is missing, or is not the file it should be."""


class GpuMissing(Misconfigured):
    """A GPU is required and none can be used."""


class WrongModel(Misconfigured):
    """The weights do not fit the network."""


class FacesForbidden(Misconfigured):
    """The law of every school's place lets no face be recognised."""


OUTAGES = (
    OperationalError,
    InterfaceError,
    PoolTimeout,
    redis.ConnectionError,
    redis.TimeoutError,
    redis.BusyLoadingError,
    BrokerGone,
)
"""A server is away: what failed by one of these is tried again, and is nobody's fault."""

BLAMELESS = (*OUTAGES, WrongSecretKey, Misconfigured, UnknownModel)
"""What no entry can be blamed for: it is neither counted nor buried, and waits until this is mended."""
