"""The feed: what has been sealed, in the order of its positions, for whoever wants to learn of everything once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import islice
from typing import Any, Final

import attrs
import sqlalchemy as sa

from lifecycle.errors import StoreError
from lifecycle.record import Record, Refusal
from lifecycle.store.reading import Reading, record_from, refusal_from, select_records, select_refusals
from lifecycle.store.schema import erasures, leaves, records, refusals

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
    entry: Record | Refusal | Any


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
        StoreError: something that was sealed has gone.
    """
    return islice(_pages(reading, after, with_details=with_details), limit)


def _pages(
    reading: Callable[[], AbstractContextManager[Reading]], after: int, *, with_details: bool
) -> Iterator[Sealed]:
    while True:
        with reading() as view:
            last = min(view.connection.scalar(sa.select(sa.func.max(leaves.c.position))) or 0, after + PAGE)
            page = _page(view, after, last, with_details=with_details)
        for position in range(after + 1, last + 1):
            if position not in page:
                raise StoreError(f"what was sealed at position {position} is not there; run `lifecycle verify`")
            yield page[position]
        if last <= after:
            return
        after = last


def _page(view: Reading, after: int, last: int, *, with_details: bool) -> dict[int, Sealed]:
    """Give what was sealed after a position and not after another."""
    found = dict[int, Sealed]()
    for kind, query, place, make in (
        ("record", select_records(with_details=with_details), (records.c.subject, records.c.sequence), record_from),
        ("refusal", select_refusals(with_details=with_details), (refusals.c.subject, refusals.c.number), refusal_from),
        ("erasure", sa.select(erasures), (sa.literal(""), erasures.c.number), _erasure),
    ):
        query = query.add_columns(leaves.c.position).where(leaves.c.kind == kind)
        query = query.where(leaves.c.subject == place[0], leaves.c.number == place[1])
        query = query.where(leaves.c.position > after, leaves.c.position <= last)
        rows = view.connection.execute(query)
        found.update((row.position, Sealed(position=row.position, kind=kind, entry=make(row))) for row in rows)
    return found


def _erasure(row: Any) -> Any:
    return dict(row._mapping)
