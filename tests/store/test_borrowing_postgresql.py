"""Working in a transaction that is somebody else's, on PostgreSQL: what only a server and psycopg know."""

# pyright: reportPrivateUsage=false
# One test counts what the first of all borrowed connections costs.

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import sqlalchemy as sa
from psycopg.rows import dict_row

import lifecycle
from lifecycle import Lifecycle
from lifecycle.errors import CallerError, ConcurrentUpdateError, StoreError
from lifecycle.store import borrowing, schema
from lifecycle.store.sql import Store
from tests.postgres import plain
from tests.store.apps import NOTE, BoomError, OnPostgreSQL, lead
from tests.store.lives import DEFINITION, NOW, lived
from tests.stores import init

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def app(postgres_store: str) -> Iterator[OnPostgreSQL]:
    """An application."""
    app = OnPostgreSQL(postgres_store)
    yield app
    app.engine.dispose()


@pytest.fixture
def door(app: OnPostgreSQL) -> Iterator[Lifecycle]:
    """A lifecycle in the application's database, with connections of its own."""
    with Lifecycle(DEFINITION, app.url, clock=lambda: NOW) as door:
        yield door


class TestTransactions:
    """A transaction has to be open, or to be opened by the first statement."""

    @pytest.mark.parametrize("begun", [True, False])
    def test_a_connection_that_commits_by_itself_needs_a_transaction(
        self, door: Lifecycle, app: OnPostgreSQL, begun: bool
    ) -> None:
        """Whoever begins it ends it, as psycopg's own `transaction()` does."""
        with closing(app.connect(autocommit=True)) as raw, lifecycle.borrow(raw) as connection:
            if begun:
                with raw.transaction(force_rollback=True):
                    assert "mql" == door.advance(lead(), connection=connection).journey.stage
            else:
                with pytest.raises(CallerError, match="begin a transaction on it first"):
                    door.advance(lead(), connection=connection)

        assert () == door.history("1")

    @pytest.mark.parametrize("when", ["borrowed", "used"])
    def test_a_transaction_that_has_failed_takes_nothing_more(
        self, door: Lifecycle, app: OnPostgreSQL, when: str
    ) -> None:
        """It is said so, instead of the driver's words, and theirs to roll back."""

        def fail(raw: psycopg.Connection[Any]) -> None:
            with pytest.raises(psycopg.Error):
                raw.execute("SELECT 1 / 0")

        with closing(app.connect()) as raw:
            if when == "borrowed":
                fail(raw)
                with pytest.raises(CallerError, match="has failed already, and takes nothing more until it is rolled"):
                    lifecycle.borrow(raw)
            else:
                with lifecycle.borrow(raw) as connection:
                    fail(raw)
                    with pytest.raises(CallerError, match="has failed already"):
                        door.advance(lead(), connection=connection)
                    with pytest.raises(StoreError, match="has failed already"):
                        door.advance(lead(), connection=connection, dry_run=True)
            raw.rollback()
            with lifecycle.borrow(raw) as connection:
                door.advance(lead(), connection=connection)
            raw.commit()

        assert 2 == len(door.history("1"))

    def test_a_closed_connection_is_refused(self, app: OnPostgreSQL) -> None:
        """It is the caller's mistake."""
        raw = app.connect()
        raw.close()
        with pytest.raises(CallerError, match="the connection is closed"):
            lifecycle.borrow(raw)

    def test_a_connection_that_is_asynchronous_is_refused(self) -> None:
        """It has no transaction that code like ours could work in; SQLAlchemy's `run_sync` gives one."""
        raw = object.__new__(psycopg.AsyncConnection)
        raw._closed = True
        with pytest.raises(CallerError, match=r"not psycopg\..*AsyncConnection"):
            lifecycle.borrow(raw)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] - a mistake on purpose

    @pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"])
    def test_a_conflict_in_a_transaction_of_any_level_is_theirs_to_run_again(
        self, door: Lifecycle, app: OnPostgreSQL, level: str
    ) -> None:
        """Their view is from before the other writer, unless it follows along; what they did stays theirs to end."""
        with app.engine.connect() as connection:
            connection.execution_options(isolation_level=level)
            connection.execute(sa.text(NOTE))
            door.advance(lead())
            if level == "READ COMMITTED":
                assert () == door.advance(lead(), connection=connection).records
            else:
                with pytest.raises(ConcurrentUpdateError, match="another writer was first"):
                    door.advance(lead(), connection=connection)
            connection.execute(sa.text(NOTE))
            connection.rollback()

        assert (0, 2) == (app.notes(), len(door.history("1")))

    def test_an_engine_of_any_level_may_be_a_store(self, app: OnPostgreSQL) -> None:
        """In transactions of our own the level is ours, also where theirs would commit each statement by itself."""
        for level in ("AUTOCOMMIT", "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"):
            engine = sa.create_engine(app.url, isolation_level=level, pool_size=1, max_overflow=0)
            before = settings(engine)
            door = Lifecycle(DEFINITION, engine, clock=lambda: NOW)
            door.advance(lead(level))
            with pytest.raises(BoomError):
                half(door.store)
            assert before == settings(engine)
            assert (2, 0) == (len(door.history(level)), len(door.history("half")))
            engine.dispose()


def half(store: Store) -> None:
    """Keep the lead `half` in a transaction that fails afterwards."""
    with store.writing() as transaction:
        transaction.append("half", lived("half")[0], expected=0, now=NOW)
        raise BoomError


def settings(engine: sa.Engine) -> tuple[Any, ...]:
    """Return how the driver's connection of an engine's pool begins transactions."""
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        return driver.autocommit, driver.isolation_level, driver.read_only


class TestSchemas:
    """Our tables may stand in a schema of their own, beside tables of others."""

    @pytest.fixture
    def url(self, postgres_url: str) -> str:
        """A database in which two stores stand beside tables of others that have the names of ours."""
        engine = sa.create_engine(postgres_url)
        with engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE lifecycle_records (theirs int)")
            connection.exec_driver_sql('CREATE SCHEMA "Odd name"')
            connection.exec_driver_sql('CREATE TABLE "Odd name".notes (body text)')
        engine.dispose()
        for name in ("one", "Odd name"):
            init(postgres_url, name)
        return postgres_url

    def test_stores_in_two_schemas_know_nothing_of_each_other(self, url: str) -> None:
        """And others' tables are as they were."""
        stores = [Store(url, schema=name) for name in ("one", "Odd name")]
        for store, name in zip(stores, "ab", strict=True):
            store.register(DEFINITION, now=NOW)
            with store.writing() as transaction:
                transaction.add([(name, *lived(name))], now=NOW)
                transaction.append(name * 2, lived(name)[0], expected=0, now=NOW)
        for store, name in zip(stores, "ab", strict=True):
            with store.reading() as reading:
                assert {name, name * 2} == reading.known(["a", "aa", "b", "bb"])
            store.seal(now=NOW)
            store.close()

    def test_where_there_is_no_store_it_is_said(self, url: str) -> None:
        """A table of the same name, in the usual schema, is not ours."""
        with pytest.raises(StoreError, match="make them with `lifecycle store init`"):
            Store(url)
        with pytest.raises(StoreError, match="schema elsewhere has no tables"):
            Store(url, schema="elsewhere")

    @pytest.mark.parametrize("borrowed", [True, False])
    def test_a_lent_connection_may_look_elsewhere(self, url: str, borrowed: bool) -> None:
        """Its search path leads to tables of others that have the names of ours, and stays as it is."""
        door = Lifecycle(DEFINITION, f"{url}&schema=Odd+name", clock=lambda: NOW)
        engine = sa.create_engine(url)
        with engine.connect() as theirs:
            theirs.exec_driver_sql("SET search_path TO public, pg_catalog")
            driver: Any = theirs.connection.driver_connection
            with lifecycle.borrow(driver) if borrowed else theirs.begin_nested() as inner:
                connection = inner if isinstance(inner, sa.Connection) else theirs
                door.advance(lead(), connection=connection)
            assert "public, pg_catalog" == theirs.exec_driver_sql("SHOW search_path").scalar()
            driver.commit()
        engine.dispose()

        assert 2 == len(door.history("1"))
        door.close()

    @pytest.mark.parametrize("path", ["elsewhere", "", "pg_catalog", '"$user"'])
    def test_without_a_schema_of_its_own_it_is_found_all_the_same(self, postgres_store: str, path: str) -> None:
        """The store remembers where its tables are, whatever path a lent connection has."""
        with Lifecycle(DEFINITION, postgres_store, clock=lambda: NOW) as door:
            with closing(psycopg.connect(plain(postgres_store))) as raw, lifecycle.borrow(raw) as connection:
                raw.execute("SELECT set_config('search_path', %s, false)", [path])
                door.advance(lead(), connection=connection)
                raw.commit()

            assert 2 == len(door.history("1"))


class TestPsycopg:
    """What psycopg's connections have, and SQLAlchemy does not expect."""

    def test_settings_of_theirs_are_no_hindrance_and_stay(self, door: Lifecycle, app: OnPostgreSQL) -> None:
        """Rows as tables, values put into the text by the client, handlers of notices, no prepared statements."""
        seen = list[str]()
        with closing(app.connect(row_factory=dict_row, cursor_factory=psycopg.ClientCursor)) as raw:
            raw.prepare_threshold = None
            raw.add_notice_handler(lambda notice: seen.append(str(notice.message_primary)))
            for _ in range(2):
                with lifecycle.borrow(raw) as connection:
                    door.advance(lead(), connection=connection)
                    assert "mql" == door.fire(lead(), "accept", actor="sales:1", connection=connection).journey.stage
            raw.execute("DO $$ BEGIN RAISE NOTICE 'hello'; END $$")

            assert ["hello"] == seen
            assert {"n": 1} == raw.execute("SELECT 1 AS n").fetchone()
            assert (False, None, None) == (raw.autocommit, raw.isolation_level, raw.prepare_threshold)
            raw.rollback()

    def test_many_rows_are_streamed(self, door: Lifecycle, app: OnPostgreSQL) -> None:
        """Through a cursor on the server, in their transaction."""
        with closing(app.connect(row_factory=dict_row)) as raw, lifecycle.borrow(raw) as connection:
            door.advance(lead(), connection=connection)
            query = sa.select(schema.records.c.sequence).order_by(schema.records.c.sequence)
            with door.store.reading(connection) as reading:
                streamed = reading.connection.execute(query, execution_options={"yield_per": 1})
                assert [1, 2] == [row.sequence for row in streamed]
            raw.rollback()

    def test_only_the_first_of_a_process_asks_what_server_it_is(
        self, app: OnPostgreSQL, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """After that a borrowed connection costs no query, and none ends their transaction."""
        asked = list[list[str]]()
        original = psycopg.Cursor.execute

        def noted(self: Any, query: Any, *arguments: Any, **more: Any) -> Any:
            asked[-1].append(str(query))
            return original(self, query, *arguments, **more)

        borrowing._engine.cache_clear()
        monkeypatch.setattr(psycopg.Cursor, "execute", noted)
        with closing(app.connect()) as raw:
            for _ in range(3):
                asked.append([])
                with lifecycle.borrow(raw):
                    pass
            raw.rollback()

        first, *others = asked
        assert [[], []] == others
        assert 4 == len(first), first
        assert not [query for query in first if not query.lower().startswith(("select", "show"))]
