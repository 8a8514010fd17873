"""Opening a database as a store: what is made, what is refused, and what is left as it was."""

from __future__ import annotations

import inspect
import os
import sqlite3
import stat
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from lifecycle.errors import NaiveInstantError, NotAStoreError, StoreBusyError, StoreError, StoreVersionError
from lifecycle.store import opening
from lifecycle.store.locating import locate
from lifecycle.store.schema import REVISION
from lifecycle.store.sql import Store
from tests.store.lives import DEFINITION, NOW, lived
from tests.stores import sql

if TYPE_CHECKING:
    from pathlib import Path

UNGUARDED = ("DROP TRIGGER lifecycle_properties_no_update",)

as_anybody = pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")


class TestMaking:
    """A missing or empty database becomes a store."""

    @pytest.mark.parametrize("where", ["url", "path", "text"])
    def test_a_missing_file_is_created(self, tmp_path: Path, where: str) -> None:
        """Whether it is named by a URL, a path or its name."""
        path = tmp_path / "new store.db"
        names: dict[str, str | Path] = {"url": f"sqlite:///{path}", "path": path, "text": str(path)}
        Store(names[where]).close()

        rows = dict(sql(path, "SELECT name, value FROM lifecycle_properties"))
        assert ["application", "origin", "secret"] == sorted(rows)
        assert "lead-lifecycle" == rows["application"]
        assert [(REVISION,)] == sql(path, "SELECT version_num FROM lifecycle_version")

    def test_an_empty_file_becomes_a_store(self, tmp_path: Path) -> None:
        """As `touch` leaves it."""
        path = tmp_path / "history.db"
        path.touch()
        Store(path).close()

        assert [(3,)] == sql(path, "SELECT count(*) FROM lifecycle_properties")

    def test_whoever_comes_second_finds_it_made(self, url: str, tmp_path: Path) -> None:
        """Two that find no tables wait for each other, and one of them makes them."""
        store = Store(url)
        assert not opening.create(locate(url))
        store.close()

        assert [(3,)] == sql(tmp_path / "history.db", "SELECT count(*) FROM lifecycle_properties")

    def test_a_store_is_opened_again_with_what_it_holds(self, url: str) -> None:
        """And nothing is made twice."""
        records, refusals = lived("1")
        for _ in range(2):
            store = Store(url)
            store.register(DEFINITION, now=NOW)
            with store.writing() as transaction:
                if not transaction.known(["1"]):
                    transaction.add([("1", records, refusals)], now=NOW)
            store.close()

        store = Store(url)
        with store.reading() as reading:
            assert records == reading.history("1")
        store.close()

    def test_readers_and_a_writer_do_not_wait_for_each_other(self, url: str, tmp_path: Path) -> None:
        """The file is switched to a log that is written ahead, and remembers it."""
        Store(url).close()

        assert [("wal",)] == sql(tmp_path / "history.db", "PRAGMA journal_mode")

    def test_a_commit_survives_the_loss_of_power(self, url: str) -> None:
        """Durability is the default, whatever that of the SQLite build is."""
        store = Store(url)
        with store.reading() as reading:
            assert 2 == reading.connection.scalar(sa.text("PRAGMA synchronous"))
        store.close()

    def test_a_memory_store_lives_as_long_as_it_is_open(self) -> None:
        """Each is a database of its own."""
        one, other = Store("sqlite://"), Store(":memory:")
        for store in (one, other):
            store.register(DEFINITION, now=NOW)
        with one.writing() as transaction:
            transaction.add([("1", *lived("1"))], now=NOW)

        with one.reading() as reading, other.reading() as elsewhere:
            assert 5 == len(reading.history("1"))
            assert () == elsewhere.history("1")
        one.close()
        other.close()

    def test_a_closed_store_says_so(self, store: Store) -> None:
        """Instead of opening an empty one in its place."""
        store.close()

        with pytest.raises(StoreError, match="has been closed"), store.reading():
            pass
        with pytest.raises(StoreError, match="has been closed"), store.writing():
            pass


class TestNotCreating:
    """Without `create` nothing is made, not even a file."""

    def test_a_missing_file_stays_missing(self, tmp_path: Path) -> None:
        """A misspelt path does not leave an empty store behind."""
        path = tmp_path / "history.db"

        with pytest.raises(StoreError, match="does not exist"):
            Store(path, create=False)
        assert not path.exists()

    def test_an_empty_file_stays_empty(self, tmp_path: Path) -> None:
        """Nothing has been kept in it."""
        path = tmp_path / "history.db"
        path.touch()

        with pytest.raises(StoreError, match="nothing has been kept in it yet"):
            Store(path, create=False)
        assert 0 == path.stat().st_size

    def test_a_store_is_opened(self, url: str) -> None:
        """What is there may be read."""
        Store(url).close()
        Store(url, create=False).close()


class TestRefusing:
    """What is no store of ours is left alone."""

    def test_a_database_of_others_is_refused(self, tmp_path: Path) -> None:
        """Its tables are named, and none of ours is put beside them."""
        path = tmp_path / "app.db"
        sql(path, "CREATE TABLE customers (id)", "CREATE TABLE orders (id)")

        with pytest.raises(NotAStoreError, match=r"holds other tables \(customers, orders\) and none of ours"):
            Store(path)
        assert [("customers",), ("orders",)] == sql(path, "SELECT name FROM sqlite_master ORDER BY name")

    @pytest.mark.parametrize("content", [b"lead,stage\n42,mql\n" * 100, b"{}", b"SQLite format 4\0" * 99])
    def test_a_file_that_is_no_database_is_refused(self, tmp_path: Path, content: bytes) -> None:
        """And it is not touched."""
        path = tmp_path / "leads.csv"
        path.write_bytes(content)

        with pytest.raises(NotAStoreError, match="is not a database"):
            Store(path)
        assert content == path.read_bytes()

    def test_a_store_of_another_application_is_refused(self, url: str, tmp_path: Path) -> None:
        """A table of the same name does not make it ours."""
        Store(url).close()
        sql(
            tmp_path / "history.db",
            *UNGUARDED,
            "UPDATE lifecycle_properties SET value = 'x' WHERE name = 'application'",
        )

        with pytest.raises(NotAStoreError, match="was not made by lead-lifecycle"):
            Store(url)

    def test_a_store_of_a_newer_version_is_refused(self, url: str, tmp_path: Path) -> None:
        """Both versions are named, and what to do."""
        Store(url).close()
        sql(tmp_path / "history.db", "UPDATE lifecycle_version SET version_num = '7777'")

        with pytest.raises(
            StoreVersionError, match=rf"upgrade lead-lifecycle \(tables 7777, known {REVISION}\)"
        ) as caught:
            Store(url)
        assert ("7777", REVISION) == (caught.value.found, caught.value.known)

    def test_a_missing_folder_is_said(self, tmp_path: Path) -> None:
        """Folders are not made: that would hide a misspelt path."""
        with pytest.raises(StoreError, match=r"cannot be opened: .* its folder is missing"):
            Store(tmp_path / "nowhere" / "history.db")

    def test_a_folder_is_no_store(self, tmp_path: Path) -> None:
        """Nor can it become one."""
        with pytest.raises(StoreError, match="cannot be opened"):
            Store(tmp_path)

    @as_anybody
    def test_a_path_that_may_not_be_written_is_said(self, url: str, tmp_path: Path) -> None:
        """A read-only file can be read, and says so when it should be written."""
        Store(url).close()
        file = tmp_path / "history.db"
        file.chmod(stat.S_IREAD)

        store = Store(url)
        with store.reading() as reading:
            assert [] == list(reading.leads())
        with pytest.raises(StoreError, match="cannot be written"):
            store.register(DEFINITION, now=NOW)
        store.close()

    def test_a_write_to_what_may_only_be_read_is_said(self, tmp_path: Path) -> None:
        """Whatever keeps it from being written: here the way in which it was opened."""
        path = tmp_path / "history.db"
        Store(path).close()

        store = Store(f"sqlite:///file:{path}?mode=ro&uri=true", create=False)
        with pytest.raises(StoreError, match="cannot be written: the file or its folder is read-only"):
            store.register(DEFINITION, now=NOW)
        store.close()


class TestBusy:
    """A writer waits for another one, and says so when that takes too long."""

    def test_a_locked_store_is_busy(self, url: str, tmp_path: Path) -> None:
        """Nothing was written, and it may be tried again."""
        Store(url).close()
        store = Store(f"{url}?timeout=0.05")
        with closing(sqlite3.connect(tmp_path / "history.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreBusyError, match="another writer has held it for too long"):
                store.register(DEFINITION, now=NOW)
            other.execute("ROLLBACK")

        store.register(DEFINITION, now=NOW)
        store.close()

    def test_a_writer_waits_for_longer_than_any_of_our_transactions_takes(self, url: str) -> None:
        """Ten seconds, unless the URL says otherwise."""
        store = Store(url)
        with store.reading() as reading:
            assert 10_000 == reading.connection.scalar(sa.text("PRAGMA busy_timeout"))
        store.close()

    def test_where_others_use_the_file_the_switch_to_a_log_waits_for_another_opening(
        self, url: str, tmp_path: Path
    ) -> None:
        """Only speed is lost: the store is usable all the same."""
        path = tmp_path / "history.db"
        Store(url).close()
        sql(path, "PRAGMA journal_mode=DELETE")
        with closing(sqlite3.connect(path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM lifecycle_properties").fetchall()
            Store(f"{url}?timeout=0.05").close()
            assert [("delete",)] == reader.execute("PRAGMA journal_mode").fetchall()
            reader.execute("ROLLBACK")

        Store(url).close()
        assert [("wal",)] == sql(path, "PRAGMA journal_mode")


GIVEN: dict[str, Any] = {
    "before": NOW,
    "definition": DEFINITION,
    "lead": "ada",
    "lines": ("0" * 32,),
    "basis": "gdpr_17",
    "actor": "dpo:3",
}
ACTS = inspect.getmembers(Store, inspect.isfunction)
DATED = [name for name, act in ACTS if "now" in inspect.signature(act).parameters and not name.startswith("_")]


@pytest.mark.parametrize("name", DATED)
def test_the_instant_of_writing_has_a_zone(name: str) -> None:
    """Whatever is done: a time without one is refused in words, and not guessed."""
    store = Store("sqlite://")
    wanted = inspect.signature(getattr(store, name)).parameters.keys() - {"now"}
    with pytest.raises(NaiveInstantError):
        getattr(store, name)(**{one: GIVEN[one] for one in wanted}, now=NOW.replace(tzinfo=None))
    store.close()

    assert {"erase", "erase_subjects", "hold", "redact", "register", "release", "seal"} <= set(DATED)
