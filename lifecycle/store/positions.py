"""What was known when: an instant is answered from the sealed log, so that it has the same answer for ever.

When something was written is what its writer said, and another may be writing still. What had been sealed is settled:
an instant stands for the last checkpoint up to it, and the size of that is a position.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lifecycle.errors import CallerError, NotSealedError
from lifecycle.store.schema import checkpoints
from lifecycle.times import instant, instant_text, micros

__all__ = ["position_at", "resolved"]


def position_at(connection: Connection, recorded_as_of: datetime) -> int:
    """Give the position up to which the log was sealed at an instant; 0 before the first checkpoint.

    Raises:
        NotSealedError: the last checkpoint is earlier, so the answer could still change.
    """
    last = connection.scalar(sa.select(sa.func.max(checkpoints.c.at)))
    if last is None or last < micros(recorded_as_of):
        sealed = "nothing has been sealed yet" if last is None else f"sealed until {instant_text(instant(last))}"
        raise NotSealedError(
            f"what was known at {instant_text(recorded_as_of)} is not settled ({sealed}); seal with `lifecycle seal`, "
            "and ask again"
        )
    before = sa.select(checkpoints.c.size).where(checkpoints.c.at <= micros(recorded_as_of))
    return connection.scalar(before.order_by(checkpoints.c.at.desc()).limit(1)) or 0


def resolved(connection: Connection, recorded_as_of: datetime | None, position: int | None) -> int | None:
    """Give the position that is meant; None where neither is given, and everything is.

    Raises:
        CallerError: both are given, or the position is negative.
        NotSealedError: it lies beyond what has been sealed.
    """
    if recorded_as_of is not None:
        if position is not None:
            raise CallerError("a position says already as of when: give one of the two")
        return position_at(connection, recorded_as_of)
    if position is None:
        return None
    if position < 0:
        raise CallerError(f"positions count from 1, and 0 is before all of them: {position} is none")
    size = connection.scalar(sa.select(sa.func.max(checkpoints.c.size))) or 0
    if position > size:
        raise NotSealedError(f"sealed are the positions up to {size}, and not {position}; run `lifecycle seal`")
    return position
