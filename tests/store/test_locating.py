"""Where a store is kept: URLs, paths and engines that can be connected to, and those that are refused in words."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from lifecycle.errors import StoreError
from lifecycle.store.locating import locate
from lifecycle.store.sql import Store

if TYPE_CHECKING:
    from pathlib import Path


class TestServers:
    """Addresses of PostgreSQL."""

    def test_a_driver_that_is_not_there_is_said(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """With what to install."""
        monkeypatch.setitem(sys.modules, "psycopg", None)
        message = r"the driver psycopg is not installed: pip install 'lead-lifecycle\[postgres\]'"
        with pytest.raises(StoreError, match=message):
            Store("postgresql://user@host/database")

    @pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
    def test_every_usual_beginning_of_a_url_means_the_same(self, scheme: str) -> None:
        """As hosts of databases hand them out."""
        location = locate(f"{scheme}://user@host/database")

        assert ("postgresql", "psycopg") == (location.engine.dialect.name, location.engine.dialect.driver)
        location.engine.dispose()

    def test_only_a_server_has_schemas(self) -> None:
        """On SQLite a store has a file of its own instead."""
        with pytest.raises(StoreError, match="SQLite has no schemas; give the store a file of its own"):
            Store("sqlite://", schema="lifecycle")


class TestRefusing:
    """What nothing is connected to."""

    @pytest.mark.parametrize("where", ["mysql://user:secret@host/db", "odd://user:secret@host/db"])
    def test_another_kind_of_database_is_refused(self, where: str) -> None:
        """Before anything is loaded for it, and without its password."""
        with pytest.raises(StoreError, match="stores are kept in SQLite and PostgreSQL, not in") as caught:
            Store(where)
        assert "secret" not in str(caught.value)

    @pytest.mark.parametrize(
        ("where", "driver", "instead"),
        [
            ("postgresql+psycopg2://user:secret@host/db", "psycopg", "postgresql://user:***@host/db"),
            ("postgresql+odd://host/db", "psycopg", "postgresql://host/db"),
            ("sqlite+odd:///history.db", "pysqlite", "sqlite:///history.db"),
        ],
    )
    def test_another_driver_is_refused(self, where: str, driver: str, instead: str) -> None:
        """Whether it is installed or not; the URL that does it is named."""
        with pytest.raises(StoreError) as caught:
            Store(where)

        other = where.partition(":")[0].partition("+")[2]
        assert f"stores are opened with the driver {driver}, not with {other}: write {instead}" == str(caught.value)

    @pytest.mark.parametrize(
        ("where", "instead"),
        [
            ("sqlite+aiosqlite:///history.db", "sqlite:///history.db"),
            ("postgresql+psycopg_async://user:secret@host/db", "postgresql://user:***@host/db"),
            ("postgresql+asyncpg://user:secret@host/db", "postgresql://user:***@host/db"),
        ],
    )
    def test_an_asynchronous_driver_is_refused(self, where: str, instead: str) -> None:
        """It would fail at the first query; the URL that does it is named, and what to do with connections."""
        with pytest.raises(StoreError) as caught:
            Store(where)

        assert f"synchronously: write {instead}, and lend asynchronous connections" in str(caught.value)

    @pytest.mark.parametrize("where", ["sqlite://first.db", "sqlite:first.db", "sqlite:/first.db", "SQLite://first.db"])
    def test_a_url_with_too_few_slashes_is_told_how_many_it_needs(
        self, where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """And no file of that odd name is made."""
        monkeypatch.chdir(tmp_path)
        with pytest.raises(StoreError, match=r"has three slashes: sqlite:///first\.db, or four where its path begins"):
            Store(where)

        assert [] == list(tmp_path.iterdir())

    def test_so_is_that_of_a_server(self) -> None:
        """A password is not repeated."""
        with pytest.raises(StoreError, match="two slashes: postgresql://user@host/database") as caught:
            Store("postgresql:me:secret@host/db")

        assert "secret" not in str(caught.value)

    def test_a_url_may_be_written_in_capitals(self, tmp_path: Path) -> None:
        """Only the name of the database; a path is as it is."""
        Store(f"SQLITE:///{tmp_path / 'First.db'}").close()

        assert (tmp_path / "First.db").exists()

    def test_what_is_no_url_is_refused(self) -> None:
        """It is not repeated: it may hold a password."""
        with pytest.raises(StoreError, match="not the URL of a store, such as sqlite:///history") as caught:
            Store("sqlite//user:secret@host://x")
        assert "secret" not in str(caught.value)

    def test_an_engine_of_another_database_is_refused(self) -> None:
        """The dialect decides, not the URL."""
        engine = sa.create_engine("sqlite://")
        engine.dialect.name = "odd"
        with pytest.raises(StoreError, match="not in odd"):
            locate(engine)

    @pytest.mark.parametrize("behind", [False, True])
    def test_an_asynchronous_engine_is_refused(self, behind: bool) -> None:
        """Also the one that SQLAlchemy has behind it, which looks like any other."""
        engine = create_async_engine("postgresql+psycopg://user:secret@host/db")
        given: Any = engine.sync_engine if behind else engine
        with pytest.raises(StoreError, match=r"is asynchronous.*write postgresql://user:\*\*\*@host/db, and lend"):
            Store(given)


def test_a_store_is_shown_without_its_password() -> None:
    """Its text is for logs."""
    store = Store("sqlite://")

    assert "<the store sqlite://>" == repr(store)
    store.close()
