"""Histories for stores to keep, and the rows that a store makes of them, so that others can write the same bytes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

import attrs
import sqlalchemy as sa

from lifecycle import Lifecycle, Reply
from lifecycle.course import Course
from lifecycle.definition import Definition
from lifecycle.record import Record
from lifecycle.replay import History, Log, live_through
from lifecycle.store.schema import details, pending, records, refusal_details, refusals, subjects
from lifecycle.store.sql import Store
from tests.benchmarks.log import DENSE, make_log
from tests.benchmarks.programs import benchmark_definition
from tests.made import day
from tests.racing import came, there_and_back

__all__ = [
    "NOW",
    "TABLES",
    "Batch",
    "Entry",
    "Rows",
    "columns",
    "command",
    "fresh",
    "make_batches",
    "make_commands",
    "make_entries",
    "make_histories",
]

NOW: Final = datetime(2027, 1, 1, tzinfo=UTC)
BATCH: Final = 500
"""Leads in one transaction, as many as replay takes."""

TABLES: Final = (subjects, records, details, refusals, refusal_details, pending)
"""The tables of whole histories, in the order in which they refer to each other."""

Rows = Mapping[sa.Table, Sequence[tuple[Any, ...]]]


@attrs.frozen
class Entry:
    """One record of a lead that is known, and the rows that a store made of it."""

    record: Record
    lead: str
    subject: str
    rows: Rows


@attrs.frozen
class Batch:
    """The whole histories of some leads, and the rows that a store made of them."""

    histories: Sequence[History]
    rows: Rows

    @property
    def records(self) -> int:
        """How many records there are."""
        return len(self.rows[records])


def columns(table: sa.Table) -> list[sa.Column[Any]]:
    """Give the columns that are written: all but the number that the database gives."""
    return [column for column in table.columns if column.identity is None]


def fresh(record: Record, *, encoded: bool) -> Record:
    """Give a record as it comes from a decision, or one whose canonical forms have been written already."""
    made = attrs.evolve(record)
    if encoded:
        assert made.content
        assert made.body
    return made


@cache
def make_histories(size: int) -> tuple[Definition, tuple[History, ...]]:
    """Live a dense log of so many signals through, and give those leads that have records."""
    definition = benchmark_definition()
    log, course = Log.of(make_log(DENSE, size)), Course(definition)
    assert log.latest is not None
    found = (live_through(course, name, signals, until=log.latest) for name, signals in log.signals.items())
    return definition, tuple(history for history in found if history.records)


@cache
def make_entries(size: int, limit: int) -> tuple[Entry, ...]:
    """Give so many single records, those of one lead in sequence and other leads' between them."""
    _, found = make_histories(size)
    levels = itertools.zip_longest(*(history.records for history in found))
    some = list(itertools.islice((record for level in levels for record in level if record is not None), limit))
    store = _store(size)
    try:
        for record in some:
            with store.writing() as transaction:
                transaction.append(str(record.lead), [record], expected=record.sequence - 1, now=NOW)
        return tuple(_entries(store, some))
    finally:
        store.close()


@cache
def make_commands(limit: int) -> tuple[Entry, ...]:
    """Give so many single records of leads that are sent to and fro, each of which a command to the service makes."""
    store, leads = Store("sqlite://"), [str(number) for number in range(20)]
    made = list[Record]()
    try:
        with Lifecycle(there_and_back(), store, clock=lambda: NOW) as door:
            for number in itertools.count():
                for lead in leads:
                    reply = command(door, lead, number)
                    made += reply.records
                if len(made) >= limit:
                    return tuple(_entries(store, made[:limit]))
    finally:
        store.close()
    raise AssertionError


def command(door: Lifecycle, lead: str, number: int) -> Reply:
    """Have a lead move for the so many-th time: it enters, and is then sent to and fro, day by day."""
    facts = came(lead)
    if number == 0:
        return door.advance(facts, at=day(0))
    return door.fire(facts, ("back", "go")[number % 2], actor="sales:17", at=day(number))


def _entries(store: Store, some: Sequence[Record]) -> Iterator[Entry]:
    rows = {table: {tuple(row[:2]): row for row in _all(store, table)} for table in (records, details)}
    waiting = {(row[1], row[2]): row for row in _all(store, pending)}
    names = {row[1]: row[0] for row in _all(store, subjects)}
    for record in some:
        lead = str(record.lead)
        key = (names[lead], record.sequence)
        own = {records: [rows[records][key]], details: [rows[details][key]], pending: [waiting[key]]}
        yield Entry(record, lead, names[lead], own)


@cache
def make_batches(size: int) -> tuple[Batch, ...]:
    """Give whole histories, batch by batch."""
    _, found = make_histories(size)
    made = list[Batch]()
    for begin in range(0, len(found), BATCH):
        some, store = found[begin : begin + BATCH], _store(size)
        try:
            with store.writing() as transaction:
                transaction.add(((one.lead.id, one.records, one.refusals) for one in some), now=NOW)
            made.append(Batch(some, {table: _all(store, table) for table in TABLES}))
        finally:
            store.close()
    return tuple(made)


def _store(size: int) -> Store:
    definition, _ = make_histories(size)
    store = Store("sqlite://")
    store.register(definition, now=NOW)
    return store


def _all(store: Store, table: sa.Table) -> list[tuple[Any, ...]]:
    """Read the rows of a table in the order in which they were written, which is that of references too."""
    with store.reading() as reading:
        query = sa.select(*columns(table)).order_by(sa.text("rowid"))
        return [tuple(row) for row in reading.connection.execute(query)]
