"""Opening a database as a store: its engine, and the tables that have to be there."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import attrs
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from lifecycle.errors import CallerError, NotAStoreError, StoreError, StoreVersionError
from lifecycle.store import schema
from lifecycle.store.database import Database, Durability
from lifecycle.store.driving import qualified
from lifecycle.store.guards import guards
from lifecycle.store.postgresql import POSTGRESQL
from lifecycle.store.sqlite import MEMORY, SQLITE

__all__ = [
    "Location",
    "Settings",
    "create",
    "enter",
    "first_properties",
    "let_readers_read",
    "locate",
    "other_revision",
    "prepare",
    "require",
    "revision_of",
]

_DRIVER: Final = "postgresql+psycopg"
"""What `postgresql` means in a URL."""

_POSTGRESQL: Final = ("postgresql", "postgres")
"""What a URL of PostgreSQL begins with; SQLAlchemy knows the first only, and takes it for another driver."""

_DATABASES: Final = {database.name: database for database in (SQLITE, POSTGRESQL)}


@attrs.frozen
class Settings:
    """What a store says of itself.

    Attributes:
        origin: Its own random name, which its checkpoints carry.
        secret: What digests of command keys are keyed with.
    """

    origin: str
    secret: bytes


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
            connection._execution_options = before  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]


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


# --- Tables ----------------------------------------------------------------------------------------------------------


def prepare(location: Location, *, make: bool) -> Settings:
    """Make the tables of a store, unless they are there, and check that they are ours and of this revision.

    Args:
        location: Where.
        make: Whether to make what is missing; otherwise that is an error, and nothing is made, not even a file.

    Raises:
        NotAStoreError: the database holds other tables, or a store of something else.
        StoreVersionError: the tables are of a newer revision, or of an older one.
        StoreError: there is no store, and none is to be made.
    """
    make = make and location.database.makes_itself
    if not make:
        require(location)
    with location.engine.connect() as connection:
        tables = set(sa.inspect(connection).get_table_names(location.schema))
        elsewhere = "" if schema.properties.name in tables else _elsewhere(connection)
    if schema.properties.name not in tables:
        if tables and location.own and location.database is SQLITE:
            some = ", ".join(sorted(tables)[:3])
            raise NotAStoreError(f"{location} holds other tables ({some}) and none of ours; give another")
        if not location.database.makes_itself:
            message = f"{location} has no tables of a store yet; make them with `lifecycle store init`"
            raise StoreError(message + elsewhere)
        if not make:
            raise StoreError(f"{location} is empty: nothing has been kept in it yet")
        create(location)
    found = _check(location)
    if make:
        let_readers_read(location)
    return found


def check_same(location: Location, settings: Settings, connection: Connection) -> None:
    """See to it that somebody's connection leads to this store, and not to another one: asked once of a connection.

    Raises:
        CallerError: it leads elsewhere.
    """
    key = f"lifecycle_origin {location.found}"
    if key not in connection.info:
        origin = sa.select(schema.properties.c.value).where(schema.properties.c.name == "origin")
        connection.info[key] = connection.scalar(origin)
    if connection.info[key] != settings.origin:
        raise CallerError(f"this connection does not lead to {location}, but to another store; lend one that does")


def create(location: Location) -> bool:
    """Make the tables of a store with all that guards them; give False where they are there already.

    Raises:
        StoreError: the database fails.
    """
    with location.engine.connect() as connection, location.database.transaction(connection, writes=True):
        location.database.lock(connection, "lifecycle_create")
        if location.schema is not None:
            connection.execute(sa.schema.CreateSchema(location.schema, if_not_exists=True))
            enter(connection, location)
        if sa.inspect(connection).has_table(schema.properties.name, schema=location.schema):
            return False  # somebody else made it while we waited
        schema.metadata.create_all(connection, checkfirst=False)
        for statement in guards(location.database.name):
            connection.exec_driver_sql(statement)
        connection.execute(schema.versions.insert(), {"version_num": schema.REVISION})
        connection.execute(schema.properties.insert(), first_properties())
    return True


def first_properties() -> list[dict[str, str]]:
    """Give the properties that a new store begins with."""
    values = {
        "application": schema.APPLICATION,
        "origin": f"{schema.APPLICATION}/{secrets.token_hex(8)}",
        "secret": secrets.token_hex(32),
    }
    return [{"name": name, "value": value} for name, value in values.items()]


def enter(connection: Connection, location: Location) -> None:
    """Have names without a schema mean that of the location, until the transaction is over."""
    if location.schema is not None:
        name = location.engine.dialect.identifier_preparer.quote(location.schema)
        connection.execute(sa.select(sa.func.set_config("search_path", name, sa.true())))


def require(location: Location) -> None:
    """See to it that there is a file to connect to, as SQLite would make one.

    Raises:
        StoreError: there is none. A `file:` name says itself whether it may be made, and a server is not asked.
    """
    url = location.engine.url
    asked = location.database is SQLITE and url.database not in MEMORY and "uri" not in url.query
    if asked and not Path(str(url.database)).exists():
        raise StoreError(f"{location} does not exist")


def _elsewhere(connection: Connection) -> str:
    """Doubt the name, where no store was found, and say which schemas hold one."""
    inspector = sa.inspect(connection)
    names = inspector.get_schema_names()
    others = [name for name in names if inspector.has_table(schema.properties.name, schema=name)]
    return ", or is the name wrong?" + (f" There is a store in the schema {' and '.join(others)}" if others else "")


def let_readers_read(location: Location) -> None:
    """Have SQLite write ahead into a log, so that readers and a writer do not wait for each other.

    The file remembers it. Where the switch fails, because the file is read-only or others use it right now, nothing is
    lost but speed, and the next opening tries again. The file of an engine from outside stays as it is.
    """
    if not location.own or location.database is not SQLITE:
        return
    with location.engine.connect() as connection, suppress(sqlite3.OperationalError):
        driver: Any = connection.connection.driver_connection
        if driver.execute("PRAGMA journal_mode").fetchone() == ("delete",):
            driver.execute("PRAGMA journal_mode=WAL")


def revision_of(location: Location, connection: Connection) -> str:
    """Give the revision of the tables.

    Raises:
        NotAStoreError: the database holds no store of ours.
    """
    tables = set(sa.inspect(connection).get_table_names(location.schema))
    if schema.properties.name not in tables:
        raise NotAStoreError(f"{location} holds no store; make one with `lifecycle store init`{_elsewhere(connection)}")
    named = sa.select(schema.properties.c.value).where(schema.properties.c.name == "application")
    if connection.scalar(named) != schema.APPLICATION:
        raise NotAStoreError(f"{location} was not made by {schema.APPLICATION}")
    if schema.versions.name not in tables:
        raise NotAStoreError(f"{location} was made by a version before 0.1.0; make a new store, and replay into it")
    return connection.scalar(sa.select(schema.versions.c.version_num)) or ""


def _check(location: Location) -> Settings:
    with location.engine.connect() as connection, location.on(connection):
        revision = revision_of(location, connection)
        if revision != schema.REVISION:
            way = "upgrade it with `lifecycle store upgrade`"
            raise other_revision(location, revision, older=way)
        rows = connection.execute(sa.select(schema.properties.c.name, schema.properties.c.value))
        found: dict[str, str] = {row.name: row.value for row in rows}
    return Settings(origin=found["origin"], secret=bytes.fromhex(found["secret"]))


def other_revision(location: Location, revision: str, *, older: str) -> StoreVersionError:
    """Give the error that the tables are of another revision.

    Args:
        location: Where they are.
        revision: Theirs.
        older: What to do where they are older; where they are newer there is one thing to do.
    """
    newer = revision > schema.REVISION
    age, what = ("a newer", "upgrade lead-lifecycle") if newer else ("an older", older)
    both = f"tables {revision or 'unknown'}, known {schema.REVISION}"
    message = f"{location} was written by {age} version of this library; {what} ({both})"
    return StoreVersionError(message, found=revision, known=schema.REVISION)
