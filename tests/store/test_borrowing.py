"""Working in a transaction that is somebody else's: both are kept, or neither, and that is for them to say."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

import lifecycle
from lifecycle import Lead, Lifecycle
from lifecycle.errors import CallerError, ConcurrentUpdateError, StoreError
from lifecycle.store.borrowing import borrow
from lifecycle.store.sql import Store
from lifecycle.store.writing import Transaction
from tests.made import day
from tests.store.apps import NOTE, App, BoomError, OnPostgreSQL, OnSQLite, lead
from tests.store.lives import DEFINITION, NOW

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=["sqlite", "postgresql"])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[App]:
    """An application on each kind of database."""
    sqlite = request.param == "sqlite"
    app = OnSQLite(tmp_path / "app.db") if sqlite else OnPostgreSQL(request.getfixturevalue("postgres_store"))
    yield app
    app.engine.dispose()


@pytest.fixture
def door(app: App) -> Lifecycle:
    """A lifecycle in the application's database."""
    return Lifecycle(DEFINITION, app.engine, clock=lambda: NOW)


class TestConnections:
    """A SQLAlchemy connection of the embedder's."""

    @pytest.mark.parametrize("fails", ["before", "between", "after", "never"])
    @pytest.mark.parametrize("writes_first", [True, False])
    def test_both_or_neither(self, door: Lifecycle, app: App, fails: str, writes_first: bool) -> None:
        """Wherever something goes wrong, and whoever writes first, its data and our records share one fate."""

        def step(name: str) -> None:
            if fails == name:
                raise BoomError

        def work() -> None:
            with app.engine.begin() as connection:
                step("before")
                for ours in (False, True) if writes_first else (True, False):
                    if ours:
                        door.advance(lead(), connection=connection)
                    else:
                        connection.execute(sa.text(NOTE))
                    step("between" if ours != writes_first else "after")

        if fails == "never":
            work()
        else:
            with pytest.raises(BoomError):
                work()

        kept = int(fails == "never")
        assert (kept, 2 * kept) == (app.notes(), len(door.history("1")))

    def test_what_fails_in_ours_undoes_ours_and_nothing_of_theirs(
        self, door: Lifecycle, app: App, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """They may go on with their transaction, and commit it."""

        def broken(*_: Any, **__: Any) -> int:
            raise BoomError

        with app.engine.begin() as connection:
            connection.execute(sa.text(NOTE))
            with monkeypatch.context() as patch:
                patch.setattr(Transaction, "keep", broken)
                with pytest.raises(BoomError):
                    door.fire(lead(), "accept", actor="sales:17", connection=connection)
            connection.execute(sa.text(NOTE))

        assert 2 == app.notes()
        assert () == door.history("1")

    def test_their_transaction_stays_open(self, door: Lifecycle, app: App) -> None:
        """Nobody else sees what is not committed, and they see it in theirs."""
        with app.engine.connect() as connection:
            door.advance(lead(), connection=connection)
            assert connection.in_transaction()
            assert "mql" == door.advance(lead(), connection=connection, dry_run=True).journey.stage
            with closing(app.connect()) as other:
                assert 0 == other.execute("SELECT count(*) FROM lifecycle_records").fetchone()[0]
            connection.commit()

        assert "mql" == door.journey("1").stage

    def test_several_commands_share_a_transaction(self, door: Lifecycle, app: App) -> None:
        """Each sees what those before it have done."""
        with app.engine.begin() as connection:
            for number in range(3):
                door.advance(Lead(str(number)).activity("came", at=day(0)), connection=connection)
            reply = door.fire(lead(), "recycle", actor="sales:17", reason="later", connection=connection)

        assert "recycled" == reply.journey.stage
        assert ["iql", "recycled", "iql"] == [door.journey(str(number)).stage for number in range(3)]

    def test_their_savepoints_are_theirs(self, door: Lifecycle, app: App) -> None:
        """Ours stands inside whichever is open."""
        with app.engine.begin() as connection:
            connection.execute(sa.text(NOTE))
            inner = connection.begin_nested()
            door.advance(lead(), connection=connection)
            inner.rollback()
            door.advance(Lead("2").activity("came", at=day(0)), connection=connection)

        assert (1, (), 1) == (app.notes(), door.history("1"), len(door.history("2")))

    def test_observers_are_not_told_of_what_is_not_committed(self, app: App) -> None:
        """Whether it ever is, we do not learn."""
        told = list[object]()
        door = Lifecycle(DEFINITION, app.engine, observers=[told.append], clock=lambda: NOW)
        with app.engine.begin() as connection:
            door.advance(lead(), connection=connection)

        assert [] == told

    def test_a_connection_that_commits_by_itself_is_refused(self, door: Lifecycle, app: App) -> None:
        """There is no transaction that data and records could share."""
        with app.engine.connect() as connection:
            loose = connection.execution_options(isolation_level="AUTOCOMMIT")
            with pytest.raises(CallerError, match="commits every statement by itself; begin a transaction"):
                door.advance(lead(), connection=loose)

        assert () == door.history("1")

    def test_a_closed_connection_is_refused(self, door: Lifecycle, app: App) -> None:
        """It is said to be the caller's mistake."""
        with app.engine.connect() as connection:
            pass

        with pytest.raises(CallerError, match="the connection is closed"):
            door.advance(lead(), connection=connection)

    def test_a_closed_connection_of_a_closed_store_is_refused(self, door: Lifecycle, app: App) -> None:
        """Whoever has closed the lifecycle is told so, whatever connection is lent."""
        store = Store(app.engine)
        closed = Lifecycle(DEFINITION, store)
        store.close()
        with app.engine.begin() as connection, pytest.raises(StoreError, match="has been closed"):
            closed.advance(lead(), connection=connection)

        assert () == door.history("1")

    def test_what_is_no_connection_of_sqlalchemy_is_refused(self, door: Lifecycle, app: App) -> None:
        """A driver's connection has to be lent with borrow, and an engine is none yet."""
        with closing(app.connect()) as raw:
            for given in (raw, app.engine):
                slip: Any = given
                with pytest.raises(CallerError, match=r"takes a Connection of SQLAlchemy, not .* with borrow"):
                    door.advance(lead(), connection=slip)

    def test_its_options_stay(self, door: Lifecycle, app: App) -> None:
        """Whatever goes wrong, and whichever tables they have renamed, theirs are as they were, and ours are found."""
        renamed: dict[str | None, str | None] = {None: "elsewhere", "a": "b"}
        for options in ({}, {"schema_translate_map": renamed}, {"logging_token": "x"}):
            with app.engine.connect() as connection:
                connection.execution_options(**options)
                before = connection.get_execution_options()
                door.advance(lead(), connection=connection)
                with pytest.raises(CallerError):
                    door.fire(lead(), "accept", actor="x:1", at=day(0), connection=connection)
                assert before == connection.get_execution_options()


class TestElsewhere:
    """A connection that leads to another store: a command would be carried out there, and be new here if sent again."""

    def test_it_is_refused(self, tmp_path: Path) -> None:
        """Each time, whether it is of an engine or borrowed, and nothing is written to either."""
        here, there = OnSQLite(tmp_path / "here.db"), OnSQLite(tmp_path / "there.db")
        with Lifecycle(DEFINITION, here.engine) as door, Lifecycle(DEFINITION, there.engine) as other:
            with there.engine.connect() as connection:
                for _ in range(2):
                    with pytest.raises(CallerError, match=r"does not lead to .*here\.db, but to another store"):
                        door.advance(lead(), connection=connection)
                connection.commit()
            with closing(there.connect()) as raw:
                with borrow(raw) as lent, pytest.raises(CallerError, match="but to another store"):
                    door.fire(lead(), "accept", actor="sales:1", dry_run=True, connection=lent)
                raw.commit()
            assert [(), ()] == [door.history("1"), other.history("1")]
        here.engine.dispose()
        there.engine.dispose()


class TestConflicts:
    """Another writer is first: the embedder's transaction is theirs to run again."""

    def test_nothing_is_run_again_and_their_transaction_goes_on(
        self, door: Lifecycle, app: App, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """One attempt, one error; what they did before stays, and what they do next is kept."""
        told, attempts = list[object](), list[int]()
        theirs = Lifecycle(DEFINITION, app.engine, observers=[told.append], clock=lambda: NOW)
        original = Transaction.append

        def late(self: Transaction, *arguments: Any, **more: Any) -> Any:
            attempts.append(1)
            return original(self, *arguments, **{**more, "expected": 7})

        with app.engine.begin() as connection:
            connection.execute(sa.text(NOTE))
            with monkeypatch.context() as patch:
                patch.setattr(Transaction, "append", late)
                with pytest.raises(ConcurrentUpdateError):
                    theirs.advance(lead(), connection=connection)
            connection.execute(sa.text(NOTE))

        assert ([1], []) == (attempts, told)
        assert (2, ()) == (app.notes(), door.history("1"))


class TestRaw:
    """A connection of the driver's, without SQLAlchemy around it."""

    @pytest.fixture
    def raw(self, door: Lifecycle, app: App) -> Iterator[Any]:
        """The application's own connection, to a database that is a store too."""
        assert door.definition is DEFINITION
        with closing(app.connect()) as raw:
            yield raw

    @pytest.mark.parametrize("writes_first", [True, False])
    @pytest.mark.parametrize("end", ["commit", "rollback"])
    def test_its_owner_alone_ends_the_transaction(
        self, door: Lifecycle, app: App, raw: Any, writes_first: bool, end: str
    ) -> None:
        """Both are kept, or neither, whoever wrote first."""
        if writes_first:
            raw.execute(NOTE)
        with lifecycle.borrow(raw) as connection:
            door.advance(lead(), connection=connection)
        if not writes_first:
            raw.execute(NOTE)
        assert app.in_transaction(raw)
        getattr(raw, end)()

        kept = int(end == "commit")
        assert (kept, 2 * kept) == (app.notes(), len(door.history("1")))

    @pytest.mark.parametrize("ending", ["commit", "rollback", "close"])
    def test_ending_what_is_borrowed_does_nothing_to_theirs(
        self, door: Lifecycle, app: App, raw: Any, ending: str
    ) -> None:
        """The transaction is as open as before, and so is the connection."""
        raw.execute(NOTE)
        connection = lifecycle.borrow(raw)
        door.advance(lead(), connection=connection)
        getattr(connection, ending)()
        connection.close()

        assert app.in_transaction(raw)
        assert 0 == app.notes()
        raw.commit()
        assert (1, 2) == (app.notes(), len(door.history("1")))

    def test_a_failure_leaves_theirs_as_it_was(self, door: Lifecycle, app: App, raw: Any) -> None:
        """Our savepoint is undone, and nothing else."""
        raw.execute(NOTE)

        def work() -> None:
            with lifecycle.borrow(raw) as connection, door.store.writing(connection) as transaction:
                transaction.connection.execute(sa.text(NOTE))
                raise BoomError

        with pytest.raises(BoomError):
            work()
        raw.commit()

        assert 1 == app.notes()

    def test_it_may_be_lent_again_and_again(self, door: Lifecycle, raw: Any) -> None:
        """Each command in a block of its own, and one commit for all."""
        for number in range(3):
            with lifecycle.borrow(raw) as connection:
                door.advance(Lead(str(number)).activity("came", at=day(0)), connection=connection)
        raw.commit()

        assert ["iql"] * 3 == [door.journey(str(number)).stage for number in range(3)]

    def test_many_may_be_lent_at_once(self, door: Lifecycle, app: App) -> None:
        """Each block writes into the connection that it was given."""
        with closing(app.connect()) as one, closing(app.connect()) as other:
            with lifecycle.borrow(one) as first, lifecycle.borrow(other) as second:
                assert None is door.advance(lead("2"), connection=second, dry_run=True).decision
                door.advance(lead("1"), connection=first)
            one.commit()
            other.rollback()

        assert (2, 0) == (len(door.history("1")), len(door.history("2")))

    @pytest.mark.parametrize("what", ["sqlite:///app.db", None, object()])
    def test_what_is_no_connection_of_the_driver_is_refused(self, what: Any) -> None:
        """It is named by its type, and not shown: it may be a URL with a password."""
        with pytest.raises(CallerError, match="connections of sqlite3 and psycopg 3 can be borrowed, not builtins"):
            lifecycle.borrow(what)


def test_borrow_is_loaded_when_it_is_asked_for() -> None:
    """The root offers it, without loading SQLAlchemy for everybody."""
    assert "borrow" in lifecycle.__all__
    assert "borrow" not in vars(lifecycle)
    with pytest.raises(AttributeError, match="module 'lifecycle' has no attribute 'borow'"):
        _ = lifecycle.borow
