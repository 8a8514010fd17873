"""An application with a table of its own in the database that is also the store, on each kind of database."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import psycopg
import sqlalchemy as sa
from sqlalchemy import event

from lifecycle import Lead
from tests.made import day
from tests.postgres import plain

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["NOTE", "App", "BoomError", "OnPostgreSQL", "OnSQLite", "check_foreign_keys", "lead"]

NOTE = "INSERT INTO notes VALUES ('x')"


class BoomError(Exception):
    """Something of the application's goes wrong."""


def lead(name: str = "1") -> Lead:
    """Return a lead that comes and asks for a demo, so that it makes two moves."""
    return Lead(name).activity("came", at=day(0)).activity("demo", at=day(1))


def check_foreign_keys(driver: sqlite3.Connection, _: object = None) -> sqlite3.Connection:
    """Have a connection check foreign keys, which SQLite leaves to each."""
    driver.execute("PRAGMA foreign_keys=ON")
    return driver


class App:
    """An application; `engine` is its own, and `notes` its own table."""

    engine: sa.Engine

    def connect(self) -> Any:
        """Return a new connection of the driver's, as the application would open it."""
        raise NotImplementedError

    def notes(self) -> int:
        """Return how many notes are kept."""
        with closing(self.connect()) as raw:
            count: int = raw.execute("SELECT count(*) FROM notes").fetchone()[0]
        return count

    def in_transaction(self, raw: Any) -> bool:
        """Return whether a driver's connection is in a transaction."""
        raise NotImplementedError


class OnSQLite(App):
    """An application with a file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with closing(sqlite3.connect(path)) as raw:
            raw.execute("CREATE TABLE notes (body TEXT)")
        self.engine = sa.create_engine(f"sqlite:///{path}")
        event.listen(self.engine, "connect", check_foreign_keys)

    def connect(self) -> sqlite3.Connection:
        """Connect to the file, and have foreign keys checked."""
        return check_foreign_keys(sqlite3.connect(self.path))

    def in_transaction(self, raw: sqlite3.Connection) -> bool:
        """Ask the driver."""
        return raw.in_transaction


class OnPostgreSQL(App):
    """An application with a server; the tables of the store are there already."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = sa.create_engine(url)
        with self.engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE IF EXISTS notes")
            connection.exec_driver_sql("CREATE TABLE notes (body TEXT)")

    def connect(self, **settings: Any) -> psycopg.Connection[Any]:
        """Connect to the server."""
        return psycopg.connect(plain(self.url), **settings)

    def in_transaction(self, raw: psycopg.Connection[Any]) -> bool:
        """Ask the driver."""
        return raw.info.transaction_status.name == "INTRANS"
