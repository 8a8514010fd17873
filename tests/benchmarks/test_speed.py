"""How fast a log is replayed, beside programs that do the same: `python dev.py bench [--large] [--write]`.

Every program must come to the asserted result, and none is timed against the clock: a ratio that is worse than the last
one fails nothing, it is written down.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import attrs
import pytest

from lifecycle.replay import replay
from tests.benchmarks.expected import EXPECTED, LONG_LEAD
from tests.benchmarks.log import DENSE, SPARSE, Shape, long_lead, make_log
from tests.benchmarks.measuring import Measured, machine, measure, replace_figures, table
from tests.benchmarks.programs import (
    BY_HAND,
    BY_HAND_WITH_RECORDS,
    INTO_SQLITE,
    NAIVE,
    OURS,
    Outcome,
    benchmark_definition,
    programs,
)

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "reference" / "speed.md"
ROUNDS: Final[Mapping[int, int]] = {1_000: 7, 10_000: 7, 100_000: 5, 1_000_000: 3}
"""How often each size is measured: small ones are soon done and vary more."""

NAIVE_CEILING: Final = 10_000
"""The longest lead the naive program is given, and once only: it looks at every activity for each activity."""


def test_speed(request: pytest.FixtureRequest) -> None:
    """Measure everything, print it, and with `--write` put it into the documentation."""
    large, write = bool(request.config.getoption("--large")), bool(request.config.getoption("--write"))
    sizes = (10_000, 100_000, 1_000_000) if large else (10_000, 100_000)
    command = f"python dev.py bench{' --large' if large else ''}"

    logs = {shape: [_replays(shape, size) for size in sizes] for shape in (SPARSE, DENSE)}
    leads = [_long_lead(size) for size in (1_000, 10_000, 100_000)]
    figures = "\n\n".join([machine(command), _costs(logs), _ratios(logs), _lengths(leads)])

    print(f"\n{figures}\n")
    if write:
        replace_figures(PAGE, figures)


def _replays(shape: Shape, size: int) -> Measured:
    print(f"\n{shape.name}, {size:,} signals ...", end="", flush=True)
    definition, signals = benchmark_definition(), make_log(shape, size)
    report = replay(definition, signals)
    assert EXPECTED[shape.name, size] == report.records
    expected = Outcome(report.transitions, report.history_digest)
    return measure(programs(definition), signals, rounds=ROUNDS[size], expected=expected)


def _long_lead(size: int) -> Measured:
    print(f"\none lead with {size:,} signals ...", end="", flush=True)
    definition, signals = benchmark_definition(), long_lead(size)
    report = replay(definition, signals)
    assert LONG_LEAD == report.records
    expected = Outcome(report.transitions, report.history_digest)
    named = programs(definition)
    found = measure({name: named[name] for name in (OURS, BY_HAND)}, signals, rounds=3, expected=expected)
    if size > NAIVE_CEILING:
        return found
    naive = measure({NAIVE: named[NAIVE]}, signals, rounds=1, expected=expected)
    return attrs.evolve(found, seconds={**found.seconds, **naive.seconds})


def _costs(logs: Mapping[Shape, list[Measured]]) -> str:
    heads = (
        "Log",
        "signals",
        "records",
        "µs per signal",
        "growth",
        "µs per record",
        "into SQLite: µs per signal",
        "growth",
    )
    return table(heads, (row for shape, found in logs.items() for row in _cost_rows(shape, found)))


def _cost_rows(shape: Shape, found: list[Measured]) -> Iterator[tuple[object, ...]]:
    for one in found:
        grown, stored = (one.per_signal(name) / found[0].per_signal(name) for name in (OURS, INTO_SQLITE))
        yield (
            *(shape.name, one.signals, one.records),
            *(one.per_signal(OURS), grown, one.per_record(OURS), one.per_signal(INTO_SQLITE), stored),
        )


def _ratios(logs: Mapping[Shape, list[Measured]]) -> str:
    heads = (
        "Log",
        "signals",
        "to by hand",
        "to by hand, with records",
        "to naive `transitions`",
        "into SQLite to trial",
    )
    peers = ((OURS, BY_HAND), (OURS, BY_HAND_WITH_RECORDS), (OURS, NAIVE), (INTO_SQLITE, OURS))
    return table(
        heads,
        (
            (shape.name, one.signals, *(one.ratio(name, other) for name, other in peers))
            for shape, found in logs.items()
            for one in found
        ),
    )


def _lengths(leads: list[Measured]) -> str:
    heads = ("Signals of one lead", "µs per signal", "growth", "by hand: µs per signal", "naive: µs per signal")
    first = leads[0].per_signal(OURS)
    return table(
        heads,
        (
            (
                *(one.signals, one.per_signal(OURS), one.per_signal(OURS) / first, one.per_signal(BY_HAND)),
                one.per_signal(NAIVE) if NAIVE in one.seconds else "not run",
            )
            for one in leads
        ),
    )
