"""A store that grows, and what each thing costs at each size of it."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final

import attrs
import sqlalchemy as sa

from lifecycle.query import Filter
from lifecycle.record import Record
from lifecycle.store.sql import Store
from lifecycle.store.standing import Order
from tests.benchmarks.kept import NOW, make_histories

__all__ = ["COSTS", "Grown", "grow"]

SIGNALS: Final = 100_000
"""The log whose histories are kept again and again, under the names of other leads."""

BATCH: Final = 500
ASKED: Final = 200
"""How often each question is asked, of leads chosen at random."""

COSTS: Final = {
    "append": "whole histories, each record, µs",
    "one": "one record, durable, ms",
    "seal": "sealing, each record, µs",
    "verify": "verify, each record, µs",
    "journey": "where a lead stands, ms",
    "history": "history of a lead, ms",
    "as_of": "the same as of an instant, ms",
    "known": "the same as known at an instant, ms",
    "stage": "the 100 leads that have stood in a stage longest, ms",
    "page": "a page of 100 records of a trigger, ms",
    "proof": "inclusion proof, ms",
    "bytes": "bytes on the disk for each record",
}
"""What is measured, in the words of the table."""


@attrs.frozen
class Grown:
    """What everything costs at one size, by the names of `COSTS`."""

    records: int
    costs: Mapping[str, float]


def grow(store: Store, sizes: Sequence[int]) -> Iterator[Grown]:
    """Fill a store up to each of the sizes in turn, and measure."""
    definition, histories = make_histories(SIGNALS)
    store.register(definition, now=NOW)
    again = itertools.cycle([(history.records, ()) for history in histories])
    numbers, records = itertools.count(), 0
    for turn, size in enumerate(sizes):
        added, took = records, 0.0
        while records < size:
            batch = [(f"lead {next(numbers)}", *next(again)) for _ in range(BATCH)]
            start = time.perf_counter()
            with store.writing() as transaction:
                transaction.add(batch, now=NOW)
            took += time.perf_counter() - start
            records += sum(len(some) for _, some, _ in batch)
        leads = [f"lead {number}" for number in random.Random(size).sample(range(next(numbers)), ASKED)]
        costs = {"append": took / (records - added) * 1e6, **_costs(store, leads, records - added, turn)}
        yield Grown(records, {**costs, "bytes": _bytes(store) / records})


def _append_one(store: Store, turn: int) -> float:
    """Append the last records of some leads, each in a transaction of its own, and give the median in milliseconds."""
    _, histories = make_histories(SIGNALS)
    some = [one.records for one in histories if len(one.records) > 1][:ASKED]
    named = [(f"late {turn} {number}", records) for number, records in enumerate(some)]
    with store.writing() as transaction:
        transaction.add([(name, records[:-1], ()) for name, records in named], now=NOW)

    def append(name: str, record: Record) -> None:
        with store.writing() as transaction:
            transaction.append(name, [record], expected=record.sequence - 1, now=NOW)

    return median(_seconds(partial(append, name, records[-1])) for name, records in named) * 1e3


def _costs(store: Store, leads: Sequence[str], added: int, turn: int) -> dict[str, float]:
    one, now = _append_one(store, turn), NOW + timedelta(hours=turn)
    sealing = _seconds(lambda: store.seal(now=now))
    reading = _readings(store, leads)
    verified = store.checkpoint().size
    verifying = _seconds(lambda: _verify(store))
    return {"one": one, "seal": sealing / added * 1e6, **reading, "verify": verifying / verified * 1e6}


def _readings(store: Store, leads: Sequence[str]) -> dict[str, float]:
    """Ask each question of each lead, and give the medians in milliseconds."""
    middle = make_histories(SIGNALS)[1][0].records[0].at + timedelta(days=30)
    sealed = store.checkpoint().at
    with store.reading() as reading:
        trigger = reading.history(leads[0])[0].trigger

    def asks(ask: Callable[[str], object]) -> float:
        return median(_seconds(partial(ask, lead)) for lead in leads) * 1e3

    def history(lead: str) -> Iterable[Record]:
        with store.reading() as reading:
            return reading.history(lead, with_details=True)

    def journey(lead: str) -> object:
        with store.reading() as reading:
            return reading.journey(lead)

    def as_of(lead: str) -> object:
        with store.reading() as reading:
            return reading.history(lead, as_of=middle, with_details=True)

    def known(lead: str) -> object:
        with store.reading() as reading:
            return reading.history(lead, recorded_as_of=sealed, with_details=True)

    def stage(_: str) -> object:
        with store.reading() as reading:
            return list(reading.leads(stage="mql", order=Order.SINCE, limit=100))

    def page(_: str) -> object:
        with store.reading() as reading:
            return list(itertools.islice(reading.records(Filter(trigger=trigger), limit=100), 100))

    return {
        "journey": asks(journey),
        "history": asks(history),
        "as_of": asks(as_of),
        "known": asks(known),
        "stage": asks(stage),
        "page": asks(page),
        "proof": asks(lambda lead: store.prove(lead, 1)),
    }


def _verify(store: Store) -> None:
    report = store.verify()
    assert report.ok, report.findings


def _seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def _bytes(store: Store) -> int:
    """Give how many bytes a store takes on the disk."""
    with store.reading() as reading:
        if store.engine.dialect.name == "postgresql":
            size = reading.connection.scalar(sa.select(sa.func.pg_database_size(sa.func.current_database())))
            return int(size or 0)
    place = Path(str(store.engine.url.database))
    return sum(one.stat().st_size for one in place.parent.glob(f"{place.name}*"))
