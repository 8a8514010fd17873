"""Whether entries were written before they were sealed: what was known at an instant is told by checkpoints."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

import sqlalchemy as sa

from lifecycle.store.reading import Reading
from lifecycle.store.schema import checkpoints

__all__ = ["SKEW", "Dating"]

SKEW: Final = timedelta(minutes=5)
"""How far the clocks of writers and sealers may be apart without a word."""

_SKEW: Final = SKEW // timedelta(microseconds=1)


class Dating:
    """The instants of all sealings.

    Args:
        sealings: The size and the instant of every checkpoint, in order of time.
    """

    def __init__(self, sealings: Iterable[tuple[int, int]]) -> None:
        first = dict[int, int]()
        for size, at in sealings:
            first.setdefault(size, at)
        self._sizes, self._instants = sorted(first), first

    @classmethod
    def of(cls, reading: Reading) -> Dating:
        """Read the checkpoints of a store."""
        query = sa.select(checkpoints.c.size, checkpoints.c.at).order_by(checkpoints.c.at)
        return cls(
            (row.size, row.at) for row in reading.connection.execute(query, execution_options={"yield_per": 1000})
        )

    def is_early(self, position: int, recorded_at: int) -> bool:
        """Say whether the entry of a position was written long after it was sealed.

        Args:
            position: Where it stands in the sealed log.
            recorded_at: When it was written, in microseconds since 1970.
        """
        place = bisect_left(self._sizes, position)
        return place < len(self._sizes) and recorded_at - self._instants[self._sizes[place]] > _SKEW
