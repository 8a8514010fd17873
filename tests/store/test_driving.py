"""Statements that go straight to the driver."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from lifecycle.store import schema
from lifecycle.store.driving import as_sqlalchemy, execute, insertion, mark, question, quoted

if TYPE_CHECKING:
    from lifecycle.store.sql import Store


class TestText:
    """The text of a statement."""

    def test_it_has_a_place_for_each_value(self) -> None:
        """As the driver wants it marked."""
        part = ("t", ("a", "b"), 2)

        assert 'INSERT INTO t ("a", "b") VALUES (?, ?), (?, ?)' == insertion("qmark", part)
        assert 'INSERT INTO t ("a", "b") VALUES (%s, %s), (%s, %s)' == insertion("pyformat", part)
        assert 'INSERT INTO t ("a", "b") VALUES ($1, $2), ($3, $4)' == insertion("numeric_dollar", part)

    def test_several_tables_are_one_statement(self) -> None:
        """Places are counted through all of them."""
        expected = 'WITH part0 AS (INSERT INTO t ("a") VALUES ($1)) INSERT INTO u ("b") VALUES ($2)'

        assert expected == insertion("numeric_dollar", ("t", ("a",), 1), ("u", ("b",), 1))

    def test_a_question_is_filled_in(self) -> None:
        """With the names of its tables in their schema, and a place for each value."""
        template, tables = "SELECT * FROM {some} WHERE a = {0} AND b = {1}", (("some", "t"),)

        assert 'SELECT * FROM "t" WHERE a = ? AND b = ?' == question(template, "qmark", 2, None, tables)
        assert 'SELECT * FROM "s"."t" WHERE a = $1 AND b = $2' == question(template, "numeric_dollar", 2, "s", tables)

    def test_names_are_quoted(self) -> None:
        """Whatever they are."""
        assert '"a""b"' == quoted('a"b')

    def test_a_style_nobody_knows_is_taken_for_numbers(self) -> None:
        """As asyncpg has them."""
        assert ["?", "%s", "$3"] == [mark(style, 3) for style in ("qmark", "format", "numeric_dollar")]


class TestErrors:
    """Errors come as SQLAlchemy's."""

    def test_the_driver_s_error_stands_behind_ours(self, store: Store) -> None:
        """Of its own kind, with the statement and without the values."""
        with store.reading() as reading:
            connection, name = reading.connection, reading.location.qualified(schema.properties)
            text = insertion(connection.dialect.paramstyle, (name, ("name",), 1))
            with pytest.raises(DBAPIError) as caught:
                execute(connection, text, ("secret",))
            loaded: Any = connection.dialect.loaded_dbapi

        assert isinstance(caught.value.orig, loaded.Error)
        assert caught.value.orig is caught.value.__cause__
        assert text == caught.value.statement
        assert "secret" not in str(caught.value).partition("DETAIL")[0]

    def test_other_errors_stay_as_they_are(self, store: Store) -> None:
        """They are nobody's but the caller's."""
        error = ValueError("no")
        with store.engine.connect() as connection:
            assert error is as_sqlalchemy(error, connection, "SELECT 1")

    def test_a_lost_connection_is_parted_with(self, postgres_store: str) -> None:
        """The error says so, and the pool makes another one."""
        engine = sa.create_engine(postgres_store)
        with engine.connect() as connection, engine.connect() as other:
            number = connection.scalar(sa.select(sa.func.pg_backend_pid()))
            other.execute(sa.select(sa.func.pg_terminate_backend(number, 5000)))
            with pytest.raises(DBAPIError) as caught:
                execute(connection, "SELECT 1")
            assert connection.invalidated

        assert caught.value.connection_invalidated
        with engine.connect() as connection:
            assert (1,) == execute(connection, "SELECT 1").fetchone()
        engine.dispose()


def test_rows_come_in_the_order_of_what_is_asked(store: Store) -> None:
    """The cursor is the driver's own."""
    with store.reading() as reading:
        name = reading.location.qualified(schema.properties)
        rows = execute(reading.connection, f"SELECT name FROM {name} ORDER BY name").fetchall()

    assert ["application", "origin", "secret"] == [row[0] for row in rows]
