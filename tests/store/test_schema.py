"""The database itself refuses a corrupt history, whoever writes into it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

import pytest

from lifecycle.store import schema
from lifecycle.store.sql import Store
from tests.store.around import Around, PostgreSQL, SQLite, fill
from tests.stores import init, postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.postgres import Server

INSERT_ONLY: Final = tuple(table.name for table in schema.INSERT_ONLY)
DELETABLE: Final = tuple(table.name for table in schema.DELETABLE)
KINDS: Final = ("sqlite", "postgresql")


@pytest.fixture(scope="module")
def sqlite_store() -> bytes:
    """A filled store, as the bytes of its file."""
    store = Store("sqlite://")
    fill(store)
    with store.reading() as reading:
        driver: Any = reading.connection.connection.driver_connection
        content: bytes = driver.serialize()
    store.close()
    return content


@pytest.fixture(scope="module")
def filled_postgres_store(postgres_server: Server) -> Iterator[str]:
    """The URL of a filled store that no test of this file changes."""
    with postgres_server.database() as url:
        init(url)
        store = Store(url)
        fill(store)
        store.close()
        yield url


@pytest.fixture(params=KINDS)
def around(request: pytest.FixtureRequest) -> Iterator[Around]:
    """A connection around our code, to a filled store of each kind; what a test does is undone after it."""
    if request.param == "sqlite":
        yield from sqlite(request.getfixturevalue("sqlite_store"))
        return
    url = request.getfixturevalue("filled_postgres_store")
    with postgres(url) as connection, connection.transaction(force_rollback=True):
        yield PostgreSQL(connection)


def sqlite(content: bytes) -> Iterator[SQLite]:
    """Yield a connection to a store of its own."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.deserialize(content)
        yield SQLite(connection)


@pytest.fixture
def lite(sqlite_store: bytes) -> Iterator[SQLite]:
    """A connection around our code to a filled store on SQLite."""
    yield from sqlite(sqlite_store)


def test_every_table_has_a_row(around: Around) -> None:
    """Otherwise the refusals of this file would refuse nothing; every table is thought of."""
    guarded = {*INSERT_ONLY, *DELETABLE}

    assert {*guarded, schema.versions.name} == set(schema.metadata.tables)
    assert [] == [table for table in sorted(guarded) if not around.execute(f"SELECT 1 FROM {table}")]


class TestMoves:
    """Every move is an edge of its definition, starts where the one before it ended, and has the next number."""

    def test_a_move_that_is_right_is_taken(self, around: Around) -> None:
        """The refusals of this class are not for another reason."""
        around.insert(around.following())

    @pytest.mark.parametrize(
        "change",
        [
            {"target": "iql"},
            {"trigger": "accept"},
            {"trigger": "nonsense"},
            {"target": "nowhere"},
            {"definition_hash": "sha256:unknown"},
        ],
    )
    def test_an_illegal_edge_is_refused(self, around: Around, change: dict[str, Any]) -> None:
        """Trigger, source and target have to stand in the definition that is named."""
        with around.refused("reference", "fk_lifecycle_records_edge"):
            around.insert(around.following(**change))

    @pytest.mark.parametrize(
        "change",
        [
            {"sequence": 7, "previous_sequence": 6},
            {"sequence": 100, "previous_sequence": 99},
            {"subject": "nobody"},
        ],
    )
    def test_a_gap_is_refused(self, around: Around, change: dict[str, Any]) -> None:
        """There is no record before it to follow."""
        with around.refused("reference", "fk_lifecycle_records_continuity"):
            around.insert(around.following(**change))

    @pytest.mark.parametrize(
        ("name", "change"),
        [
            ("gapless", {"previous_sequence": 4}),
            ("gapless", {"previous_sequence": None}),
            ("gapless", {"sequence": 7}),
            ("counted", {"sequence": 0, "previous_sequence": -1}),
            ("", {"sequence": 0, "previous_sequence": None, "source": "(new)", "trigger": "enter"}),
            ("counted", {"cycle": 0}),
            ("entry", {"source": "(new)", "trigger": "enter", "target": "iql"}),
            ("entry", {"subject": "s2", "sequence": 1, "previous_sequence": None, "previous_at": None}),
            ("in_order", {"previous_at": None}),
        ],
    )
    def test_a_number_or_an_entry_out_of_place_is_refused(
        self, around: Around, name: str, change: dict[str, Any]
    ) -> None:
        """The first record is the entry, and no other is; no null takes a record out of the chain."""
        with around.refused("check", f"ck_lifecycle_records_{name}"):
            around.insert(around.following(**change))

    def test_time_does_not_run_backwards(self, around: Around) -> None:
        """A record may be of the same instant as the one before it, and not of an earlier one."""
        last: int = around.row()["at"]
        with around.refused("check", "ck_lifecycle_records_in_order"):
            around.insert(around.following(at=last - 1))

        around.insert(around.following(at=last))

    def test_nobody_makes_up_when_the_record_before_it_was(self, around: Around) -> None:
        """An earlier instant for it, so that time may seem to run on, is not that of a record."""
        last: int = around.row()["at"]
        with around.refused("reference", "fk_lifecycle_records_continuity"):
            around.insert(around.following(at=last - 1, previous_at=last - 1))

    def test_a_wrong_predecessor_is_refused(self, around: Around) -> None:
        """A legal edge that starts where the lead does not stand."""
        with around.refused("reference", "fk_lifecycle_records_continuity"):
            around.insert(around.following(source="sal", trigger="recycle"))

    @pytest.mark.parametrize("name", [column.name for column in schema.records.columns if not column.nullable])
    def test_nothing_is_left_out(self, around: Around, name: str) -> None:
        """The source of an entry is `(new)` and never null, which would go round the foreign keys."""
        with around.refused("null", name):
            around.insert(around.following(**{name: None}))

    def test_a_second_entry_is_refused(self, around: Around) -> None:
        """A lead has one history."""
        with around.refused("repetition", "lifecycle_records"):
            around.insert({**around.row(where="sequence = 1"), "digest": "sha256:other"})

    def test_a_fork_is_refused(self, around: Around) -> None:
        """From each record one other goes on."""
        with around.refused("repetition", "lifecycle_records"):
            around.insert({**around.row(), "digest": "sha256:other"})

    def test_rules_have_to_be_known(self, around: Around) -> None:
        """A record of rules that nobody kept could never be read again."""
        with around.refused("reference", "fk_lifecycle_records_rules_digest"):
            around.insert(around.following(rules_digest="sha256:unknown"))


class TestInsertOnly:
    """Rows are inserted and stay as they are."""

    @pytest.mark.parametrize("table", [*INSERT_ONLY, *DELETABLE])
    def test_no_row_is_changed(self, around: Around, table: str) -> None:
        """Not even to the value it has."""
        column = next(iter(around.any_row(table)))
        with around.refused("change", f"{table} is insert-only"):
            around.execute(f'UPDATE {table} SET "{column}" = "{column}"')

    def test_only_the_revision_is_written_anew(self, around: Around) -> None:
        """An upgrade does that; of all tables it alone has no guard."""
        around.execute("UPDATE lifecycle_version SET version_num = '9999'")

        assert [{"version_num": "9999"}] == around.execute("SELECT * FROM lifecycle_version")

    @pytest.mark.parametrize("table", INSERT_ONLY)
    def test_no_row_is_deleted(self, around: Around, table: str) -> None:
        """There is no way to delete."""
        with around.refused("change", f"{table} is insert-only"):
            around.execute(f"DELETE FROM {table}")

    @pytest.mark.parametrize("table", DELETABLE)
    def test_what_is_personal_can_be_deleted(self, around: Around, table: str) -> None:
        """Everything else still holds; the row that names a lead goes after what is personal of it."""
        subjects = schema.subjects.name
        for one in (*(DELETABLE[1:] if table == subjects else ()), table):
            around.execute(f"DELETE FROM {one}")

        assert [] == around.execute(f"SELECT * FROM {table}")
        assert 10 == len(around.execute("SELECT 1 FROM lifecycle_records"))

    @pytest.mark.parametrize("table", INSERT_ONLY)
    @pytest.mark.parametrize("words", ["", " CASCADE"])
    def test_no_table_is_emptied(self, filled_postgres_store: str, table: str, words: str) -> None:
        """TRUNCATE does not ask the triggers for deletion; SQLite does not have it."""
        import psycopg

        with pytest.raises(psycopg.Error) as caught, postgres(filled_postgres_store) as connection:
            connection.execute(f"TRUNCATE {table}{words}".encode())
        # Without CASCADE, tables that others refer to are refused before any trigger is asked.
        assert caught.value.sqlstate in {"23001", "0A000"}
        assert not words or "is insert-only" in str(caught.value)

    @pytest.mark.parametrize("table", [*INSERT_ONLY, *DELETABLE[:-1]])
    @pytest.mark.parametrize("verb", ["INSERT", "INSERT OR REPLACE", "REPLACE", "INSERT OR IGNORE"])
    def test_no_row_is_replaced(self, lite: SQLite, table: str, verb: str) -> None:
        """REPLACE deletes the old row without asking the triggers for deletion, with foreign keys on or off."""
        lite.execute("PRAGMA foreign_keys=OFF")
        with lite.refused("repetition", table):
            lite.insert(lite.any_row(table), table, verb)

    @pytest.mark.parametrize("table", [*INSERT_ONLY, *DELETABLE])
    @pytest.mark.parametrize("words", ["", " ON CONFLICT DO NOTHING"])
    def test_a_repeated_row_changes_nothing(self, filled_postgres_store: str, table: str, words: str) -> None:
        """PostgreSQL refuses it, or overlooks it where it is told to."""
        with postgres(filled_postgres_store) as connection, connection.transaction(force_rollback=True):
            around = PostgreSQL(connection)
            copy = f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM {table}{words}"
            before = around.execute(f"SELECT * FROM {table}")
            if words:
                around.execute(copy)
            else:
                with around.refused("repetition", table):
                    around.execute(copy)
            assert before == around.execute(f"SELECT * FROM {table}")

    @pytest.mark.parametrize("table", INSERT_ONLY)
    def test_a_repeated_row_updates_nothing(self, filled_postgres_store: str, table: str) -> None:
        """PostgreSQL's way of replacing is an update, and refused as one."""
        key = [column.name for column in schema.metadata.tables[table].primary_key]
        names = ", ".join(f'"{name}"' for name in key)
        with postgres(filled_postgres_store) as connection, connection.transaction(force_rollback=True):
            around = PostgreSQL(connection)
            with around.refused("change", f"{table} is insert-only"):
                around.execute(
                    f"INSERT INTO {table} SELECT * FROM {table} "
                    f'ON CONFLICT ({names}) DO UPDATE SET "{key[0]}" = EXCLUDED."{key[0]}"'
                )

    def test_a_row_is_not_replaced_through_another_key_either(self, lite: SQLite) -> None:
        """A refusal is kept once, whatever its number, and REPLACE would delete whatever stands in the way."""
        kept = lite.any_row("lifecycle_refusals")
        with lite.refused("repetition", "lifecycle_refusals"):
            lite.insert({**kept, "number": 2, "previous_number": 1}, "lifecycle_refusals", verb="REPLACE")


class TestReferences:
    """Details, refusals and commands belong to what is there."""

    @pytest.mark.parametrize(
        ("table", "change"),
        [
            ("lifecycle_details", {"sequence": 9}),
            ("lifecycle_details", {"subject": "nobody"}),
            ("lifecycle_refusal_details", {"number": 9}),
            ("lifecycle_refusals", {"key": "x", "number": 9, "digest": "x", "previous_number": 8}),
            ("lifecycle_refusals", {"key": "x", "subject": "x", "digest": "x", "rules_digest": "x"}),
            ("lifecycle_rules", {"digest": "sha256:x", "definition_hash": "sha256:x"}),
            ("lifecycle_edges", {"definition_hash": "sha256:x"}),
            ("lifecycle_commands", {"command": "sha256:x", "first_sequence": 9}),
            ("lifecycle_commands", {"command": "sha256:x", "last_sequence": 9}),
            ("lifecycle_commands", {"command": "sha256:x", "refusal": 9}),
            ("lifecycle_erasures", {"number": 9, "previous_number": 8, "digest": "x"}),
        ],
    )
    def test_what_belongs_to_nothing_is_refused(self, around: Around, table: str, change: dict[str, Any]) -> None:
        """A row that points nowhere."""
        with around.refused("reference"):
            around.insert({**around.any_row(table), **change}, table)

    @pytest.mark.parametrize(
        ("table", "change"),
        [
            ("lifecycle_commands", {"command": "x", "first_sequence": None}),
            ("lifecycle_commands", {"command": "x", "first_sequence": None, "last_sequence": None, "refusal": None}),
            ("lifecycle_refusals", {"number": 2, "previous_number": None, "key": "x", "digest": "x"}),
            ("lifecycle_refusals", {"number": 0, "previous_number": -1, "key": "x", "digest": "x"}),
            ("lifecycle_erasures", {"number": 7, "previous_number": None, "digest": "x"}),
            ("lifecycle_erasures", {"number": 7, "previous_number": 1, "digest": "x"}),
            ("lifecycle_erasures", {"number": 4, "previous_number": 3, "digest": "x", "action": "forget"}),
            ("lifecycle_erasures", {"number": 4, "previous_number": 3, "digest": "x", "subject": None}),
            ("lifecycle_leaves", {"position": 0, "subject": "x"}),
            ("lifecycle_leaves", {"position": 99, "kind": "other"}),
            ("lifecycle_pending", {"kind": "other"}),
            ("lifecycle_pending", {"first": 3, "last": 2}),
            ("lifecycle_checkpoints", {"at": 99, "size": -1}),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, around: Around, table: str, change: dict[str, Any]) -> None:
        """A command has an answer, refusals and erasures have no gap, and so on."""
        row = {**around.any_row(table), **change}
        if table == "lifecycle_pending":
            del row["entry"]  # the database counts by itself
        with around.refused("check", table):
            around.insert(row, table)

    def test_one_name_and_version_has_one_text(self, around: Around) -> None:
        """Whatever its hash."""
        with around.refused("repetition", "lifecycle_definitions"):
            around.insert({**around.any_row("lifecycle_definitions"), "hash": "sha256:x"}, "lifecycle_definitions")

    def test_one_lead_has_one_subject(self, around: Around) -> None:
        """Or it would have two histories."""
        with around.refused("repetition", "lifecycle_subjects"):
            around.insert({"subject": "other", "lead": "1"}, "lifecycle_subjects")

    def test_the_same_refusal_is_not_kept_twice(self, around: Around) -> None:
        """Whatever its number."""
        first = around.any_row("lifecycle_refusals")
        again = {**first, "number": first["number"] + 1, "previous_number": first["number"], "digest": "x"}
        with around.refused("repetition", "lifecycle_refusals"):
            around.insert(again, "lifecycle_refusals")

    def test_an_entry_is_sealed_once(self, around: Around) -> None:
        """It has one position."""
        with around.refused("repetition", "lifecycle_leaves"):
            around.insert({**around.any_row("lifecycle_leaves"), "position": 999}, "lifecycle_leaves")
