"""Which atom stands in the way of how many leads."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from lifecycle.decision import Result
from lifecycle.errors import CallerError, NotSealedError
from lifecycle.query import ANY, Filter
from lifecycle.store.counting import Blocking
from tests.made import day
from tests.store.many import ACCEPT, FIRST, LIVES, UNHEARD_OF, Life, keep

if TYPE_CHECKING:
    from lifecycle.store.reading import Reading
    from lifecycle.store.sql import Store


@pytest.fixture
def many(store: Store) -> Store:
    """A store with six leads."""
    keep(store, *LIVES)
    store.seal(now=day(100))
    return store


def counted(reading: Reading, where: Filter = ANY) -> set[Blocking]:
    """Count by looking at each refusal."""
    refused = defaultdict[tuple[str | None, str | None, str], list[tuple[str, bool]]](list)
    for refusal in reading.refusals(where):
        moved = len(reading.history(str(refusal.lead), position=where.position)) > refusal.sequence
        for atom in refusal.blockers or (None,):
            refused[atom, refusal.stage, refusal.trigger].append((str(refusal.lead), moved))
    return {
        Blocking(
            atom=atom,
            stage=stage,
            trigger=trigger,
            leads=len({lead for lead, _ in found}),
            waiting=len({lead for lead, moved in found if not moved}),
            refusals=len(found),
        )
        for (atom, stage, trigger), found in refused.items()
    }


class TestBlocking:
    """What refusals say, counted."""

    @pytest.mark.parametrize(
        "where",
        [
            *(ANY, Filter(trigger="accept"), Filter(blocker="likes"), Filter(result=Result.UNDEFINED)),
            *(Filter(source="(new)"), Filter(until=day(4)), Filter(position=8), Filter(lead="bob")),
        ],
    )
    def test_it_is_what_a_plain_count_gives(self, many: Store, where: Filter) -> None:
        """Law: whatever is asked for, each atom counts its refusals, their leads, and those that wait."""
        with many.reading() as reading:
            found = reading.blocking(where)
            expected = counted(reading, where)

        assert expected == set(found)
        assert len(expected) == len(found)

    def test_what_blocks_most_leads_comes_first(self, many: Store) -> None:
        """Bob was refused twice and has not moved; ann was let through by an override, and eve was recycled."""
        with many.reading() as reading:
            first, second, *_ = reading.blocking()

        assert Blocking(atom="fits", stage="mql", trigger="accept", leads=4, waiting=2, refusals=6) == first
        assert Blocking(atom="likes", stage="mql", trigger="accept", leads=3, waiting=1, refusals=4) == second

    def test_leads_count_before_refusals(self, store: Store) -> None:
        """One lead that is refused again and again is one lead."""
        often = Life("ann", FIRST, 0, 2, tuple((3 + number, ACCEPT) for number in range(4)))
        keep(store, often, *(Life(name, FIRST, 0, 2, ((3, UNHEARD_OF),)) for name in ("bob", "cid")))
        with store.reading() as reading:
            found = [(one.atom, one.leads, one.refusals) for one in reading.blocking()]

        assert [(None, 2, 2), ("fits", 1, 4), ("likes", 1, 4)] == found

    def test_what_no_atom_stood_in_the_way_of_is_counted_too(self, many: Store) -> None:
        """Nobody may ask, or there is no such move: the atom is None."""
        with many.reading() as reading:
            found = {(one.stage, one.trigger) for one in reading.blocking() if one.atom is None}

        assert {("mql", "sing"), ("mql", "recycle"), (None, "accept")} == found

    def test_an_erased_lead_still_counts(self, many: Store) -> None:
        """As everything that figures need."""
        with many.reading() as reading:
            before = reading.blocking()
        many.erase("bob", basis="gdpr_17", actor="dpo:1", now=day(101))
        with many.reading() as reading:
            assert before == reading.blocking()

    def test_what_refusals_do_not_have_is_refused(self, many: Store) -> None:
        """As when they are listed."""
        with many.reading() as reading:
            with pytest.raises(CallerError):
                reading.blocking(Filter(target="mql"))
            with pytest.raises(NotSealedError):
                reading.blocking(Filter(position=1000))
