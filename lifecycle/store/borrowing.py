"""Working in a transaction that is somebody else's: we never commit, roll back or close what is not ours."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from lifecycle.errors import CallerError
from lifecycle.store.database import Database
from lifecycle.store.postgresql import check_open

if TYPE_CHECKING:
    import psycopg

__all__ = ["borrow", "savepoint"]

_SAVEPOINT: Final = "lifecycle_command"


def borrow(raw: sqlite3.Connection | psycopg.Connection[Any]) -> Connection:
    """Lend a driver's connection, so that its owner's data and our records are kept together or not at all.

    Hand the result on as `connection=`. To commit, to roll back and to close it does nothing to `raw`: its owner does
    that. Where the owner has begun no transaction yet, the first command begins one. The borrowed connection lives as
    long as a `with` block, or until it is closed:

        with borrow(raw) as connection:
            lifecycle.fire(lead, "accept", actor="sales:17", connection=connection)
        raw.commit()

    Args:
        raw: A connection of the sqlite3 module or of psycopg 3, to a database that is also the lifecycle's store.
            Django has it as `connection.connection`, within `atomic()`.

    Raises:
        CallerError: it is a connection of another driver, it is closed, or its transaction has failed already.
    """
    lent, engine = _lent(raw)
    token = _LENT.set(lent)
    try:
        return engine.connect()
    finally:
        _LENT.reset(token)


_LENT: Final[ContextVar[_Lent]] = ContextVar("lifecycle_lent")
"""What the engine of borrowed connections is to take next, instead of making a connection."""


def _lent(raw: Any) -> tuple[_Lent, Engine]:
    psycopg: Any = sys.modules.get("psycopg")  # whoever has a connection of it has loaded it
    if isinstance(raw, sqlite3.Connection):
        return _LentSQLite(raw), _engine("sqlite://")
    if psycopg is not None and isinstance(raw, psycopg.Connection):
        check_open(raw)
        return _LentPsycopg(raw), _engine("postgresql+psycopg://", version=raw.info.server_version)
    name = f"{type(raw).__module__}.{type(raw).__name__}"
    raise CallerError(f"connections of sqlite3 and psycopg 3 can be borrowed, not {name}")


@cache
def _engine(url: str, version: int = 0) -> Engine:  # noqa: ARG001 - servers of two versions have an engine each
    """Give the engine of borrowed connections, one for all: SQLAlchemy asks the first one what database it is.

    That costs queries, in a transaction that is not ours, and so is done once.
    """
    options: dict[str, Any] = {"use_native_hstore": False} if url.startswith("postgresql") else {}
    return sa.create_engine(
        url,
        creator=_LENT.get,
        poolclass=NullPool,
        pool_reset_on_return=None,
        hide_parameters=True,
        **options,
    )


class _Lent:
    """Somebody's connection, without what is theirs to do. What SQLAlchemy sets on it is set here only."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def commit(self) -> None:
        """Leave the transaction as it is."""

    def rollback(self) -> None:
        """Leave the transaction as it is."""

    def close(self) -> None:
        """Leave the connection open."""


class _LentSQLite(_Lent):
    """A connection of sqlite3."""

    def cursor(self) -> sqlite3.Cursor:
        """Give a cursor whose rows are tuples, whatever the owner makes of rows."""
        cursor: sqlite3.Cursor = self._raw.cursor()
        cursor.row_factory = None
        return cursor

    def create_function(self, *_: object, **__: object) -> None:
        """Leave the functions of its SQL as they are; SQLAlchemy brings one along that nobody here calls."""


class _LentPsycopg(_Lent):
    """A connection of psycopg."""

    def cursor(self, name: str = "") -> psycopg.Cursor[Any] | psycopg.ServerCursor[Any]:
        """Give a cursor of psycopg's own, whose rows are tuples, whatever the owner has instead."""
        import psycopg  # noqa: PLC0415 - an extra, and loaded already by whoever has the connection
        from psycopg.rows import tuple_row  # noqa: PLC0415 - likewise

        if name:
            return psycopg.ServerCursor(self._raw, name, row_factory=tuple_row)
        return psycopg.Cursor(self._raw, row_factory=tuple_row)

    def add_notice_handler(self, *_: object) -> None:
        """Leave the notices to their handlers; SQLAlchemy would write them to its log."""


@contextmanager
def savepoint(connection: Connection, database: Database) -> Generator[Connection]:
    """Work inside a savepoint of somebody's transaction: what fails in it is undone, and nothing else.

    Raises:
        CallerError: the connection commits every statement by itself, does not check foreign keys, or is in a
            transaction that has failed already.
    """
    database.check_lent(connection)
    with _savepoint(connection), database.overwriting(connection):
        yield connection


@contextmanager
def _savepoint(connection: Connection) -> Generator[None]:
    connection.exec_driver_sql(f"SAVEPOINT {_SAVEPOINT}")
    try:
        yield
        connection.exec_driver_sql(f"RELEASE SAVEPOINT {_SAVEPOINT}")
    except BaseException:
        # Also where the release fails, when a savepoint of SQLAlchemy would stay, and their commit keep our rows.
        with suppress(SQLAlchemyError):  # where even this fails, the connection or the transaction is lost
            connection.exec_driver_sql(f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}")
            connection.exec_driver_sql(f"RELEASE SAVEPOINT {_SAVEPOINT}")
        raise
