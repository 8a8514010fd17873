"""What was known when: from the sealed log, and the same answer for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.errors import CallerError, NotSealedError
from lifecycle.history import fold
from lifecycle.journey import Journey
from lifecycle.query import Filter
from lifecycle.store.sql import Store
from tests.made import day
from tests.store.many import FIRST, LIVES, Life, lived, place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lifecycle.store.reading import Reading


def write(store: Store, name: str, begin: int, end: int, *, now: float) -> None:
    """Write the records of a life from one number to another, and the refusals up to the last of them."""
    life = next(life for life in LIVES if life.name == name)
    records, refusals = lived(life)
    with store.writing() as transaction:
        transaction.append(name, records[begin:end], expected=begin, now=day(now))
        transaction.keep(name, [refusal for refusal in refusals if refusal.sequence <= end], now=day(now))


@pytest.fixture
def grown(store: Store) -> Store:
    """A store that was sealed on days 10, 20 and 30; ann came on day 5 and went on on 15, bob came on day 25."""
    store.register(FIRST, now=day(0))
    write(store, "ann", 0, 1, now=5)
    store.seal(now=day(10))
    write(store, "ann", 1, 4, now=15)
    store.seal(now=day(20))
    write(store, "bob", 0, 2, now=25)
    store.seal(now=day(30))
    return store


class TestInstants:
    """An instant stands for a position."""

    @pytest.mark.parametrize(
        ("at", "expected"), [(0, 0), (9.9, 0), (10, 1), (14, 1), (15, 1), (20, 5), (29, 5), (30, 10)]
    )
    def test_it_is_the_last_checkpoint_up_to_it(self, grown: Store, at: float, expected: int) -> None:
        """Inclusive. What was written before and sealed after was not known yet."""
        with grown.reading() as reading:
            assert expected == reading.position(day(at))
            known = sum(len(reading.history(lead, recorded_as_of=day(at))) for lead in ("ann", "bob"))
            known += len(list(reading.refusals(Filter(position=expected))))

        assert expected == known

    def test_one_after_the_last_checkpoint_has_no_answer(self, grown: Store) -> None:
        """It could still change; the error says until when there are answers, and what to do."""
        with grown.reading() as reading, pytest.raises(NotSealedError, match=r"sealed until 2026-03-31T.*seal"):
            reading.position(day(30.1))

    def test_a_store_that_was_never_sealed_has_none(self, store: Store) -> None:
        """Not even for long ago."""
        with store.reading() as reading, pytest.raises(NotSealedError, match="nothing has been sealed"):
            reading.history("ann", recorded_as_of=day(-1000))

    def test_sealing_again_does_not_change_an_answer(self, grown: Store) -> None:
        """Not at the same instant either: the clock of checkpoints only goes forward."""
        with grown.reading() as reading:
            before = reading.position(day(30))
        write(grown, "cid", 0, 2, now=29)
        grown.seal(now=day(30))
        with grown.reading() as reading:
            assert before == reading.position(day(30))


class TestPositions:
    """A position says what was there."""

    def test_both_bounds_may_be_asked_for_together(self, grown: Store) -> None:
        """What was known on day 20 of what was true on day 0."""
        with grown.reading() as reading:
            found = reading.history("ann", recorded_as_of=day(20), as_of=day(0.5))

        assert ["iql", "mql"] == [record.target for record in found]

    @pytest.mark.parametrize("position", range(6))
    def test_a_journey_is_the_fold_of_what_was_known(self, grown: Store, position: int) -> None:
        """Also between two checkpoints."""
        with grown.reading() as reading:
            known = reading.history("ann", position=position)
            assert fold(known) == reading.journey("ann", position=position)
            assert Journey() == reading.journey("bob", position=position)

        assert min(position, 4) == len(known)
        assert list(range(1, len(known) + 1)) == [record.sequence for record in known]

    def test_where_leads_stood_as_far_as_was_known(self, grown: Store) -> None:
        """By position, and at an instant of it."""
        with grown.reading() as reading:
            found = [[(one.lead, one.stage) for one in reading.leads(position=size)] for size in (0, 1, 5, 10)]
            both = [(one.lead, one.stage) for one in reading.leads(position=5, as_of=day(4))]

        assert [[], [("ann", "iql")], [("ann", "recycled")], [("ann", "recycled"), ("bob", "mql")]] == found
        assert [("ann", "sal")] == both

    @pytest.mark.parametrize(
        ("asked", "error", "says"),
        [
            ({"position": 11}, NotSealedError, "up to 10"),
            ({"position": -1}, CallerError, "count from 1"),
            ({"position": 1, "recorded_as_of": day(1)}, CallerError, "one of the two"),
        ],
    )
    def test_what_is_no_position_is_refused(
        self, grown: Store, asked: dict[str, Any], error: type[Exception], says: str
    ) -> None:
        """With the reason."""
        with grown.reading() as reading, pytest.raises(error, match=says):
            reading.history("ann", **asked)

    def test_the_leads_of_what_was_not_sealed_are_refused(self, grown: Store) -> None:
        """Like everything beyond the log."""
        with grown.reading() as reading, pytest.raises(NotSealedError):
            reading.leads(position=11)


def state(reading: Reading, position: int | None = None) -> list[Any]:
    """Return everything that can be asked of a store, as known at a position."""
    where = Filter(position=position)
    records = list(reading.records(where))
    names = sorted({str(record.lead) for record in records})
    return [
        [(place(record), record) for record in records],
        [(place(refusal), refusal) for refusal in reading.refusals(where)],
        [(one.lead, one.stage, one.since, one.sequence) for one in reading.leads(position=position)],
        [reading.history(name, position=position) for name in names],
        [reading.journey(name, position=position) for name in names],
        [tuple(history) for history in reading.histories(where)],
        reading.blocking(where),
    ]


STEPS = st.lists(st.tuples(st.sampled_from([life.name for life in LIVES[:3]]), st.integers(1, 3)), max_size=6)


@settings(max_examples=12)
@given(batches=st.lists(STEPS, min_size=1, max_size=3))
def test_a_position_gives_the_state_of_when_it_was_sealed(batches: Sequence[Sequence[tuple[str, int]]]) -> None:
    """Law: whatever is written afterwards, a checkpoint's position and instant give the store as it was then."""
    store = Store("sqlite://")
    store.register(FIRST, now=day(0))
    done: dict[str, int] = {}
    seen: list[tuple[float, int, list[Any]]] = []
    for number, batch in enumerate(batches, 1):
        for name, count in batch:
            write(store, name, done.get(name, 0), done.get(name, 0) + count, now=number - 0.5)
            done[name] = min(done.get(name, 0) + count, len(lived(_life(name))[0]))
        size = store.seal(now=day(number)).size
        with store.reading() as reading:
            seen.append((number, size, state(reading)))
    with store.reading() as reading:
        for at, size, then in seen:
            assert size == reading.position(day(at)) == reading.position(day(at + 0.4 if at < len(seen) else at))
            assert then == state(reading, size)
    store.close()


def _life(name: str) -> Life:
    return next(life for life in LIVES if life.name == name)
