"""A sample CRM, two tables joined and days without a zone, against its own won, lost and open figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest

from lifecycle.definition import Definition
from lifecycle.history import history_digest, recheck
from lifecycle.loading import load
from lifecycle.replay import Replay, replay
from lifecycle.signals import Signal, Tally, read_mapping, read_signals
from lifecycle.store.sql import Store
from tests.shared_data import HERE, shared_data

NOW = datetime(2026, 1, 5, tzinfo=UTC)
JUNE = datetime(2017, 6, 30, tzinfo=UTC)

ENGAGED, WON, LOST = (None, "sqo"), ("sqo", "customer"), ("sqo", "disqualified")


@pytest.fixture(scope="module")
def definition() -> Definition:
    """An opportunity is open, then won or lost."""
    return load(HERE / "crm_definition.toml")


@pytest.fixture(scope="module")
def signals() -> list[Signal]:
    """The pipeline, with its accounts as profile."""
    folder = shared_data("crm_opportunities")
    mapping = read_mapping((HERE / "crm_opportunities.toml").read_text(encoding="utf-8"), "crm_opportunities.toml")
    return list(read_signals([folder / "sales_pipeline.csv", folder / "accounts.csv"], mapping, Tally()))


@pytest.fixture(scope="module")
def kept(definition: Definition, signals: Sequence[Signal]) -> Iterator[tuple[Store, Replay]]:
    """A store in memory that everything was replayed into, with the report."""
    store = Store("sqlite://")
    yield store, replay(definition, signals, store=store, now=NOW)
    store.close()


def figures(report: Replay) -> tuple[int, int, int, int]:
    """Give engaged, won, lost and still open."""
    made = report.transitions
    return made[ENGAGED], made[WON], made[LOST], report.stages["sqo"]


def win_rate(report: Replay) -> float:
    """Give the share of won ones among the closed, to six decimals."""
    won, lost = report.transitions[WON], report.transitions[LOST]
    return round(won / (won + lost), 6)


@pytest.mark.slow
class TestOpportunities:
    """8,800 opportunities, of which 500 were never engaged in."""

    def test_won_lost_and_open_are_as_counted(self, kept: tuple[Store, Replay]) -> None:
        """Won 4,238, lost 2,473, still open 1,589, and the win rate of the closed is 0.631501."""
        _, report = kept

        assert (4_238 + 2_473 + 1_589, 4_238, 2_473, 1_589) == figures(report)
        assert 0.631501 == win_rate(report)
        assert 8_300 == report.entered

    def test_as_of_a_day_they_are_as_counted(self, definition: Definition, signals: Sequence[Signal]) -> None:
        """As of 2017-06-30, that day included: engaged 4,365, won 1,785, lost 894, still open 1,686."""
        report = replay(definition, signals, until=JUNE)

        assert (4_365, 1_785, 894, 1_686) == figures(report)
        assert (JUNE, 4_365) == (report.until, report.entered)
        assert 0.666293 == win_rate(report)
        assert report.later > 0

    def test_a_store_filled_until_that_day_is_completed_by_the_rest(
        self, definition: Definition, signals: Sequence[Signal]
    ) -> None:
        """Of every twelfth opportunity: both replays leave the records of one, and another one changes nothing."""
        chosen = set(sorted({signal.lead for signal in signals})[::12])
        signals = [signal for signal in signals if signal.lead in chosen]
        store = Store("sqlite://")
        replay(definition, signals, until=JUNE, store=store, now=NOW)
        whole = replay(definition, signals, store=store, now=NOW)
        again = replay(definition, signals, store=store, now=NOW)
        earlier = replay(definition, signals, until=JUNE, store=store, check=True)
        with store.reading() as reading:
            records = list(reading.records())
        store.close()

        assert (0, whole.entered, 0, 0) == (again.added, again.unchanged, again.completed, again.differing)
        assert 0 < whole.completed < whole.entered == whole.added + whole.completed + whole.unchanged
        assert (0, 0) == (whole.differing, earlier.differing)
        assert whole.history_digest == history_digest((record.lead or "", record) for record in records)
        assert whole.history_digest == replay(definition, signals).history_digest
        assert all(recheck(definition, record) for record in records)

    def test_every_record_holds_and_carries_the_industry_of_its_account(
        self, definition: Definition, kept: tuple[Store, Replay]
    ) -> None:
        """A joined, undated fact is a dimension in the mapping's spelling; 1,088 with a blank account have none."""
        store, report = kept
        with store.reading() as reading:
            records = list(reading.records())

        industries = Counter(record.dimensions["industry"] for record in records if record.source is None)
        assert 8_300 + 4_238 + 2_473 == len(records) == report.records
        assert all(recheck(definition, record) for record in records)
        assert {"technology", "medical", None} <= set(industries)
        assert "technolgy" not in industries
        assert 1_088 == industries[None]
