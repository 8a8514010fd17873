"""Where a store is kept: from a URL, a path or an engine to a database that can be connected to."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import attrs
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from lifecycle.errors import StoreError
from lifecycle.store.database import Database, Durability
from lifecycle.store.driving import qualified
from lifecycle.store.postgresql import POSTGRESQL
from lifecycle.store.sqlite import SQLITE

__all__ = ["Location", "locate"]

_DRIVER: Final = "postgresql+psycopg"
"""What `postgresql` means in a URL."""

_POSTGRESQL: Final = ("postgresql", "postgres")
"""What a URL of PostgreSQL begins with; SQLAlchemy knows the first only, and takes it for another driver."""

_DATABASES: Final = {database.name: database for database in (SQLITE, POSTGRESQL)}


@attrs.frozen(kw_only=True, repr=False)
class Location:
    """Where a store is kept.

    Attributes:
        engine: The engine.
        own: Whether the engine is ours: one that comes from outside stays as it is, and open.
        database: The kind of database.
        schema: The schema of the tables; None for the usual one.
    """

    engine: Engine
    own: bool
    database: Database
    schema: str | None

    def __str__(self) -> str:
        """Give the words by which messages call it: its URL without a password, and without the driver we chose."""
        url, beside = self.engine.url, "" if self.schema is None else f" schema {self.schema}"
        if url.drivername == _DRIVER:
            url = url.set(drivername=POSTGRESQL.name)
        return f"the store {url.render_as_string(hide_password=True)}{beside}"

    @property
    def in_memory(self) -> bool:
        """Whether it is in memory, where there is one connection for all threads."""
        return isinstance(self.engine.pool, sa.StaticPool)

    def qualified(self, table: sa.Table) -> str:
        """Give the quoted name of a table, for statements that are given to the driver as text."""
        return qualified(self.found, table.name)

    @property
    def found(self) -> str | None:
        """The schema that the tables are looked for in, once there has been a connection.

        On a server it is always named, so that no search path leads elsewhere: whoever lends a connection may have one
        of their own.
        """
        return self.schema if self.database is SQLITE else self.schema or self.engine.dialect.default_schema_name

    @contextmanager
    def on(self, connection: Connection) -> Generator[None]:
        """Have statements on a connection find the tables in their schema."""
        before = connection.get_execution_options()
        renamed: dict[str | None, str | None] = dict(before.get("schema_translate_map") or {})
        if self.found is None and None not in renamed:
            yield
            return
        connection.execution_options(schema_translate_map={**renamed, None: self.found})
        try:
            yield
        finally:
            # An option can be set anew, and nothing takes one away: theirs are to be as they were.
            connection._execution_options = before  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - see above


def locate(where: str | Path | Engine, *, schema: str | None = None, durability: str = "full") -> Location:
    """Give the location of a store.

    Args:
        where: A URL, the path of a SQLite file, or an Engine.
        schema: The schema of the tables on PostgreSQL; a URL may end with `?schema=NAME` instead.
        durability: `full` or `normal`; see `Durability`. The settings of an Engine stay as they are.

    Raises:
        StoreError: it is no URL, or not of a database that stores are kept in, or names a driver that stores are not
            opened with, such as an asynchronous one; or SQLite is asked for a schema, or the driver is not installed.
        ValueError: there is no such durability.
    """
    durable = Durability(durability)
    where = getattr(where, "sync_engine", where)  # what is behind an AsyncEngine, to be refused in words
    if isinstance(where, Engine):
        database = _database(where.dialect.name)
        if where.dialect.is_async:
            raise StoreError(_asynchronous(where.url, database))
        return Location(engine=where, own=False, database=database, schema=_fitting(schema, database))
    url = _url(where)
    if "schema" in url.query:
        schema, url = schema or str(url.query["schema"]), url.difference_update_query(["schema"])
    database = _database(url.get_backend_name())
    engine = _engine(url, database, durable)
    return Location(engine=engine, own=True, database=database, schema=_fitting(schema, database))


def _engine(url: sa.URL, database: Database, durability: Durability) -> Engine:
    """Give an engine of ours, with the driver of the database and no other."""
    _, _, driver = url.drivername.partition("+")
    if driver not in {"", database.driver}:
        with suppress(SQLAlchemyError):  # a driver that SQLAlchemy does not know either
            if url.get_dialect().is_async:
                raise StoreError(_asynchronous(url, database))
        raise StoreError(
            f"stores are opened with the driver {database.driver}, not with {driver}: write {_plain(url, database)}"
        )
    try:
        return database.engine(url, durability)
    except ImportError as error:
        message = f"the driver {database.driver} is not installed: pip install 'lead-lifecycle[postgres]'"
        raise StoreError(message) from error


def _asynchronous(url: sa.URL, database: Database) -> str:
    return (
        f"the driver of {url.drivername} is asynchronous, and stores are opened synchronously: write "
        f"{_plain(url, database)}, and lend asynchronous connections through `run_sync`"
    )


def _plain(url: sa.URL, database: Database) -> str:
    return url.set(drivername=database.name).render_as_string(hide_password=True)


def _database(name: str) -> Database:
    found = _DATABASES.get(name)
    if found is None:
        raise StoreError(f"stores are kept in SQLite and PostgreSQL, not in {name}")
    return found


def _fitting(schema: str | None, database: Database) -> str | None:
    if schema is not None and database is SQLITE:
        raise StoreError("SQLite has no schemas; give the store a file of its own")
    return schema


def _url(where: str | Path) -> sa.URL:
    text = str(where)
    begin, _, rest = text.partition(":")
    if "://" not in text:
        if begin.lower() in {*_DATABASES, *_POSTGRESQL}:
            raise StoreError(_slashes(begin, rest))
        return sa.URL.create("sqlite", database=text)
    try:
        url = sa.make_url(begin.lower() + text[len(begin) :])
    except SQLAlchemyError as error:
        raise StoreError("this is not the URL of a store, such as sqlite:///history.db") from error
    if url.host and url.get_backend_name() == SQLITE.name:
        raise StoreError(_slashes(begin, rest))
    return url.set(drivername=_DRIVER) if url.drivername in _POSTGRESQL else url


def _slashes(begin: str, rest: str) -> str:
    """Say how many slashes a URL has; what may be a password is not repeated."""
    if begin.lower() != SQLITE.name:
        return "the URL of a server has two slashes: postgresql://user@host/database"
    file = rest.lstrip("/")
    return f"the URL of a file has three slashes: sqlite:///{file}, or four where its path begins at the root: sqlite:////{file}"
