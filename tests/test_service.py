"""The one door through which every stage change goes."""

# pyright: reportPrivateUsage=false
# One test lets another writer in between two runs of a command.

from __future__ import annotations

import logging
import multiprocessing
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle import Lead, Lifecycle, Record, Reply, hookimpl
from lifecycle.decision import Kind, Result
from lifecycle.errors import (
    ConcurrentUpdateError,
    DefinitionConflictError,
    KeyReusedError,
    NaiveInstantError,
    OutOfOrderError,
    RefusedError,
    StoreError,
)
from lifecycle.journey import Journey
from lifecycle.store.writing import Transaction
from tests import racing
from tests.made import arrow, day, made

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

DEFINITION = made(
    arrow("qualify", "iql", "mql", "demo", automatic=True),
    arrow("accept", "mql", "sal", "likes", by=["sales"], override_by=["boss"]),
    arrow("file", "sal", "recycled", "fits", automatic=True),
    arrow("recycle", "mql sal", "recycled", reasons=["later"], new_cycle=True),
    arrow("cool", "mql", "iql", "not demo", automatic=True),
)
ACCEPT: dict[str, Any] = {"trigger": "accept", "actor": "sales:17"}


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = day(10)

    def __call__(self) -> datetime:
        """Give the instant that was set."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock that stands at day 10."""
    return Clock()


@pytest.fixture(params=["file", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A store of each kind."""
    return f"sqlite:///{tmp_path / 'history.db'}" if request.param == "file" else "sqlite://"


@pytest.fixture
def door(url: str, clock: Clock) -> Iterator[Lifecycle]:
    """A lifecycle in an empty store."""
    with Lifecycle(DEFINITION, url, clock=clock) as door:
        yield door


def at_once(_: float) -> None:
    """Wait for nothing."""


def interested(name: str = "1") -> Lead:
    """Return a lead that comes at day 0 and asks for a demo at day 1."""
    return Lead(name).activity("came", at=day(0)).activity("demo", at=day(1))


def stages(records: tuple[Record, ...]) -> list[str]:
    """Return where records lead to."""
    return [record.target for record in records]


class TestAdvance:
    """What moves by itself."""

    def test_moves_are_made_and_kept(self, door: Lifecycle) -> None:
        """With the records that were written, and where the lead stands now."""
        reply = door.advance(interested(), at=day(2))

        assert ["iql", "mql"] == stages(reply.records)
        assert reply.records == door.history("1")
        assert reply.journey == door.journey("1")
        assert (None, True, (), False) == (reply.decision, reply.granted, reply.refusals, reply.repeated)
        assert reply is reply.require()

    def test_nothing_is_asked_twice_of_the_same_facts(self, door: Lifecycle) -> None:
        """A second call finds everything done."""
        door.advance(interested(), at=day(2))
        again = door.advance(interested(), at=day(2))

        assert ((), "mql") == (again.records, again.journey.stage)
        assert 2 == len(door.history("1"))

    def test_without_an_instant_it_is_now(self, door: Lifecycle, clock: Clock) -> None:
        """Facts that are later than the clock are invisible."""
        clock.now = day(0.5)
        assert "iql" == door.advance(interested()).journey.stage
        clock.now = day(1)
        reply = door.advance(interested())

        assert "mql" == reply.journey.stage
        assert day(1) == reply.judged_until

    def test_the_instant_of_writing_is_the_clock_s(self, door: Lifecycle) -> None:
        """As opposed to the instant at which the move was true."""
        record = door.advance(interested(), at=day(2)).records[0]

        assert record.envelope is not None
        assert (day(0), day(10)) == (record.at, record.envelope.recorded_at)

    def test_a_move_is_dated_when_it_fell_due(self, door: Lifecycle) -> None:
        """Not at the call that noticed it."""
        door.advance(interested(), at=day(2))

        assert [("iql", day(11))] == [(one.target, one.at) for one in door.advance(interested(), at=day(40)).records]

    def test_judged_until_is_handed_on(self, door: Lifecycle) -> None:
        """The next call is spared the instants before it, and gives the same."""
        judged = door.advance(interested(), at=day(2)).judged_until
        reply = door.advance(interested(), at=day(40), judged_until=judged)

        assert [("iql", day(11))] == [(one.target, one.at) for one in reply.records]

    def test_attempts_that_failed_are_kept(self, url: str) -> None:
        """Once between two moves, however often somebody calls."""
        definition = made(arrow("qualify", "iql", "mql", "demo and tough", automatic=True))
        lead = interested().activity("crash", at=day(1))
        with Lifecycle(definition, url, clock=lambda: day(10)) as door:
            first, second = door.advance(lead), door.advance(lead)
            kept = door.refusals("1")

        assert [Result.FAILED] == [refusal.result for refusal in first.refusals]
        assert first.refusals == second.refusals == kept
        assert first.granted

    def test_an_instant_without_a_zone_is_refused(self, door: Lifecycle) -> None:
        """Wherever it is given."""
        naive = datetime(2026, 3, 2)
        calls: list[Callable[[], object]] = [
            lambda: door.advance(interested(), at=naive),
            lambda: door.advance(interested(), judged_until=naive),
            lambda: door.fire(interested(), **ACCEPT, at=naive),
            lambda: door.explain(interested(), at=naive),
            lambda: door.history("1", as_of=naive),
            lambda: door.history("1", recorded_as_of=naive),
        ]
        for call in calls:
            with pytest.raises(NaiveInstantError):
                call()

    def test_a_clock_without_a_zone_is_refused(self) -> None:
        """When it is first looked at."""
        with pytest.raises(NaiveInstantError):
            Lifecycle(DEFINITION, clock=lambda: datetime(2026, 3, 2))

    def test_a_clock_of_another_zone_is_understood(self, clock: Clock) -> None:
        """Instants are kept in UTC."""
        east = Lifecycle(DEFINITION, clock=lambda: day(10).astimezone().replace(microsecond=5))
        reply = east.advance(interested())

        assert timedelta(0) == reply.judged_until.utcoffset()
        east.close()


class TestFire:
    """First what moves by itself, then the decision, then what follows from it."""

    def test_it_is_advance_decide_advance(self, door: Lifecycle) -> None:
        """In one call, with the decision on what was asked."""
        lead = interested().answer(likes=True, at=day(2)).profile(industry="software", at=day(2))
        reply = door.fire(lead, **ACCEPT, at=day(3))

        assert ["iql", "mql", "sal", "recycled"] == stages(reply.records)
        assert [Kind.AUTOMATIC, Kind.AUTOMATIC, Kind.REQUESTED, Kind.AUTOMATIC] == [one.kind for one in reply.records]
        assert reply.granted
        assert reply.decision is not None
        assert ("accept", "mql", "sal") == (reply.decision.trigger, reply.decision.source, reply.decision.target)
        assert "recycled" == reply.journey.stage == door.journey("1").stage

    @pytest.mark.parametrize("method", ["append", "keep", "remember"])
    def test_it_is_one_transaction(self, door: Lifecycle, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
        """Whatever goes wrong, all of it is kept or nothing."""

        def broken(*_: Any, **__: Any) -> Any:
            raise ZeroDivisionError

        monkeypatch.setattr(Transaction, method, broken)
        with pytest.raises(ZeroDivisionError):
            door.fire(interested(), **ACCEPT, key="k")
        monkeypatch.undo()

        assert ((), ()) == (door.history("1"), door.refusals("1"))
        assert not door.fire(interested(), **ACCEPT, key="k").repeated

    def test_a_refusal_is_a_reply(self, door: Lifecycle) -> None:
        """It is kept with what stood in the way, and what moved by itself before stays."""
        reply = door.fire(interested(), **ACCEPT, note="please")

        assert not reply.granted
        assert reply.decision is not None
        assert (Result.REFUSED, ("likes",)) == (reply.decision.result, reply.decision.blockers)
        assert (["iql", "mql"], reply.refusals) == (stages(door.history("1")), door.refusals("1"))
        assert "please" == (door.refusals("1", with_details=True)[0].detail or {})["note"]
        assert None is door.refusals("1")[0].detail

    def test_whoever_requires_it_gets_an_error(self, door: Lifecycle) -> None:
        """The error carries the decision, and its text fits a log."""
        reply = door.fire(interested("ada@acme.example"), **ACCEPT)

        with pytest.raises(RefusedError, match="accept in mql: refused; likes is unknown") as caught:
            reply.require()
        assert reply.decision is caught.value.decision
        assert "ada" not in str(caught.value)

    @pytest.mark.parametrize(
        ("request_", "result"),
        [
            ({"trigger": "nonsense"}, Result.UNDEFINED),
            ({"actor": "marketing:1"}, Result.FORBIDDEN),
            ({"override": True}, Result.FORBIDDEN),
            ({"trigger": "recycle"}, Result.FORBIDDEN),
        ],
    )
    def test_every_request_that_is_not_granted_leaves_a_refusal(
        self, door: Lifecycle, request_: dict[str, Any], result: Result
    ) -> None:
        """Whatever the reason."""
        door.fire(interested(), **{**ACCEPT, **request_})

        assert [result] == [refusal.result for refusal in door.refusals("1")]

    def test_a_lead_that_never_came_can_be_refused(self, door: Lifecycle) -> None:
        """It has no history, and a refusal."""
        door.fire(Lead("1"), **ACCEPT)

        assert ((), [None]) == (door.history("1"), [refusal.stage for refusal in door.refusals("1")])
        assert Journey() == door.journey("1")

    def test_an_override_is_its_own_kind(self, door: Lifecycle) -> None:
        """And names what it waived."""
        reply = door.fire(interested(), "accept", actor="boss:1", override=True)

        assert (Kind.OVERRIDE, ("likes",)) == (reply.records[-1].kind, reply.records[-1].waived)

    def test_a_request_before_the_last_move_is_out_of_order(self, door: Lifecycle) -> None:
        """The history is append-only; nothing is written, not even a refusal."""
        door.advance(interested(), at=day(2))

        with pytest.raises(OutOfOrderError) as caught:
            door.fire(interested(), **ACCEPT, at=day(0.5))
        assert (day(0.5), day(1), "1") == (caught.value.at, caught.value.since, caught.value.lead)
        assert () == door.refusals("1")

    def test_who_nobody_is_cannot_ask(self, door: Lifecycle) -> None:
        """An actor is role:id; nothing is judged before that."""
        with pytest.raises(ValueError, match="role:id"):
            door.fire(interested(), "accept", actor="Ada")
        assert () == door.history("1")

    def test_a_lock_may_be_asked_for(self, door: Lifecycle) -> None:
        """On SQLite every command has it."""
        assert "mql" == door.fire(interested(), **ACCEPT, lock=True).journey.stage

    def test_a_new_cycle_starts_at_the_move(self, door: Lifecycle) -> None:
        """What the lead did before does not count in it."""
        door.fire(interested(), "recycle", actor="sales:1", reason="later", at=day(2))
        journey = door.journey("1")

        assert (2, day(2)) == (journey.cycle, journey.cycle_start)


class TestDryRun:
    """Only what would be done."""

    @pytest.mark.parametrize("ask", [None, ACCEPT, {**ACCEPT, "actor": "boss:1", "override": True}])
    def test_it_writes_nothing_and_says_what_would_be(self, door: Lifecycle, ask: dict[str, Any] | None) -> None:
        """The same records, refusals, decision and journey as the real command after it."""

        def command(*, dry_run: bool) -> Reply:
            if ask is None:
                return door.advance(interested(), dry_run=dry_run)
            return door.fire(interested(), **ask, dry_run=dry_run)

        dry = command(dry_run=True)
        assert ((), (), Journey()) == (door.history("1"), door.refusals("1"), door.journey("1"))
        real = command(dry_run=False)

        assert attrs.evolve(real, records=dry.records) == dry
        assert real.records == dry.records
        assert [None] * len(dry.records) == [record.envelope for record in dry.records]

    def test_nobody_is_told(self, clock: Clock) -> None:
        """There is nothing durable to observe."""
        told = list[Record]()
        with Lifecycle(DEFINITION, clock=clock, observers=[told.append]) as door:
            door.advance(interested(), dry_run=True)

        assert [] == told

    def test_a_trial_keeps_nothing_at_all(self, tmp_path: Path, clock: Clock) -> None:
        """Neither a record nor the definition, and it makes no store."""
        path = tmp_path / "history.db"
        with pytest.raises(StoreError, match="does not exist"):
            Lifecycle(DEFINITION, path, clock=clock, trial=True)
        Lifecycle(made(), path, clock=clock).close()
        with Lifecycle(DEFINITION, path, clock=clock, trial=True) as trial:
            assert "mql" == trial.advance(interested()).journey.stage
            assert "mql" == trial.fire(interested(), **ACCEPT).journey.stage
            assert Journey() == trial.journey("1")
            with trial.store.reading() as reading:
                assert [made().hash] == [kept["hash"] for kept in reading.definitions()]


class TestKeys:
    """A repeated command gets its first answer."""

    LEAD = interested().answer(likes=True, at=day(2)).profile(industry="software", at=day(2))

    def same(self, one: Reply, other: Reply) -> None:
        """Assert that two replies are the same answer, up to instants in evidence, which are text once stored."""
        assert attrs.evolve(one, decision=None, repeated=True) == attrs.evolve(other, decision=None)
        assert one.decision is not None
        assert other.decision is not None
        assert attrs.evolve(one.decision, verdicts={}) == attrs.evolve(other.decision, verdicts={})
        assert {name: verdict.message for name, verdict in one.decision.verdicts.items()} == {
            name: verdict.message for name, verdict in other.decision.verdicts.items()
        }

    @pytest.mark.parametrize(
        "request_",
        [
            {},
            {"actor": "boss:1", "override": True, "note": "trust me"},
            {"trigger": "recycle", "reason": "later"},
            {"trigger": "recycle", "reason": "mood"},
            {"actor": "marketing:1"},
            {"trigger": "nonsense"},
        ],
    )
    @pytest.mark.parametrize("known", [True, False])
    def test_it_moves_nothing_and_answers_as_the_first_time(
        self, door: Lifecycle, clock: Clock, request_: dict[str, Any], known: bool
    ) -> None:
        """Cascade included; whatever has happened since, and whatever the clock says."""
        if known:
            door.advance(self.LEAD, at=day(1))
        given: dict[str, Any] = {**ACCEPT, **request_}
        first = door.fire(self.LEAD, **given, at=day(3), key="order-17")
        clock.now = day(60)
        door.advance(self.LEAD)
        before = (door.history("1"), door.refusals("1"))
        again = door.fire(self.LEAD, **given, key="order-17")

        assert not first.repeated
        assert again.repeated
        self.same(first, again)
        assert before == (door.history("1"), door.refusals("1"))

    def test_a_refusal_is_repeated_although_it_would_be_granted_now(self, door: Lifecycle) -> None:
        """Whoever asks anew uses a key of its own."""
        first = door.fire(interested(), **ACCEPT, at=day(1), key="a")
        likes = interested().answer(likes=True, at=day(2))
        again = door.fire(likes, **ACCEPT, at=day(3), key="a")
        anew = door.fire(likes, **ACCEPT, at=day(3), key="b")

        self.same(first, again)
        assert (False, False, True) == (first.granted, again.granted, anew.granted)
        assert again.refusals == first.refusals

    def test_it_is_repeated_after_the_lead_has_gone_on(self, door: Lifecycle) -> None:
        """A repetition is never out of order: nothing is asked anew."""
        first = door.fire(self.LEAD, **ACCEPT, at=day(3), key="a")
        again = door.fire(self.LEAD, **ACCEPT, at=day(0), key="a")

        self.same(first, again)

    def test_a_dry_run_looks_the_key_up_and_keeps_none(self, door: Lifecycle) -> None:
        """It says what the real run would answer."""
        assert not door.fire(self.LEAD, **ACCEPT, key="a", dry_run=True).repeated
        first = door.fire(self.LEAD, **ACCEPT, key="a")
        assert not first.repeated
        self.same(first, door.fire(self.LEAD, **ACCEPT, key="a", dry_run=True))

    def test_observers_are_told_once(self, clock: Clock) -> None:
        """The record is as durable as it was."""
        told = list[Record]()
        with Lifecycle(DEFINITION, clock=clock, observers=[told.append]) as door:
            for _ in range(3):
                door.fire(self.LEAD, **ACCEPT, key="a")

        assert [1, 2, 3, 4] == [record.sequence for record in told]

    @pytest.mark.parametrize(
        "other",
        [
            {"trigger": "recycle", "reason": "later"},
            {"actor": "sales:18"},
            {"override": True},
            {"lead": interested("2")},
        ],
    )
    def test_a_key_stands_for_one_command(self, door: Lifecycle, other: dict[str, Any]) -> None:
        """For another one it is refused, loudly: silence would look like an answer."""
        door.fire(self.LEAD, **ACCEPT, key="a")
        given: dict[str, Any] = {"lead": self.LEAD, **ACCEPT, **other}

        with pytest.raises(KeyReusedError, match="stands for another command already"):
            door.fire(**given, key="a")
        assert 4 == len(door.history("1"))

    @pytest.mark.parametrize("granted", [True, False])
    def test_after_erasure_the_key_is_nobody_s(self, door: Lifecycle, granted: bool) -> None:
        """Who it stood for cannot be told any more."""
        from lifecycle.store import schema

        lead = self.LEAD if granted else Lead("1")
        door.fire(lead, **ACCEPT, key="a")
        with door.store.writing() as transaction:
            for table in (schema.details, schema.refusal_details, schema.subjects):
                transaction.connection.execute(table.delete())

        with pytest.raises(KeyReusedError):
            door.fire(lead, **ACCEPT, key="a")

    def test_only_a_digest_of_it_is_kept(self, tmp_path: Path, clock: Clock) -> None:
        """A key may say more than it should."""
        path = tmp_path / "history.db"
        with Lifecycle(DEFINITION, path, clock=clock) as door:
            door.fire(interested(), **ACCEPT, key="order-of-ada@acme.example")

        assert b"order-of-ada" not in path.read_bytes()

    @settings(max_examples=15)
    @given(keys=st.lists(st.sampled_from("abc"), max_size=6))
    def test_a_log_of_commands_may_be_sent_any_number_of_times(self, keys: list[str]) -> None:
        """Law: however often commands are repeated, the history is that of the first of each."""
        with Lifecycle(racing.there_and_back(), clock=racing.later()) as door:
            lead = Lead("1").activity("came", at=day(0))
            triggers = {"a": "go", "b": "back", "c": "go"}
            answers = dict[str, Reply]()
            for key in keys:
                reply = door.fire(lead, triggers[key], actor="sales:1", key=key)
                first = answers.setdefault(key, reply)
                assert reply.records == first.records
                assert reply.repeated is (reply is not first)

            firsts = [record for reply in answers.values() for record in reply.records]
            assert tuple(firsts) == door.history("1")


class TestReading:
    """What the door tells."""

    def test_history_as_of_and_recorded_as_of(self, door: Lifecycle, clock: Clock) -> None:
        """What was true at an instant, and what had been written by one."""
        clock.now = day(2)
        door.advance(interested())
        clock.now = day(40)
        door.advance(interested())

        assert [0, 1, 2, 3] == [len(door.history("1", as_of=at)) for at in (day(-1), day(0), day(10), day(11))]
        assert [0, 2, 2, 3] == [len(door.history("1", recorded_as_of=at)) for at in (day(1), day(2), day(39), day(40))]
        assert [None, None, None] == [record.detail for record in door.history("1")]
        assert "came" in (door.history("1", with_details=True)[0].detail or {})["verdicts"]

    def test_explain_is_after_what_moves_by_itself(self, door: Lifecycle) -> None:
        """And nothing is written."""
        found = door.explain(interested())

        assert "mql" == found.journey.stage
        assert ["accept", "recycle", "cool"] == [way.transition.trigger for way in found.ways]
        assert [("likes",)] == [tuple(missing.atom for missing in change) for change in found.to("sal")[0].changes]
        assert () == door.history("1")

    def test_a_past_instant_is_explained_as_it_was(self, door: Lifecycle) -> None:
        """From where the lead stood then, whatever has become of it."""
        door.fire(interested(), "accept", actor="boss:1", override=True)
        found = door.explain(interested(), at=day(0.5))

        assert ("iql", day(0.5)) == (found.journey.stage, found.at)
        assert ["qualify"] == [way.transition.trigger for way in found.ways]

    def test_explaining_and_firing_agree(self, door: Lifecycle) -> None:
        """What the explanation calls open is granted."""
        likes = interested().answer(likes=True, at=day(2))

        assert (False, True) == (*(door.explain(lead).to("sal")[0].open for lead in (interested(), likes)),)
        assert door.fire(likes, **ACCEPT).granted


class TestObservers:
    """Observers are told of what is durable, and cannot undo it."""

    def test_they_are_told_of_each_record_after_it_is_durable(self, url: str, clock: Clock) -> None:
        """What they look up is there."""
        seen = list[tuple[int, int]]()

        def look(record: Record) -> None:
            seen.append((record.sequence, len(observed.history(str(record.lead)))))

        with Lifecycle(DEFINITION, url, clock=clock, observers=[look]) as observed:
            observed.advance(interested())

        assert [(1, 2), (2, 2)] == seen

    def test_a_plugin_may_observe(self, clock: Clock) -> None:
        """By the hook that plugins have for it."""

        class Plugin:
            def __init__(self) -> None:
                self.seen = list[str]()

            @hookimpl
            def lifecycle_after_transition(self, record: Record) -> None:
                self.seen.append(record.target)

        plugin = Plugin()
        with Lifecycle(DEFINITION, clock=clock, observers=[plugin]) as door:
            door.advance(interested())

        assert ["iql", "mql"] == plugin.seen

    def test_a_failure_is_logged_and_stops_nobody(self, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
        """Neither the command, which is done, nor the other observers; and the log names no lead."""
        told = list[Record]()

        def broken(_: Record) -> None:
            raise ZeroDivisionError

        observers: list[Callable[[Record], None]] = [broken, told.append]
        with caplog.at_level(logging.ERROR), Lifecycle(DEFINITION, clock=clock, observers=observers) as door:
            reply = door.advance(interested("ada@acme.example"))

        assert "mql" == reply.journey.stage
        assert ["iql", "mql"] == [record.target for record in told]
        assert ["an observer failed after a record was written"] * 2 == [record.message for record in caplog.records]
        assert "ZeroDivisionError" in caplog.text
        assert "ada" not in caplog.text

    def test_they_are_not_told_of_refusals(self, clock: Clock) -> None:
        """Nothing has moved."""
        told = list[Record]()
        with Lifecycle(DEFINITION, clock=clock, observers=[told.append]) as door:
            door.fire(Lead("1"), **ACCEPT)

        assert [] == told

    def test_what_can_be_told_nothing_is_refused(self) -> None:
        """At once, and before a store is made."""
        with pytest.raises(TypeError, match="an observer is a callable"):
            Lifecycle(DEFINITION, observers=["nonsense"])  # type: ignore[list-item]  # that is the point


class TestOpening:
    """A lifecycle holds a definition and a store, and nothing else."""

    def test_two_live_side_by_side(self, clock: Clock) -> None:
        """Each with a definition and a store of its own."""
        other = made(arrow("win", "iql", "customer", "demo", automatic=True), name="other")
        with Lifecycle(DEFINITION, clock=clock) as one, Lifecycle(other, clock=clock) as two:
            assert "mql" == one.advance(interested()).journey.stage
            assert "customer" == two.advance(interested()).journey.stage
            assert ("mql", "customer") == (one.journey("1").stage, two.journey("1").stage)

    def test_two_share_a_store(self, tmp_path: Path, clock: Clock) -> None:
        """What one writes the other reads."""
        path = tmp_path / "history.db"
        with Lifecycle(DEFINITION, path, clock=clock) as one, Lifecycle(DEFINITION, path, clock=clock) as two:
            one.advance(interested())
            assert "mql" == two.journey("1").stage
            assert () == two.advance(interested()).records

    def test_leaving_the_block_closes_it(self, url: str, clock: Clock) -> None:
        """Also the store."""
        with Lifecycle(DEFINITION, url, clock=clock) as door:
            pass
        with pytest.raises(StoreError, match="has been closed"):
            door.journey("1")

    def test_a_conflict_of_versions_closes_what_was_opened(self, tmp_path: Path, clock: Clock) -> None:
        """Nothing is left behind that nobody can close."""
        path = tmp_path / "history.db"
        Lifecycle(DEFINITION, path, clock=clock).close()

        with pytest.raises(DefinitionConflictError):
            Lifecycle(made(), path, clock=clock)
        path.rename(tmp_path / "moved.db")


class TestConflicts:
    """When another writer was first, the whole command is run again."""

    @pytest.mark.parametrize(("lost", "answered"), [(0, True), (1, True), (4, True), (5, False)])
    def test_a_command_is_run_five_times(
        self, door: Lifecycle, monkeypatch: pytest.MonkeyPatch, lost: int, answered: bool
    ) -> None:
        """Judging included; then the caller is told."""
        monkeypatch.setattr("lifecycle.service.time.sleep", at_once)
        append, tries = Transaction.append, list[int]()

        def contested(self: Transaction, *arguments: Any, **more: Any) -> Any:
            tries.append(more["expected"])
            if len(tries) <= lost:
                raise ConcurrentUpdateError("somebody was first")
            return append(self, *arguments, **more)

        monkeypatch.setattr(Transaction, "append", contested)
        if answered:
            assert "mql" == door.advance(interested()).journey.stage
        else:
            with pytest.raises(ConcurrentUpdateError):
                door.advance(interested())

        assert min(lost + 1, 5) == len(tries)

    def test_it_is_judged_on_the_fresh_journey(
        self, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The second time the lead stands elsewhere, and the decision is another one."""
        monkeypatch.setattr("lifecycle.service.time.sleep", at_once)
        path, likes = tmp_path / "history.db", interested().answer(likes=True, at=day(2))
        with Lifecycle(DEFINITION, path, clock=clock) as one, Lifecycle(DEFINITION, path, clock=clock) as two:
            run_once, lost = Lifecycle._run_once, list[Reply]()

            def meddled(self: Lifecycle, *arguments: Any) -> Reply:
                if self is one and not lost:
                    lost.append(two.fire(likes, "recycle", actor="sales:18", reason="later"))
                    raise ConcurrentUpdateError("somebody was first")
                return run_once(self, *arguments)

            monkeypatch.setattr(Lifecycle, "_run_once", meddled)
            reply = one.fire(likes, **ACCEPT)

        assert lost[0].granted
        assert reply.decision is not None
        assert ("recycled", Result.UNDEFINED) == (reply.decision.source, reply.decision.result)

    def test_waiting_gets_longer_and_is_spread(self, door: Lifecycle, monkeypatch: pytest.MonkeyPatch) -> None:
        """So that two writers do not meet again and again."""
        slept = list[float]()
        monkeypatch.setattr("lifecycle.service.time.sleep", slept.append)
        monkeypatch.setattr("lifecycle.service.random.uniform", max)

        def contested(*_: Any, **__: Any) -> Any:
            raise ConcurrentUpdateError("somebody was first")

        monkeypatch.setattr(Transaction, "append", contested)
        with pytest.raises(ConcurrentUpdateError):
            door.advance(interested())

        assert [0.02, 0.04, 0.08, 0.16] == slept


class TestRaces:
    """Many writers want the same lead at once."""

    def check(self, door: Lifecycle, found: Counter[str], racers: int) -> None:
        """Assert that every command was answered, and that the history is whole."""
        history = door.history("1")

        assert racers * racing.ROUNDS == found.total()
        assert {"granted", "undefined"} >= found.keys()
        assert list(range(1, len(history) + 1)) == [record.sequence for record in history]
        assert found["granted"] + 1 == len(history)
        assert all(one.target == other.source for one, other in pairwise(history))

    def test_threads_share_one_lifecycle(self, url: str) -> None:
        """On a file and in memory."""
        with Lifecycle(racing.there_and_back(), url, clock=racing.later()) as door:
            with ThreadPoolExecutor(6) as threads:
                found = sum(threads.map(partial(racing.race, door), "abcdef"), Counter[str]())
            self.check(door, found, 6)

    def test_processes_share_one_store(self, tmp_path: Path) -> None:
        """The file is not there yet: they race for making it, too."""
        url = f"sqlite:///{tmp_path / 'history.db'}"
        context = multiprocessing.get_context("spawn")
        racers = [
            context.Process(target=racing.run, args=(url, str(who), str(tmp_path / f"{who}"))) for who in range(2)
        ]
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join()

        assert [0, 0] == [racer.exitcode for racer in racers]
        lines = [
            line.split() for who in range(2) for line in (tmp_path / f"{who}").read_text(encoding="utf-8").splitlines()
        ]
        found = Counter[str]()
        for result, count in lines:
            found[result] += int(count)
        with Lifecycle(racing.there_and_back(), url, clock=racing.later()) as door:
            self.check(door, found, 2)
