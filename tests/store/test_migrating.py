"""Stores that are made by a command, and stores that an older version made."""

# pyright: reportPrivateUsage=false
# Tests of what comes later have the revisions read from elsewhere.

from __future__ import annotations

import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import sqlalchemy as sa

from lifecycle.errors import NotAStoreError, StoreError, StoreVersionError
from lifecycle.store import migrating, schema
from lifecycle.store.sql import Store
from tests.store.lives import DEFINITION, NOW, lived
from tests.stores import sql

if TYPE_CHECKING:
    from collections.abc import Callable

SECOND = '''
"""A revision that comes after the first, for tests."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("CREATE TABLE lifecycle_later (name VARCHAR NOT NULL)")
    op.execute("INSERT INTO lifecycle_later (name) VALUES ('made by the second revision')")
'''


def shape(path: Path) -> dict[tuple[str, str], str]:
    """Return everything that a database file consists of, without the blanks between words."""
    found = sql(path, "SELECT type, name, sql FROM sqlite_master")
    return {(kind, name): "".join((text or "").split()) for kind, name, text in found}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a store may come to be."""
    return tmp_path / "history.db"


@pytest.fixture
def with_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return what makes this library one that knows a second revision of the tables."""
    scripts = tmp_path / "migrations"
    shutil.copytree(migrating._SCRIPTS, scripts)
    (scripts / "versions" / "revision_0002.py").write_text(SECOND, encoding="utf-8")

    def turn() -> None:
        monkeypatch.setattr(migrating, "_SCRIPTS", scripts)
        monkeypatch.setattr(schema, "REVISION", "0002")

    return turn


class TestInit:
    """A store is made once."""

    def test_it_is_made_and_then_it_is_there(self, path: Path) -> None:
        """The second time nothing is done, and what it holds stays."""
        assert migrating.init(path)
        store = Store(path)
        store.register(DEFINITION, now=NOW)
        with store.writing() as transaction:
            transaction.add([("1", *lived("1"))], now=NOW)
        store.close()

        assert not migrating.init(path)
        assert [(5,)] == sql(path, "SELECT count(*) FROM lifecycle_records")

    def test_an_engine_of_somebody_else_keeps_its_connections(self) -> None:
        """A database in memory would be gone with them, and with it the store that was made."""
        engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)

        assert migrating.init(engine)
        assert (schema.REVISION, schema.REVISION) == migrating.upgrade(engine)
        assert "CREATE" not in migrating.statements(engine, fresh=False)
        assert not migrating.init(engine)
        engine.dispose()

    def test_where_it_cannot_be_made_that_is_said(self, tmp_path: Path) -> None:
        """A folder that is not there."""
        with pytest.raises(StoreError, match="its folder is missing"):
            migrating.init(tmp_path / "missing" / "history.db")

    def test_two_stores_have_names_and_secrets_of_their_own(self, tmp_path: Path) -> None:
        """So that a digest of one says nothing about the other."""
        values = set[str]()
        for name in ("one.db", "other.db"):
            migrating.init(tmp_path / name)
            values.update(row[0] for row in sql(tmp_path / name, "SELECT value FROM lifecycle_properties"))

        assert 1 + 2 * 2 == len(values)


class TestStatements:
    """Somebody else may read and run what we would do."""

    def test_they_make_the_store_that_opening_makes(self, tmp_path: Path, path: Path) -> None:
        """The same tables, constraints, indexes and triggers, word for word: a revision is written out by hand."""
        migrating.init(path)
        with closing(sqlite3.connect(tmp_path / "by hand.db")) as connection:
            connection.executescript(migrating.statements("sqlite://", fresh=True))

        assert shape(path) == shape(tmp_path / "by hand.db")
        Store(tmp_path / "by hand.db", create=False).close()

    def test_they_say_where_the_tables_go_on_a_server(self) -> None:
        """The schema is made first; nobody is asked, so no server is needed."""
        text = migrating.statements("postgresql://nobody@localhost/none?schema=Our leads", fresh=True)

        assert text.index('CREATE SCHEMA IF NOT EXISTS "Our leads";') < text.index("CREATE TABLE")
        assert 'SET LOCAL search_path TO "Our leads";' in text
        assert "BEGIN;" == text.splitlines()[4]
        assert text.rstrip().endswith("COMMIT;")

    def test_of_a_store_that_is_up_to_date_there_are_none(self, path: Path) -> None:
        """Nothing but the transaction's own words."""
        migrating.init(path)

        assert "CREATE" not in migrating.statements(path, fresh=False)

    @pytest.mark.parametrize("url", ["sqlite://", "postgresql://nobody@localhost/none"])
    def test_they_say_first_that_they_hold_a_secret(self, path: Path, url: str) -> None:
        """Whoever hands them on has to know; what upgrades a store holds none."""
        text = migrating.statements(url, fresh=True)
        migrating.init(path)

        assert text.startswith("-- These statements hold a secret: the row `secret` of lifecycle_properties is")
        assert "secret" in text[text.rindex("INSERT INTO lifecycle_properties") :]
        assert "secret" not in migrating.statements(path, fresh=False)


def in_schema(url: str, name: str) -> str:
    """Return the address of a store in a schema."""
    return sa.make_url(url).update_query_dict({"schema": name}).render_as_string(hide_password=False)


def pg_shape(connection: psycopg.Connection[Any], name: str) -> set[tuple[str, ...]]:
    """Return columns, constraints, indexes and triggers of a schema, without its name."""
    queries = [
        """SELECT table_name, column_name, data_type, is_nullable, column_default, is_identity
        FROM information_schema.columns WHERE table_schema = %s""",
        """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated::text
        FROM pg_constraint WHERE connamespace = %s::regnamespace""",
        "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = %s",
        """SELECT tgname, pg_get_triggerdef(pg_trigger.oid), tgenabled::text FROM pg_trigger
        JOIN pg_class ON pg_class.oid = tgrelid WHERE relnamespace = %s::regnamespace AND NOT tgisinternal""",
    ]
    rows = [row for query in queries for row in connection.execute(query.encode(), (name,))]
    return {tuple(str(value).replace(f"{name}.", "") for value in row) for row in rows}


class TestServer:
    """A store on a server."""

    def test_opening_one_that_is_not_there_makes_nothing(self, postgres_url: str) -> None:
        """Who may make tables on a server is for its people to say; the error says how."""
        with pytest.raises(StoreError, match=r"no tables of a store yet.*lifecycle store init"):
            Store(postgres_url)

        assert migrating.init(postgres_url)
        assert not migrating.init(postgres_url)
        Store(postgres_url).close()

    def test_statements_make_the_same_store(self, postgres_url: str) -> None:
        """Column for column, constraint for constraint, trigger for trigger; each in a schema of its own."""
        migrating.init(postgres_url, schema="made")
        with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
            connection.execute(migrating.statements(postgres_url, schema="by_hand", fresh=True).encode())
            made, by_hand = (pg_shape(connection, name) for name in ("made", "by_hand"))

        assert made == by_hand
        assert len(made) > 150
        Store(in_schema(postgres_url, "by_hand")).close()

    def test_one_that_an_older_version_made_is_upgraded(
        self, postgres_url: str, with_second: Callable[[], None]
    ) -> None:
        """In its schema, beside whatever else there is."""
        url = in_schema(postgres_url, "ours")
        migrating.init(url)
        with_second()

        with pytest.raises(StoreVersionError, match="older version"):
            Store(url)
        assert "lifecycle_later" in migrating.statements(url, fresh=False)
        assert ("0001", "0002") == migrating.upgrade(url)

        Store(url).close()
        with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
            assert 1 == len(connection.execute("SELECT * FROM ours.lifecycle_later").fetchall())

    def test_two_that_make_it_at_once_make_one(self, postgres_url: str) -> None:
        """The second one waits, and finds it made."""
        with ThreadPoolExecutor(4) as pool:
            made = [one.result() for one in [pool.submit(migrating.init, postgres_url) for _ in range(4)]]

        assert [False, False, False, True] == sorted(made)


def of_an_old_one(path: Path) -> str:
    """Return the statements that would upgrade a store."""
    return migrating.statements(path, fresh=False)


class TestUpgrade:
    """A store that an older version made."""

    def test_it_is_refused_until_it_is_upgraded(self, path: Path, with_second: Callable[[], None]) -> None:
        """The error says what to do; afterwards the store is open, with all it held."""
        store = Store(path)
        store.register(DEFINITION, now=NOW)
        records, refusals = lived("1")
        with store.writing() as transaction:
            transaction.add([("1", records, refusals)], now=NOW)
        store.close()
        with_second()

        with pytest.raises(StoreVersionError, match=r"older version.*lifecycle store upgrade.*tables 0001, known 0002"):
            Store(path)
        assert ("0001", "0002") == migrating.upgrade(path)

        store = Store(path)
        with store.reading() as reading:
            assert records == reading.history("1")
        store.close()
        assert [("made by the second revision",)] == sql(path, "SELECT name FROM lifecycle_later")

    def test_statements_begin_where_the_store_stands(self, path: Path, with_second: Callable[[], None]) -> None:
        """Only what is missing, and nothing is done."""
        migrating.init(path)
        with_second()

        text = migrating.statements(path, fresh=False)

        assert "lifecycle_later" in text
        assert "lifecycle_records" not in text
        assert [("0001",)] == sql(path, "SELECT version_num FROM lifecycle_version")

    def test_one_that_fails_leaves_everything_as_it_was(self, path: Path, with_second: Callable[[], None]) -> None:
        """All of it is done, or nothing."""
        migrating.init(path)
        before = shape(path)
        with_second()
        second = migrating._SCRIPTS / "versions" / "revision_0002.py"
        second.write_text(SECOND + '    op.execute("CREATE TABLE lifecycle_later (again VARCHAR)")\n', encoding="utf-8")

        with pytest.raises(StoreError):
            migrating.upgrade(path)

        assert before == shape(path)
        assert [("0001",)] == sql(path, "SELECT version_num FROM lifecycle_version")

    def test_one_of_today_stays_as_it_is(self, path: Path) -> None:
        """Nothing is done twice."""
        migrating.init(path)
        before = shape(path)

        assert (schema.REVISION, schema.REVISION) == migrating.upgrade(path)
        assert before == shape(path)

    @pytest.mark.parametrize(
        ("revision", "why"),
        [
            ("0002", "newer version of this library; upgrade lead-lifecycle"),
            ("0000", "older version of this library; no way leads from there: make a new store, and replay into it"),
        ],
    )
    @pytest.mark.parametrize("act", [migrating.upgrade, of_an_old_one])
    def test_a_revision_that_is_not_known_is_refused(
        self, path: Path, act: Callable[[Path], object], revision: str, why: str
    ) -> None:
        """Before anything runs; the error does not send back to where it comes from."""
        migrating.init(path)
        sql(path, f"UPDATE lifecycle_version SET version_num = '{revision}'")
        before = shape(path)

        with pytest.raises(StoreVersionError, match=rf"{why} \(tables {revision}, known 0001\)"):
            act(path)
        assert (before, [(revision,)]) == (shape(path), sql(path, "SELECT version_num FROM lifecycle_version"))

    @pytest.mark.parametrize("act", [migrating.upgrade, of_an_old_one])
    def test_a_file_that_is_not_there_is_not_made(self, path: Path, act: Callable[[Path], object]) -> None:
        """Nor does asking for statements make one."""
        with pytest.raises(StoreError, match="does not exist"):
            act(path)
        assert not path.exists()

    @pytest.mark.parametrize(
        ("statement", "why"),
        [
            ("CREATE TABLE others (name VARCHAR)", "holds no store"),
            ("CREATE TABLE lifecycle_properties (name VARCHAR, value VARCHAR)", "was not made by lead-lifecycle"),
        ],
    )
    def test_what_is_no_store_is_left_alone(self, path: Path, statement: str, why: str) -> None:
        """Upgrading does not make one."""
        sql(path, statement)
        before = shape(path)

        with pytest.raises(NotAStoreError, match=why):
            migrating.upgrade(path)
        assert before == shape(path)
