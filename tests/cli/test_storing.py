"""`store`: making one, and bringing an old one up to date."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.cli.run import run

if TYPE_CHECKING:
    from pathlib import Path


class TestInit:
    """`store init`."""

    def test_it_makes_a_store_once(self, tmp_path: Path) -> None:
        """And says whether there was something to do."""
        path = tmp_path / "history.db"

        assert "The store is made." in run("store", "init", "--store", path).words
        assert "is there already; nothing was done" in run("store", "init", "--store", path).words
        assert {"made": False} == run("store", "init", "-s", path, "--json").document

    def test_nothing_is_wrong_with_it(self, tmp_path: Path) -> None:
        """Readers and writers need not wait for each other from the first day."""
        path = tmp_path / "history.db"
        run("store", "init", "--store", path)

        assert [] == run("verify", "--store", path, "--json").document["findings"]

    def test_it_prints_what_it_would_do(self, tmp_path: Path) -> None:
        """As statements, to be handed to somebody else; nothing is made."""
        path = tmp_path / "history.db"
        ran = run("store", "init", "--store", path, "--sql")

        as_json = run("store", "init", "-s", path, "--sql", "--json").document["sql"]
        assert not path.exists()
        for text in (ran.out, as_json):
            assert text.startswith("-- These statements hold a secret")
            assert "\n\nCREATE TABLE lifecycle_version" in text

    def test_an_address_that_is_none_is_a_failure(self) -> None:
        """Of the store, without a traceback."""
        ran = run("store", "init", "--store", "mysql://host/db")

        assert 5 == ran.code
        assert "stores are kept in SQLite and PostgreSQL, not in mysql" in ran.err


class TestUpgrade:
    """`store upgrade`."""

    def test_a_store_of_today_needs_nothing(self, tmp_path: Path) -> None:
        """And says so."""
        path = tmp_path / "history.db"
        run("store", "init", "--store", path)

        assert "at revision 0001 already; nothing was done to them." in run("store", "upgrade", "--store", path).words
        assert {"before": "0001", "after": "0001"} == run("store", "upgrade", "-s", path, "--json").document
        assert "CREATE" not in run("store", "upgrade", "-s", path, "--sql").out

    def test_what_verify_advises_about_the_journal_helps(self, tmp_path: Path) -> None:
        """The store was made by hand, perhaps, or somebody set it."""
        path = tmp_path / "history.db"
        run("store", "init", "--store", path)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
        (found,) = run("verify", "--store", path, "--json").document["findings"]
        advised = str(found["advice"]).split("`")[1]
        run(*advised.split()[1:], "--store", path)

        assert ("journal-mode", "lifecycle store upgrade") == (found["code"], advised)
        assert [] == run("verify", "--store", path, "--json").document["findings"]

    def test_a_store_of_another_revision_asks_for_it(self, tmp_path: Path) -> None:
        """Every other command says what to do."""
        path = tmp_path / "history.db"
        run("store", "init", "--store", path)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("UPDATE lifecycle_version SET version_num = '0000'")
            connection.commit()

        ran = run("leads", "--store", path)

        assert 5 == ran.code
        assert "upgrade it with `lifecycle store upgrade`" in " ".join(ran.err.split())

    @pytest.mark.parametrize("more", [(), ("--sql",)])
    def test_a_store_of_a_newer_version_is_a_failure(self, tmp_path: Path, more: tuple[str, ...]) -> None:
        """Of the store, which is no mistake of the program; and a missing one is not made."""
        path, missing = tmp_path / "history.db", tmp_path / "missing.db"
        run("store", "init", "--store", path)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("UPDATE lifecycle_version SET version_num = '0002'")
            connection.commit()
        newer, nothing = (run("store", "upgrade", "--store", one, *more) for one in (path, missing))

        assert (5, 5, False) == (newer.code, nothing.code, missing.exists())
        assert "newer version of this library; upgrade lead-lifecycle" in " ".join(newer.err.split())
        assert "does not exist" in nothing.err

    def test_what_is_no_store_is_left_alone(self, tmp_path: Path) -> None:
        """There is nothing to upgrade."""
        path = tmp_path / "other.db"
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE others (name VARCHAR)")

        assert 5 == run("store", "upgrade", "--store", path).code
