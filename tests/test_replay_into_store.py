"""Replay into a store: whole or not at all, completed, compared, interrupted."""

# pyright: reportPrivateUsage=false
# One test stops between the tables of a batch.

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import lifecycle.replay
from lifecycle import Lead, Lifecycle, Signal
from lifecycle.decision import Result
from lifecycle.errors import ConcurrentUpdateError, DefinitionConflictError
from lifecycle.replay import replay
from lifecycle.signals import SignalType
from lifecycle.store.sql import Store, Transaction
from tests.made import arrow, day, made

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from lifecycle.course import Course

from tests.logs import DEFINITION, LOG, NOW, asks, content, fact, histories, life, signal


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    store = Store(tmp_path / "history.db")
    yield store
    store.close()


class TestIntoAStore:
    """A lead's records are stored whole or not at all."""

    def test_records_and_refusals_are_kept(self, store: Store) -> None:
        """As they were computed, with details and the instant of writing."""
        report = replay(DEFINITION, LOG, store=store, now=NOW)

        assert (3, 0, 0, 0) == (report.added, report.completed, report.unchanged, report.differing)
        assert {"1": 3, "2": 3, "3": 1} == {lead: len(history) for lead, history in histories(store).items()}
        with store.reading() as reading:
            (refusal,) = reading.refusals("1", with_details=True)
            history = reading.history("1", with_details=True)
        assert "please" == (refusal.detail or {})["note"]
        assert {"channel": "webinar", "country": "AT"} == history[0].dimensions
        assert [NOW] * 3 == [record.envelope.recorded_at for record in history if record.envelope]

    def test_a_lead_that_was_only_refused_is_kept_as_such(self, store: Store) -> None:
        """It has no history, and a refusal; it is not counted as added."""
        report = replay(DEFINITION, [asks("9", 1)], store=store, now=NOW)

        assert (0, 1) == (report.added, report.refusals)
        with store.reading() as reading:
            assert [Result.UNDEFINED] == [refusal.result for refusal in reading.refusals("9")]

    def test_it_is_the_same_as_living_through_it(self, store: Store) -> None:
        """Calls to the door as things happened give the same history, digest included."""
        replay(DEFINITION, life("1"), store=store, now=NOW)
        lead = Lead("1").channel("webinar", at=day(0)).profile(country="AT").activity("came", at=day(0))
        with Lifecycle(DEFINITION, clock=lambda: NOW) as door:
            door.advance(lead, at=day(0.5))
            lead.activity("demo", at=day(1))
            door.fire(lead, "accept", actor="sales:17", note="please", at=day(2))
            door.fire(lead, "accept", actor="boss:1", override=True, at=day(3))
            door.advance(lead.answer(likes=True, at=day(4)), at=day(4))
            lived = (door.history("1"), door.refusals("1"))

        assert histories(store)["1"] == lived[0]
        with store.reading() as reading:
            assert tuple(reading.refusals("1")) == lived[1]

    def test_the_instant_of_writing_is_needed(self, store: Store) -> None:
        """Nothing here reads a clock."""
        with pytest.raises(ValueError, match="needs now="):
            replay(DEFINITION, LOG, store=store)

    def test_another_text_of_the_same_version_is_refused(self, store: Store) -> None:
        """Before anything is written."""
        store.register(made(), now=NOW)

        with pytest.raises(DefinitionConflictError):
            replay(DEFINITION, LOG, store=store, now=NOW)
        assert {} == histories(store)


class TestIntoAStoreThatKnowsTheLead:
    """An identical beginning is completed; otherwise the lead is left alone."""

    def test_a_second_replay_changes_nothing(self, store: Store) -> None:
        """Whatever the instant of writing."""
        first = replay(DEFINITION, LOG, store=store, now=NOW)
        before = content(store)
        again = replay(DEFINITION, LOG, store=store, now=day(200))

        assert (0, 0, 3, 0) == (again.added, again.completed, again.unchanged, again.differing)
        assert first.history_digest == again.history_digest
        assert before == content(store)

    @pytest.mark.parametrize("until", [0, 1, 2, 2.5, 3])
    def test_an_identical_beginning_is_completed(self, store: Store, until: float) -> None:
        """As if it had been replayed at once."""
        replay(DEFINITION, LOG, until=day(until), store=store, now=NOW)
        report = replay(DEFINITION, LOG, store=store, now=NOW)
        whole = replay(DEFINITION, LOG)

        assert 0 == report.differing
        assert whole.history_digest == report.history_digest
        assert whole.records == sum(len(history) for history in histories(store).values())
        with store.reading() as reading:
            assert whole.refusals == len(list(reading.refusals()))

    def test_what_is_completed_and_what_is_added_is_counted(self, store: Store) -> None:
        """Lead 3 comes later; those that stay as they are are unchanged."""
        replay(DEFINITION, LOG, until=day(1), store=store, now=NOW)
        report = replay(DEFINITION, LOG, store=store, now=NOW)

        assert (1, 2, 0) == (report.added, report.completed, report.unchanged)

    def test_a_stored_history_may_go_on_beyond_the_last_instant(self, store: Store) -> None:
        """It is no difference that the replay does not look so far."""
        replay(DEFINITION, LOG, store=store, now=NOW)
        report = replay(DEFINITION, LOG, until=day(1), store=store, now=NOW)

        assert (3, 0) == (report.unchanged, report.differing)
        assert 3 == len(histories(store)["1"])

    def different(self) -> list[Signal]:
        """Return the log with another life of lead 1."""
        return [
            signal("1", 0, "came"),
            signal("1", 1.5, "demo"),
            *life("2"),
            signal("3", 2, "came"),
            signal("3", 5, "demo"),
        ]

    @pytest.mark.parametrize("check", [True, False])
    def test_a_difference_is_reported_and_the_lead_left_alone(self, store: Store, check: bool) -> None:
        """With sequence and field; the other leads are completed."""
        replay(DEFINITION, LOG, store=store, now=NOW)
        before = histories(store)["1"]
        report = replay(DEFINITION, self.different(), store=store, now=NOW, check=check)

        assert [("1", 1)] == [(one.lead, one.sequence) for one in report.differences]
        assert "record 1: dimensions: " in str(report.differences[0])
        assert before == histories(store)["1"]
        assert (0, 1, 1) == (report.added, report.completed, report.unchanged)
        assert (1 if check else 2) == len(histories(store)["3"])

    def test_the_first_difference_names_the_field_and_not_the_lead(self, store: Store) -> None:
        """The text is for logs."""
        replay(DEFINITION, [signal("lead-1", 0, "came"), signal("lead-1", 1, "demo")], store=store, now=NOW)
        log = [signal("lead-1", 0, "came"), signal("lead-1", 2, "demo")]
        (difference,) = replay(DEFINITION, log, store=store, now=NOW).differences

        assert "record 2: at: 2026-03-02T00:00:00.000000Z stored, 2026-03-03T00:00:00.000000Z computed" == str(
            difference
        )
        assert ("lead-1", 2) == (difference.lead, difference.sequence)

    def test_a_difference_in_an_atom_is_named(self, store: Store) -> None:
        """Another reading of the same facts, by another version of a criterion, is told by its atom."""
        definition = made(arrow("qualify", "iql", "mql", "demo or fits", automatic=True))
        log = [signal("1", 0, "came"), signal("1", 1, "demo")]
        replay(definition, log, store=store, now=NOW)
        (difference,) = replay(
            definition, [*log, fact("1", 1, SignalType.PROFILE, industry="software")], store=store, now=NOW
        ).differences

        assert "atoms.fits: unknown stored, met computed" == difference.what

    def test_a_record_that_is_not_computed_is_a_difference(self, store: Store) -> None:
        """A signal that was in the log has gone."""
        replay(DEFINITION, LOG, store=store, now=NOW)
        fewer = [one for one in LOG if not (one.type is SignalType.REQUEST and one.lead == "1")]
        (difference,) = replay(DEFINITION, fewer, store=store, now=NOW).differences

        assert "record 3: accept to sal is stored, and nothing is computed" == str(difference)

    def test_a_lead_that_was_only_refused_may_enter_later(self, store: Store) -> None:
        """It is known, and its history is written whole."""
        replay(DEFINITION, [asks("1", 0)], store=store, now=NOW)
        report = replay(DEFINITION, [asks("1", 0), signal("1", 1, "came")], store=store, now=NOW)

        assert (1, 0, 0) == (report.added, report.completed, report.unchanged)
        assert ["iql"] == [record.target for record in histories(store)["1"]]

    def test_a_known_lead_without_records_then_and_now_is_nothing(self, store: Store) -> None:
        """Neither added nor unchanged."""
        for _ in range(2):
            report = replay(DEFINITION, [asks("1", 0)], store=store, now=NOW)
            assert (0, 0, 0) == (report.added, report.completed, report.unchanged)


class TestChecking:
    """A check compares with the store, and writes nothing."""

    @pytest.mark.parametrize("known", [0, 1, 9])
    def test_nothing_is_written(self, store: Store, known: float) -> None:
        """Neither what is new nor what could be completed; it is counted."""
        replay(DEFINITION, LOG, until=day(known), store=store, now=NOW)
        before = content(store)
        report = replay(DEFINITION, LOG, store=store, check=True)

        assert before == content(store)
        assert 3 == report.added + report.completed + report.unchanged
        assert 0 == report.differing

    def test_not_even_the_definition(self, store: Store) -> None:
        """A draft that is tried out is not kept for good."""
        replay(DEFINITION, LOG, store=store, check=True)

        with store.reading() as reading:
            assert [] == list(reading.definitions())

    def test_it_does_not_need_an_instant_of_writing(self, store: Store) -> None:
        """And takes none."""
        assert 3 == replay(DEFINITION, LOG, store=store, check=True, now=NOW).added
        assert {} == histories(store)


class TestInterrupts:
    """An interrupt leaves whole leads only, and a second run completes."""

    def log(self) -> list[Signal]:
        """Return seven lives."""
        return [one for lead in "1234567" for one in life(lead)]

    @pytest.mark.parametrize("after", range(1, 4))
    def test_between_two_batches(self, store: Store, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
        """What has been written stays."""
        monkeypatch.setattr(lifecycle.replay, "BATCH", 2)
        told = list[int]()

        def interrupt(done: int, _: int) -> None:
            told.append(done)
            if len(told) == after:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            replay(DEFINITION, self.log(), store=store, now=NOW, progress=interrupt)
        assert [3] * min(2 * after, 7) == [len(history) for history in histories(store).values()]
        self.complete(store)

    @pytest.mark.parametrize("fails_at", [1, 4, 7])
    def test_within_a_batch(self, store: Store, monkeypatch: pytest.MonkeyPatch, fails_at: int) -> None:
        """While leads are judged: what has not been written yet is not written."""
        monkeypatch.setattr(lifecycle.replay, "BATCH", 2)
        original, judged = lifecycle.replay.live_through, list[str]()

        def interrupted(course: Course, name: str, signals: Sequence[Signal], *, until: datetime) -> Any:
            judged.append(name)
            if len(judged) == fails_at:
                raise KeyboardInterrupt
            return original(course, name, signals, until=until)

        monkeypatch.setattr(lifecycle.replay, "live_through", interrupted)
        with pytest.raises(KeyboardInterrupt):
            replay(DEFINITION, self.log(), store=store, now=NOW)
        monkeypatch.undo()
        assert [3] * ((fails_at - 1) // 2 * 2) == [len(history) for history in histories(store).values()]
        self.complete(store)

    @pytest.mark.parametrize("table", range(6))
    def test_within_a_transaction(self, store: Store, monkeypatch: pytest.MonkeyPatch, table: int) -> None:
        """While the second batch is written, after each of its tables: it is written whole, or not at all."""
        monkeypatch.setattr(lifecycle.replay, "BATCH", 2)
        original, calls = Transaction.insert_many, list[int]()

        def interrupted(self: Transaction, *arguments: Any) -> None:
            original(self, *arguments)
            calls.append(1)
            if len(calls) == 6 + table + 1:
                raise KeyboardInterrupt

        monkeypatch.setattr(Transaction, "insert_many", interrupted)
        with pytest.raises(KeyboardInterrupt):
            replay(DEFINITION, self.log(), store=store, now=NOW)
        monkeypatch.undo()
        assert [3, 3] == [len(history) for history in histories(store).values()]
        self.complete(store)

    def complete(self, store: Store) -> None:
        """Run again, and find what one run would have written."""
        report = replay(DEFINITION, self.log(), store=store, now=NOW)

        assert 0 == report.differing
        assert 7 == report.added + report.unchanged
        assert [3] * 7 == [len(history) for history in histories(store).values()]
        assert replay(DEFINITION, self.log()).history_digest == report.history_digest
        with store.reading() as reading:
            assert 7 == len(list(reading.refusals()))


class TestOtherWriters:
    """A batch in which another writer was first is compared again."""

    @pytest.mark.parametrize("times", [1, 4, 5])
    def test_it_is_counted_once(self, store: Store, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
        """However often it is tried; when it is tried too often, the run ends."""
        replay(DEFINITION, life("2"), until=day(1), store=store, now=NOW)
        original, calls = Transaction.append, list[str]()

        def too_late(self: Transaction, lead: str, *arguments: Any, **others: Any) -> Any:
            calls.append(lead)
            if len(calls) <= times:
                raise ConcurrentUpdateError("another writer was first")
            return original(self, lead, *arguments, **others)

        monkeypatch.setattr(Transaction, "append", too_late)
        if times == lifecycle.replay.ATTEMPTS:
            with pytest.raises(ConcurrentUpdateError):
                replay(DEFINITION, LOG, store=store, now=NOW)
            assert {"2"} == set(histories(store))
            return
        report = replay(DEFINITION, LOG, store=store, now=NOW)

        assert (2, 1, 0, 0) == (report.added, report.completed, report.unchanged, report.differing)
        assert {"1": 3, "2": 3, "3": 1} == {lead: len(history) for lead, history in histories(store).items()}
