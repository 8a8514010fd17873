"""What may be asked of all histories: filters, cursors, pages."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.criteria import Outcome
from lifecycle.errors import CallerError, NaiveInstantError
from lifecycle.query import ANY, LARGEST, Cursor, Filter, page_of
from lifecycle.record import Envelope, Record, Refusal
from tests.made import day
from tests.store.lives import lived

RECORDS, REFUSALS = lived("1")

cursors = st.builds(
    Cursor,
    st.sampled_from([Record, Refusal]),
    st.datetimes(timezones=st.just(UTC)),
    st.from_regex("[0-9a-f]{32}", fullmatch=True),
    st.integers(1, LARGEST),
)


def stored(number: int) -> Record:
    """Return a record as a store gives it."""
    envelope = Envelope(
        format="f", subject="s", recorded_at=day(1), commitment="c", previous="", digest=f"d{number}", position=None
    )
    return attrs.evolve(RECORDS[0], sequence=number, envelope=envelope)


class TestFilter:
    """What is asked for."""

    def test_instants_are_in_utc(self) -> None:
        """Whatever zone they are given in; without one they are refused."""
        zoned = datetime.fromisoformat("2026-03-01T02:00:00+02:00")

        assert day(0) == Filter(since=zoned).since
        with pytest.raises(NaiveInstantError):
            Filter(until=datetime(2026, 3, 1))

    def test_an_outcome_is_that_of_an_atom(self) -> None:
        """Alone it says nothing."""
        with pytest.raises(CallerError, match="say which atom"):
            Filter(outcome=Outcome.MET)

    @pytest.mark.parametrize(
        ("kind", "where"),
        [(Record, Filter(blocker="x")), (Refusal, Filter(target="mql"))],
    )
    def test_what_entries_do_not_have_is_refused(self, kind: type[Record | Refusal], where: Filter) -> None:
        """A record has no blocker, and a refusal no target: an empty answer would hide the mistake."""
        other = Refusal if kind is Record else Record

        where.check(other)
        with pytest.raises(CallerError, match=f"a {kind.__name__.lower()} has no"):
            where.check(kind)

    def test_a_text_is_the_id_of_a_lead(self) -> None:
        """And a filter is itself."""
        assert Filter(lead="42") == Filter.of("42")
        assert ANY is Filter.of(ANY)


class TestCursor:
    """A place in the order of time."""

    @given(cursors)
    def test_it_is_read_back_as_it_was(self, cursor: Cursor) -> None:
        """Law: a cursor goes through its text unharmed, and the text fits into a URL and a line of a terminal."""
        text = str(cursor)

        assert cursor == Cursor.read(cursor.kind, text)
        assert set(text) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")
        assert len(text) <= 71

    @given(st.one_of(st.text(), st.text("abc123-."), st.text("a1-.").map(lambda rest: f"record.1.{rest}1e9")))
    def test_what_is_none_is_refused(self, text: str) -> None:
        """Law: whatever is not a cursor is the caller's mistake, and nothing else goes wrong."""
        with pytest.raises(CallerError):
            Cursor.read(Record, text)

    @pytest.mark.parametrize(
        "text",
        [
            "record.1.\0.1",
            "record.1.s.0",
            f"record.1.s.{2**31}",
            f"record.1.s.{10**21}",
            "record.1.s.1e999",
            f"record.{10**30}.s.1",
            "record.1.s",
        ],
    )
    def test_what_no_store_would_take_is_refused(self, text: str) -> None:
        """A letter or a digit too many is a mistake of whoever pasted it, and no error of the database."""
        with pytest.raises(CallerError, match="this is no cursor"):
            Cursor.read(Record, text)

    def test_one_of_refusals_is_none_of_records(self) -> None:
        """The two orders have nothing to do with each other."""
        text = str(Cursor(Refusal, day(1), "s", 1))

        with pytest.raises(CallerError, match="none of records"):
            Cursor.read(Record, text)

    def test_it_stands_behind_an_entry(self) -> None:
        """With what orders it: instant, subject, number."""
        assert Cursor(Record, RECORDS[0].at, "s", 7) == Cursor.behind(stored(7))


class TestPage:
    """Some of it, and where the rest begins."""

    @given(count=st.integers(0, 9), limit=st.one_of(st.none(), st.integers(1, 9)))
    def test_it_has_at_most_so_many(self, count: int, limit: int | None) -> None:
        """Law: a page is the beginning, and names the place behind it if and only if there is more."""
        every = [stored(number) for number in range(1, count + 1)]
        page = page_of((record for record in every), limit)
        more = limit is not None and count > limit

        assert tuple(every[:limit]) == page
        assert (str(Cursor.behind(page[-1])) if more else None) == page.next

    def test_the_stream_is_ended(self) -> None:
        """Nothing stays open behind a page."""
        stream = (stored(number) for number in range(1, 9))
        page_of(stream, 2)

        assert [] == list(stream)

    @pytest.mark.parametrize("limit", [0, -1, 10**20])
    def test_a_page_of_no_size_is_refused(self, limit: int) -> None:
        """An empty one would have no place to go on from, and nobody counts to the other."""
        with pytest.raises(CallerError, match="a limit is a whole number from 1 to"):
            page_of((stored(number) for number in range(3)), limit)
