"""Times programs side by side, and writes what was measured as Markdown."""

from __future__ import annotations

import gc
import os
import platform
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Final

import attrs

from lifecycle.signals import Signal
from tests.benchmarks.programs import Outcome, Program

__all__ = ["WRITE", "Measured", "in_turn", "machine", "measure", "replace_figures", "table"]

LIBRARIES: Final = ("attrs", "transitions", "SQLAlchemy", "psycopg")
WRITE: Final = "python dev.py bench --write"
START: Final = "<!-- {} start: written by `{}` -->"
END: Final = "<!-- {} end -->"


@attrs.frozen(kw_only=True)
class Measured:
    """The seconds of processor time that each program took in each round, over one log."""

    signals: int
    records: int
    seconds: Mapping[str, Sequence[float]]

    def per_signal(self, program: str) -> float:
        """Give the median microseconds for one signal."""
        return median(self.seconds[program]) / self.signals * 1e6

    def per_record(self, program: str) -> float:
        """Give the median microseconds for one record."""
        return median(self.seconds[program]) / self.records * 1e6

    def ratio(self, program: str, other: str) -> float:
        """Give how many times as long as another program one took: the median of the rounds' ratios."""
        return median(one / two for one, two in zip(self.seconds[program], self.seconds[other], strict=True))


def measure(programs: Mapping[str, Program], signals: Sequence[Signal], *, rounds: int, expected: Outcome) -> Measured:
    """Run the programs in turn, round after round, so that what else the machine does falls on all of them.

    Each of them must give what is expected: the digest too, where it makes records. What is taken is the processor's
    time, on which other programs have less influence; waiting for the disk is not in it.
    """
    seconds: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(rounds):
        for name, program in programs.items():
            gc.collect()
            start = time.process_time()
            found = program(signals)
            seconds[name].append(time.process_time() - start)
            assert expected.moves == found.moves, name
            assert found.digest in {None, expected.digest}, name
    return Measured(signals=len(signals), records=expected.records, seconds=seconds)


def in_turn(rounds: Iterable[Mapping[str, Callable[[], object]]]) -> dict[str, list[float]]:
    """Time programs round after round, each round prepared before it begins; give the seconds of each, by the clock.

    By the clock, because what a database does, it does in a process of its own or on the disk.
    """
    seconds: dict[str, list[float]] = {}
    for number, programs in enumerate(rounds):
        gc.collect()
        names = list(programs)
        for name in names[number % len(names) :] + names[: number % len(names)]:  # nobody is always behind the same one
            start = time.perf_counter()
            programs[name]()
            seconds.setdefault(name, []).append(time.perf_counter() - start)
    return seconds


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Give a table in Markdown: text to the left, numbers to the right."""
    cells = [[_cell(value) for value in row] for row in rows]
    rule = ["---" if index == 0 else "---:" for index in range(len(heads))]
    return "\n".join(f"| {' | '.join(row)} |" for row in [list(heads), rule, *cells])


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}" if value < 10 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def machine(command: str) -> str:
    """Say where and when it was measured, and with what."""
    libraries = ", ".join([*(f"{name} {version(name)}" for name in LIBRARIES), f"SQLite {sqlite3.sqlite_version}"])
    lines = [
        f"- {datetime.now(UTC):%Y-%m-%d}, `{command}`",
        f"- {_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, {_load()}",
        f"- {platform.python_implementation()} {platform.python_version()}, {libraries}",
    ]
    return "\n".join(lines)


def _load() -> str:
    """Say how busy the machine was in the last quarter of an hour: 1 is one core."""
    return f"load average {os.getloadavg()[2]:.1f}" if hasattr(os, "getloadavg") else "load not known"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "processor not known"
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "not known")


def replace_figures(page: Path, figures: str, name: str = "figures", command: str = WRITE) -> None:
    """Put figures into a page, in place of those that it has between the marks of this name.

    Raises:
        ValueError: the page has no such marks.
    """
    start, end = START.format(name, command), END.format(name)
    before, found, rest = page.read_text(encoding="utf-8").partition(start)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"{page} has no place for {name}")
    page.write_text(f"{before}{start}\n\n{figures}\n\n{end}{after}", encoding="utf-8")
