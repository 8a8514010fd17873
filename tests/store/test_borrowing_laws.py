"""Laws of a transaction that is shared: whatever its owner does in it, its data and our records have one fate."""

from __future__ import annotations

from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

import lifecycle
from lifecycle import Lifecycle
from tests.store.apps import App, BoomError, OnPostgreSQL, OnSQLite, lead
from tests.store.lives import DEFINITION, NOW, lived
from tests.stores import emptied

if TYPE_CHECKING:
    from collections.abc import Callable

Step = tuple[str, int]

steps = st.lists(
    st.tuples(st.sampled_from(["both", "fails", "savepoint", "undo", "keep", "commit", "rollback"]), st.integers(0, 2)),
    max_size=14,
)
"""What an owner does: note and command of a lead, a command that fails, savepoints, and ends of the transaction."""


class Model:
    """Which leads have a note and a history: a stack of sets, the lowest committed, the highest the present one."""

    def __init__(self) -> None:
        self.levels: list[set[int]] = [set(), set()]

    def step(self, name: str, number: int) -> None:
        """Do in the model what is done in the database."""
        if name == "both":
            self.levels[-1] = self.levels[-1] | {number}
        elif name == "savepoint":
            self.levels.append(self.levels[-1])
        elif name in {"undo", "keep"} and len(self.levels) > 2:
            top = self.levels.pop()
            self.levels[-1] = top if name == "keep" else self.levels[-1]
        elif name == "commit":
            self.levels = [self.levels[-1], self.levels[-1]]
        elif name == "rollback":
            self.levels = [self.levels[0], self.levels[0]]


def write(door: Lifecycle, connection: sa.Connection, name: str, number: int) -> None:
    """Write a note and our records of a lead, once each, or fail after having written."""
    if name == "fails":
        with suppress(BoomError), door.store.writing(connection) as transaction:
            transaction.append(f"x{number}", lived(f"x{number}")[0], expected=0, now=NOW)
            raise BoomError
        return
    noted = connection.scalar(sa.text("SELECT count(*) FROM notes WHERE body = :body"), {"body": str(number)})
    if not noted:
        connection.execute(sa.text("INSERT INTO notes VALUES (:body)"), {"body": str(number)})
    door.advance(lead(str(number)), connection=connection)


def through_sqlalchemy(app: App, door: Lifecycle, program: list[Step], model: Model) -> None:
    """Run a program on a connection of SQLAlchemy's, whose owner uses its savepoints."""
    with app.engine.connect() as connection:
        nested = list[sa.NestedTransaction]()
        for name, number in program:
            if name in {"both", "fails"}:
                write(door, connection, name, number)
            elif name == "savepoint":
                connection.execute(sa.text("SELECT 1"))
                nested.append(connection.begin_nested())
            elif name in {"undo", "keep"}:
                if nested:
                    getattr(nested.pop(), "rollback" if name == "undo" else "commit")()
            else:
                getattr(connection, name)()
                nested.clear()
            model.step(name, number)


def through_the_driver(app: App, door: Lifecycle, program: list[Step], model: Model) -> None:
    """Run a program on a driver's connection, which is lent for each command anew."""
    with closing(app.connect()) as raw:
        depth = 0
        for name, number in program:
            if name in {"both", "fails"}:
                with lifecycle.borrow(raw) as connection:
                    write(door, connection, name, number)
            elif name == "savepoint":
                begin(raw)
                depth += 1
                raw.execute(f"SAVEPOINT own_{depth}")
            elif name in {"undo", "keep"}:
                if depth:
                    verb = "ROLLBACK TO" if name == "undo" else "RELEASE"
                    raw.execute(f"{verb} SAVEPOINT own_{depth}")
                    depth -= 1
            else:
                getattr(raw, name)()
                depth = 0
            model.step(name, number)


def begin(raw: Any) -> None:
    """Begin a transaction before a savepoint; Python's driver for SQLite would make the savepoint the transaction."""
    if hasattr(raw, "in_transaction") and not raw.in_transaction:
        raw.execute("BEGIN")


@pytest.mark.parametrize("way", [through_sqlalchemy, through_the_driver])
class TestLaws:
    """Law: after any program the leads with a note are those with a history, and those that the model says."""

    def check(self, app: App, way: Callable[[App, Lifecycle, list[Step], Model], None], program: list[Step]) -> None:
        """Run a program and compare."""
        model, door = Model(), Lifecycle(DEFINITION, app.engine, clock=lambda: NOW)
        way(app, door, program, model)
        with closing(app.connect()) as raw:
            noted = {int(row[0]) for row in raw.execute("SELECT body FROM notes").fetchall()}
        moved = {number for number in range(3) if door.history(str(number))}

        assert model.levels[0] == noted == moved
        assert {2} >= {len(door.history(str(number))) for number in moved}
        assert all(() == door.history(f"x{number}") for number in range(3))

    @settings(max_examples=25)
    @given(program=steps)
    def test_on_sqlite(self, way: Callable[..., None], program: list[Step]) -> None:
        """On a file."""
        with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            app = OnSQLite(Path(folder) / "app.db")
            self.check(app, way, program)
            app.engine.dispose()

    @settings(max_examples=15)
    @given(program=steps)
    def test_on_postgresql(self, shared_postgres_store: str, way: Callable[..., None], program: list[Step]) -> None:
        """On a server."""
        app = OnPostgreSQL(emptied(shared_postgres_store))
        self.check(app, way, program)
        app.engine.dispose()
