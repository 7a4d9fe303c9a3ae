"""One transaction, committed at its edge; what has to be told is told after the commit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, Engine, bindparam, func, select
from sqlalchemy.orm import Session, sessionmaker

from adsum_store.wakeups import Wakeups

AfterCommit = Callable[[], None]


class UnitOfWork:
    """The session of one transaction, and the messages that leave once it is committed."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._before_commit: list[Callable[[], None]] = []
        self._after_commit: list[AfterCommit] = []
        self._if_untold: list[AfterCommit] = []

    def before_commit(self, write: Callable[[], None]) -> None:
        """Run `write` as the last thing of this transaction, in the order of the calls."""
        self._before_commit.append(write)

    def after_commit(self, send: AfterCommit) -> None:
        """Run `send` when, and only when, this transaction is committed; in the order of the calls."""
        self._after_commit.append(send)

    def if_untold(self, undo: AfterCommit) -> None:
        """Run `undo` when this transaction is committed and one of its messages could not be sent."""
        self._if_untold.append(undo)

    def withdraw(self) -> None:
        """Write and send nothing of what was registered so far: it was done before."""
        self._before_commit.clear()
        self._after_commit.clear()

    def lock(self, noun: str, subject: UUID) -> None:
        """Wait for, then hold until the transaction ends, the advisory lock on (noun, subject)."""
        self.session.execute(_LOCK, {"key": _lock_key(noun, subject)})

    def try_lock(self, noun: str, subject: str) -> bool:
        """Take the advisory lock on (noun, subject) until the transaction ends, unless another holds it."""
        return bool(self.session.scalar(select(func.pg_try_advisory_xact_lock(_lock_key(noun, subject)))))

    def finish(self) -> None:
        """Write what was registered by `before_commit`, in order."""
        for write in self._before_commit:
            write()

    def tell(self) -> None:
        """Send what was registered by `after_commit`, in order; where that fails, undo what rests on it."""
        try:
            for send in self._after_commit:
                send()
        except Exception:
            for undo in self._if_untold:
                undo()
            raise


_LOCK: Final = select(func.pg_advisory_xact_lock(bindparam("key", type_=BigInteger)))


def _lock_key(noun: str, subject: object) -> int:
    digest = blake2b(f"{noun}:{subject}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


class Store:
    """Opens units of work on one database."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.wakeups = Wakeups(engine.url)
        self._sessions = sessionmaker(engine, expire_on_commit=False)

    @contextmanager
    def begin(self) -> Iterator[UnitOfWork]:
        """Open a transaction; commit when the block ends well, else roll back and say nothing to anybody.

        An error of a message after the commit reaches the caller: the rows stay, and whoever redelivers
        the cause tells it again.
        """
        with self._sessions() as session:
            work = UnitOfWork(session)
            with session.begin():
                yield work
                work.finish()
        work.tell()
