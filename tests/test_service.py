"""The one door through which every stage change goes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from lifecycle import Lead, Lifecycle, Record, Reply
from lifecycle.decision import Kind, Result
from lifecycle.errors import (
    DefinitionConflictError,
    NaiveInstantError,
    NotSealedError,
    OutOfOrderError,
    RefusedError,
    StoreError,
)
from lifecycle.journey import Journey
from lifecycle.store.sql import Store
from lifecycle.store.writing import Transaction
from tests import doors
from tests.doors import ACCEPT, DEFINITION, Clock, interested, stages
from tests.made import arrow, day, made
from tests.stores import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

clock = pytest.fixture(doors.clock)
url = pytest.fixture(params=KINDS)(doors.url)
door = pytest.fixture(doors.door)


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


class TestReading:
    """What the door tells."""

    def test_history_as_of_and_recorded_as_of(self, door: Lifecycle, clock: Clock) -> None:
        """What was true at an instant, and what was known at one, which is answered once it has been sealed."""
        clock.now = day(2)
        door.advance(interested())
        door.store.seal(now=day(2))
        clock.now = day(40)
        door.advance(interested())
        with pytest.raises(NotSealedError):
            door.history("1", recorded_as_of=day(39))
        door.store.seal(now=day(40))

        assert [0, 1, 2, 3] == [len(door.history("1", as_of=at)) for at in (day(-1), day(0), day(10), day(11))]
        assert [0, 2, 2, 3] == [len(door.history("1", recorded_as_of=at)) for at in (day(1), day(2), day(39), day(40))]
        assert [0, 2, 3] == [len(door.history("1", position=door.position(at))) for at in (day(1), day(2), day(40))]
        assert [None, None, None] == [record.detail for record in door.history("1")]
        assert "came" in (door.history("1", with_details=True)[0].detail or {})["verdicts"]

    def test_the_feed_gives_what_has_been_sealed(self, door: Lifecycle) -> None:
        """From a position on, as much as is asked for, and with details where they are."""
        door.advance(interested())
        before = list(door.feed())
        door.store.seal(now=day(2))

        assert ([], [1, 2]) == (before, [sealed.position for sealed in door.feed()])
        assert ([2], [1]) == ([one.position for one in door.feed(1)], [one.position for one in door.feed(limit=1)])
        for wanted in (False, True):
            known = [(record.sequence, record.detail) for record in door.history("1", with_details=wanted)]
            assert known == [
                (sealed.position, getattr(sealed.entry, "detail", None)) for sealed in door.feed(with_details=wanted)
            ]

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


class TestOpening:
    """A lifecycle holds a definition and a store, and nothing else."""

    def test_a_name_is_no_definition(self) -> None:
        """It is loaded first, which also says when that fails."""
        slip: Any = "b2b"
        with pytest.raises(TypeError, match=r"this is a str, not a Definition; give what load\(\.\.\.\) gives"):
            Lifecycle(slip)

    def test_an_id_is_no_lead(self, door: Lifecycle) -> None:
        """Facts come in with each call."""
        slip: Any = "1"
        asks: list[Callable[[Any], object]] = [door.advance, door.explain, lambda lead: door.fire(lead, **ACCEPT)]
        for ask in asks:
            with pytest.raises(TypeError, match="this is a str, not a Lead; give a Lead with its facts"):
                ask(slip)

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


class TestStores:
    """A store that somebody made is used as it is, and stays theirs."""

    def test_a_store_that_is_passed_in_stays_open(self, url: str, clock: Clock) -> None:
        """With what its maker chose for it, such as what a commit survives; two may share it."""
        store = Store(url, durability="normal")
        with Lifecycle(DEFINITION, store, clock=clock) as one, Lifecycle(DEFINITION, store, clock=clock) as other:
            one.advance(interested("1"))
            assert other.history("1") == one.history("1") != ()

        with store.reading() as reading:
            assert reading.history("1")
        store.close()
