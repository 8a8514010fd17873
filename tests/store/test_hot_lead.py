"""A lead that moves again and again: what each command asks costs the same however long its history is."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from lifecycle import Lifecycle
from lifecycle.store.driving import execute
from lifecycle.store.sql import Store
from lifecycle.times import instant
from tests.made import day
from tests.racing import came, there_and_back
from tests.stores import postgres

if TYPE_CHECKING:
    from collections.abc import Callable

    from lifecycle.store.reading import Reading


CYCLE = 10
"""How many records a cycle has."""


def head(reading: Reading) -> int:
    """Ask for what the next record is chained to, and return its number."""
    return reading.head("hot").sequence


def journey(reading: Reading) -> int:
    """Ask where the lead stands, and return the number of its last record."""
    return reading.journey("hot").sequence


def earlier(reading: Reading) -> int:
    """Ask where the lead stood a little while ago, and return how many records it has."""
    (last,) = reading.connection.exec_driver_sql("SELECT max(at) FROM lifecycle_records").fetchone() or (0,)
    before = reading.journey("hot", as_of=instant(last) - timedelta(seconds=3))
    return before.sequence + 3


def make_hot(store: Store, records: int) -> None:
    """Let a lead move to and fro until its history has so many records, in cycles."""
    with Lifecycle(there_and_back(), store, clock=lambda: day(99)) as door:
        door.advance(came("hot"), at=day(0))
        first = [door.fire(came("hot"), name, actor="sales:1", at=day(1)).records[0] for name in ("go", "back")]
        others = [
            attrs.evolve(
                first[number % 2], sequence=number, cycle=number // CYCLE + 1, at=day(1) + timedelta(seconds=number)
            )
            for number in range(4, records + 1)
        ]
    with store.writing() as transaction:
        transaction.append("hot", others, expected=3, now=day(99))


@pytest.mark.parametrize("ask", [head, journey, earlier])
def test_sqlite_takes_no_more_steps(ask: Callable[[Reading], int]) -> None:
    """Counted in the instructions of its virtual machine."""
    steps = list[int]()
    for records in (50, 1_000):
        store, counted = Store("sqlite://"), list[int]()
        make_hot(store, records)
        with store.reading() as reading:
            driver: Any = reading.connection.connection.driver_connection
            ask(reading)
            driver.set_progress_handler(partial(counted.append, 1), 1)
            assert records == ask(reading)
            driver.set_progress_handler(None, 1)
        steps.append(len(counted))
        store.close()

    assert 0 < steps[1] <= 1.2 * steps[0]


@pytest.mark.parametrize("ask", [head, journey, earlier])
def test_postgresql_reads_no_more_rows(
    ask: Callable[[Reading], int], postgres_store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted in the rows that each step of its plan comes to."""
    store = Store(postgres_store)
    make_hot(store, 1_000)
    with postgres(postgres_store) as connection:
        connection.execute("ANALYZE")
    asked = list[tuple[str, Any]]()

    def noted(connection: Any, statement: str, values: Any) -> Any:
        asked.append((statement, values))
        return execute(connection, statement, values)

    monkeypatch.setattr("lifecycle.store.reading.execute", noted)
    with store.reading() as reading:
        ask(reading)
    store.close()

    assert asked
    for statement, values in asked:
        with postgres(postgres_store) as connection:
            found: Any = connection.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}".encode(), values).fetchone()
        assert max(_rows(found[0][0]["Plan"])) <= 2 * CYCLE


def _rows(plan: Any) -> list[float]:
    passed_over = sum(plan.get(f"Rows Removed by {why}", 0) for why in ("Filter", "Index Recheck"))
    here = (plan["Actual Rows"] + passed_over) * plan["Actual Loops"]
    return [here, *(one for part in plan.get("Plans", ()) for one in _rows(part))]
