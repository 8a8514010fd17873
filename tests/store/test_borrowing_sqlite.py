"""Working in a transaction that is somebody else's, on SQLite: what only its driver knows."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

import lifecycle
from lifecycle import Lifecycle
from lifecycle.errors import CallerError, ConcurrentUpdateError, StoreError
from tests.store.apps import NOTE, OnSQLite, check_foreign_keys, lead
from tests.store.lives import DEFINITION, NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def app(tmp_path: Path) -> Iterator[OnSQLite]:
    """An application."""
    app = OnSQLite(tmp_path / "app.db")
    yield app
    app.engine.dispose()


@pytest.fixture
def door(app: OnSQLite) -> Lifecycle:
    """A lifecycle in the application's database."""
    return Lifecycle(DEFINITION, app.engine, clock=lambda: NOW)


@pytest.fixture
def raw(door: Lifecycle, app: OnSQLite) -> Iterator[sqlite3.Connection]:
    """The application's own connection, to a database that is a store too."""
    assert door.definition is DEFINITION
    with closing(app.connect()) as raw:
        yield raw


def as_table(cursor: sqlite3.Cursor, row: tuple[object, ...]) -> dict[str, object]:
    """Return a row as a table, as many applications have it."""
    return {column[0]: value for column, value in zip(cursor.description, row, strict=True)}


def test_a_conflict_is_theirs_to_run_again(door: Lifecycle, app: OnSQLite) -> None:
    """Their transaction reads from before the other writer: it cannot be mended from inside."""
    with app.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        connection.commit()
        connection.exec_driver_sql("BEGIN")
        connection.execute(sa.text("SELECT count(*) FROM lifecycle_records")).all()
        door.advance(lead())
        with pytest.raises(ConcurrentUpdateError, match="run it again as a whole"):
            door.advance(lead(), connection=connection)
        connection.rollback()


def test_a_database_without_our_tables_is_said(door: Lifecycle) -> None:
    """The connection leads elsewhere."""
    elsewhere = sa.create_engine("sqlite://")
    event.listen(elsewhere, "connect", check_foreign_keys)
    with pytest.raises(StoreError, match="no such table"), elsewhere.connect() as connection:
        door.advance(lead(), connection=connection)
    elsewhere.dispose()


def test_an_engine_that_begins_by_itself_may_lend(door: Lifecycle, app: OnSQLite) -> None:
    """SQLAlchemy's recipe for savepoints on SQLite begins each transaction at its first statement."""

    def connect(driver: Any, _: object) -> None:
        driver.isolation_level = None

    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    event.listen(app.engine, "connect", connect)
    event.listen(app.engine, "begin", begin)
    app.engine.dispose()
    for end in ("rollback", "commit"):
        with app.engine.connect() as connection:
            door.advance(lead(), connection=connection)
            getattr(connection, end)()

    assert 2 == len(door.history("1"))


def test_settings_and_functions_stay(door: Lifecycle, raw: sqlite3.Connection) -> None:
    """SQLAlchemy would bring a function of its own, and a row factory would be in its way."""
    raw.create_function("regexp", 2, lambda *_: 42)
    before = (raw.isolation_level, raw.row_factory, raw.execute("PRAGMA foreign_keys").fetchone())
    with lifecycle.borrow(raw) as connection:
        door.advance(lead(), connection=connection)

    assert before == (raw.isolation_level, raw.row_factory, raw.execute("PRAGMA foreign_keys").fetchone())
    assert (42,) == raw.execute("SELECT 'x' REGEXP 'y'").fetchone()


@pytest.mark.parametrize("factory", [sqlite3.Row, as_table])
def test_a_row_factory_of_theirs_is_no_hindrance(door: Lifecycle, raw: sqlite3.Connection, factory: Any) -> None:
    """Rows that are read by name are what many applications have."""
    raw.row_factory = factory
    with lifecycle.borrow(raw) as connection:
        door.advance(lead(), connection=connection)
        assert "mql" == door.fire(lead(), "accept", actor="sales:1", connection=connection).journey.stage
    raw.rollback()


@pytest.mark.parametrize("begun", [True, False])
def test_a_connection_that_commits_by_itself_needs_a_transaction(door: Lifecycle, app: OnSQLite, begun: bool) -> None:
    """Whoever begins it ends it."""
    raw = check_foreign_keys(sqlite3.connect(app.path, isolation_level=None))
    with closing(raw), lifecycle.borrow(raw) as connection:
        if begun:
            raw.execute("BEGIN IMMEDIATE")
            door.advance(lead(), connection=connection)
            raw.execute("ROLLBACK")
        else:
            with pytest.raises(CallerError, match="begin a transaction on it first"):
                door.advance(lead(), connection=connection)

    assert () == door.history("1")


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the driver has the setting since Python 3.12")
@pytest.mark.parametrize("autocommit", [True, False])
def test_the_newer_setting_of_the_driver_is_understood(door: Lifecycle, app: OnSQLite, autocommit: bool) -> None:
    """Where it is False there is always a transaction; where it is True there is none until one is begun."""
    connect: Callable[..., sqlite3.Connection] = sqlite3.connect
    raw = check_foreign_keys(connect(app.path))
    raw.autocommit = autocommit  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue] - of 3.12
    with closing(raw), lifecycle.borrow(raw) as connection:
        if autocommit:
            with pytest.raises(CallerError, match="begin a transaction on it first"):
                door.advance(lead(), connection=connection)
        else:
            door.advance(lead(), connection=connection)
            raw.rollback()

    assert () == door.history("1")


def test_a_connection_that_checks_no_foreign_keys_is_refused(door: Lifecycle, app: OnSQLite) -> None:
    """SQLite would take records that belong to nothing, and cannot be told so within a transaction."""
    with (
        closing(sqlite3.connect(app.path)) as raw,
        lifecycle.borrow(raw) as connection,
        pytest.raises(CallerError, match="run PRAGMA foreign_keys=ON on it before its transaction begins"),
    ):
        door.advance(lead(), connection=connection)

    assert () == door.history("1")


def test_a_lent_connection_that_is_read_only_is_said(door: Lifecycle, app: OnSQLite) -> None:
    """Whatever keeps it from being written."""
    raw = check_foreign_keys(sqlite3.connect(f"file:{app.path}?mode=ro", uri=True))
    with closing(raw), lifecycle.borrow(raw) as connection, pytest.raises(StoreError, match="cannot be written"):
        door.advance(lead(), connection=connection)

    assert 0 == app.notes()
    assert NOTE.startswith("INSERT")
