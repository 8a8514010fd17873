"""Statements that go straight to the driver, where SQLAlchemy would cost more than the database.

They are few: what each append asks and writes. Their text is made once; their errors come as those of SQLAlchemy do.
"""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from itertools import count
from typing import Any, Final

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

__all__ = ["Part", "as_sqlalchemy", "execute", "insertion", "mark", "qualified", "question", "quoted"]

_MARKS: Final = {"qmark": "?", "format": "%s", "pyformat": "%s"}


def execute(connection: Connection, statement: str, values: tuple[Any, ...] = ()) -> Any:
    """Give a statement to the driver, and its cursor to the caller.

    Raises:
        DBAPIError: the driver's error, as SQLAlchemy would raise it.
    """
    cursor: Any = connection.connection.cursor()
    try:
        cursor.execute(statement, values)
    except Exception as error:
        raise as_sqlalchemy(error, connection, statement) from error
    return cursor


def as_sqlalchemy(error: Exception, connection: Connection, statement: str) -> BaseException:
    """Give an error as SQLAlchemy would raise it, and part with a connection that is lost."""
    dialect: Any = connection.dialect
    if not isinstance(error, dialect.loaded_dbapi.Error):
        return error
    lost: bool = dialect.is_disconnect(error, connection.connection.dbapi_connection, None)
    if lost:
        _part_with(connection, error)
    of, how = dialect.loaded_dbapi.Error, {"hide_parameters": True, "connection_invalidated": lost}
    made: BaseException = DBAPIError.instance(statement, None, error, of, **how, dialect=dialect)
    return made


def _part_with(connection: Connection, error: Exception) -> None:
    """Part with a lost connection, and with all of its pool that are as old: mostly it was the server that ended.

    SQLAlchemy does so when it is it that asks.
    """
    with suppress(DBAPIError):
        connection.exec_driver_sql("SELECT 1")
    if not connection.invalidated:
        connection.invalidate(error)


@lru_cache(maxsize=256)
def question(template: str, style: str, values: int, schema: str | None, tables: tuple[tuple[str, str], ...]) -> str:
    """Give a statement with what its template leaves open.

    Args:
        template: With `{0}`, `{1}`, ... for the values, and `{name}` for each table.
        style: How the driver marks the places of values, in the words of the DB-API.
        values: How many there are.
        schema: The schema of the tables, if they are in one.
        tables: The name in the template and the real name of each table.
    """
    marks = (mark(style, number) for number in range(1, values + 1))
    return template.format(*marks, **{name: qualified(schema, real) for name, real in tables})


Part = tuple[str, tuple[str, ...], int]
"""What is inserted into one table: its quoted name, the names of the columns, and how many rows."""


@lru_cache(maxsize=1024)
def insertion(style: str, *parts: Part) -> str:
    """Give the statement that inserts rows, into one table or, on PostgreSQL, into several.

    Args:
        style: How the driver marks the places of values, in the words of the DB-API.
        parts: What is inserted; the values come in this order.
    """
    number = count(1)
    *others, last = (_insertion(part, style, number) for part in parts)
    before = ", ".join(f"part{index} AS ({other})" for index, other in enumerate(others))
    return f"WITH {before} {last}" if others else last


def _insertion(part: Part, style: str, number: count[int]) -> str:
    table, columns, rows = part
    row = (f"({', '.join(mark(style, next(number)) for _ in columns)})" for _ in range(rows))
    return f"INSERT INTO {table} ({', '.join(map(quoted, columns))}) VALUES {', '.join(row)}"  # noqa: S608 - names of ours


def mark(style: str, number: int) -> str:
    """Give what stands for a value in a statement."""
    return _MARKS.get(style) or f"${number}"


@lru_cache(maxsize=256)
def qualified(schema: str | None, name: str) -> str:
    """Give the quoted name of a table, with its schema where it has one."""
    return quoted(name) if schema is None else f"{quoted(schema)}.{quoted(name)}"


def quoted(name: str) -> str:
    """Give a name as SQL takes it whatever it is."""
    return '"' + name.replace('"', '""') + '"'
