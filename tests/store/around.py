"""Going round our code: a driver's own connection to a store, and how each database refuses."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import pytest

from lifecycle.store import schema
from lifecycle.store.guards import PRESENT
from tests.store.lives import DEFINITION, NOW, lived

if TYPE_CHECKING:
    from collections.abc import Generator

    import psycopg

    from lifecycle.store.sql import Store

__all__ = ["Around", "PostgreSQL", "SQLite", "fill"]

RECORDS: Final = "lifecycle_records"


def fill(store: Store) -> None:
    """Keep two leads, a definition, a command, erasures and a sealed log, so that every table has a row.

    Lead 1 has lived through `(new)`, iql, mql, sal, recycled, mql and was refused once; what came last is not sealed.
    """
    store.register(DEFINITION, now=NOW)
    with store.writing() as transaction:
        transaction.add([(lead, *lived(lead)) for lead in "12"], now=NOW)
        records, refusals = lived("1")
        transaction.remember("command", "1", records=records[-1:], refusal=refusals[0], now=NOW)
        transaction.insert(schema.tiles, [{"height": 99, "index": 0, "hash": b"x"}])  # a true one takes many leaves
    store.hold("1", basis="law", actor="legal:1", now=NOW)
    store.hold("2", basis="law", actor="legal:1", now=NOW)
    store.seal(now=NOW)
    store.release("2", basis="law", actor="legal:1", now=NOW)


class Around:
    """A connection around our code; what is done in a test is undone after it."""

    raw: Any
    mark: str

    def execute(self, statement: str, *values: object) -> list[dict[str, Any]]:
        """Run a statement, with `?` for each value, and return the rows by name."""
        cursor = self.raw.execute(statement.replace("?", self.mark), values)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()] if names else []

    def row(self, table: str = RECORDS, where: str = "sequence = 5") -> dict[str, Any]:
        """Return one row of a table; of records and the like, one of lead 1."""
        mine = f"{where} AND subject IN (SELECT subject FROM lifecycle_subjects WHERE lead = '1')"
        return self.execute(f"SELECT * FROM {table} WHERE {mine if table == RECORDS else where} LIMIT 1")[0]

    def any_row(self, table: str) -> dict[str, Any]:
        """Return some row of a table."""
        return self.row(table, "1 = 1")

    def insert(self, values: dict[str, Any], table: str = RECORDS, verb: str = "INSERT") -> None:
        """Insert a row, by our names and nothing else of ours."""
        names = ", ".join(f'"{name}"' for name in values)
        self.execute(f"{verb} INTO {table} ({names}) VALUES ({', '.join('?' * len(values))})", *values.values())

    def following(self, **change: Any) -> dict[str, Any]:
        """Return a record that could follow the last one, from mql to recycled, with something changed."""
        last = self.row()
        step = {"sequence": 6, "previous_sequence": 5, "previous_at": last["at"], "digest": "sha256:new"}
        return {**last, **step, "trigger": "recycle", "source": "mql", "target": "recycled", **change}

    def refused(self, why: str, what: str = "") -> Any:
        """Expect that the database refuses: a `reference`, a `check`, a `null`, a `change`, a `repetition`.

        Args:
            why: Which of them.
            what: Words or a name that it has to say, where it says any.
        """
        raise NotImplementedError


class SQLite(Around):
    """SQLite, which says in words what it refuses, and does not name foreign keys."""

    mark = "?"
    _WORDS: Final = {
        "reference": "FOREIGN KEY constraint failed",
        "check": "CHECK constraint failed",
        "null": "NOT NULL constraint failed",
        "change": "is insert-only",
        "repetition": PRESENT,
    }

    def __init__(self, raw: sqlite3.Connection) -> None:
        self.raw = raw
        raw.execute("PRAGMA foreign_keys=ON")

    @contextmanager
    def refused(self, why: str, what: str = "") -> Generator[None]:
        """Tell by the words."""
        with pytest.raises(sqlite3.IntegrityError, match=self._WORDS[why]) as caught:
            yield
        assert why == "reference" or what in str(caught.value)


class PostgreSQL(Around):
    """PostgreSQL, which has a code for each refusal, and names what was violated."""

    mark = "%s"
    _CODES: Final = {
        "reference": "23503",
        "check": "23514",
        "null": "23502",
        "change": "23001",
        "repetition": "23505",
    }

    def __init__(self, raw: psycopg.Connection[Any]) -> None:
        self.raw = raw

    @contextmanager
    def refused(self, why: str, what: str = "") -> Generator[None]:
        """Tell by the code, inside a savepoint, so that the test can go on."""
        import psycopg

        with pytest.raises(psycopg.Error) as caught, self.raw.transaction():
            yield
        assert self._CODES[why] == caught.value.sqlstate
        assert what in str(caught.value)
