"""Finding records and refusals: by everything that can be asked for, page by page, on every database."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.criteria import Outcome
from lifecycle.decision import Kind
from lifecycle.errors import CallerError, NotSealedError
from lifecycle.query import ANY, Cursor, Filter, page_of
from lifecycle.record import Record, Refusal
from tests.made import day
from tests.store.many import CONFUSING, LIVES, OVERRIDE, RECYCLE, Life, admitted, keep, place, values

if TYPE_CHECKING:
    from lifecycle.query import Page
    from lifecycle.store.reading import Reading
    from lifecycle.store.sql import Store

OF_RECORDS = ("source", "target", "trigger", "actor", "kind", "definition", "version", "lead")
OF_REFUSALS = ("source", "trigger", "actor", "kind", "definition", "version", "lead", "result", "blocker")
DAYS = st.one_of(st.none(), st.sampled_from([day(0), day(1), day(3), day(9), day(40)]))


@pytest.fixture
def many(store: Store) -> Store:
    """A store with six leads, of whom four have been sealed."""
    keep(store, *LIVES[:4])
    store.seal(now=day(100))
    keep(store, *LIVES[4:])
    return store


def everything(reading: Reading) -> tuple[list[Record], list[Refusal]]:
    """Return all that the store has."""
    return list(reading.records()), list(reading.refusals())


def filters(entries: list[Any], names: tuple[str, ...]) -> st.SearchStrategy[Filter]:
    """Give filters of which each asks for something that is there, and together perhaps for nothing."""
    asked: dict[str, st.SearchStrategy[Any]] = {name: _values(entries, name) for name in names}
    subjects = [entry.envelope.subject for entry in entries]
    positions = st.one_of(st.none(), st.integers(0, 12))
    atoms = sorted({atom for entry in entries for atom in entry.atoms})
    asked["subject"] = st.sampled_from([None, None, None, subjects[0]])
    asked |= {"since": DAYS, "until": DAYS, "position": positions}
    asked |= {"atom": st.sampled_from([None, *atoms]), "outcome": st.sampled_from([None, *Outcome])}
    return st.fixed_dictionaries({}, optional=asked).map(_filter)


def _filter(given: dict[str, Any]) -> Filter:
    return Filter(**given if given.get("atom") else {**given, "outcome": None})


def _values(entries: list[Any], name: str) -> st.SearchStrategy[Any]:
    if name == "blocker":
        return st.sampled_from([None, *sorted({atom for entry in entries for atom in entry.blockers})])
    field = "stage" if name == "source" and isinstance(entries[0], Refusal) else name
    found = values(entries, field)
    return st.sampled_from([None, *(value or "(new)" for value in found)])


class TestFilters:
    """What is asked for is what is given."""

    def test_a_filter_gives_what_a_plain_loop_would(self, many: Store) -> None:
        """Law: for every filter the database finds what is found by looking at each record and refusal."""
        with many.reading() as reading:
            records, refusals = everything(reading)

            @settings(max_examples=40)
            @given(where=filters(records, OF_RECORDS))
            def of_records(where: Filter) -> None:
                assert [one for one in records if admitted(where, one)] == list(reading.records(where))

            @settings(max_examples=40)
            @given(where=filters(refusals, OF_REFUSALS))
            def of_refusals(where: Filter) -> None:
                assert [one for one in refusals if admitted(where, one)] == list(reading.refusals(where))

            of_records()
            of_refusals()

    def test_the_order_is_that_of_time(self, many: Store) -> None:
        """By instant, subject and number, and nothing is there twice."""
        with many.reading() as reading:
            for found in everything(reading):
                assert sorted(map(place, found)) == [place(entry) for entry in found]
                assert len(set(map(place, found))) == len(found)

    @pytest.mark.parametrize(
        ("where", "expected"),
        [
            (Filter(kind=Kind.OVERRIDE), [("ann", "sal")]),
            (Filter(source="(new)", version="2"), [("dee", "iql"), ("fay", "iql")]),
            (Filter(definition="other", trigger="recycle"), [("eve", "recycled")]),
            (Filter(atom="likes", outcome=Outcome.UNKNOWN), [("ann", "sal")]),
            (Filter(atom="interest >= 20", since=day(2)), [("dee", "mql"), ("eve", "mql")]),
            (Filter(atom="fits", outcome=Outcome.MET), [("dee", "sal")]),
            (Filter(actor="sales:2", until=day(9)), [("eve", "recycled")]),
            (Filter(lead="nobody"), []),
        ],
    )
    def test_what_some_filters_find(self, many: Store, where: Filter, expected: list[tuple[str, str]]) -> None:
        """Said in words: the override, the entries under a version, what was unknown, and so on."""
        with many.reading() as reading:
            found = [(record.lead, record.target) for record in reading.records(where)]

        assert sorted(expected) == sorted((str(lead), target) for lead, target in found)

    def test_a_dimension_is_not_taken_for_what_it_spells(self, store: Store) -> None:
        """A content with the dimensions kind and likes holds the same bytes as one of that kind and with that atom."""
        profile = {"kind": "requested", "likes": "met"}
        asked = ((8, OVERRIDE), (9, RECYCLE))
        lives = (Life(str(number), CONFUSING, number, 3, asked, profile=profile) for number in range(3))
        keep(store, *lives)

        with store.reading() as reading:
            assert [] == list(reading.records(Filter(atom="likes", outcome=Outcome.MET)))
            assert {"sal"} == {record.target for record in reading.records(Filter(atom="likes"))}
            assert [] == list(reading.records(Filter(kind=Kind.REQUESTED, target="mql")))
            assert 2 == len(list(reading.records(Filter(kind=Kind.REQUESTED), limit=2)))
            assert 3 == len(list(reading.records(Filter(kind=Kind.REQUESTED))))

    def test_an_erased_lead_is_found_by_its_subject(self, many: Store) -> None:
        """Your id finds nothing any more."""
        with many.reading() as reading:
            subject = reading.subject_of("ann")
        many.erase("ann", basis="gdpr_17", actor="dpo:1", now=day(101))

        with many.reading() as reading:
            assert [] == list(reading.records("ann"))
            found = list(reading.records(Filter(subject=subject), with_details=True))
            assert ["iql", "mql", "sal", "recycled"] == [record.target for record in found]
            assert {(None, None)} == {(record.lead, record.detail) for record in found}
            assert 1 == len(list(reading.refusals(Filter(subject=subject))))

    def test_details_come_when_asked_for(self, many: Store) -> None:
        """With everything that was said."""
        with many.reading() as reading:
            (bare,) = reading.refusals("ann")
            (whole,) = reading.refusals("ann", with_details=True)

        assert None is bare.detail
        assert "hm" == (whole.detail or {})["note"]

    def test_what_such_entries_do_not_have_is_refused(self, many: Store) -> None:
        """At once, and not when the first is wanted."""
        with many.reading() as reading:
            with pytest.raises(CallerError, match="a record has no blocker"):
                reading.records(Filter(blocker="likes"))
            with pytest.raises(CallerError, match="a refusal has no target"):
                reading.refusals(Filter(target="mql"))

    def test_a_position_beyond_what_was_sealed_is_refused(self, many: Store) -> None:
        """It has no meaning yet."""
        size = many.checkpoint().size
        with many.reading() as reading:
            with pytest.raises(NotSealedError, match=f"up to {size}"):
                reading.records(Filter(position=size + 1))
            with pytest.raises(CallerError, match="count from 1"):
                reading.refusals(Filter(position=-1))


class TestPages:
    """Page by page."""

    @pytest.mark.parametrize("limit", [1, 3, 100])
    def test_pages_give_the_whole_once_whatever_comes_later(self, store: Store, limit: int) -> None:
        """Law: what is appended between pages and is later than the cursor is met, and nothing is met twice."""
        keep(store, *LIVES[:3])
        found: list[Record] = []
        cursor, later = None, [Life(f"later{number}", LIVES[0].definition, 50 + number, 2) for number in range(3)]
        while True:
            with store.reading() as reading:
                page = page_of(reading.records(after=cursor, limit=limit + 1), limit)
            found += page
            cursor = page.next
            if cursor is None:
                break
            if later:
                keep(store, later.pop())

        with store.reading() as reading:
            assert list(reading.records()) == found

    @pytest.mark.parametrize(
        "where", [ANY, Filter(kind=Kind.AUTOMATIC), Filter(atom="likes"), Filter(source="mql"), Filter(lead="bob")]
    )
    def test_a_cursor_goes_on_behind_every_entry(self, many: Store, where: Filter) -> None:
        """Law: the entries behind any place are the rest, of records and of refusals, with and without a filter."""
        with many.reading() as reading:
            for find in (reading.records, reading.refusals):
                every: list[Record | Refusal] = [*find(where)]
                for number, entry in enumerate(every, 1):
                    assert every[number:] == list(find(where, after=str(Cursor.behind(entry))))

    def test_pages_of_what_only_the_content_says_are_full(self, many: Store) -> None:
        """What the content does not admit takes no place on a page."""

        def page(after: str | None) -> Page[Record]:
            with many.reading() as reading:
                return page_of(reading.records(Filter(kind=Kind.REQUESTED), after=after, limit=2), 1)

        first = page(None)
        second = page(first.next)
        assert [1, 1] == [len(first), len(second)]
        assert ["dee", "eve"] == [first[0].lead, second[0].lead]

    @pytest.mark.parametrize("limit", [-1, 10**20])
    def test_what_is_no_limit_is_refused(self, many: Store, limit: int) -> None:
        """Before anything is asked of the database."""
        with many.reading() as reading, pytest.raises(CallerError, match="a limit is a whole number from 0 to"):
            reading.records(limit=limit)

    def test_a_strange_cursor_is_refused(self, many: Store) -> None:
        """Also one of the other kind."""
        with many.reading() as reading:
            of_refusals = str(Cursor.behind(next(reading.refusals())))
            for cursor in ("x", of_refusals):
                with pytest.raises(CallerError, match="cursor"):
                    reading.records(after=cursor)


class TestHistories:
    """All histories, one after the other."""

    def test_each_comes_once_and_whole(self, many: Store) -> None:
        """The records of a lead together, in sequence."""
        with many.reading() as reading:
            found = list(reading.histories())
            expected = {life.name: reading.history(life.name) for life in LIVES}

        assert expected == {str(history[0].lead): history for history in found}

    def test_a_filter_leaves_out_records_of_them(self, many: Store) -> None:
        """As known at a position: those that were sealed by then."""
        size = many.checkpoint().size
        with many.reading() as reading:
            found = list(reading.histories(Filter(position=size)))

        assert {"ann", "bob", "cid", "dee"} == {str(history[0].lead) for history in found}


@pytest.mark.parametrize("portion", [1, 2, 3, 5])
def test_portions_are_not_seen_from_outside(many: Store, monkeypatch: pytest.MonkeyPatch, portion: int) -> None:
    """Law: however many rows are asked for at a time, and whatever is asked, the same comes in the same order."""
    asked = (ANY, Filter(kind=Kind.REQUESTED), Filter(target="iql"), Filter(position=9), Filter(lead="ann"))

    def everything_asked() -> list[Any]:
        with many.reading() as reading:
            found: list[Any] = [list(reading.records(where)) for where in asked]
            found += [list(reading.records(where, limit=2)) for where in asked]
            return [*found, list(reading.refusals()), list(reading.histories()), reading.blocking()]

    expected = everything_asked()
    monkeypatch.setattr("lifecycle.store.querying.PORTION", portion)

    assert expected == everything_asked()


@pytest.mark.parametrize("size", [999, 1001])
def test_a_long_result_comes_in_portions(store: Store, size: int) -> None:
    """More than the driver fetches at once, and nothing is lost between two portions."""
    from tests.store.lives import DEFINITION, NOW
    from tests.store.lives import lived as one

    records, _ = one("x", ())
    store.register(DEFINITION, now=NOW)
    with store.writing() as transaction:
        transaction.add([(str(number), records[:1], ()) for number in range(size)], now=NOW)

    with store.reading() as reading:
        found = [str(record.lead) for record in reading.records()]
    assert sorted(map(str, range(size))) == sorted(found)


def test_the_place_of_an_entry_is_part_of_it(many: Store) -> None:
    """Its position, once it has been sealed."""
    with many.reading() as reading:
        positions = {
            str(lead): [record.envelope.position for record in records if record.envelope is not None]
            for lead, records in groupby(sorted(reading.records(), key=lambda one: str(one.lead)), lambda one: one.lead)
        }

    assert [1, 2, 3, 4] == positions["ann"]
    assert [None, None, None] == positions["eve"]
