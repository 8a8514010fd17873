"""Reading a store: journeys, histories, refusals, definitions, leads."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Generator, Iterable, Iterator
from datetime import datetime
from itertools import groupby, islice
from operator import attrgetter
from typing import Any, Final, TypeVar

import attrs
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lifecycle.history import fold
from lifecycle.journey import Journey
from lifecycle.machine import OUTSIDE
from lifecycle.query import ANY, LARGEST, Filter
from lifecycle.record import Record, Refusal
from lifecycle.store.counting import Blocking, blocking
from lifecycle.store.driving import execute, question
from lifecycle.store.entries import RECORDS, REFUSALS, Entries
from lifecycle.store.judged import KeptRules, judged_by, kept_rules
from lifecycle.store.locating import Location
from lifecycle.store.opening import Settings
from lifecycle.store.positions import position_at, resolved
from lifecycle.store.querying import find
from lifecycle.store.schema import commands, definitions, leaves, records, refusals, rules, subjects
from lifecycle.store.standing import Order, Standing, leads
from lifecycle.times import instant, micros

__all__ = ["Answer", "Head", "Reading", "chunks"]

_Entry = TypeVar("_Entry", Record, Refusal)

_SUBJECT: Final = "SELECT subject FROM {subjects} WHERE lead = {0}"

_HEAD: Final = """\
SELECT s.subject, r.sequence, r.at, r.digest FROM {subjects} AS s LEFT JOIN (
SELECT m.sequence, m.at, m.digest FROM {records} AS m
WHERE m.subject = (SELECT subject FROM {subjects} WHERE lead = {0}) ORDER BY m.sequence DESC LIMIT 1) AS r ON true
WHERE s.lead = {1}"""

_MOVES: Final = """\
SELECT r.sequence, r.cycle, r."trigger", r.source, r.target, r.at FROM {records} AS r
WHERE r.subject = (SELECT subject FROM {subjects} WHERE lead = {0}) AND r.at = (%s)
ORDER BY r.sequence"""
"""The moves of a lead at one instant."""

_LAST: Final = """\
SELECT m.at FROM {records} AS m WHERE m.subject = (SELECT subject FROM {subjects} WHERE lead = {1})
ORDER BY m.sequence DESC LIMIT 1"""
"""The last instant: the database sees to it that time does not run backwards, and finds the last record at once."""

_LAST_UNTIL: Final = """\
SELECT m.at FROM {records} AS m WHERE m.subject = (SELECT subject FROM {subjects} WHERE lead = {1})
AND m.at <= {2} ORDER BY m.sequence DESC LIMIT 1"""

_CYCLE: Final = """\
SELECT r.at FROM {records} AS r
WHERE r.subject = (SELECT subject FROM {subjects} WHERE lead = {0}) AND r.sequence = 1 + coalesce((
SELECT m.sequence FROM {records} AS m WHERE m.subject = (SELECT subject FROM {subjects} WHERE lead = {1})
AND m.cycle < {2} ORDER BY m.sequence DESC LIMIT 1), 0)"""
"""When a cycle began: behind the last record of an earlier one, which is found from the end."""

_ANSWER: Final = """\
SELECT c.subject, s.lead, c.first_sequence, c.last_sequence, c.refusal FROM {commands} AS c
LEFT JOIN {subjects} AS s ON s.subject = c.subject WHERE c.command = {0}"""

_ASKED: Final = (("commands", commands.name), ("records", records.name), ("subjects", subjects.name))
"""The tables of such questions, by the names in their texts."""


def chunks(values: Iterable[str]) -> Iterator[list[str]]:
    """Cut values into lists that fit into one statement: databases limit how many it may have."""
    rest = iter(values)
    while some := list(islice(rest, 500)):
        yield some


@attrs.frozen
class Head:
    """The end of a history: the subject, None for a lead not met, and the last record's number, instant and digest."""

    subject: str | None = None
    sequence: int = 0
    at: int | None = None
    digest: str = ""


@attrs.frozen(kw_only=True)
class Answer:
    """What a command was answered with: what was kept of it, and the records before. After erasure the lead is None."""

    lead: str | None
    before: tuple[Record, ...]
    records: tuple[Record, ...]
    refusal: Refusal | None


class Reading:
    """A consistent view of a store, through one connection."""

    def __init__(self, connection: Connection, location: Location, settings: Settings) -> None:
        self.connection = connection
        self.location = location
        self.settings = settings

    def subject_of(self, lead: str) -> str | None:
        """Give the name of a lead, or None for a lead the store does not know."""
        row = self._ask(_SUBJECT, lead).fetchone()
        return None if row is None else str(row[0])

    def lead_of(self, subject: str) -> str | None:
        """Give your id of the lead that has this name; None once it is erased."""
        return self.connection.scalar(sa.select(subjects.c.lead).where(subjects.c.subject == subject))

    def known(self, leads: Iterable[str]) -> set[str]:
        """Give those of the leads that the store knows."""
        found: set[str] = set()
        for names in chunks(leads):
            found.update(self.connection.scalars(sa.select(subjects.c.lead).where(subjects.c.lead.in_(names))))
        return found

    def head(self, lead: str) -> Head:
        """Give the end of a lead's history, which a further record is chained to."""
        row = self._ask(_HEAD, lead, lead).fetchone()
        return Head() if row is None else Head(row[0], row[1] or 0, row[2], row[3] or "")

    def journey(
        self,
        lead: str,
        *,
        as_of: datetime | None = None,
        recorded_as_of: datetime | None = None,
        position: int | None = None,
    ) -> Journey:
        """Give where a lead stands, or stood: what the fold of its records gives.

        Unless what was known is asked for, only those of the last instant are read, and when their cycle began: a long
        history costs little more than a short one.

        Args:
            lead: Your id of the lead.
            as_of: Where it stood at this instant.
            recorded_as_of: As far as was known at this instant: as far as it had been sealed.
            position: As far as had been sealed up to this position of the log.

        Raises:
            CallerError: both an instant of knowing and a position are given, or the position is negative.
            NotSealedError: that instant or position lies beyond what has been sealed.
        """
        if recorded_as_of is not None or position is not None:
            return fold(self.history(lead, as_of=as_of, recorded_as_of=recorded_as_of, position=position))
        moves = self._moves(lead, as_of)
        if not moves:
            return Journey()
        sequence, cycle, trigger, _, target, at = moves[-1]
        return Journey(
            stage=target,
            since=instant(at),
            trigger=trigger,
            cycle=cycle,
            cycle_start=instant(self._ask(_CYCLE, lead, lead, cycle).fetchone()[0]) if cycle > 1 else None,
            sequence=sequence,
            passed=frozenset(stage for move in moves for stage in move[3:5] if stage != OUTSIDE),
        )

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
            CallerError: both an instant of knowing and a position are given, or the position is negative.
            NotSealedError: that instant or position lies beyond what has been sealed.
        """
        query = RECORDS.select(with_details=with_details).where(subjects.c.lead == lead)
        sealed = resolved(self.connection, recorded_as_of, position)
        if sealed is not None:
            query = query.where(leaves.c.position <= sealed)
        if as_of is not None:
            query = query.where(records.c.at <= micros(as_of))
        return tuple(RECORDS.read(row) for row in self.connection.execute(query.order_by(records.c.sequence)))

    def entry(self, entries: Entries[_Entry], name: str, number: int) -> _Entry | None:
        """Give one record or refusal with its details; None where there is none.

        Args:
            entries: `RECORDS` or `REFUSALS`.
            name: Your id of the lead, or the subject, which remains when the lead is erased.
            number: The sequence of the record, or the number of the refusal.
        """
        if not 1 <= number <= LARGEST:
            return None
        mine = entries.table.c.subject == (self.subject_of(name) or name)
        query = entries.select(with_details=True).where(mine, entries.counted == number)
        row = self.connection.execute(query).first()
        return None if row is None else entries.read(row)

    def records(
        self,
        where: Filter | str = ANY,
        *,
        after: str | None = None,
        limit: int | None = None,
        with_details: bool = False,
    ) -> Generator[Record]:
        """Walk the records that a filter asks for, in order of time; those of an erased lead have no lead.

        Args:
            where: Which records, or your id of a lead; all if left out.
            after: The cursor that came with a page; only what comes behind it.
            limit: No more than so many.
            with_details: Also verdicts, scores and notes.

        Raises:
            CallerError: the filter asks for what records do not have, or the cursor or the limit is none.
            NotSealedError: the position of the filter lies beyond what has been sealed.
        """
        database = self.location.database
        return find(self.connection, database, RECORDS, where, after=after, limit=limit, with_details=with_details)

    def histories(self, where: Filter | str = ANY, *, with_details: bool = False) -> Iterator[tuple[Record, ...]]:
        """Walk the histories of all leads, one after the other, each in sequence; figures are made of them.

        Args:
            where: Which records of them, or your id of a lead; all if left out.
            with_details: Also verdicts, scores and notes.

        Raises:
            CallerError: the filter asks for what records do not have.
            NotSealedError: the position of the filter lies beyond what has been sealed.
        """
        database = self.location.database
        found = find(self.connection, database, RECORDS, where, with_details=with_details, by_lead=True)
        return (tuple(records) for _, records in groupby(found, key=attrgetter("envelope.subject")))

    def refusals(
        self,
        where: Filter | str = ANY,
        *,
        after: str | None = None,
        limit: int | None = None,
        with_details: bool = False,
    ) -> Generator[Refusal]:
        """Walk the refusals that a filter asks for, in order of time; those of one lead and instant as they were kept.

        Args:
            where: Which refusals, or your id of a lead; all if left out.
            after: The cursor that came with a page; only what comes behind it.
            limit: No more than so many.
            with_details: Also verdicts, scores and notes.

        Raises:
            CallerError: the filter asks for what refusals do not have, or the cursor or the limit is none.
            NotSealedError: the position of the filter lies beyond what has been sealed.
        """
        database = self.location.database
        return find(self.connection, database, REFUSALS, where, after=after, limit=limit, with_details=with_details)

    def _moves(self, lead: str, as_of: datetime | None) -> list[tuple[int, int, str, str, str, int]]:
        """Give the moves of the last instant, or of the last until another one."""
        if as_of is None:
            found = self._ask(_MOVES % _LAST, lead, lead)
        else:
            found = self._ask(_MOVES % _LAST_UNTIL, lead, lead, micros(as_of))
        moves: list[tuple[int, int, str, str, str, int]] = found.fetchall()
        return moves

    def _ask(self, statement: str, *values: object) -> Any:
        """Ask what is asked at each command; the marks of the values are numbered in the order of the values."""
        style = self.connection.dialect.paramstyle
        return execute(self.connection, question(statement, style, len(values), self.location.found, _ASKED), values)

    def command(self, key: str) -> str:
        """Give what is kept of a command's key: a digest that nobody can find by trying who does not know the store."""
        return f"hmac-sha256:{hmac.new(self.settings.secret, key.encode(), hashlib.sha256).hexdigest()}"

    def answer(self, key: str) -> Answer | None:
        """Give what a command was answered with, or None where it is new.

        Args:
            key: The command's key.
        """
        row = self._ask(_ANSWER, self.command(key)).fetchone()
        if row is None:
            return None
        subject, lead, first, last, number = row
        same = sa.and_(refusals.c.subject == subject, refusals.c.number == number)
        refused = self.connection.execute(REFUSALS.select(with_details=True).where(same)).first()
        refusal = None if refused is None else REFUSALS.read(refused)
        history = () if lead is None else self.history(lead, with_details=True)
        begun = first - 1 if refusal is None or first else refusal.sequence
        return Answer(lead=lead, before=history[:begun], records=history[begun : last or begun], refusal=refusal)

    def leads(
        self,
        *,
        stage: str | None = None,
        order: Order = Order.LEAD,
        score: str | None = None,
        limit: int | None = None,
        as_of: datetime | None = None,
        position: int | None = None,
    ) -> Iterator[Standing]:
        """Walk the leads that have entered, each with its stage and the instant it entered it.

        Args:
            stage: Only those that stand there.
            order: Which first.
            score: The name of the score to order by; it may be left out where there is one only.
            limit: So many at most.
            as_of: Where they stood at this instant.
            position: Where they stood as far as the log was sealed up to this position.

        Raises:
            CallerError: there are several scores, and none is named; or the limit is no number of leads.
            NotSealedError: the position lies beyond what has been sealed.
        """
        return leads(
            self.connection,
            self.location.database,
            stage=stage,
            order=order,
            score=score,
            limit=limit,
            as_of=as_of,
            position=resolved(self.connection, None, position),
        )

    def blocking(self, where: Filter | str = ANY) -> tuple[Blocking, ...]:
        """Count which atom stands in the way of how many leads, by stage and trigger: what blocks most leads first.

        Args:
            where: Which refusals are counted, or your id of a lead; all if left out.

        Raises:
            CallerError: the filter asks for what refusals do not have.
            NotSealedError: the position of the filter lies beyond what has been sealed.
        """
        return blocking(self.connection, self.location.database, where)

    def position(self, recorded_as_of: datetime) -> int:
        """Give the position up to which the log was sealed at an instant; 0 before the first checkpoint.

        Raises:
            NotSealedError: the last checkpoint is earlier, so the answer could still change.
        """
        return position_at(self.connection, recorded_as_of)

    def definitions(self) -> Iterator[dict[str, Any]]:
        """Walk the definitions that have been used, each with its text, and every set of rules it was run with."""
        query = sa.select(definitions).order_by(definitions.c.name, definitions.c.recorded_at)
        for row in self.connection.execute(query).all():
            found = self.connection.execute(sa.select(rules).where(rules.c.definition_hash == row.hash))
            yield {
                "name": row.name,
                "version": row.version,
                "hash": row.hash,
                "recorded_at": instant(row.recorded_at),
                "rules": [{"digest": one.digest, **json.loads(one.content)} for one in found],
                "text": row.text,
            }

    def rules(self, definition: str | None = None) -> tuple[KeptRules, ...]:
        """Give the rules that have been used, each with how many leads it has judged.

        Args:
            definition: Only those of the definition of this name.
        """
        return kept_rules(self.connection, definition)

    def judged_by(self, digest: str) -> Iterator[tuple[str | None, str]]:
        """Walk the leads that a set of rules has judged: your id of each, None once erased, and its subject."""
        return judged_by(self.connection, digest)
