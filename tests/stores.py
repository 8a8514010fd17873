"""Empty stores of every kind: on a file, in memory, on PostgreSQL. What holds for one holds for all.

A database on the server costs a fifth of a second to make, so the tests of a worker share one, which is emptied for
each test that asks. A test that counts on more than empty tables asks for `postgres_url`, and makes its own.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    import psycopg
    import pytest

    from tests.postgres import Server

__all__ = ["KINDS", "address", "emptied", "init", "postgres", "postgres_store", "shared_postgres_store", "sql"]

KINDS: Final = ("file", "memory", "postgresql")
"""Names for the parameters of a fixture; give each to `address`."""


def address(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of an empty store: one that makes itself when it is opened, or one that is made."""
    if kind == "postgresql":
        url: str = request.getfixturevalue("postgres_store")
        return url
    return f"sqlite:///{tmp_path / 'history.db'}" if kind == "file" else "sqlite://"


def shared_postgres_store(postgres_server: Server) -> Iterator[str]:
    """The URL of a store that all tests of this worker share; ask for `postgres_store`. A fixture."""
    with postgres_server.database() as url:
        init(url)
        yield url


def postgres_store(shared_postgres_store: str) -> str:
    """The URL of an empty store on PostgreSQL; a fixture."""
    return emptied(shared_postgres_store)


def emptied(url: str) -> str:
    """Empty the tables of a store on a server, as only their owner can, and return its URL."""
    from lifecycle.store import schema

    kept = {schema.versions, schema.properties}
    names = [name for name, table in schema.metadata.tables.items() if table not in kept]
    with postgres(url) as connection:
        connection.execute("SET lock_timeout = '5s'")  # a test that left something open would hold us up for ever
        for verb in ("DISABLE", "ENABLE"):
            for name in names:
                connection.execute(f"ALTER TABLE {name} {verb} TRIGGER USER".encode())
            if verb == "DISABLE":
                connection.execute(f"TRUNCATE {', '.join(names)} RESTART IDENTITY".encode())
    return url


def init(url: str, schema: str | None = None) -> None:
    """Make the tables of a store on a server."""
    from lifecycle.store import opening
    from lifecycle.store.locating import locate

    location = locate(url, schema=schema)
    opening.create(location)
    location.engine.dispose()


@contextmanager
def postgres(url: str, **settings: Any) -> Generator[psycopg.Connection[tuple[Any, ...]]]:
    """Connect around our code; what was done is committed at the end, unless the block raises."""
    import psycopg

    from tests.postgres import plain

    with closing(psycopg.connect(plain(url), **settings)) as connection, connection.transaction():
        yield connection


def sql(path: Path, *statements: str) -> list[Any]:
    """Run statements on a database file, around our code, and return the rows of the last."""
    rows = list[Any]()
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            rows = connection.execute(statement).fetchall()
        connection.commit()
    return rows
