"""How fast a store keeps histories, beside programs that write the same bytes: `python dev.py bench [--write]`.

Everybody must have kept the same contents in the end. None is timed against the clock: a goal that is not met fails
nothing, it is written down.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import attrs
import pytest

from lifecycle.definition import Definition
from tests.benchmarks.kept import Batch, Entry, make_batches, make_commands, make_entries, make_histories
from tests.benchmarks.measuring import Measured, in_turn, machine, replace_figures, table
from tests.benchmarks.writers import (
    ENCODED,
    EVENTSOURCING,
    OURS,
    PLAIN,
    RAW,
    WRITERS,
    Writer,
    on_postgresql,
    on_sqlite,
)
from tests.racing import there_and_back

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "reference" / "speed.md"
SIZE: Final = 100_000
"""Signals of the log whose histories are kept."""

ROUNDS: Final = 40
EACH: Final = 10
"""Records that each program appends before the next one's turn."""


RUN: Final = itertools.count(1)
ONE: Final = ((True, "one record, durable", 1.25), (False, "one record, not waiting for the disk", None))
PEERS: Final = (RAW, PLAIN, EVENTSOURCING)
MANY: Final = {"SQLite": 1.6, "PostgreSQL": 1.5}


@attrs.frozen
class Row:
    """One line of the table."""

    database: str
    what: str
    goal: float | None
    measured: Measured


def test_store_speed(request: pytest.FixtureRequest, durable_postgres_url: str) -> None:
    """Measure everything, print it, and with `--write` put it into the documentation."""
    definition, _ = make_histories(SIZE)
    entries, batches = make_entries(SIZE, ROUNDS * EACH), make_batches(SIZE)
    rows = list[Row]()
    for durable, what, goal in ONE:
        for database, writers in _writers(definition, durable_postgres_url, durable=durable):
            rows.append(Row(database, what, goal, _append(writers, entries)))
    commands = make_commands(ROUNDS * EACH)
    for database, writers in _writers(there_and_back(), durable_postgres_url, durable=True, judging=True):
        rows.append(Row(database, "one command, judged, durable", None, _append(writers, commands)))
    for database, writers in _writers(definition, durable_postgres_url, durable=True):
        rows.append(Row(database, "whole histories", MANY[database], _add(writers, batches)))
    figures = "\n\n".join([machine("python dev.py bench"), _costs(rows), _ratios(rows)])

    print(f"\n{figures}\n")
    if request.config.getoption("--write"):
        replace_figures(PAGE, figures, "store figures")


def _writers(
    definition: Definition, url: str, *, durable: bool, judging: bool = False
) -> Iterator[tuple[str, dict[str, Writer]]]:
    with tempfile.TemporaryDirectory(prefix="lifecycle-bench-") as name:
        yield "SQLite", on_sqlite(Path(name), definition, durable=durable, judging=judging)
    yield "PostgreSQL", on_postgresql(url, f"run{next(RUN)}", definition, durable=durable, judging=judging)


def _append(writers: Mapping[str, Writer], entries: tuple[Entry, ...]) -> Measured:
    names = {entry.lead: entry.subject for entry in entries}
    for writer in writers.values():
        writer.know(names)
    rounds = (
        {name: writer.append(entries[begin : begin + EACH]) for name, writer in writers.items()}
        for begin in range(0, len(entries), EACH)
    )
    return _checked(writers, Measured(signals=EACH, records=EACH, seconds=in_turn(rounds)), len(entries))


def _add(writers: Mapping[str, Writer], batches: tuple[Batch, ...]) -> Measured:
    rounds = ({name: writer.add(batch) for name, writer in writers.items()} for batch in batches)
    count = sum(batch.records for batch in batches)
    each = count // len(batches)
    return _checked(writers, Measured(signals=each, records=each, seconds=in_turn(rounds)), count)


def _checked(writers: Mapping[str, Writer], measured: Measured, count: int) -> Measured:
    """See to it that everybody has kept the same contents, and close them."""
    kept = writers[OURS].contents()
    assert count == len(kept)
    for name, writer in writers.items():
        assert kept == writer.contents(), name
        writer.close()
    return measured


def _costs(rows: Iterable[Row]) -> str:
    heads = ("µs per record", "database", *WRITERS)
    return table(heads, ((row.what, row.database, *map(row.measured.per_record, WRITERS)) for row in rows))


def _ratios(rows: Iterable[Row]) -> str:
    heads = ("Times as long", "database", f"{ENCODED}, to {RAW}", "goal", *(f"{OURS} to {name}" for name in PEERS))
    return table(heads, (_ratio_row(row) for row in rows))


def _ratio_row(row: Row) -> tuple[object, ...]:
    found = row.measured.ratio(ENCODED, RAW)
    goal = "none" if row.goal is None else f"{row.goal}: {'met' if found <= row.goal else 'NOT MET'}"
    return (row.what, row.database, found, goal, *(row.measured.ratio(OURS, name) for name in PEERS))
