"""What a store on SQLite is made of: SQLite keeps the text of each statement that made it, and acts by that text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy.schema import CreateIndex, CreateTable

from lifecycle.errors import Severity
from lifecycle.store import schema
from lifecycle.store.checks.finding import Finding
from lifecycle.store.checks.parts import COLUMN, CONSTRAINT, INDEX, TABLE, TRIGGER, Part, Parts
from lifecycle.store.checks.wording import tokens
from lifecycle.store.guards import guards
from lifecycle.store.reading import Reading

__all__ = ["found", "health", "wanted"]

_MASTER: Final = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND type IN ('table', 'index', 'trigger')"


def wanted(reading: Reading) -> Parts:
    """Give what a new store has: the statements that make it, read as those that SQLite keeps."""
    tables = schema.metadata.sorted_tables
    made: list[Any] = [CreateTable(table) for table in tables]
    made += [CreateIndex(index) for table in tables for index in sorted(table.indexes, key=lambda one: str(one.name))]
    return _parts([*(str(one.compile(dialect=reading.connection.dialect)) for one in made), *guards("sqlite")])


def found(reading: Reading) -> Parts:
    """Give what the store has."""
    return _parts(reading.connection.exec_driver_sql(_MASTER).scalars().all())


def health(reading: Reading) -> Iterator[Finding]:
    """Ask SQLite whether the file is whole, and how it is written."""
    pragma = reading.connection.exec_driver_sql
    for row in pragma("PRAGMA quick_check(10)").all():
        if row[0] != "ok":
            yield Finding(code="damaged-file", message=f"SQLite finds the file damaged: {row[0]}")
    mode = pragma("PRAGMA journal_mode").scalar()
    if mode not in {"wal", "memory"} and reading.location.own:
        message = f"the journal mode is {mode}, so that readers and a writer wait for each other"
        yield Finding(code="journal-mode", message=message, severity=Severity.WARNING)


def _parts(statements: Sequence[str]) -> Parts:
    parts = dict[Part, str]()
    for statement in statements:
        match tokens(statement):
            case ["create", "table", name, *rest]:
                parts.update(_table(name, rest))
            case ["create", "trigger", name, *rest] if "on" in rest:
                parts[Part(rest[rest.index("on") + 1], TRIGGER, name)] = " ".join(rest)
            case ["create", "index", name, "on", table, *rest]:
                parts[Part(table, INDEX, name)] = " ".join(rest)
            case ["create", "unique", "index", name, "on", table, *rest]:
                parts[Part(table, INDEX, name)] = " ".join(("unique", *rest))
            case _:  # a table of another kind: not as ours are, so that ours of this name is missing
                pass
    return parts


def _table(table: str, body: Sequence[str]) -> Iterator[tuple[Part, str]]:
    """Give a table with its columns and constraints, which stand between commas; their order says nothing."""
    items, depth = [list[str]()], 0
    for place, one in enumerate(body):
        depth += (one == "(") - (one == ")")
        if depth == 0:
            end = " ".join(body[place + 1 :])
            yield Part(table, TABLE, table), f"is made with `{end}`" if end else ""
            break
        if one == "," and depth == 1:
            items.append([])
        elif place:  # the first is the bracket that opens the table
            items[-1].append(one)
    for item in items:
        match item:
            case ["constraint", name, *rest]:
                yield Part(table, CONSTRAINT, name), " ".join(rest)
            case ["primary" | "unique" | "check" | "foreign", *_]:
                yield Part(table, CONSTRAINT, " ".join(item)), ""
            case [name, *rest]:
                yield Part(table, COLUMN, name), " ".join(rest)
            case _:
                pass
