"""Opening a store with an engine from outside, whose settings stay as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.pool import StaticPool

from lifecycle.store import migrating
from lifecycle.store.schema import REVISION
from lifecycle.store.sql import Store
from tests.store.lives import DEFINITION, NOW, lived
from tests.stores import sql

if TYPE_CHECKING:
    from pathlib import Path


def settings(connection: sa.Connection) -> dict[str, Any]:
    """Return the settings of a SQLite connection and its file that we could have changed."""
    names = ("foreign_keys", "busy_timeout", "journal_mode", "synchronous", "recursive_triggers")
    return {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names}


class TestEngines:
    """An engine from outside keeps its settings and stays open."""

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        """The application's own database."""
        path = tmp_path / "app.db"
        sql(path, "CREATE TABLE notes (body TEXT)")
        return path

    def test_our_tables_may_stand_beside_others(self, path: Path) -> None:
        """So that data and records are committed together."""
        engine = sa.create_engine(f"sqlite:///{path}")
        Store(engine).close()
        names = {name for (name,) in sql(path, "SELECT name FROM sqlite_master WHERE type = 'table'")}
        engine.dispose()

        assert {"notes", "lifecycle_records"} < names

    @pytest.mark.parametrize("foreign_keys", [0, 1])
    def test_its_settings_are_as_they_were(self, path: Path, foreign_keys: int) -> None:
        """Foreign keys are checked in our transactions and nowhere else; the file keeps its journal."""
        engine = sa.create_engine(f"sqlite:///{path}", poolclass=StaticPool)
        with engine.connect() as connection:
            connection.exec_driver_sql(f"PRAGMA foreign_keys={foreign_keys}")
            before = settings(connection)
        store = Store(engine)
        store.register(DEFINITION, now=NOW)
        with store.writing() as transaction:
            assert 1 == transaction.connection.scalar(sa.text("PRAGMA foreign_keys"))
        store.close()

        with engine.connect() as connection:
            assert before == settings(connection)
            assert foreign_keys == before["foreign_keys"]
        engine.dispose()

    def test_it_is_not_told_how_to_begin(self, path: Path) -> None:
        """Our way of beginning a transaction is ours alone."""
        engine = sa.create_engine(f"sqlite:///{path}")
        Store(engine)
        seen = list[str]()

        def see(*given: Any) -> None:
            seen.append(given[2])

        event.listen(engine, "before_cursor_execute", see)
        with engine.begin() as connection:
            connection.execute(sa.text("INSERT INTO notes VALUES ('x')"))
        engine.dispose()

        assert ["INSERT INTO notes VALUES ('x')"] == seen

    def test_it_may_have_its_own_way_of_beginning(self, path: Path) -> None:
        """SQLAlchemy's recipe for savepoints on SQLite begins every transaction itself."""
        engine = sa.create_engine(f"sqlite:///{path}")

        def connect(driver: Any, _: object) -> None:
            driver.isolation_level = None

        def begin(connection: sa.Connection) -> None:
            connection.exec_driver_sql("BEGIN")

        event.listen(engine, "connect", connect)
        event.listen(engine, "begin", begin)
        store = Store(engine)
        store.register(DEFINITION, now=NOW)
        with store.writing() as transaction:
            transaction.add([("1", *lived("1"))], now=NOW)

        with store.reading() as reading:
            assert 5 == len(reading.history("1"))
        engine.dispose()

    def test_it_stays_open(self, path: Path) -> None:
        """Closing the store closes what is its own."""
        engine = sa.create_engine(f"sqlite:///{path}", poolclass=StaticPool)
        with engine.connect() as connection:
            driver = connection.connection.driver_connection
        Store(engine).close()

        with engine.connect() as connection:
            assert driver is connection.connection.driver_connection
        engine.dispose()

    def test_a_pooled_connection_goes_back_clean_after_a_failure(self, path: Path) -> None:
        """Whatever happens in our transaction, the setting is put back."""
        engine = sa.create_engine(f"sqlite:///{path}", poolclass=StaticPool)
        store = Store(engine)
        with pytest.raises(ZeroDivisionError), store.writing():
            raise ZeroDivisionError

        with engine.connect() as connection:
            assert 0 == connection.scalar(sa.text("PRAGMA foreign_keys"))
        engine.dispose()

    def test_a_database_of_somebody_keeps_its_journal(self, url: str, tmp_path: Path) -> None:
        """Also where a command makes the tables in it."""
        engine = sa.create_engine(url)

        assert migrating.init(engine)
        assert (REVISION, REVISION) == migrating.upgrade(engine)
        assert [("delete",)] == sql(tmp_path / "history.db", "PRAGMA journal_mode")
        engine.dispose()
