"""Opening a database as a store: its engine, how its transactions begin, and the tables that have to be there."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import StaticPool

from lifecycle.errors import NotAStoreError, StoreError, StoreVersionError
from lifecycle.store import schema

__all__ = ["engine_of", "name_of", "prepare", "transaction"]

BUSY_TIMEOUT: Final = timedelta(seconds=10)
"""How long a SQLite writer waits for another one; longer than any transaction of ours takes."""

_MEMORY: Final = (None, "", ":memory:")
"""How a URL says that a SQLite database lives in memory."""


def engine_of(where: str | Path | Engine) -> tuple[Engine, bool]:
    """Give the engine of a database, and whether it is ours: one that comes from outside stays as it is.

    Raises:
        StoreError: it is no URL, or not of a database that stores are kept in.
    """
    if isinstance(where, Engine):
        _only_sqlite(where.dialect.name)
        return where, False
    return _own_engine(_url(where)), True


def _own_engine(url: sa.URL) -> Engine:
    _only_sqlite(url.get_backend_name())
    arguments: dict[str, Any] = {"timeout": BUSY_TIMEOUT.total_seconds()} if "timeout" not in url.query else {}
    if url.database in _MEMORY:  # one connection for all threads: another one would be another database
        arguments["check_same_thread"] = False
        engine = sa.create_engine(url, poolclass=StaticPool, connect_args=arguments, hide_parameters=True)
    else:
        engine = sa.create_engine(url, connect_args=arguments, hide_parameters=True)  # or errors would tell of leads
    event.listen(engine, "connect", _keep_safe)
    return engine


def _only_sqlite(name: str) -> None:
    if name != "sqlite":
        raise StoreError(f"stores are kept in SQLite, not in {name}")


def _url(where: str | Path) -> sa.URL:
    text = str(where)
    if "://" not in text:
        return sa.URL.create("sqlite", database=text)
    try:
        url = sa.make_url(text)
    except SQLAlchemyError as error:
        raise StoreError("this is not the URL of a store, such as sqlite:///history.db") from error
    return url


def _keep_safe(driver: Any, _: object) -> None:
    """Have a commit survive the loss of power, also in SQLite builds that have another default."""
    driver.execute("PRAGMA synchronous=FULL")


@contextmanager
def transaction(connection: Connection, *, writes: bool) -> Generator[None]:
    """Begin a transaction, and commit it at the end, or roll it back when the block raises.

    Python's SQLite driver would open it too late, after the first read. Writers take the lock at once: one that reads
    first and writes later would fail instead of waiting. Foreign keys, which SQLite leaves unchecked unless it is told,
    are checked while we write.
    """
    driver: Any = connection.connection.driver_connection
    (before,) = driver.execute("PRAGMA foreign_keys").fetchone()
    if writes:
        driver.execute("PRAGMA foreign_keys=ON")
    try:
        with connection.begin():
            if not driver.in_transaction:  # an engine from outside may have its own way of beginning
                connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
            yield
    finally:
        driver.execute(f"PRAGMA foreign_keys={before}")


# --- Tables ----------------------------------------------------------------------------------------------------------


def prepare(engine: Engine, *, create: bool, own: bool) -> None:
    """Make the tables of a store, unless they are there, and check that they are ours and of this version.

    Args:
        engine: The database.
        create: Whether to make what is missing; otherwise that is an error, and nothing is made, not even a file.
        own: Whether the database is for histories alone: then it holds no other tables, and its settings are ours.

    Raises:
        NotAStoreError: the database holds other tables, or a store of something else.
        StoreVersionError: a newer version of this library wrote it.
        StoreError: there is no store, and none is to be made.
    """
    if not create and not _exists(engine.url):
        raise StoreError(f"{name_of(engine)} does not exist")
    with engine.connect() as connection:
        tables = set(sa.inspect(connection).get_table_names())
    if schema.properties.name not in tables:
        if tables and own:
            some = ", ".join(sorted(tables)[:3])
            raise NotAStoreError(f"{name_of(engine)} holds other tables ({some}) and none of ours; give another")
        if not create:
            raise StoreError(f"{name_of(engine)} is empty: nothing has been kept in it yet")
        _create(engine)
    _check(engine)
    if create and own:
        _let_readers_read(engine)


def name_of(engine: Engine) -> str:
    """Give the words by which messages call a database: its URL without a password."""
    return f"the store {engine.url.render_as_string(hide_password=True)}"


def _exists(url: sa.URL) -> bool:
    """Say whether there is a database to connect to; a `file:` name says itself whether it may be made."""
    return url.database in _MEMORY or "uri" in url.query or Path(str(url.database)).exists()


def _create(engine: Engine) -> None:
    with engine.connect() as connection, transaction(connection, writes=True):
        schema.metadata.create_all(connection, checkfirst=True)
        if connection.scalar(sa.select(sa.func.count()).select_from(schema.properties)):
            return  # somebody else made it while we waited
        rows = {"application": schema.APPLICATION, "schema": str(schema.VERSION)}
        connection.execute(schema.properties.insert(), [{"name": name, "value": value} for name, value in rows.items()])


def _let_readers_read(engine: Engine) -> None:
    """Have SQLite write ahead into a log, so that readers and a writer do not wait for each other.

    The file remembers it. Where the switch fails, because the file is read-only or others use it right now, nothing is
    lost but speed, and the next opening tries again.
    """
    with engine.connect() as connection, suppress(sqlite3.OperationalError):
        driver: Any = connection.connection.driver_connection
        if driver.execute("PRAGMA journal_mode").fetchone() == ("delete",):
            driver.execute("PRAGMA journal_mode=WAL")


def _check(engine: Engine) -> None:
    with engine.connect() as connection:
        rows = connection.execute(sa.select(schema.properties.c.name, schema.properties.c.value))
        found: dict[str, str] = {row.name: row.value for row in rows}
    if found.get("application") != schema.APPLICATION:
        raise NotAStoreError(f"{name_of(engine)} was not made by {schema.APPLICATION}")
    version = int(found.get("schema", "0"))
    if version > schema.VERSION:
        raise StoreVersionError(
            f"{name_of(engine)} was written by a newer version of this library (tables {version}, known "
            f"{schema.VERSION}); upgrade lead-lifecycle",
            found=version,
            known=schema.VERSION,
        )
