"""Tests instants and durations, at the edges of clocks and calendars above all."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.errors import NaiveInstantError
from lifecycle.times import (
    BEGINNING,
    after,
    as_utc,
    before,
    duration_text,
    instant,
    instant_text,
    micros,
    parse_duration,
    parse_instant,
)

BERLIN = ZoneInfo("Europe/Berlin")
LAST = datetime.max.replace(tzinfo=UTC)
INSTANT = timedelta(microseconds=1)

zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
instants = st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=zones)
durations = st.timedeltas(min_value=INSTANT, max_value=timedelta(days=999_999_999))


class OffsetUnknown(tzinfo):
    """A zone that is there and says nothing."""

    def utcoffset(self, _: datetime | None) -> None:
        """Say nothing."""

    dst = utcoffset

    def tzname(self, _: datetime | None) -> str:
        """Have a name all the same."""
        return "somewhere"


class TestAsUtc:
    """An instant is the same in every zone, and is kept in UTC."""

    @given(instants)
    def test_instant_stays_the_same(self, at: datetime) -> None:
        """Another zone is another way to write the same instant."""
        assert at == as_utc(at)
        assert UTC is as_utc(at).tzinfo

    @given(st.datetimes())
    def test_naive_is_refused(self, at: datetime) -> None:
        """No zone is guessed."""
        with pytest.raises(NaiveInstantError, match="no time zone") as caught:
            as_utc(at)

        assert at == caught.value.value

    @pytest.mark.parametrize("at", ["2026-01-05T10:00:00Z", date(2026, 1, 5), 1767607200, None])
    def test_what_is_no_datetime_is_refused(self, at: Any) -> None:
        """A day alone is no instant, and a text is read by whoever knows its form."""
        with pytest.raises(TypeError, match="an instant is a datetime with a time zone, not"):
            as_utc(at)

    def test_zone_that_does_not_know_its_offset_is_naive(self) -> None:
        """A zone has to say what it means."""
        with pytest.raises(NaiveInstantError):
            as_utc(datetime(2026, 1, 5, tzinfo=OffsetUnknown()))

    def test_hour_that_comes_twice_is_told_apart_by_its_fold(self) -> None:
        """When clocks are set back, half past two comes twice."""
        first = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN)

        assert datetime(2026, 10, 25, 0, 30, tzinfo=UTC) == as_utc(first)
        assert datetime(2026, 10, 25, 1, 30, tzinfo=UTC) == as_utc(first.replace(fold=1))

    def test_hour_that_is_left_out_is_read_with_the_offset_before_it(self) -> None:
        """When clocks are set forward, half past two never comes; read by the winter's clock it is half past one."""
        assert datetime(2026, 3, 29, 1, 30, tzinfo=UTC) == as_utc(datetime(2026, 3, 29, 2, 30, tzinfo=BERLIN))

    @pytest.mark.parametrize(
        ("at", "hours"),
        [(datetime.min, 1), (datetime.max, -1)],
        ids=["year 1", "year 9999"],
    )
    def test_outside_the_calendar_is_refused(self, at: datetime, hours: int) -> None:
        """The first hour of year 1 east of Greenwich is in no year that datetime has."""
        with pytest.raises(ValueError, match="outside the years 1 to 9999"):
            as_utc(at.replace(tzinfo=timezone(timedelta(hours=hours))))

    def test_calendar_ends_are_instants_too(self) -> None:
        """Year 1 and year 9999 are inside."""
        assert BEGINNING == as_utc(datetime.min.replace(tzinfo=UTC))
        assert LAST == as_utc(LAST)


class TestText:
    """Instants are read as ISO 8601 with a zone, and written in one way."""

    @given(instants)
    def test_written_is_read_back(self, at: datetime) -> None:
        """Nothing of an instant is lost by writing it."""
        assert at == parse_instant(instant_text(at))

    @given(instants, instants)
    def test_order_of_texts_is_order_of_time(self, one: datetime, other: datetime) -> None:
        """A database may sort instants as texts."""
        assert (one < other) is (instant_text(one) < instant_text(other))

    def test_six_decimals_always(self) -> None:
        """The text has one length, so that it sorts."""
        assert "2026-01-05T10:00:00.000000Z" == instant_text(
            datetime(2026, 1, 5, 11, tzinfo=timezone(timedelta(hours=1)))
        )

    @pytest.mark.parametrize("text", ["2026-01-05T10:00:00Z", " 2026-01-05 11:00+01:00 ", "20260105T100000Z"])
    def test_forms_of_iso_8601(self, text: str) -> None:
        """Basic and extended forms, a space for the T, and spaces around."""
        assert datetime(2026, 1, 5, 10, tzinfo=UTC) == parse_instant(text)

    @pytest.mark.parametrize("text", ["2026-01-05", "2026-01-05T10:00:00"])
    def test_without_zone_is_refused(self, text: str) -> None:
        """A day alone is no instant either."""
        with pytest.raises(NaiveInstantError, match=text):
            parse_instant(text)

    @pytest.mark.parametrize("text", ["", "yesterday", "2026-02-29T00:00:00Z", "05.01.2026 10:00"])
    def test_what_is_no_instant_is_named(self, text: str) -> None:
        """The error shows the text and what would have been right."""
        with pytest.raises(ValueError, match="is not an ISO 8601 instant such as") as caught:
            parse_instant(text)

        assert repr(text) in str(caught.value)


class TestCalendarEnds:
    """Windows and waits may reach over the ends of the calendar."""

    def test_before_the_beginning_is_the_beginning(self) -> None:
        """A window longer than the calendar begins where the calendar does."""
        assert BEGINNING == before(BEGINNING + INSTANT, timedelta(days=1))
        assert BEGINNING == before(BEGINNING + INSTANT, INSTANT)

    def test_after_the_end_never_comes(self) -> None:
        """What would fall due beyond year 9999 never does."""
        assert None is after(LAST, INSTANT)
        assert LAST == after(LAST - INSTANT, INSTANT)


class TestDurations:
    """Durations have units of fixed length."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("30 days", timedelta(days=30)),
            ("2 weeks", timedelta(weeks=2)),
            ("36 hours", timedelta(hours=36)),
            ("1 day 12 hours", timedelta(days=1, hours=12)),
            ("1day12hours", timedelta(days=1, hours=12)),
            (" 90 Minutes ", timedelta(minutes=90)),
            ("1 second", timedelta(seconds=1)),
            ("5 microseconds", timedelta(microseconds=5)),
            ("P2W", timedelta(weeks=2)),
            (" P30D ", timedelta(days=30)),
            ("PT36H", timedelta(hours=36)),
            ("P1DT2H3M4S", timedelta(days=1, hours=2, minutes=3, seconds=4)),
            ("PT5M", timedelta(minutes=5)),
        ],
    )
    def test_forms(self, text: str, expected: timedelta) -> None:
        """Words in any case, or ISO 8601."""
        assert expected == parse_duration(text)

    @pytest.mark.parametrize("text", ["1 month", "2 years", "P1M", "P1Y", "P1Y2M3D", "P2MT5M", "1 day 1 month"])
    def test_months_and_years_are_refused_with_the_reason(self, text: str) -> None:
        """They differ in length, so the same text would mean different things."""
        with pytest.raises(ValueError, match="months and years have no fixed length; write days or weeks instead"):
            parse_duration(text)

    @pytest.mark.parametrize("text", ["0 days", "PT0S", "P", "PT", ""])
    def test_no_time_at_all_is_refused(self, text: str) -> None:
        """A window of no length would hold nothing."""
        with pytest.raises(ValueError, match="lasts no time at all"):
            parse_duration(text)

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("soon", "is not a duration such as '30 days'"),
            ("-1 days", "is not a duration such as '30 days'"),
            ("1.5 days", "is not a duration such as '30 days'"),
            ("30", "is not a duration such as '30 days'"),
            ("٣ days", "is not a duration such as '30 days'"),
            ("30 d", "'d' is not one of seconds, minutes, hours, days, weeks"),
            ("3 dayss", "'dayss' is not one of"),
            ("P1.5D", "it is not ISO 8601 such as"),
            ("P1W2D", "it is not ISO 8601 such as"),
            ("999999999999 weeks", "is longer than the calendar"),
            ("P" + "9" * 30 + "D", "is longer than the calendar"),
            ("9" * 5000 + " days", "is too long for a duration"),
        ],
    )
    def test_what_is_no_duration_is_named(self, text: str, message: str) -> None:
        """The error says what is wrong with which text."""
        with pytest.raises(ValueError, match=message):
            parse_duration(text)

    @given(durations)
    def test_written_is_read_back(self, duration: timedelta) -> None:
        """Nothing of a duration is lost by writing it."""
        assert duration == parse_duration(duration_text(duration))

    @pytest.mark.parametrize(
        ("duration", "expected"),
        [
            (timedelta(weeks=2), "2 weeks"),
            (timedelta(days=10), "10 days"),
            (timedelta(days=1, hours=12), "1 day 12 hours"),
            (timedelta(hours=25, seconds=1), "1 day 1 hour 1 second"),
            (timedelta(seconds=1, microseconds=2), "1 second 2 microseconds"),
            (timedelta(), "0 seconds"),
        ],
    )
    def test_written_in_the_largest_whole_units(self, duration: timedelta, expected: str) -> None:
        """Weeks only where nothing is left over: ten days are not a week and three days."""
        assert expected == duration_text(duration)


@given(at=st.datetimes(timezones=st.just(UTC)))
def test_instants_are_whole_microseconds(at: datetime) -> None:
    """Law: an instant is read back exactly, and order stays order."""
    later = at + timedelta(microseconds=1) if at.year < 9999 else at

    assert at == instant(micros(at))
    assert micros(later) - micros(at) in {0, 1}
