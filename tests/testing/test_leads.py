"""The strategies of single things reach the edges that they are for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st
from lifecycle_engagement import Count
from lifecycle_profile import InRange

from lifecycle import Activity, Lead, Snapshot, load
from lifecycle.errors import DefinitionError
from lifecycle.history import fold
from lifecycle.testing import documents, strategies
from lifecycle.testing.subject import offers_of

QUIET = settings(max_examples=2_000, derandomize=True, database=None, deadline=None)
B2B = load("b2b")
BOUND: Any = Count
THREE_IN_A_DAY = BOUND(kinds=("demo_requested",), at_least=3, within=timedelta(days=1))
EDGES: dict[str, Callable[[datetime], bool]] = {
    "an hour shown twice": lambda at: at.fold == 1,
    "a zone of three quarters": lambda at: at.utcoffset() == timedelta(hours=5, minutes=45),
    "another day": lambda at: at.astimezone(UTC).date() != at.date(),
    "a leap day": lambda at: (at.month, at.day) == (2, 29),
    "right before": lambda at: at.microsecond == 999_999,
}


def reached(strategy: st.SearchStrategy[Any], edge: Callable[[Any], bool]) -> Any:
    """Return the simplest value that lies at an edge; it is an error where there is none."""
    return find(strategy, edge, settings=QUIET)


class TestInstants:
    """Instants lie where calendars and clocks have edges."""

    @given(strategies.zoned_instants())
    def test_each_has_a_zone_and_is_an_instant(self, at: datetime) -> None:
        """Every one can be that of a fact; Python calls an hour that is shown twice unequal to itself in UTC."""
        assert at.timestamp() == Activity("visit", at).at.timestamp()

    @pytest.mark.parametrize("name", EDGES)
    def test_edges_are_reached(self, name: str) -> None:
        """A thousand tries find what one bad day would."""
        assert EDGES[name](reached(strategies.zoned_instants(), EDGES[name]))

    def test_one_instant_is_met_in_two_zones(self) -> None:
        """So that ties are not missed because of how they are written."""
        pairs = st.tuples(strategies.zoned_instants(), strategies.zoned_instants())

        one, other = reached(pairs, lambda pair: pair[0] == pair[1] and pair[0].tzinfo is not pair[1].tzinfo)

        assert one == other


class TestNumbers:
    """Numbers lie at a threshold and far beyond it."""

    def test_near_a_threshold(self) -> None:
        """It is among them, and so are its neighbours."""
        found = {reached(strategies.near(400), wanted.__eq__) for wanted in (400, 399, 401, 1_000_400)}

        assert {400, 399, 401, 1_000_400} == found

    def test_jumps(self) -> None:
        """From one to a million."""
        assert 1_000_000 == reached(strategies.jumps(), lambda step: step > 1_000)


class TestLeads:
    """Leads know what a criterion reads."""

    @given(strategies.leads())
    def test_without_a_criterion_there_is_a_little_of_everything(self, lead: Lead) -> None:
        """They are leads as anybody makes them."""
        instants, reads = lead.timeline

        assert sorted(instants) == list(instants)
        assert {"profile", "channel", "answer", "activity"} >= {read.partition(":")[0] for read in reads}

    def test_a_criterion_is_met_soon(self) -> None:
        """Three times within a day does not happen to a lead that is made blindly."""
        known: Snapshot = reached(
            strategies.snapshots(THREE_IN_A_DAY), lambda known: THREE_IN_A_DAY.judge(known).amount == 3
        )

        assert "met" == THREE_IN_A_DAY.judge(known).outcome.value

    def test_snapshots_stand_somewhere(self) -> None:
        """In a later cycle too, and with values that nobody expects."""
        later = reached(strategies.snapshots(THREE_IN_A_DAY), lambda known: known.journey.cycle > 1)
        wild = reached(strategies.snapshots(InRange(field="size", minimum=1), wild=True), _has_a_list)

        assert later.journey.cycle_start <= later.at
        assert isinstance(wild.profile("size"), list)

    @given(strategies.activities(["visit"]))
    def test_activities_are_of_the_given_kinds(self, activity: Activity) -> None:
        """With properties, or without."""
        assert "visit" == activity.kind

    @settings(max_examples=15)
    @given(strategies.histories(B2B))
    def test_histories_are_histories(self, history: Any) -> None:
        """The journey is the fold of the records."""
        assert history.journey == fold(history.records)


class TestDefinitions:
    """Definitions run as they are made."""

    def test_a_mistake_in_making_them_is_shown(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A sure loop is opened; anything else would be mended for ever."""
        stages: dict[str, Any] = {"a": {}}
        wrong = [{"trigger": "enter", "to": "nowhere"}]
        table = {"name": "wrong", "version": "1", "stages": stages, "transitions": wrong}
        monkeypatch.setattr(documents, "definition_tables", lambda: st.just(table))

        with pytest.raises(DefinitionError, match="nowhere"):
            reached(documents.definitions(), lambda _: True)


def _has_a_list(known: Snapshot) -> bool:
    return isinstance(known.profile("size"), list)


class TestParameters:
    """Parameters are made up from the fields."""

    @given(strategies.parameters_of(InRange))
    def test_all_are_taken(self, parameters: Any) -> None:
        """Also where a validator looks at two of them."""
        [offer] = offers_of(InRange)

        assert [] == offer.bind(parameters)[1]

    @given(strategies.odd_parameters(Count))
    def test_odd_ones_are_refused_or_mean_something(self, parameters: Any) -> None:
        """Whatever is wrong is said of a parameter that is there or missing."""
        [offer] = offers_of(Count)

        _, problems = offer.bind(parameters)

        assert {name for name, _, _ in problems} <= {field.name for field in offer.parameters}

    def test_most_odd_ones_are_refused(self) -> None:
        """For instance a number that is a truth value."""
        [offer] = offers_of(Count)

        wrong = reached(strategies.odd_parameters(Count), lambda parameters: parameters.get("at_least") is True)

        assert ["wrong-parameter"] == [code for _, code, _ in offer.bind(wrong)[1]]
