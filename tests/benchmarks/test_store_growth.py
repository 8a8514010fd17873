"""What a store costs as it grows.

    python dev.py bench tests/benchmarks/test_store_growth.py --records 1000000 [--write]

It takes minutes, or with ten million records hours and some 30 GB of disk, so that it runs only when it is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from lifecycle.store.migrating import init
from lifecycle.store.sql import Store
from tests.benchmarks.growth import COSTS, Grown, grow
from tests.benchmarks.measuring import machine, replace_figures, table

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "reference" / "speed.md"
COMMAND: Final = "python dev.py bench tests/benchmarks/test_store_growth.py"
FIRST: Final = 100_000


@pytest.mark.parametrize("database", ["SQLite", "PostgreSQL"])
def test_store_growth(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Let a store grow tenfold and tenfold again, print what everything costs, and write it down if asked to."""
    most = int(request.config.getoption("--records") or 0)
    if not most:
        pytest.skip("takes long: give --records")
    sizes = [size for size in (FIRST, FIRST * 10, FIRST * 100) if size <= most]
    if database == "SQLite":
        url = f"sqlite:///{tmp_path / 'history.db'}"
    else:
        url = request.getfixturevalue("durable_postgres_url")
        init(url)
    store, found = Store(url), list[Grown]()
    for grown in grow(store, sizes):
        found.append(grown)
        print(f"\n{database}: {grown}", flush=True)
    store.close()

    figures = f"{machine(f'{COMMAND} --records {most}')}\n\n{costs(found)}"
    print(f"\n{figures}\n")
    if request.config.getoption("--write"):
        replace_figures(PAGE, figures, f"{database} growth figures", f"{COMMAND} --records N --write")


def costs(found: Sequence[Grown]) -> str:
    """Give a table with a line for each cost, and the last one over the first as its growth."""
    heads = (f"{found[0].records:,} records and more", *(f"{one.records:,}" for one in found), "growth")
    first, last = found[0].costs, found[-1].costs
    return table(
        heads, ((words, *(one.costs[name] for one in found), last[name] / first[name]) for name, words in COSTS.items())
    )
