"""A process log that nobody here wrote, lived through and compared with figures computed without this project."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest

from lifecycle.decision import Kind
from lifecycle.definition import Definition
from lifecycle.history import fold, history_digest, recheck
from lifecycle.loading import load
from lifecycle.replay import Replay, replay
from lifecycle.signals import Signal, Tally, read_mapping, read_signals
from lifecycle.store.sql import Store
from tests.shared_data import HERE, shared_data

NOW = datetime(2026, 1, 5, tzinfo=UTC)

TRANSITIONS = {
    (None, "iql"): 1_434,
    ("iql", "mql"): 1_316,
    ("mql", "sal"): 1_303,
    ("sal", "sql"): 1_299,
    ("sql", "sqo"): 1_292,
    ("sqo", "customer"): 1_277,
}
STAGES = {"iql": 118, "mql": 13, "sal": 4, "sql": 7, "sqo": 15, "customer": 1_277}


@pytest.fixture(scope="module")
def definition() -> Definition:
    """Six activities as six stages."""
    return load(HERE / "permit_definition.toml")


@pytest.fixture(scope="module")
def signals() -> list[Signal]:
    """The whole log."""
    mapping = read_mapping((HERE / "permit_log.toml").read_text(encoding="utf-8"), "permit_log.toml")
    return list(read_signals([shared_data("permit_log") / "receipt.csv"], mapping, Tally()))


@pytest.fixture(scope="module")
def kept(definition: Definition, signals: Sequence[Signal]) -> Iterator[tuple[Store, Replay]]:
    """A store in memory that the log was replayed into, with the report."""
    store = Store("sqlite://")
    yield store, replay(definition, signals, store=store, now=NOW)
    store.close()


@pytest.mark.slow
class TestPermitLog:
    """8,577 activities of 1,434 building permits."""

    def test_every_transition_is_made_as_often_as_counted(self, kept: tuple[Store, Replay]) -> None:
        """The counts of transitions and of final stages are exactly those of the data's own page."""
        _, report = kept

        assert TRANSITIONS == report.transitions
        assert STAGES == report.stages
        assert (1_434, 1_434, 0) == (report.leads, report.entered, report.refusals)

    def test_the_store_says_the_same(self, kept: tuple[Store, Replay]) -> None:
        """What was written is what was counted: the records, and where every lead stands."""
        store, _ = kept

        with store.reading() as reading:
            records = list(reading.records())
            stages = Counter(standing.stage for standing in reading.leads())
        assert TRANSITIONS == Counter((record.source, record.target) for record in records)
        assert STAGES == stages

    def test_every_record_holds_by_its_own_atoms(self, definition: Definition, kept: tuple[Store, Replay]) -> None:
        """Each of the 7,921 records is automatic, and the definition evaluated on its atoms opens the transition."""
        store, _ = kept

        with store.reading() as reading:
            records = list(reading.records())
        assert sum(TRANSITIONS.values()) == len(records)
        assert {Kind.AUTOMATIC} == {record.kind for record in records}
        assert all(recheck(definition, record) for record in records)

    def test_every_history_is_without_gap_and_leads_to_its_stage(self, kept: tuple[Store, Replay]) -> None:
        """Sequence counts from 1, time never runs backwards, and the fold of a history is the stage."""
        store, _ = kept

        histories: dict[str | None, list[int]] = {}
        with store.reading() as reading:
            leads = list(reading.leads())
            for record in reading.records():
                histories.setdefault(record.lead, []).append(record.sequence)
            sample = [(one.stage, reading.history(one.lead or "")) for one in leads[::50]]
        assert all(list(range(1, len(found) + 1)) == found for found in histories.values())
        assert [stage for stage, _ in sample] == [fold(history).stage for _, history in sample]
        assert all(list(history) == sorted(history, key=lambda record: record.at) for _, history in sample)

    def test_another_replay_into_the_same_store_changes_nothing(
        self, definition: Definition, signals: Sequence[Signal], kept: tuple[Store, Replay]
    ) -> None:
        """All 1,434 histories are found unchanged, and the digest of the whole run is the same."""
        store, report = kept

        again = replay(definition, signals, store=store, now=NOW)
        assert (1_434, 0, 0, 0) == (again.unchanged, again.added, again.completed, again.differing)
        assert report.history_digest == again.history_digest
        with store.reading() as reading:
            assert report.history_digest == history_digest((record.lead or "", record) for record in reading.records())

    def test_the_order_of_the_rows_of_different_leads_does_not_matter(
        self, definition: Definition, signals: Sequence[Signal], kept: tuple[Store, Replay]
    ) -> None:
        """The log sorted by time, so that all leads are interleaved, gives the same histories."""
        _, report = kept

        by_time = sorted(signals, key=lambda signal: signal.at or NOW)
        assert report.history_digest == replay(definition, by_time).history_digest

    def test_the_first_half_is_completed_by_the_whole(self, definition: Definition, signals: Sequence[Signal]) -> None:
        """Of every fifth permit: a store filled until the middle of the log is completed, and says what one does."""
        chosen = set(sorted({signal.lead for signal in signals})[::5])
        signals = [signal for signal in signals if signal.lead in chosen]
        store = Store("sqlite://")
        first = replay(definition, signals, until=datetime(2011, 6, 1, tzinfo=UTC), store=store, now=NOW)
        rest = replay(definition, signals, store=store, now=NOW)
        store.close()

        assert 0 < first.records < rest.records
        assert (0, len(chosen)) == (rest.differing, rest.added + rest.completed + rest.unchanged)
        assert first.added == rest.completed + rest.unchanged
        assert replay(definition, signals).history_digest == rest.history_digest
