"""PostgreSQL 14 or newer, through psycopg 3."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from lifecycle.errors import CallerError, ConcurrentUpdateError, StoreBusyError, StoreError, StoreLostError
from lifecycle.store import schema
from lifecycle.store.database import FAILED, SETTLED, Database, Durability, hush
from lifecycle.store.driving import as_sqlalchemy, qualified, quoted

__all__ = ["POSTGRESQL", "check_open"]

_FIRST: Final = "another writer was first; run the command again"
_BUSY: Final = "{store} is busy: another transaction has held what is needed for too long; try again"
_RIGHTS: Final = (
    "the role may not do this in {store}: have the owner of the tables run docs/reference/grants.sql, and give the "
    "role one of those that it makes; see docs/how-to/run-on-postgresql.md"
)
_UNIQUE: Final = "23505"
_STATES: Final[Mapping[str, tuple[type[StoreError], str]]] = {
    _UNIQUE: (ConcurrentUpdateError, _FIRST),
    "40001": (
        ConcurrentUpdateError,
        "another writer was first, and this transaction reads from before that; run it again as a whole",
    ),
    "40P01": (ConcurrentUpdateError, "another transaction and this one waited for each other; run it again as a whole"),
    "55P03": (StoreBusyError, _BUSY),
    "57014": (StoreBusyError, _BUSY),
    "25006": (StoreError, "{store} cannot be written: the server or the transaction is read-only"),
    "25P02": (StoreError, FAILED),
    "42501": (StoreError, _RIGHTS),
    "53100": (StoreError, "{store} cannot be written: the disk is full"),
}

_ERASED: Final = tuple(f"fk_lifecycle_{table}_known" for table in ("details", "refusal_details", "commands"))
"""The constraints by which what is personal needs the lead's row in `subjects`."""

_ISOLATION: Final = "READ COMMITTED"
_TYPES: Final[Mapping[type, str]] = {
    sa.Integer: "int4",
    sa.BigInteger: "int8",
    sa.String: "text",
    sa.Text: "text",
    sa.LargeBinary: "bytea",
}
"""What the server calls the types of our columns."""

_SAFE: Final = (
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
)
_FAST: Final = "SET synchronous_commit TO off"


class _PostgreSQL:
    """The database on a server."""

    name = "postgresql"
    driver = "psycopg"
    inserts_together = True
    makes_itself = False  # who may make tables on a server is for its people to say

    def engine(self, url: sa.URL, durability: Durability) -> Engine:
        """Give an engine of ours."""
        engine = sa.create_engine(url, hide_parameters=True, isolation_level=_ISOLATION, use_native_hstore=False)

        def settle(driver: Any, record: ConnectionPoolEntry) -> None:
            record.info[SETTLED] = True
            driver.execute(_SAFE if durability is Durability.FULL else _FAST)
            driver.commit()

        event.listen(engine, "connect", settle)
        return engine

    @contextmanager
    def transaction(self, connection: Connection, *, writes: bool) -> Generator[None]:
        """Begin a transaction, and commit it at the end, or roll it back when the block raises.

        All queries of a reading see one state of the database.
        """
        if writes and SETTLED not in connection.info:  # an engine from outside may have another level; ours is enough
            connection.execution_options(isolation_level=_ISOLATION)
        elif not writes:
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        begun = connection.begin()
        try:
            yield
        except BaseException:
            begun.rollback()
            raise
        try:
            begun.commit()
        except DBAPIError as error:
            if writes and error.connection_invalidated:
                message = "the connection was lost during the commit: it may have been kept, or not"
                raise StoreLostError(message, in_doubt=True) from hush(error)
            raise
        except BaseException:
            connection.invalidate()  # an interrupt, perhaps: nobody knows in which state the connection is
            raise

    def check_lent(self, connection: Connection) -> None:
        """See to it that a transaction is open.

        Raises:
            CallerError: the connection commits every statement by itself, or its transaction has failed already.
        """
        driver: Any = connection.connection.dbapi_connection
        check_open(driver)
        if driver.autocommit and _status(driver) == "IDLE":
            raise CallerError("the connection commits every statement by itself; begin a transaction on it first")

    def lock(self, connection: Connection, name: str) -> None:
        """Take a lock that the server keeps until the transaction is over; two names may share it."""
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(name, 0))))

    @contextmanager
    def overwriting(self, connection: Connection) -> Generator[None]:  # noqa: ARG002 - the face has it
        """Do nothing: a server overwrites nothing."""
        yield

    def sweep(self, connection: Connection, *, vacuum: bool) -> str | None:  # noqa: ARG002 - the face has it
        """Say what is for the people of the server to do."""
        renamed: dict[None, str] = dict(connection.get_execution_options().get("schema_translate_map") or {})
        names = ", ".join(qualified(renamed.get(None), table.name) for table in schema.PERSONAL)
        return (
            "no query finds it any more; the server's files hold it until the owner of the tables has run "
            f"`VACUUM {names};`, and its archives and copies longer; that cannot be checked from here"
        )

    def insert_many(
        self, connection: Connection, into: str, columns: Sequence[sa.Column[Any]], rows: Sequence[Any]
    ) -> None:
        """Insert rows by COPY in its binary form, which has to be told the types."""
        driver: Any = connection.connection.driver_connection
        statement = f"COPY {into} ({', '.join(quoted(column.name) for column in columns)}) FROM STDIN (FORMAT BINARY)"
        try:
            with driver.cursor() as cursor, cursor.copy(statement) as copy:
                copy.set_types([_TYPES[type(column.type)] for column in columns])
                for row in rows:
                    copy.write_row(row)
        except Exception as error:
            raise as_sqlalchemy(error, connection, statement) from error

    def holds(self, column: sa.ColumnElement[bytes], part: bytes) -> sa.ColumnElement[bool]:
        """Ask for the place of the bytes, which counts from 1."""
        return sa.func.position(sa.literal(part, sa.LargeBinary).op("IN")(column)) > 0

    def failure(self, error: DBAPIError, store: object) -> StoreError | None:
        """Tell errors apart by their SQLSTATE."""
        if error.connection_invalidated:
            return StoreLostError(f"the connection to {store} was lost", in_doubt=False)
        if _constraint(error) in _ERASED:
            return ConcurrentUpdateError("the lead was erased meanwhile; run the command again")
        known = _STATES.get(str(getattr(error.orig, "sqlstate", None)))
        return None if known is None else known[0](known[1].format(store=store))


def check_open(driver: Any) -> None:
    """See to it that a driver's connection can take a statement, without asking the server.

    Raises:
        CallerError: it is closed, or its transaction has failed already.
    """
    if getattr(driver, "closed", False):
        raise CallerError("the connection is closed")
    if _status(driver) == "INERROR":
        raise CallerError(FAILED)


def _status(driver: Any) -> str:
    """Give how psycopg calls the state of a transaction; of another driver it is not known."""
    info = getattr(driver, "info", None)
    return "IDLE" if info is None else str(info.transaction_status.name)


def _constraint(error: DBAPIError) -> str | None:
    return getattr(getattr(error.orig, "diag", None), "constraint_name", None)


POSTGRESQL: Final[Database] = _PostgreSQL()
