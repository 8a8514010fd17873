"""Whether entries were written before they were sealed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.errors import Severity
from lifecycle.store.checks.dating import SKEW, Dating
from lifecycle.store.sql import Store
from tests.made import day
from tests.store.lives import NOW
from tests.store.sealing import ENTRIES, keep

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

MICROSECOND = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("sealed", "early"),
    [(NOW, 0), (NOW - SKEW, 0), (NOW - SKEW - MICROSECOND, ENTRIES), (day(1), ENTRIES)],
)
def test_a_sealing_that_is_dated_back_is_noticed(store: Store, sealed: datetime, early: int) -> None:
    """What was known at that instant had not been written then; clocks may be apart by some minutes."""
    keep(store, "1")
    store.seal(now=sealed)
    report = store.verify()

    assert ({"sealed-early": early} if early else {}, True) == (report.counts, report.ok)
    assert all(finding.severity is Severity.WARNING for finding in report.findings)


def test_each_entry_is_compared_with_the_checkpoint_that_covers_it(store: Store) -> None:
    """A later one vouches for no more than that all before it were there."""
    keep(store, "1", now=day(100))
    store.seal(now=day(50))
    keep(store, "2", now=day(200))
    store.seal(now=day(201))

    assert {"sealed-early": ENTRIES} == store.verify().counts


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 20)), min_size=1), st.integers(1, 40), st.integers(0, 400))
def test_it_is_the_first_checkpoint_that_reaches_the_position(
    steps: Sequence[tuple[int, int]], position: int, minutes: int
) -> None:
    """Law: an entry is early if the first sealing that covers it came more than the skew before it was written."""
    kept, size, at = list[tuple[int, int]](), 0, 0
    for more, later in steps:
        size, at = size + more, at + later * 60_000_000
        kept.append((size, at))
    covering = next((instant for reached, instant in kept if reached >= position), None)
    written = minutes * 60_000_000
    expected = covering is not None and written - covering > SKEW // MICROSECOND

    assert expected == Dating(kept).is_early(position, written)
