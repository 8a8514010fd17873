"""Making a store on a server, and bringing one that an older version made up to date."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.engine import Connection, Engine

from lifecycle.store import opening
from lifecycle.store.failures import as_store_errors
from lifecycle.store.locating import Location, locate

if TYPE_CHECKING:
    from alembic.config import Config

__all__ = ["init", "statements", "upgrade"]

_WARNING: Final = """\
-- These statements hold a secret: the row `secret` of lifecycle_properties is what digests of command keys are keyed
-- with. Keep this text where only those may read it who may read the store, and make one store of it: another one gets
-- statements of its own.

"""
"""What the statements for a new store begin with."""

_SCRIPTS: Final = Path(__file__).with_name("migrations")


def init(where: str | Path | Engine, *, schema: str | None = None) -> bool:
    """Make the tables of a store; give False where they are there already.

    Args:
        where: A URL, the path of a SQLite file, or an Engine.
        schema: The schema that is to hold them on PostgreSQL; it is made where it is missing.

    Raises:
        StoreError: the database cannot be reached or written.
    """
    location = locate(where, schema=schema)
    try:
        with as_store_errors(location, location.database):
            made = opening.create(location)
            if made:
                opening.let_readers_read(location)
            return made
    finally:
        _leave(location)


def upgrade(where: str | Path | Engine, *, schema: str | None = None) -> tuple[str, str]:
    """Bring the tables of a store to the revision of this library, and give the revisions before and after.

    All of it is done, or nothing. Whoever has the store open meanwhile waits. A file of SQLite is also made to write
    ahead, where nobody else has it open.

    Raises:
        NotAStoreError: the database holds no store.
        StoreVersionError: a newer version of this library made it, or one that is too old.
        StoreError: there is no such file, or the database cannot be reached or written.
    """
    location = locate(where, schema=schema)
    database = location.database
    try:
        opening.require(location)
        with (
            as_store_errors(location, database),
            location.engine.connect() as connection,
            location.on(connection),
            database.transaction(connection, writes=True),
        ):
            database.lock(connection, "lifecycle_create")
            before = _beginning(location, connection)
            opening.enter(connection, location)
            _run(location, {"connection": connection}, "head")
            after = opening.revision_of(location, connection)
        opening.let_readers_read(location)
        return before, after
    finally:
        _leave(location)


def statements(where: str | Path | Engine, *, schema: str | None = None, fresh: bool) -> str:
    """Give the SQL that would make a store or upgrade it, for somebody else to read and run.

    Args:
        where: A URL, the path of a SQLite file, or an Engine.
        schema: The schema of the tables on PostgreSQL.
        fresh: Whether to make a store: then the database is not asked, and the statements hold the secret of the new
            store, which a comment at their beginning says. Otherwise it is asked for its revision.

    Raises:
        NotAStoreError: the database is asked for its revision, and holds no store.
        StoreVersionError: a newer version of this library made it, or one that is too old.
        StoreError: there is no such file, or the database cannot be reached.
    """
    location = locate(where, schema=schema)
    try:
        begin = "base" if fresh else _revision(location)
        text = _run(location, {"dialect": location.engine.dialect.name}, f"{begin}:head", sql=True)
        return f"{_WARNING}{text}" if fresh else text
    finally:
        _leave(location)


def _revision(location: Location) -> str:
    opening.require(location)
    with as_store_errors(location, location.database), location.engine.connect() as connection, location.on(connection):
        return _beginning(location, connection)


def _beginning(location: Location, connection: Connection) -> str:
    """Give the revision of the tables, which must be one that there is a way from."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - slow to load, and hardly ever used

    found = opening.revision_of(location, connection)
    if found not in {one.revision for one in ScriptDirectory.from_config(_config(io.StringIO())).walk_revisions()}:
        way = "no way leads from there: make a new store, and replay into it"
        raise opening.other_revision(location, found, older=way)
    return found


def _leave(location: Location) -> None:
    if location.own:
        location.engine.dispose()


def _run(location: Location, attributes: dict[str, Any], to: str, *, sql: bool = False) -> str:
    """Have Alembic run our revisions, and give what it prints."""
    from alembic import command  # noqa: PLC0415 - slow to load, and hardly ever used

    printed = io.StringIO()
    config = _config(printed)
    name = None if location.schema is None else location.engine.dialect.identifier_preparer.quote(location.schema)
    config.attributes.update(attributes, schema=location.schema, quoted_schema=name)
    command.upgrade(config, to, sql=sql)
    return printed.getvalue()


def _config(printed: io.StringIO) -> Config:
    from alembic.config import Config  # noqa: PLC0415 - slow to load, and hardly ever used

    config = Config(output_buffer=printed)
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    return config
