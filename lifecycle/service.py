"""The one door through which every stage change goes.

A `Lifecycle` holds a definition and a store, and nothing else: no globals, so several live side by side in one process,
and one may be shared between threads. Facts stay with the embedder and come in with each call.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Self, TypeVar

import attrs

from lifecycle.command import Command, Reply, check_lead
from lifecycle.course import Course
from lifecycle.decision import Explanation, Kind, Request, explain
from lifecycle.definition import Definition
from lifecycle.errors import ConcurrentUpdateError, StoreLostError
from lifecycle.journey import Journey
from lifecycle.lead import Lead, Snapshot
from lifecycle.narrowing import check_type
from lifecycle.observing import Listed, Observing, observing, tell
from lifecycle.query import ANY, PAGE, Filter, Page, page_of
from lifecycle.record import Record, Refusal, record_of, refusal_of
from lifecycle.times import as_utc

if TYPE_CHECKING:
    from pathlib import Path

    from lifecycle.store.feeding import Sealed
    from lifecycle.store.reading import Reading
    from lifecycle.store.sql import Connection, Engine, Store, Transaction

__all__ = ["Lifecycle", "utc_now"]

_T = TypeVar("_T")

ATTEMPTS: Final = 5
"""How often a command is run when other writers are first: one retry is not enough on a lead that many write to."""


def utc_now() -> datetime:
    """Give the present instant in UTC: the only clock of what is decided and recorded; callers may give another."""
    return datetime.now(UTC)


class Lifecycle:
    """A definition at work on a store.

    Args:
        definition: The agreed document, from `load`.
        store: A URL (`sqlite:///history.db`), the path of a SQLite file, a SQLAlchemy Engine, or a `Store`, which says
            more (schema, durability) and stays open; memory if left out.
        clock: Gives the present instant where a call names none, and the instant of writing.
        observers: Called with each record after it is durable: callables, plugins with `lifecycle_after_transition`, or
            names of installed plugins that have it.
        trial: Every command is a dry run: the store must exist, and nothing is kept in it, not even the definition.

    Raises:
        DefinitionConflictError: the store keeps another text under this name and version.
        StrandedLeadsError: leads of the store stand in stages that the definition does not have.
        StoreError: the store cannot be used.
        NaiveInstantError: the clock gives an instant without a time zone.
        PluginError: a plugin that is named as an observer is broken, is not there, or observes nothing.
        TypeError: an observer can be told of nothing, or the definition is none.
    """

    def __init__(
        self,
        definition: Definition,
        store: str | Path | Engine | Store = "sqlite://",
        *,
        clock: Callable[[], datetime] = utc_now,
        observers: Iterable[Listed | Observing] = (),
        trial: bool = False,
    ) -> None:
        from lifecycle.store.sql import Store  # noqa: PLC0415 - loads SQLAlchemy

        check_type(definition, Definition, "give what load(...) gives, for instance load('b2b')")
        self._lent = isinstance(store, Store)
        self.definition = definition
        self._trial = trial
        self._course = Course(definition)
        self._clock = clock
        self._observers = observing(observers)
        self.store = store if isinstance(store, Store) else Store(store, create=not trial)
        if not trial:
            try:
                self.store.register(definition, now=self._now())
            except BaseException:
                self.close()
                raise

    def __enter__(self) -> Self:
        """Give the lifecycle itself; leaving the block closes it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the store."""
        self.close()

    def close(self) -> None:
        """Give the store's connections back; a `Store` that was passed in stays open."""
        if not self._lent:
            self.store.close()

    def advance(
        self,
        lead: Lead,
        *,
        at: datetime | None = None,
        judged_until: datetime | None = None,
        dry_run: bool = False,
        connection: Connection | None = None,
    ) -> Reply:
        """Make the moves that happen by themselves up to an instant.

        Args:
            lead: The lead with its facts; those later than `at` are invisible.
            at: The instant, the clock's now if left out.
            judged_until: What the last reply gave, if facts come in time: it spares the instants before.
            dry_run: Only say what would happen.
            connection: A connection in a transaction of the embedder's own.

        Raises:
            NaiveInstantError: an instant has no time zone.
            CallerError: the connection commits every statement by itself.
            ConcurrentUpdateError: other writers were first, again and again.
            StoreError: the store fails.
        """
        command = Command(lead, self._at(at), None, judged_until, dry_run or self._trial, undated=at is None)
        return self._run(command, connection)

    def fire(
        self,
        lead: Lead,
        trigger: str,
        *,
        actor: str,
        at: datetime | None = None,
        reason: str | None = None,
        note: str | None = None,
        override: bool = False,
        key: str | None = None,
        lock: bool = False,
        dry_run: bool = False,
        connection: Connection | None = None,
    ) -> Reply:
        """Ask for a transition: first what moves by itself, then the decision, then what follows, all or nothing.

        A refusal is a reply, not an exception; `reply.require()` raises one.

        Args:
            lead: The lead with its facts; those later than `at` are invisible.
            trigger: What is asked, for instance `accept`.
            actor: `role:id` of who asks.
            at: The instant, the clock's now if left out.
            reason: A reason code, where the transition wants one.
            note: Free text, kept where it can be erased.
            override: Ask to waive what does not hold.
            key: Your own name for this command, so that it may be sent twice: the second time it gets its first
                answer, and nothing moves, also when the connection was lost meanwhile. Only a keyed digest is kept.
            lock: Have other writers wait instead of running the command again, for a lead that many write to at once.
                SQLite does so anyway: it has one writer at a time.
            dry_run: Only say what would be decided; nothing is written.
            connection: A connection in a transaction of the embedder's own.

        Raises:
            ValueError: the actor is not `role:id`.
            NaiveInstantError: an instant has no time zone.
            OutOfOrderError: `at` lies before the lead's last move.
            KeyReusedError: the key stands for another command.
            CallerError: the connection commits every statement by itself.
            ConcurrentUpdateError: other writers were first, again and again.
            StoreError: the store fails.
        """
        request = Request(trigger=trigger, actor=actor, reason=reason, note=note, override=override)
        command = Command(lead, self._at(at), request, None, dry_run or self._trial, key, lock, at is None)
        return self._run(command, connection)

    def explain(self, lead: Lead, *, at: datetime | None = None) -> Explanation:
        """Say what is missing for each next stage at an instant, after what moves by itself; nothing is written.

        Of a past instant the explanation is that of where the lead stood then.

        Raises:
            NaiveInstantError: an instant has no time zone.
            StoreError: the store fails.
        """
        check_lead(lead)
        when = self._at(at)
        journey = self._read(lambda reading: reading.journey(lead.id, as_of=when))
        for step in self._course.advance(lead, journey, when):
            journey = step.journey
        return explain(self.definition, Snapshot(lead, when, journey))

    def journey(
        self,
        lead: str,
        *,
        as_of: datetime | None = None,
        recorded_as_of: datetime | None = None,
        position: int | None = None,
    ) -> Journey:
        """Give where a lead stands, or stood; a lead that the store does not know has not entered.

        Args:
            lead: Your id of the lead.
            as_of: Where it stood at this instant.
            recorded_as_of: As far as was known at this instant: as far as it had been sealed.
            position: As far as had been sealed up to this position of the log.

        Raises:
            NaiveInstantError: an instant has no time zone.
            CallerError: both an instant of knowing and a position are given, or the position is negative.
            NotSealedError: that instant or position lies beyond what has been sealed.
            StoreError: the store fails.
        """
        at, known = (None if one is None else as_utc(one) for one in (as_of, recorded_as_of))
        return self._read(lambda some: some.journey(lead, as_of=at, recorded_as_of=known, position=position))

    def history(
        self,
        lead: str,
        *,
        as_of: datetime | None = None,
        recorded_as_of: datetime | None = None,
        position: int | None = None,
        with_details: bool = False,
    ) -> tuple[Record, ...]:
        """Give a lead's records in sequence.

        Args:
            lead: Your id of the lead.
            as_of: Only what was true at this instant.
            recorded_as_of: Only what was known at this instant: what had been sealed.
            position: Only what had been sealed up to this position of the log.
            with_details: Also verdicts, scores and notes.

        Raises:
            NaiveInstantError: an instant has no time zone.
            CallerError: both an instant of knowing and a position are given, or the position is negative.
            NotSealedError: that instant or position lies beyond what has been sealed.
            StoreError: the store fails.
        """
        at, by = (None if one is None else as_utc(one) for one in (as_of, recorded_as_of))
        return self._read(
            lambda some: some.history(lead, as_of=at, recorded_as_of=by, position=position, with_details=with_details)
        )

    def records(
        self,
        where: Filter | str = ANY,
        *,
        after: str | None = None,
        limit: int | None = PAGE,
        with_details: bool = False,
    ) -> Page[Record]:
        """Give the records that a filter asks for, of all leads, in order of time.

        Args:
            where: Which records, or your id of a lead; all if left out.
            after: The cursor that came with the page before, as its `next`.
            limit: The most that one page has; None for all there are.
            with_details: Also verdicts, scores and notes.

        Raises:
            CallerError: the filter asks for what records do not have, or the cursor or the limit is none.
            NotSealedError: the position of the filter lies beyond what has been sealed.
            StoreError: the store fails.
        """
        more = None if limit is None else limit + 1
        return self._read(
            lambda some: page_of(some.records(where, after=after, limit=more, with_details=with_details), limit)
        )

    def refusals(
        self,
        where: Filter | str = ANY,
        *,
        after: str | None = None,
        limit: int | None = PAGE,
        with_details: bool = False,
    ) -> Page[Refusal]:
        """Give what was not granted, as a filter asks for it, in order of time.

        Args:
            where: Which refusals, or your id of a lead; all if left out.
            after: The cursor that came with the page before, as its `next`.
            limit: The most that one page has; None for all there are.
            with_details: Also verdicts, scores and notes.

        Raises:
            CallerError: the filter asks for what refusals do not have, or the cursor or the limit is none.
            NotSealedError: the position of the filter lies beyond what has been sealed.
            StoreError: the store fails.
        """
        more = None if limit is None else limit + 1
        return self._read(
            lambda some: page_of(some.refusals(where, after=after, limit=more, with_details=with_details), limit)
        )

    def position(self, recorded_as_of: datetime) -> int:
        """Give the position up to which the log was sealed at an instant, to ask by it from then on.

        Raises:
            NaiveInstantError: the instant has no time zone.
            NotSealedError: it is later than the last checkpoint, so the answer could still change.
            StoreError: the store fails.
        """
        known = as_utc(recorded_as_of)
        return self._read(lambda reading: reading.position(known))

    def feed(self, after: int = 0, *, limit: int | None = None, with_details: bool = False) -> Iterator[Sealed]:
        """Walk what has been sealed, by position; no transaction is open between two entries: take time, and write.

        Args:
            after: The position of the last entry that is known already.
            limit: So many at most.
            with_details: Also verdicts, scores and notes.

        Raises:
            CallerError: `after` is negative, or the limit is none.
            NotSealedError: the log ends before `after`: it is not the one that was followed.
            StoreError: the store fails, or something that was sealed has gone.
        """
        return self.store.feed(after, limit=limit, with_details=with_details)

    def _now(self) -> datetime:
        return as_utc(self._clock())

    def _at(self, at: datetime | None) -> datetime:
        return self._now() if at is None else as_utc(at)

    def _read(self, ask: Callable[[Reading], _T]) -> _T:
        """Ask the store, and once more when the connection turns out to be lost: the server was restarted, perhaps."""
        with suppress(StoreLostError), self.store.reading() as reading:
            return ask(reading)
        with self.store.reading() as reading:
            return ask(reading)

    def _run(self, command: Command, connection: Connection | None) -> Reply:
        """Run a command; judging included it is run again when another writer was first."""
        for attempt in range(1, ATTEMPTS):
            try:
                return self._run_once(command, connection)
            except ConcurrentUpdateError:
                if connection is not None:
                    raise  # the embedder's transaction is theirs to run again
            except StoreLostError as lost:
                # Without a key nobody could tell whether what was being committed is there already.
                if connection is not None or (lost.in_doubt and command.key is None):
                    raise
            time.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311 - spreads writers, guards nothing
        return self._run_once(command, connection)

    def _run_once(self, command: Command, connection: Connection | None) -> Reply:
        if command.dry_run:
            with self.store.reading(connection) as reading:
                return command.first_answer(reading) or self._answer(command, reading)
        with self.store.writing(connection) as transaction:
            if command.lock:
                transaction.lock(command.lead.id)
            first = command.first_answer(transaction)
            reply = first or self._write(command, self._answer(command, transaction), transaction)
        if connection is not None or reply.repeated:
            return reply
        return attrs.evolve(reply, unobserved=tell(self._observers, reply.records))

    def _answer(self, command: Command, reading: Reading) -> Reply:
        """Judge from the journey in the store, in memory."""
        lead = command.lead.id
        before = reading.journey(lead)
        if command.undated:  # only now: while it waited, others may have moved the lead
            command = attrs.evolve(command, at=self._now())
        steps = list(command.steps(self._course, before))
        asked = (step.decision for step in steps if step.decision.kind is not Kind.AUTOMATIC)
        return Reply(
            decision=next(asked, None),
            records=tuple(record_of(self.definition, s.decision, lead) for s in steps if s.decision.granted),
            refusals=tuple(refusal_of(self.definition, s.decision, lead) for s in steps if not s.decision.granted),
            journey=steps[-1].journey if steps else before,
            judged_until=command.at,
        )

    def _write(self, command: Command, reply: Reply, transaction: Transaction) -> Reply:
        now, lead = self._now(), command.lead.id
        expected = reply.journey.sequence - len(reply.records)
        records = transaction.append(lead, reply.records, expected=expected, now=now) if reply.records else ()
        kept = transaction.keep(lead, reply.refusals, now=now)
        if command.key is not None:
            refusal = next((refusal for refusal in reply.refusals if refusal.kind is not Kind.AUTOMATIC), None)
            transaction.remember(command.key, lead, records=records, refusal=refusal, now=now)
        stored = {refusal.key: refusal for refusal in kept}
        refusals = tuple(stored.get(refusal.key, refusal) for refusal in reply.refusals)
        return attrs.evolve(reply, records=records, refusals=refusals)
