"""Something fails at each single statement of a command: both are kept, its data and our records, or neither."""

from __future__ import annotations

import sqlite3
from contextlib import closing, nullcontext, suppress
from typing import TYPE_CHECKING, Any, Final, Self

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy import event

from lifecycle import Lifecycle
from lifecycle.store import schema
from tests.doors import ACCEPT, DEFINITION, interested
from tests.made import day
from tests.store.apps import NOTE, App, BoomError, OnPostgreSQL, OnSQLite, check_foreign_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from lifecycle import Reply

_COUNTS: Final = f"SELECT {', '.join(f'(SELECT count(*) FROM {name}) AS {name}' for name in schema.metadata.tables)}"


@pytest.fixture(params=["sqlite", "postgresql"])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[App]:
    """An application on each kind of database."""
    sqlite = request.param == "sqlite"
    app = OnSQLite(tmp_path / "app.db") if sqlite else OnPostgreSQL(request.getfixturevalue("postgres_store"))
    app.engine.dispose()
    watched: dict[str, Any] = {"factory": _Connection} if sqlite else {"cursor_factory": _PsycopgCursor}
    app.engine = sa.create_engine(app.engine.url, connect_args=watched)
    if sqlite:
        event.listen(app.engine, "connect", check_foreign_keys)
    yield app
    app.engine.dispose()


@pytest.fixture
def door(app: App) -> Lifecycle:
    """A lifecycle in the application's database."""
    return Lifecycle(DEFINITION, app.engine, clock=lambda: day(10))


class Faults:
    """What fails: the statement of this number, before it is sent or after it was done; with 0 none does."""

    def __init__(self, when: str) -> None:
        self.when = when
        self.at = 0
        self.seen = list[str]()

    def run(self, statement: Any, execute: Callable[[], Any]) -> Any:
        """Run a statement, and fail if it is the one."""
        self.seen.append(str(statement))
        if self.when == "before" and self.at == len(self.seen):
            raise BoomError
        done = execute()
        if self.when == "after" and self.at == len(self.seen):
            raise BoomError
        return done

    def reset(self, at: int) -> None:
        """Begin to count again, and fail at this statement."""
        self.seen, self.at = [], at


_watching = Faults("before")


class _SQLiteCursor(sqlite3.Cursor):
    def execute(self, sql: str, parameters: Any = (), /) -> Self:
        """Run a statement, or fail."""
        done: Self = _watching.run(sql, lambda: super(_SQLiteCursor, self).execute(sql, parameters))
        return done


class _Connection(sqlite3.Connection):
    def cursor(self, *_: Any) -> sqlite3.Cursor:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride] - one of its forms
        """Give a cursor that is watched."""
        return _SQLiteCursor(self)


class _PsycopgCursor(psycopg.Cursor[Any]):
    def execute(self, query: Any, params: Any = None, **more: Any) -> Self:
        """Run a statement, or fail."""
        done: Self = _watching.run(query, lambda: super(_PsycopgCursor, self).execute(query, params, **more))
        return done


@pytest.fixture
def failing(when: str) -> Faults:
    """What is to fail."""
    _watching.when = when
    _watching.reset(0)
    return _watching


def fire(door: Lifecycle, **more: Any) -> Reply:
    """Ask for what writes into every table of histories: two moves, a refusal, a key."""
    return door.fire(interested(), **ACCEPT, key="k", **more)


def both(door: Lifecycle, app: App) -> Reply:
    """Write a note and ask in one transaction of the application's."""
    with app.engine.begin() as connection:
        connection.execute(sa.text(NOTE))
        return fire(door, connection=connection)


def counts(app: App) -> tuple[int, ...]:
    """Return how many rows there are in each of our tables."""
    with closing(app.connect()) as raw:
        return tuple(raw.execute(_COUNTS).fetchone())


@pytest.mark.parametrize("when", ["before", "after"])
class TestStatements:
    """Each single statement fails once, and then the command is sent again."""

    def complete(self, door: Lifecycle, app: App, before: tuple[int, ...]) -> None:
        """Assert that nothing hinders the command now, and that it is carried out once."""
        assert before == counts(app)
        reply = fire(door)
        assert (False, 2, 1) == (reply.repeated, len(door.history("1")), len(door.refusals("1")))
        assert fire(door).repeated

    def test_in_a_transaction_of_our_own(self, door: Lifecycle, app: App, failing: Faults) -> None:
        """Nothing is kept of what was written before."""
        before = counts(app)
        for at in range(1, 100):
            failing.reset(at)
            with suppress(BoomError):
                fire(door)
                break
            assert before == counts(app), failing.seen
        sent = len(failing.seen)
        failing.reset(0)

        assert 12 <= sent
        assert before != counts(app)
        assert (2, 1) == (len(door.history("1")), len(door.refusals("1")))

    @pytest.mark.parametrize("goes_on", [True, False])
    def test_in_a_transaction_of_theirs(self, door: Lifecycle, app: App, failing: Faults, goes_on: bool) -> None:
        """Whether they go on with it or not, there is nothing of ours; what they keep is theirs to say."""
        before, tried = counts(app), 0
        for at in range(1, 100):
            failing.reset(0)
            with suppress(BoomError), app.engine.begin() as connection:
                connection.execute(sa.text(NOTE))
                failing.reset(at)
                with suppress(BoomError) if goes_on else nullcontext():
                    fire(door, connection=connection)
                    failing.at = 0
                    connection.rollback()
                    break
                if failing.when == "after" and len(failing.seen) > at and failing.seen[at - 1].startswith("RELEASE"):
                    connection.rollback()  # it was done: nothing is left that could be undone by itself
            tried += 1
            assert before == counts(app), failing.seen

        assert failing.seen[-1].startswith("RELEASE")
        assert 12 <= tried
        assert (tried - (failing.when == "after") if goes_on else 0) == app.notes()
        self.complete(door, app, before)


class TestCommits:
    """The commit itself fails."""

    def test_before_it_was_done(self, door: Lifecycle, app: App) -> None:
        """Nothing is kept, and the connection is as good as before."""
        before = counts(app)

        def fail(_: Any) -> None:
            raise BoomError

        event.listen(app.engine, "commit", fail)
        with pytest.raises(BoomError):
            fire(door)
        event.remove(app.engine, "commit", fail)
        assert before == counts(app)

        assert not fire(door).repeated

    def test_after_it_was_done(self, door: Lifecycle, app: App, monkeypatch: pytest.MonkeyPatch) -> None:
        """All is kept; the command with its key is told so when it is sent again, cascade included."""
        commit = app.engine.dialect.do_commit

        def fail(driver: Any) -> None:
            commit(driver)
            raise BoomError

        with monkeypatch.context() as patch:
            patch.setattr(app.engine.dialect, "do_commit", fail)
            with pytest.raises(BoomError):
                fire(door)
        again = fire(door)

        assert again.repeated
        assert door.history("1") == again.records
        assert (2, 1) == (len(again.records), len(again.refusals))

    def test_theirs(self, door: Lifecycle, app: App) -> None:
        """Both rows or neither: the fate of their commit is ours."""
        before = counts(app)

        def fail(_: Any) -> None:
            raise BoomError

        event.listen(app.engine, "commit", fail)
        with pytest.raises(BoomError):
            both(door, app)
        event.remove(app.engine, "commit", fail)
        assert (0, before) == (app.notes(), counts(app))

        assert not both(door, app).repeated
        assert (1, 2) == (app.notes(), len(door.history("1")))
