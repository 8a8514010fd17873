"""The courses of many leads, from signals."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lifecycle.replay
from lifecycle import Lead, Signal
from lifecycle.course import Course
from lifecycle.decision import Kind, Result
from lifecycle.errors import NaiveInstantError, SignalError
from lifecycle.replay import Log, Replay, lead_of, live_through, replay
from lifecycle.signals import SignalType
from tests.logs import DEFINITION, LOG, asks, fact, life, signal
from tests.made import day


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
