"""The feed: what has been sealed, in the order of its positions, for whoever wants to learn of everything once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import islice
from typing import Any, Final

import attrs
import sqlalchemy as sa

from lifecycle.erasure import Erasure
from lifecycle.errors import CallerError, NotSealedError, StoreError
from lifecycle.query import check_limit
from lifecycle.record import Record, Refusal
from lifecycle.store.entries import RECORDS, REFUSALS, erasure_of, select_erasures
from lifecycle.store.reading import Reading
from lifecycle.store.schema import leaves

__all__ = ["PAGE", "Sealed", "feed"]

PAGE: Final = 1000
"""So many entries are read by one transaction: none is open while the consumer works."""


@attrs.frozen(kw_only=True)
class Sealed:
    """One sealed entry.

    Attributes:
        position: 1, 2, ... without gap, and for ever the same.
        kind: `record`, `refusal` or `erasure`.
        entry: What was sealed.
    """

    position: int
    kind: str
    entry: Record | Refusal | Erasure


def feed(
    reading: Callable[[], AbstractContextManager[Reading]],
    after: int = 0,
    *,
    limit: int | None = None,
    with_details: bool = False,
) -> Iterator[Sealed]:
    """Walk what has been sealed, in the order of its positions.

    Args:
        reading: Gives a view of the store; there is one for each page.
        after: The position of the last entry that is known already.
        limit: So many at most.
        with_details: Also verdicts, scores and notes.

    Raises:
        CallerError: `after` is negative, or the limit is none.
        NotSealedError: the log ends before `after`, so it is not the log that was followed.
        StoreError: something that was sealed has gone.
    """
    if after < 0:
        raise CallerError(f"positions count from 1, and 0 is before all of them: {after} is none to go on after")
    check_limit(limit)
    size = PAGE if limit is None else min(PAGE, limit)
    return islice(_pages(reading, after, size, with_details=with_details), limit)


def _pages(
    reading: Callable[[], AbstractContextManager[Reading]], after: int, size: int, *, with_details: bool
) -> Iterator[Sealed]:
    while True:
        with reading() as view:
            last = min(_end(view, after), after + size)
            page = _page(view, after, last, with_details=with_details)
        for position in range(after + 1, last + 1):
            if position not in page:
                raise StoreError(f"what was sealed at position {position} is not there; run `lifecycle verify`")
            yield page[position]
        if last <= after:
            return
        after = last


def _end(view: Reading, after: int) -> int:
    """Give the last position of the log.

    Raises:
        NotSealedError: it lies before what a consumer has seen: waiting would pass over what gets these positions anew.
    """
    end = view.connection.scalar(sa.select(sa.func.max(leaves.c.position))) or 0
    if after > end:
        raise NotSealedError(
            f"there is no position {after} to go on after: the log ends at {end}. If you had come that far, this is "
            "not the log that you followed, for instance after a restore: see docs/how-to/follow-the-feed.md"
        )
    return end


def _page(view: Reading, after: int, last: int, *, with_details: bool) -> dict[int, Sealed]:
    """Give what was sealed after a position and not after another."""
    sources: tuple[tuple[str, sa.Select[Any], Callable[[Any], Record | Refusal | Erasure]], ...] = (
        ("record", RECORDS.select(with_details=with_details), RECORDS.read),
        ("refusal", REFUSALS.select(with_details=with_details), REFUSALS.read),
        ("erasure", select_erasures(), erasure_of),
    )
    found = dict[int, Sealed]()
    for kind, query, read in sources:
        within = query.where(leaves.c.position > after, leaves.c.position <= last)
        for row in view.connection.execute(within):
            found[row.position] = Sealed(position=row.position, kind=kind, entry=read(row))
    return found
