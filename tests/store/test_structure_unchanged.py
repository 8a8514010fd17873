"""A store that was made, upgraded or restored in one of our ways is as it should be, and verifying finds nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from lifecycle.store import migrating
from lifecycle.store.sql import Store
from tests.made import day
from tests.store.sealing import keep
from tests.stores import postgres

if TYPE_CHECKING:
    from pathlib import Path

    from tests.postgres import Server


def test_one_made_by_statements_in_a_file(tmp_path: Path) -> None:
    """As `lifecycle store init --sql` prints them."""
    with closing(sqlite3.connect(tmp_path / "history.db")) as connection:
        connection.executescript(migrating.statements("sqlite://", fresh=True))
    migrating.upgrade(tmp_path / "history.db")
    store = Store(tmp_path / "history.db")
    report = store.verify()
    store.close()

    assert () == report.findings


def test_one_that_was_restored_into_a_file(url: str, tmp_path: Path) -> None:
    """From the statements that SQLite's own shell dumps."""
    original = Store(url)
    keep(original, "1")
    original.seal(now=day(101))
    with original.engine.connect() as connection, closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        driver: Any = connection.connection.driver_connection
        copy.executescript("\n".join(driver.iterdump()))
    original.close()
    store = Store(tmp_path / "copy.db")
    report = store.verify()
    store.close()

    assert ((), 5) == (report.findings, report.entries["record"])


@pytest.mark.parametrize("name", [None, "crm"])
@pytest.mark.parametrize("by_hand", [True, False], ids=["statements", "init"])
def test_one_on_a_server(postgres_server: Server, name: str | None, by_hand: bool) -> None:
    """In the usual schema and in one of its own, made in both ways, upgraded, dumped and restored."""
    at = "" if name is None else f"&schema={name}"
    with postgres_server.database() as url, postgres_server.database() as copy:
        if by_hand:
            with postgres(url) as connection:
                connection.execute(migrating.statements(url + at, fresh=True).encode())
        else:
            migrating.init(url + at)
        migrating.upgrade(url + at)
        store = Store(url + at)
        keep(store, "1")
        store.seal(now=day(101))
        dumped = postgres_server.dump(url, "--inserts", "--no-owner")
        with postgres(copy) as connection:
            lines = (line for line in dumped.splitlines() if not line.startswith("\\"))  # words for its own shell
            connection.execute("\n".join(lines).encode())
        restored = Store(copy + at)
        reports = [one.verify() for one in (store, restored)]
        for one in (store, restored):
            one.close()

    assert [(), ()] == [report.findings for report in reports]
    assert 5 == reports[1].entries["record"]
