"""Working in a transaction that is somebody else's: both are kept, or neither, and that is for them to say."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

import lifecycle
from lifecycle import Lead, Lifecycle
from lifecycle.errors import CallerError, ConcurrentUpdateError, StoreError
from tests.made import day
from tests.store.lives import DEFINITION, NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def check_foreign_keys(driver: sqlite3.Connection, _: object = None) -> sqlite3.Connection:
    """Have a connection check foreign keys, which SQLite leaves to each."""
    driver.execute("PRAGMA foreign_keys=ON")
    return driver


def lead() -> Lead:
    """Return a lead that comes and asks for a demo."""
    return Lead("1").activity("came", at=day(0)).activity("demo", at=day(1))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The application's own database."""
    path = tmp_path / "app.db"
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE notes (body TEXT)")
    return path


@pytest.fixture
def engine(path: Path) -> Iterator[sa.Engine]:
    """The application's engine."""
    engine = sa.create_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", check_foreign_keys)
    yield engine
    engine.dispose()


@pytest.fixture
def door(engine: sa.Engine) -> Lifecycle:
    """A lifecycle in the application's database."""
    return Lifecycle(DEFINITION, engine, clock=lambda: NOW)


def notes(path: Path) -> int:
    """Return how many notes are kept."""
    with closing(sqlite3.connect(path)) as raw:
        count: int = raw.execute("SELECT count(*) FROM notes").fetchone()[0]
    return count


def as_table(cursor: sqlite3.Cursor, row: tuple[object, ...]) -> dict[str, object]:
    """Return a row as a table, as many applications have it."""
    return {column[0]: value for column, value in zip(cursor.description, row, strict=True)}


class BoomError(Exception):
    """Something of the application's goes wrong."""


class TestConnections:
    """A SQLAlchemy connection of the embedder's."""

    @pytest.mark.parametrize("fails", ["before", "between", "after", "never"])
    def test_both_or_neither(self, door: Lifecycle, engine: sa.Engine, path: Path, fails: str) -> None:
        """Wherever something goes wrong, its data and our records share one fate."""

        def step(name: str) -> None:
            if fails == name:
                raise BoomError

        def work() -> None:
            with engine.begin() as connection:
                step("before")
                door.advance(lead(), connection=connection)
                step("between")
                connection.execute(sa.text("INSERT INTO notes VALUES ('x')"))
                step("after")

        if fails == "never":
            work()
        else:
            with pytest.raises(BoomError):
                work()

        kept = int(fails == "never")
        assert (kept, 2 * kept) == (notes(path), len(door.history("1")))

    def test_what_fails_in_ours_undoes_ours_and_nothing_of_theirs(
        self, door: Lifecycle, engine: sa.Engine, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """They may go on with their transaction, and commit it."""
        from lifecycle.store.writing import Transaction

        def broken(*_: Any, **__: Any) -> int:
            raise BoomError

        with engine.begin() as connection:
            connection.execute(sa.text("INSERT INTO notes VALUES ('before')"))
            with monkeypatch.context() as patch:
                patch.setattr(Transaction, "keep", broken)
                with pytest.raises(BoomError):
                    door.fire(lead(), "accept", actor="sales:17", connection=connection)
            connection.execute(sa.text("INSERT INTO notes VALUES ('after')"))

        assert 2 == notes(path)
        assert () == door.history("1")

    def test_their_transaction_stays_open(self, door: Lifecycle, engine: sa.Engine) -> None:
        """Nobody else sees what is not committed, and they see it in theirs."""
        with engine.connect() as connection:
            door.advance(lead(), connection=connection)
            assert connection.in_transaction()
            assert "mql" == door.advance(lead(), connection=connection, dry_run=True).journey.stage
            with sqlite3.connect(f"file:{engine.url.database}?mode=ro", uri=True) as other:
                assert (0,) == other.execute("SELECT count(*) FROM lifecycle_records").fetchone()
            other.close()
            connection.commit()

        assert "mql" == door.journey("1").stage

    def test_several_commands_share_a_transaction(self, door: Lifecycle, engine: sa.Engine) -> None:
        """Each sees what those before it have done."""
        with engine.begin() as connection:
            for number in range(3):
                door.advance(Lead(str(number)).activity("came", at=day(0)), connection=connection)
            reply = door.fire(lead(), "recycle", actor="sales:17", reason="later", connection=connection)

        assert "recycled" == reply.journey.stage
        assert ["iql", "recycled", "iql"] == [door.journey(str(number)).stage for number in range(3)]

    def test_their_savepoints_are_theirs(self, door: Lifecycle, engine: sa.Engine, path: Path) -> None:
        """Ours stands inside whichever is open."""
        with engine.begin() as connection:
            connection.execute(sa.text("INSERT INTO notes VALUES ('x')"))
            inner = connection.begin_nested()
            door.advance(lead(), connection=connection)
            inner.rollback()
            door.advance(Lead("2").activity("came", at=day(0)), connection=connection)

        assert (1, (), 1) == (notes(path), door.history("1"), len(door.history("2")))

    def test_observers_are_not_told_of_what_is_not_committed(self, engine: sa.Engine) -> None:
        """Whether it ever is, we do not learn."""
        told = list[object]()
        door = Lifecycle(DEFINITION, engine, observers=[told.append], clock=lambda: NOW)
        with engine.begin() as connection:
            door.advance(lead(), connection=connection)

        assert [] == told

    def test_a_connection_that_commits_by_itself_is_refused(self, door: Lifecycle, engine: sa.Engine) -> None:
        """There is no transaction that data and records could share."""
        with engine.connect() as connection:
            loose = connection.execution_options(isolation_level="AUTOCOMMIT")
            with pytest.raises(CallerError, match="commits every statement by itself; begin a transaction"):
                door.advance(lead(), connection=loose)

        assert () == door.history("1")

    def test_a_conflict_is_theirs_to_run_again(self, door: Lifecycle, engine: sa.Engine) -> None:
        """Their transaction reads from before the other writer: it cannot be mended from inside."""
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
            connection.commit()
            connection.exec_driver_sql("BEGIN")
            connection.execute(sa.text("SELECT count(*) FROM lifecycle_records")).all()
            door.advance(lead())
            with pytest.raises(ConcurrentUpdateError, match="run it again as a whole"):
                door.advance(lead(), connection=connection)
            connection.rollback()

    def test_a_database_without_our_tables_is_said(self, door: Lifecycle) -> None:
        """The connection leads elsewhere."""
        elsewhere = sa.create_engine("sqlite://")
        event.listen(elsewhere, "connect", check_foreign_keys)
        with pytest.raises(StoreError, match="no such table"), elsewhere.connect() as connection:
            door.advance(lead(), connection=connection)
        elsewhere.dispose()


class TestRaw:
    """A connection of the driver's, without SQLAlchemy around it."""

    @pytest.fixture
    def raw(self, door: Lifecycle, path: Path) -> Iterator[sqlite3.Connection]:
        """The application's own connection, to a database that is a store too."""
        with closing(check_foreign_keys(sqlite3.connect(path))) as raw:
            yield raw

    @pytest.mark.parametrize("writes_first", [True, False])
    @pytest.mark.parametrize("end", ["commit", "rollback"])
    def test_its_owner_alone_ends_the_transaction(
        self, door: Lifecycle, raw: sqlite3.Connection, path: Path, writes_first: bool, end: str
    ) -> None:
        """Both are kept, or neither, whoever wrote first."""
        if writes_first:
            raw.execute("INSERT INTO notes VALUES ('x')")
        with lifecycle.borrow(raw) as connection:
            door.advance(lead(), connection=connection)
        if not writes_first:
            raw.execute("INSERT INTO notes VALUES ('x')")
        assert raw.in_transaction
        getattr(raw, end)()

        kept = int(end == "commit")
        assert (kept, 2 * kept) == (notes(path), len(door.history("1")))

    @pytest.mark.parametrize("ending", ["commit", "rollback", "close"])
    def test_ending_what_is_borrowed_does_nothing_to_theirs(
        self, door: Lifecycle, raw: sqlite3.Connection, path: Path, ending: str
    ) -> None:
        """The transaction is as open as before, and so is the connection."""
        raw.execute("INSERT INTO notes VALUES ('x')")
        connection = lifecycle.borrow(raw)
        door.advance(lead(), connection=connection)
        getattr(connection, ending)()
        connection.close()

        assert raw.in_transaction
        assert 0 == notes(path)
        raw.commit()
        assert (1, 2) == (notes(path), len(door.history("1")))

    def test_a_failure_leaves_theirs_as_it_was(self, door: Lifecycle, raw: sqlite3.Connection, path: Path) -> None:
        """Our savepoint is undone, and nothing else."""
        raw.execute("INSERT INTO notes VALUES ('x')")

        def work() -> None:
            with lifecycle.borrow(raw) as connection, door.store.writing(connection) as transaction:
                transaction.connection.execute(sa.text("INSERT INTO notes VALUES ('ours')"))
                raise BoomError

        with pytest.raises(BoomError):
            work()
        raw.commit()

        assert 1 == notes(path)

    def test_its_settings_and_functions_stay(self, door: Lifecycle, raw: sqlite3.Connection) -> None:
        """SQLAlchemy would bring a function of its own, and a row factory would be in its way."""
        raw.create_function("regexp", 2, lambda *_: 42)
        before = (raw.isolation_level, raw.row_factory, raw.execute("PRAGMA foreign_keys").fetchone())
        with lifecycle.borrow(raw) as connection:
            door.advance(lead(), connection=connection)

        assert before == (raw.isolation_level, raw.row_factory, raw.execute("PRAGMA foreign_keys").fetchone())
        assert (42,) == raw.execute("SELECT 'x' REGEXP 'y'").fetchone()

    def test_it_may_be_lent_again_and_again(self, door: Lifecycle, raw: sqlite3.Connection) -> None:
        """Each command in a block of its own, and one commit for all."""
        for number in range(3):
            with lifecycle.borrow(raw) as connection:
                door.advance(Lead(str(number)).activity("came", at=day(0)), connection=connection)
        raw.commit()

        assert ["iql"] * 3 == [door.journey(str(number)).stage for number in range(3)]

    @pytest.mark.parametrize("factory", [sqlite3.Row, as_table])
    def test_a_row_factory_of_theirs_is_no_hindrance(
        self, door: Lifecycle, raw: sqlite3.Connection, factory: Any
    ) -> None:
        """Rows that are read by name are what many applications have."""
        raw.row_factory = factory
        with lifecycle.borrow(raw) as connection:
            door.advance(lead(), connection=connection)
            assert "mql" == door.fire(lead(), "accept", actor="sales:1", connection=connection).journey.stage
        raw.rollback()

    @pytest.mark.parametrize("begun", [True, False])
    def test_a_connection_that_commits_by_itself_needs_a_transaction(
        self, door: Lifecycle, path: Path, begun: bool
    ) -> None:
        """Whoever begins it ends it."""
        raw = check_foreign_keys(sqlite3.connect(path, isolation_level=None))
        with closing(raw), lifecycle.borrow(raw) as connection:
            if begun:
                raw.execute("BEGIN IMMEDIATE")
                door.advance(lead(), connection=connection)
                raw.execute("ROLLBACK")
            else:
                with pytest.raises(CallerError, match="begin a transaction on it first"):
                    door.advance(lead(), connection=connection)

        assert () == door.history("1")

    @pytest.mark.skipif(sys.version_info < (3, 12), reason="the driver has the setting since Python 3.12")
    @pytest.mark.parametrize("autocommit", [True, False])
    def test_the_newer_setting_of_the_driver_is_understood(self, door: Lifecycle, path: Path, autocommit: bool) -> None:
        """Where it is False there is always a transaction; where it is True there is none until one is begun."""
        connect: Callable[..., sqlite3.Connection] = sqlite3.connect
        raw = connect(path, autocommit=autocommit)
        raw.rollback()
        with closing(check_foreign_keys(raw)), lifecycle.borrow(raw) as connection:
            if autocommit:
                with pytest.raises(CallerError, match="begin a transaction on it first"):
                    door.advance(lead(), connection=connection)
            else:
                door.advance(lead(), connection=connection)
                raw.rollback()

        assert () == door.history("1")

    def test_a_connection_that_checks_no_foreign_keys_is_refused(self, door: Lifecycle, path: Path) -> None:
        """SQLite would take records that belong to nothing, and cannot be told so within a transaction."""
        with (
            closing(sqlite3.connect(path)) as raw,
            lifecycle.borrow(raw) as connection,
            pytest.raises(CallerError, match="run PRAGMA foreign_keys=ON on it before its transaction begins"),
        ):
            door.advance(lead(), connection=connection)

        assert () == door.history("1")

    @pytest.mark.parametrize("what", ["sqlite:///app.db", None, object()])
    def test_what_is_no_connection_of_the_driver_is_refused(self, what: Any) -> None:
        """It is named by its type, and not shown: it may be a URL with a password."""
        with pytest.raises(CallerError, match="connections of sqlite3 can be borrowed, not builtins"):
            lifecycle.borrow(what)


def test_borrow_is_loaded_when_it_is_asked_for() -> None:
    """The root offers it, without loading SQLAlchemy for everybody."""
    assert "borrow" in lifecycle.__all__
    assert "borrow" not in vars(lifecycle)
    with pytest.raises(AttributeError, match="module 'lifecycle' has no attribute 'borow'"):
        _ = lifecycle.borow
