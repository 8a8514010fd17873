"""Opening a database as a store: the tables that have to be there, and what the store says of itself."""

from __future__ import annotations

import secrets
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lifecycle.errors import CallerError, NotAStoreError, StoreError, StoreVersionError
from lifecycle.store import schema
from lifecycle.store.guards import guards
from lifecycle.store.locating import Location
from lifecycle.store.sqlite import MEMORY, SQLITE

__all__ = [
    "Settings",
    "create",
    "enter",
    "first_properties",
    "let_readers_read",
    "other_revision",
    "prepare",
    "require",
    "revision_of",
]


@attrs.frozen
class Settings:
    """What a store says of itself.

    Attributes:
        origin: Its own random name, which its checkpoints carry.
        secret: What digests of command keys are keyed with.
    """

    origin: str
    secret: bytes


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
