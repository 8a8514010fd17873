"""The courses of many leads, from signals."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lifecycle.replay
from lifecycle import Lead, Lifecycle, Signal
from lifecycle.course import Course
from lifecycle.decision import Kind, Result
from lifecycle.errors import DefinitionConflictError, NaiveInstantError, Place, SignalError
from lifecycle.replay import Log, Replay, lead_of, live_through, replay
from lifecycle.signals import SignalType
from lifecycle.store.sql import Store
from tests.made import arrow, day, made

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from lifecycle.record import Record

NOW = day(100)
DEFINITION = made(
    arrow("qualify", "iql", "mql", "demo", automatic=True),
    arrow("accept", "mql", "sal", "likes", by=["sales"], override_by=["boss"]),
    arrow("cool", "mql", "iql", "not demo", automatic=True),
)


def signal(lead: str, at: float | None, name: str, *, identifier: str | None = None) -> Signal:
    """Return an activity at a day."""
    instant = None if at is None else day(at)
    return Signal(lead, instant, SignalType.ACTIVITY, name, {}, identifier, Place("log.jsonl", 1))


def fact(lead: str, at: float | None, type_: SignalType, name: str | None = None, **data: Any) -> Signal:
    """Return a signal of another type."""
    return Signal(lead, None if at is None else day(at), type_, name, data, None, Place("log.jsonl", 2))


def asks(lead: str, at: float | None, **data: Any) -> Signal:
    """Return a request for `accept` by sales."""
    return fact(lead, at, SignalType.REQUEST, "accept", **{"actor": "sales:17", **data})


def life(lead: str) -> list[Signal]:
    """Return signals of a lead that comes, asks for a demo, is accepted by override after a refusal, and answers."""
    return [
        signal(lead, 0, "came"),
        fact(lead, 0, SignalType.CHANNEL, "webinar"),
        fact(lead, None, SignalType.PROFILE, country="AT"),
        signal(lead, 1, "demo"),
        asks(lead, 2, note="please"),
        asks(lead, 3, actor="boss:1", override=True),
        fact(lead, 4, SignalType.ANSWER, likes=True),
    ]


LOG = [*life("1"), *life("2"), signal("3", 2, "came"), signal("4", 9, "click")]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    store = Store(tmp_path / "history.db")
    yield store
    store.close()


def histories(store: Store) -> dict[str, tuple[Record, ...]]:
    """Return all histories of a store."""
    with store.reading() as reading:
        return {str(lead): reading.history(str(lead)) for lead, _, _ in list(reading.leads())}


def content(store: Store) -> list[dict[str, Any]]:
    """Return all that a store keeps, details and instants of writing included."""
    with store.reading() as reading:
        records = [attrs.asdict(record) for record in reading.records(with_details=True)]
        return records + [attrs.asdict(refusal) for refusal in reading.refusals(with_details=True)]


class TestLeads:
    """A lead is made of its signals."""

    def test_every_type_of_signal_becomes_what_it_is(self) -> None:
        """Four types of facts, and requests apart."""
        lead, requests = lead_of("1", life("1"), until=day(9))
        snapshot = attrs.evolve(live_through_snapshot(lead), at=day(9))

        assert ("webinar", "AT", True) == (snapshot.channel, snapshot.profile("country"), snapshot.answer("likes"))
        assert ["came", "demo"] == [activity.kind for activity in snapshot.activities()]
        assert [(day(2), "sales:17", "please", False), (day(3), "boss:1", None, True)] == [
            (at, request.actor, request.note, request.override) for at, request in requests
        ]

    def test_they_are_put_in_order_of_time(self) -> None:
        """Of one instant the order of position stays."""
        mixed = [asks("1", 3, note="c"), asks("1", 2, note="a"), asks("1", 2, note="b"), signal("1", 1, "came")]
        _, requests = lead_of("1", mixed, until=day(9))

        assert ["a", "b", "c"] == [request.note for _, request in requests]

    def test_the_last_instant_is_inclusive(self) -> None:
        """What is later is out of sight."""
        lead, requests = lead_of("1", life("1"), until=day(2))

        assert 1 == len(requests)
        assert 4 == len(lead.timeline[0])

    def test_of_a_repeated_identifier_the_first_in_order_of_position_stays(self) -> None:
        """Whatever their instants."""
        twice = [signal("1", 5, "demo", identifier="x"), signal("1", 1, "came", identifier="x"), signal("1", 2, "came")]
        lead, _ = lead_of("1", twice, until=day(9))

        assert [day(2), day(5)] == list(lead.timeline[0])

    def test_a_request_needs_an_instant(self) -> None:
        """Nobody knows when it was asked; the error says where it stands."""
        with pytest.raises(SignalError, match=r"log\.jsonl:2: a request needs an instant") as caught:
            lead_of("1", [asks("1", None)], until=day(9))
        assert "1" == caught.value.lead

    @pytest.mark.parametrize("data", [{"actor": "Ada"}, {"actor": ""}])
    def test_somebody_has_to_ask(self, data: dict[str, Any]) -> None:
        """Signals made by hand are checked too."""
        with pytest.raises(SignalError, match=r"log\.jsonl:2: an actor is role:id"):
            lead_of("1", [asks("1", 2, **data)], until=day(9))
        with pytest.raises(SignalError, match="names a trigger"):
            lead_of("1", [attrs.evolve(asks("1", 2), name=None)], until=day(9))

    def test_a_life_is_lived_through(self) -> None:
        """Records, refusals and the journey, as the course decides them."""
        history = live_through(Course(DEFINITION), "1", life("1"), until=day(9))

        assert ["iql", "mql", "sal"] == [record.target for record in history.records]
        assert [Result.REFUSED] == [refusal.result for refusal in history.refusals]
        assert ("sal", 3) == (history.journey.stage, history.journey.sequence)
        assert ["1"] * 3 == [record.lead for record in history.records]


def live_through_snapshot(lead: Lead) -> Any:
    """Return a snapshot of a lead."""
    from lifecycle import Snapshot

    return Snapshot(lead, day(0))


class TestLog:
    """Signals are gathered by lead."""

    def test_it_knows_the_greatest_instant(self) -> None:
        """Of facts and requests alike."""
        log = Log.of(LOG)

        assert day(9) == log.latest
        assert {"1", "2", "3", "4"} == log.signals.keys()

    def test_without_any_date_there_is_none(self) -> None:
        """Then there is nothing to live through."""
        assert None is Log.of([signal("1", None, "came")]).latest

    def test_repeated_identifiers_are_counted(self) -> None:
        """Per lead: two leads may have the same."""
        log = Log.of([signal(lead, 1, "came", identifier="x") for lead in ("1", "1", "2")])

        assert 1 == log.repeated

    def test_a_naive_instant_is_refused(self) -> None:
        """Guessing a zone would move it by hours."""
        with pytest.raises(NaiveInstantError):
            Log.of([attrs.evolve(signal("1", 1, "came"), at=datetime(2026, 3, 2))])


class TestTrial:
    """Without a store a replay counts, and keeps nothing."""

    def test_it_counts(self) -> None:
        """Leads, signals, moves, stages and results."""
        report = replay(DEFINITION, LOG)

        assert day(9) == report.until
        assert (4, 3, 16, 0) == (report.leads, report.entered, report.signals, report.later)
        assert (7, 2) == (report.records, report.refusals)
        assert {(None, "iql"): 3, ("iql", "mql"): 2, ("mql", "sal"): 2} == report.transitions
        assert {"sal": 2, "iql": 1} == report.stages
        assert {"refused": 2} == report.results
        assert (0, 0, 0, 0) == (report.added, report.completed, report.unchanged, report.differing)

    @pytest.mark.parametrize(
        ("until", "signals", "later", "records"),
        [(day(1), 8, 4, 4), (day(1) - timedelta(microseconds=1), 6, 6, 2), (day(99), 12, 0, 7)],
    )
    def test_until_is_inclusive(self, until: datetime, signals: int, later: int, records: int) -> None:
        """Undated signals are known before it; time goes on to it, after the last signal too."""
        report = replay(DEFINITION, [one for one in LOG if one.type is not SignalType.REQUEST], until=until)

        assert (signals, later, records) == (report.signals, report.later, report.records)

    def test_clashes_and_repetitions_are_counted(self) -> None:
        """Facts that contradict each other at one instant, and identifiers that came before."""
        log = [
            fact("1", 1, SignalType.PROFILE, country="AT"),
            fact("1", 1, SignalType.PROFILE, country="DE"),
            signal("1", 2, "came", identifier="x"),
            signal("1", 3, "came", identifier="x"),
        ]
        report = replay(DEFINITION, log)

        assert (1, 1, 3) == (report.clashes, report.repeated, report.signals)

    @pytest.mark.parametrize("log", [[], [signal("1", None, "came")]])
    def test_without_any_date_nothing_is_lived_through(self, log: list[Signal]) -> None:
        """And nothing goes wrong."""
        report = replay(DEFINITION, log)

        assert (None, len(log), 0) == (report.until, report.leads, report.records)
        assert replay(DEFINITION, [signal("1", 1, "click")]).history_digest == report.history_digest

    def test_progress_is_told_after_each_batch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """How many leads of how many are done."""
        monkeypatch.setattr(lifecycle.replay, "BATCH", 3)
        told = list[tuple[int, int]]()
        replay(DEFINITION, LOG, progress=lambda done, total: told.append((done, total)))

        assert [(3, 4), (4, 4)] == told

    def test_a_naive_last_instant_is_refused(self) -> None:
        """As everywhere."""
        with pytest.raises(NaiveInstantError):
            replay(DEFINITION, LOG, until=datetime(2026, 3, 2))

    @given(data=st.data())
    def test_the_digest_does_not_depend_on_how_leads_are_interleaved(self, data: st.DataObject) -> None:
        """Law: whatever the order of leads in the log, records and digest are the same."""
        lives = [life("1"), life("2"), [signal("3", 2, "came"), signal("3", 3, "demo")]]
        straight, mixed = [one for signals in lives for one in signals], list[Signal]()
        while waiting := [signals for signals in lives if signals]:
            mixed.append(data.draw(st.sampled_from(waiting)).pop(0))

        assert replay(DEFINITION, straight).history_digest == replay(DEFINITION, mixed).history_digest

    @given(order=st.permutations([one for one in life("1") if one.type is not SignalType.REQUEST]))
    def test_the_order_of_facts_does_not_matter(self, order: list[Signal]) -> None:
        """Law: facts that do not contradict each other may stand in any order."""
        requests = [one for one in life("1") if one.type is SignalType.REQUEST]

        assert replay(DEFINITION, life("1")).history_digest == replay(DEFINITION, [*order, *requests]).history_digest


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

    @pytest.mark.parametrize("method", ["_insert", "_insert_refusals"])
    def test_within_a_transaction(self, store: Store, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
        """While records are written: they are written whole, or not at all."""
        from lifecycle.store.writing import Transaction

        monkeypatch.setattr(lifecycle.replay, "BATCH", 2)
        original, calls = getattr(Transaction, method), list[int]()

        def interrupted(self: Transaction, *arguments: Any) -> None:
            original(self, *arguments)
            calls.append(1)
            if len(calls) == 2:
                raise KeyboardInterrupt

        monkeypatch.setattr(Transaction, method, interrupted)
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


def test_counts_of_many_leads_add_up() -> None:
    """Law by example: what is counted are the histories."""
    report = replay(DEFINITION, LOG)
    lives = [
        live_through(Course(DEFINITION), name, signals, until=day(9)) for name, signals in Log.of(LOG).signals.items()
    ]
    expected = Replay(until=day(9))
    for history in lives:
        expected.count(history)

    assert report.transitions == expected.transitions
    assert report.stages == expected.stages
    assert Counter({Kind.AUTOMATIC: 5, Kind.OVERRIDE: 2}) == Counter(
        record.kind for history in lives for record in history.records
    )
