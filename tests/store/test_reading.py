"""Reading a store: journeys, histories, refusals, leads."""

from __future__ import annotations

from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.decision import Request
from lifecycle.history import fold
from lifecycle.journey import Journey
from lifecycle.store import entries
from lifecycle.store.reading import Head, chunks
from lifecycle.store.sql import Store
from lifecycle.times import micros
from tests.made import arrow, day, made
from tests.store.lives import DEFINITION, NOW, RECYCLE, lived

RECORDS, REFUSALS = lived("1")
ROUND = made(
    arrow("walk", "iql", "mql"),
    arrow("walk", "mql", "iql"),
    arrow("return", "iql mql", "recycled", new_cycle=True),
    arrow("walk", "recycled", "mql"),
    arrow("return", "recycled", "recycled"),
)


@pytest.fixture
def store(store: Store) -> Store:
    """A store in which three leads stand in mql, sal and recycled; their records were written on days 100, 101, ..."""
    store.register(DEFINITION, now=NOW)
    for lead, cut in (("1", 5), ("2", 3), ("3", 4)):
        records, refusals = lived(lead)
        for index, record in enumerate(records[:cut]):
            with store.writing() as transaction:
                transaction.append(lead, [record], expected=index, now=day(100 + index))
        with store.writing() as transaction:
            transaction.keep(lead, refusals, now=NOW)
    return store


class TestHistories:
    """One lead's records in sequence."""

    def test_they_come_in_sequence_with_lead_and_envelope(self, store: Store) -> None:
        """Details only where they are asked for."""
        with store.reading() as reading:
            bare, whole = reading.history("1"), reading.history("1", with_details=True)

        assert RECORDS == bare == whole
        assert [1, 2, 3, 4, 5] == [record.sequence for record in bare]
        assert [None] * 5 == [record.detail for record in bare]
        assert "whole" not in str(whole[0].detail)
        assert ["came"] == list((whole[0].detail or {})["verdicts"])

    def test_as_of_gives_what_was_true_at_an_instant(self, store: Store) -> None:
        """Inclusive, by the instant of the move."""
        with store.reading() as reading:
            found = [len(reading.history("1", as_of=at)) for at in (day(-1), day(0), day(1), day(2.9), day(3), day(9))]
            journeys = [reading.journey("1", as_of=at) for at in (day(-1), day(3.5))]

        assert [0, 1, 2, 2, 3, 5] == found
        assert [Journey(), fold(RECORDS[:3])] == journeys

    @settings(max_examples=25)
    @given(moves=st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["walk", "return"])), max_size=8))
    def test_a_journey_is_the_fold_of_its_records(self, moves: list[tuple[int, str]]) -> None:
        """Law: at every instant, however many moves were made in one, and in whatever cycle."""
        days = list(accumulate(later for later, _ in moves))
        asked = [(day(at), Request(trigger=name, actor="x:1")) for at, (_, name) in zip(days, moves, strict=True)]
        records, _ = lived("1", asked, ROUND)
        store = Store("sqlite://")
        store.register(ROUND, now=NOW)
        with store.writing() as transaction:
            transaction.append("1", records, expected=0, now=NOW)
            found = {at: transaction.journey("1", as_of=day(at)) for at in days}
            assert fold(records) == transaction.journey("1")
        store.close()

        assert {at: fold(record for record in records if record.at <= day(at)) for at in days} == found

    def test_a_lead_that_is_not_known_has_none(self, store: Store) -> None:
        """Which is no error: it has not entered."""
        with store.reading() as reading:
            assert () == reading.history("nobody")
            assert Journey() == reading.journey("nobody")
            assert Head() == reading.head("nobody")
            assert None is reading.subject_of("nobody")

    def test_the_head_is_the_end_of_a_history(self, store: Store) -> None:
        """Which a further record is chained to."""
        with store.reading() as reading:
            last = reading.history("2")[-1].envelope
            assert last is not None
            assert Head(last.subject, 3, micros(day(3)), last.digest) == reading.head("2")

    def test_a_lead_that_was_only_refused_has_a_head_without_records(self, store: Store) -> None:
        """It is known, and has not entered."""
        with store.writing() as transaction:
            transaction.keep("4", lived("4")[1], now=NOW)
        with store.reading() as reading:
            head = reading.head("4")

        assert (True, 0, "") == (head.subject is not None, head.sequence, head.digest)

    @pytest.mark.parametrize("number", [0, -1, 6, 2**31, 10**20])
    def test_a_number_that_it_does_not_have(self, store: Store, number: int) -> None:
        """There is no such entry, be it one too many or more than databases count to."""
        with store.reading() as reading:
            assert reading.entry(entries.RECORDS, "1", 5) is not None
            assert reading.entry(entries.RECORDS, "1", number) is None

    def test_all_records_are_walked_in_order_of_time(self, store: Store) -> None:
        """Those of one lead in sequence."""
        with store.reading() as reading:
            found = list(reading.records())

        assert sorted(record.at for record in found) == [record.at for record in found]
        for lead, cut in (("1", 5), ("2", 3), ("3", 4)):
            assert list(range(1, cut + 1)) == [record.sequence for record in found if record.lead == lead]


class TestLeads:
    """Who stands where."""

    def test_all_leads_with_stage_and_since(self, store: Store) -> None:
        """The last record of each."""
        with store.reading() as reading:
            found = [(one.lead, one.stage, one.since) for one in reading.leads()]

        assert [("1", "mql", day(5)), ("2", "sal", day(3)), ("3", "recycled", day(4))] == found

    def test_those_of_one_stage(self, store: Store) -> None:
        """Whoever has passed through it is not in it."""
        with store.reading() as reading:
            assert ["2"] == [standing.lead for standing in reading.leads(stage="sal")]
            assert [] == list(reading.leads(stage="iql"))

    def test_which_of_many_are_known(self, store: Store) -> None:
        """More than one statement can ask for."""
        names = [str(number) for number in range(1200)]
        with store.reading() as reading:
            assert {"1", "2", "3"} == reading.known(names)
            assert set() == reading.known([])

    def test_refusals_of_one_lead_or_of_all(self, store: Store) -> None:
        """In order of time."""
        with store.reading() as reading:
            assert ["2"] == [refusal.lead for refusal in reading.refusals("2")]
            assert ["1", "2", "3"] == sorted(str(refusal.lead) for refusal in reading.refusals())
            assert [] == list(reading.refusals("nobody"))


def test_a_view_is_consistent(url: str) -> None:
    """What others write in the meantime is not seen in it."""
    from lifecycle.store.sql import Store

    store = Store(url)
    store.register(DEFINITION, now=NOW)
    with store.reading() as reading:
        assert () == reading.history("1")
        with store.writing() as transaction:
            transaction.append("1", RECORDS, expected=0, now=NOW)
        assert () == reading.history("1")
    with store.reading() as reading:
        assert RECORDS == reading.history("1")
    store.close()


class TestAnswers:
    """What a command was answered with is found by its key."""

    def test_a_new_command_has_none(self, store: Store) -> None:
        """It has not been asked yet."""
        with store.reading() as reading:
            assert None is reading.answer("new")

    @pytest.mark.parametrize(("first", "last"), [(1, 5), (2, 3), (5, 5)])
    def test_its_records_and_what_was_before(self, store: Store, first: int, last: int) -> None:
        """From the first that it wrote to the last, with their details."""
        with store.writing() as transaction:
            transaction.remember("x", "1", records=RECORDS[first - 1 : last], refusal=None, now=NOW)
        with store.reading() as reading:
            answer = reading.answer("x")

        assert answer is not None
        assert ("1", None) == (answer.lead, answer.refusal)
        assert RECORDS[: first - 1] == answer.before
        assert RECORDS[first - 1 : last] == answer.records
        assert None is not answer.records[0].detail

    def test_a_refusal_alone(self, store: Store) -> None:
        """Before it are the records that there were when it was decided, not those that came later."""
        with store.writing() as transaction:
            transaction.remember("x", "1", records=(), refusal=REFUSALS[0], now=NOW)
        with store.reading() as reading:
            answer = reading.answer("x")

        assert answer is not None
        assert REFUSALS[0] == answer.refusal
        assert (RECORDS[:2], ()) == (answer.before, answer.records)

    def test_records_and_a_refusal(self, store: Store) -> None:
        """What moved by itself before what was asked was refused."""
        with store.writing() as transaction:
            transaction.remember("x", "1", records=RECORDS[:2], refusal=REFUSALS[0], now=NOW)
        with store.reading() as reading:
            answer = reading.answer("x")

        assert answer is not None
        assert ((), RECORDS[:2], REFUSALS[0]) == (answer.before, answer.records, answer.refusal)


@given(values=st.lists(st.text(max_size=2), max_size=40))
def test_chunks_are_the_values(values: list[str]) -> None:
    """Law: nothing is lost and nothing is put in another order."""
    many = [f"{value}{index}" for index, value in enumerate(values * 30)]

    assert many == [value for some in chunks(many) for value in some]
    assert all(len(some) <= 500 for some in chunks(many))


def test_recycling_has_a_reason() -> None:
    """The lives of these tests hold what they are named for."""
    assert ("later", 2) == (RECORDS[3].reason, RECORDS[3].cycle)
    assert "recycle" == RECYCLE[1].trigger
