"""Strategies of single things: instants, numbers near a threshold, activities, leads, snapshots, parameters.

Where a criterion is given they follow what it declares to read: facts of these, with values at which its answer may
turn, and now and then others. Without one they say a little of everything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from lifecycle.criteria import Criterion, criterion
from lifecycle.facts import Activity
from lifecycle.lead import Lead, Snapshot
from lifecycle.testing.making import draw_criterion, draw_odd_parameters, draw_situation
from lifecycle.testing.subject import Subject, offers_of
from lifecycle.testing.telling import Situation
from lifecycle.testing.vocabulary import INSTANTS, JUMPS, KINDS, OTHERS, Vocabulary
from lifecycle.testing.vocabulary import near as values_near

__all__ = ["activities", "jumps", "leads", "near", "odd_parameters", "parameters_of", "snapshots", "zoned_instants"]

_INSTANT: Final = timedelta(microseconds=1)
_ZONES: Final = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia")
_BESIDE: Final = (timedelta(), -_INSTANT, _INSTANT, timedelta(minutes=30), timedelta(hours=-1), timedelta(hours=1))
_EDGES: Final = (
    *INSTANTS[:-1],  # the last one lies at the end of the calendar, where other zones have another year
    datetime(2026, 3, 8, 7, tzinfo=ZoneInfo("UTC")),  # New York's clocks go forward
    datetime(2026, 11, 1, 6, tzinfo=ZoneInfo("UTC")),  # and back
    datetime(2026, 4, 4, 15, tzinfo=ZoneInfo("UTC")),  # Lord Howe's go back, by half an hour
    datetime(2011, 12, 30, 10, tzinfo=ZoneInfo("UTC")),  # Apia leaves a day out
)


@criterion("anything", version="1", also_reads=OTHERS)
class _Anything:  # type: ignore[type-var]  # it has no judge method: it stands for what it reads, and nobody asks it
    """Reads a little of everything."""


def zoned_instants() -> st.SearchStrategy[datetime]:
    """Give instants in real time zones, at the edges of calendars and of daylight saving time and right beside them.

    Some of them are one instant in two zones, and some are read off a clock that shows the same hour twice.
    """
    at = st.sampled_from(_EDGES)
    return st.builds(_in_zone, at, st.sampled_from(_BESIDE), st.sampled_from(_ZONES))


def _in_zone(at: datetime, beside: timedelta, zone: str) -> datetime:
    return (at + beside).astimezone(ZoneInfo(zone))


def near(number: int) -> st.SearchStrategy[int]:
    """Give whole numbers at a threshold, right beside it, and far beyond it."""
    return st.sampled_from(values_near(number))


def jumps() -> st.SearchStrategy[int]:
    """Give steps from 1 to a million, by which something grows: a limit at 400 is not found in steps of one."""
    return st.sampled_from(JUMPS)


def activities(kinds: Sequence[str] = KINDS) -> st.SearchStrategy[Activity]:
    """Give activities of these kinds, many of them at the same instant."""
    properties = st.dictionaries(st.sampled_from(["seconds", "page"]), st.sampled_from([0, 60, "/pricing"]), max_size=2)
    return st.builds(Activity, st.sampled_from(kinds), zoned_instants(), properties)


def leads(criterion: Criterion | None = None) -> st.SearchStrategy[Lead]:
    """Give leads with up to six different facts, dated or not; what a criterion reads is mostly among them."""
    return _situations(criterion, wild=False).map(Situation.lead)


def snapshots(criterion: Criterion | None = None, *, wild: bool = False) -> st.SearchStrategy[Snapshot]:
    """Give snapshots of such leads, in a stage or in none, in their first cycle or a later one.

    Args:
        criterion: What it is for, bound to its parameters.
        wild: Whether values may be anything at all.
    """
    return _situations(criterion, wild=wild).map(Situation.snapshot)


@st.composite
def _situations(draw: st.DrawFn, criterion: Criterion | None, *, wild: bool) -> Situation:
    return draw_situation(draw, Vocabulary(criterion or _Anything()), wild=wild)


def parameters_of(criterion: type[Criterion]) -> st.SearchStrategy[Mapping[str, Any]]:
    """Give parameters that a criterion takes, as definitions write them; made up from its fields.

    Raises:
        PluginError: no plugin could offer this class.
    """
    return _bound(_subject(criterion))


@st.composite
def _bound(draw: st.DrawFn, subject: Subject) -> Mapping[str, Any]:
    return draw_criterion(draw, subject)[0]


def odd_parameters(criterion: type[Criterion]) -> st.SearchStrategy[Mapping[str, Any]]:
    """Give parameters of which one is what somebody may write by mistake; some are taken all the same.

    Raises:
        PluginError: no plugin could offer this class.
    """
    return _odd(_subject(criterion))


@st.composite
def _odd(draw: st.DrawFn, subject: Subject) -> Mapping[str, Any]:
    return draw_odd_parameters(draw, subject)[0]


def _subject(criterion: type[Criterion]) -> Subject:
    [offer] = offers_of(criterion)
    return Subject(offer=offer)
