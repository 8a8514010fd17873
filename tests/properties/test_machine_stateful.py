"""A machine that does what embedders do, in any order, against the plainest model: a list of records for each lead."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import attrs
import sqlalchemy as sa
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy.pool import StaticPool

from lifecycle.command import Reply
from lifecycle.course import Course
from lifecycle.definition import Definition
from lifecycle.history import fold, history_digest, recheck
from lifecycle.record import Record
from lifecycle.replay import lead_of, live_through, replay
from lifecycle.request import Request
from lifecycle.service import Lifecycle
from lifecycle.signals import Signal, SignalType
from lifecycle.store.sql import Store
from lifecycle.testing.strategies import GRID, START, definitions, facts, opening, requests
from tests.properties.cases import few, signal

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LEADS = st.sampled_from(["ann", "bob"])
STEPS = st.integers(0, 4)


@attrs.define
class Known:
    """All that the model keeps of one lead: what was told, what was answered, and how far the calls have come."""

    told: list[Signal] = attrs.field(factory=list[Signal])
    records: list[Record] = attrs.field(factory=list[Record])
    refusals: set[str] = attrs.field(factory=set[str])
    called: datetime | None = None
    judged: datetime | None = None

    def after(self, steps: int) -> datetime:
        """Give an instant so many steps after the last call; at the instant of a call itself all facts are known."""
        return START + steps * GRID if self.called is None else self.called + steps * GRID


class Embedder(RuleBasedStateMachine):
    """Facts and calls of a lead come in order of time, and of one instant all facts before the first call."""

    def __init__(self) -> None:
        super().__init__()
        self.engine = sa.create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
        self.known = {"ann": Known(), "bob": Known()}
        self.opened: Lifecycle | None = None
        self.sealed: dict[int, dict[str, int]] = {}

    @initialize(definition=definitions())
    def open(self, definition: Definition) -> None:
        """Open a lifecycle on an empty store."""
        self.definition = definition
        self.opened = Lifecycle(definition, self.engine, clock=lambda: NOW)

    @property
    def lifecycle(self) -> Lifecycle:
        """The lifecycle that is open now."""
        assert self.opened is not None
        return self.opened

    # --- What happens ---

    @rule(name=LEADS, steps=STEPS, data=st.data())
    def tell(self, name: str, steps: int, data: st.DataObject) -> None:
        """Learn some fact."""
        self._learn(name, steps, [data.draw(facts(self.definition))])

    @rule(name=LEADS, steps=STEPS, data=st.data())
    def go_on(self, name: str, steps: int, data: st.DataObject) -> None:
        """Learn what probably opens a way out of the stage."""
        ways = self.definition.leaving(self.lifecycle.journey(name).stage)
        if ways:
            self._learn(name, steps, data.draw(opening(self.definition, data.draw(st.sampled_from(ways)))))

    @rule(name=LEADS, data=st.data())
    def always_known(self, name: str, data: st.DataObject) -> None:
        """Learn something undated, which an embedder knows from the beginning."""
        if self.known[name].called is None:
            self._learn(name, None, [data.draw(facts(self.definition))])

    def _learn(self, name: str, steps: int | None, told: list[Signal]) -> None:
        known = self.known[name]
        late = known.called is not None and steps == 0
        at = None if steps is None else known.after(steps + late)
        known.told += [attrs.evolve(one, lead=name, at=at) for one in told]

    # --- What is called ---

    @rule(name=LEADS, steps=STEPS, spares=st.booleans(), knows_more=st.booleans())
    def advance(self, name: str, steps: int, spares: bool, knows_more: bool) -> None:
        """Let move what moves by itself, with or without saying what has been judged."""
        known = self.known[name]
        at = known.after(steps)
        lead, _ = lead_of(name, known.told, until=at + 9 * GRID if knows_more else at)
        judged = known.judged if spares else None
        tried = self.lifecycle.advance(lead, at=at, judged_until=judged, dry_run=True)
        reply = self.lifecycle.advance(lead, at=at, judged_until=judged)
        assert tried.decision is reply.decision is None
        self._answered(known, at, tried, reply)

    @rule(name=LEADS, steps=STEPS, way=st.integers(0, 3), data=st.data())
    def fire(self, name: str, steps: int, way: int, data: st.DataObject) -> None:
        """Ask for a way out of the stage, by somebody who may, or for anything by anybody."""
        known = self.known[name]
        ways = self.definition.leaving(self.lifecycle.journey(name).stage)
        asked: Request = data.draw(requests(self.definition, ways[way] if way < len(ways) else None))
        at, said = known.after(steps), attrs.asdict(asked)
        lead, _ = lead_of(name, known.told, until=at)
        trigger = said.pop("trigger")
        tried = self.lifecycle.fire(lead, trigger, at=at, dry_run=True, **said)
        reply = self.lifecycle.fire(lead, trigger, at=at, **said)
        assert tried.decision == reply.decision
        assert reply.decision is not None
        assert reply.granted is any(record.actor == asked.actor for record in reply.records)
        self._answered(known, at, tried, reply)
        known.told.append(_as_signal(name, at, asked))

    def _answered(self, known: Known, at: datetime, tried: Reply, reply: Reply) -> None:
        assert tried.records == reply.records
        assert all(recheck(self.definition, record) for record in reply.records)
        known.records += reply.records
        known.refusals |= {refusal.key for refusal in reply.refusals}
        known.called, known.judged = at, reply.judged_until

    @rule()
    def reopen(self) -> None:
        """Close the store and open it again: nothing is kept anywhere else."""
        self.lifecycle.close()
        self.opened = Lifecycle(self.definition, self.engine, clock=lambda: NOW)

    @rule()
    def seal(self) -> None:
        """Seal the store: from now on what is known can be asked for by this position."""
        checkpoint = self.lifecycle.store.seal(now=NOW)
        self.sealed[checkpoint.size] = {name: len(known.records) for name, known in self.known.items()}

    # --- What must hold ---

    @precondition(lambda self: self.opened is not None)
    @invariant()
    def the_store_keeps_what_was_answered(self) -> None:
        """Law: the history is the records that were answered, without gap, and its fold is the journey."""
        for name, known in self.known.items():
            history = self.lifecycle.history(name)
            assert tuple(known.records) == history
            assert fold(known.records) == self.lifecycle.journey(name)
            assert list(range(1, len(history) + 1)) == [record.sequence for record in history]
            kept = [refusal.key for refusal in self.lifecycle.refusals(name)]
            assert known.refusals == set(kept)
            assert len(set(kept)) == len(kept)

    @precondition(lambda self: self.opened is not None)
    @invariant()
    def a_position_gives_what_was_known(self) -> None:
        """Law: whatever came later, the history at a position is what it was when that was sealed; so is its fold."""
        for position, counts in self.sealed.items():
            for name, count in counts.items():
                known = self.known[name].records[:count]
                assert tuple(known) == self.lifecycle.history(name, position=position)
                assert fold(known) == self.lifecycle.journey(name, position=position)

    @precondition(lambda self: self.opened is not None)
    @invariant()
    def all_histories_together_are_the_records(self) -> None:
        """Law: the records of all leads are those of each, in order of time, and one page after the other has them."""
        page = self.lifecycle.records(limit=3)
        found = list(page)
        while page.next is not None:
            page = self.lifecycle.records(limit=3, after=page.next)
            found += page
        assert sorted(found, key=lambda record: record.at) == found
        for name, known in self.known.items():
            assert known.records == [record for record in found if record.lead == name]

    @rule()
    def compare(self) -> None:
        """Law: living through a log with any schedule of calls = replaying it, into a second store as into none."""
        for name, known in self.known.items():
            if known.called is None or not known.told:
                continue
            replayed = live_through(Course(self.definition), name, known.told, until=known.called)
            assert list(replayed.records) == known.records
            assert {refusal.key for refusal in replayed.refusals} == known.refusals
            second = Store("sqlite://")
            report = replay(self.definition, known.told, until=known.called, store=second, now=NOW)
            second.close()
            assert report.history_digest == history_digest((name, record) for record in known.records)
            into_the_first = replay(
                self.definition, known.told, until=known.called, store=self.lifecycle.store, now=NOW
            )
            assert 0 == into_the_first.added + into_the_first.completed + into_the_first.differing

    def teardown(self) -> None:
        """Compare once more, and close everything."""
        if self.opened is not None:
            self.compare()
            self.opened.close()
        self.engine.dispose()


def _as_signal(name: str, at: datetime, asked: Request) -> Signal:
    said: dict[str, Any] = {key: value for key, value in attrs.asdict(asked).items() if value and key != "trigger"}
    return attrs.evolve(signal(at, SignalType.REQUEST, asked.trigger, **said), lead=name)


TestEmbedder = Embedder.TestCase
TestEmbedder.settings = settings(few, stateful_step_count=15)
