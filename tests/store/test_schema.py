"""The database itself refuses a corrupt history, whoever writes into it."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from lifecycle.store import schema
from lifecycle.store.sql import Store
from tests.store.lives import DEFINITION, NOW, lived

if TYPE_CHECKING:
    from collections.abc import Iterator

INSERT_ONLY = (
    *("lifecycle_definitions", "lifecycle_rules", "lifecycle_edges", "lifecycle_records", "lifecycle_refusals"),
    "lifecycle_properties",
)
PERSONAL = ("lifecycle_subjects", "lifecycle_details", "lifecycle_refusal_details", "lifecycle_commands")


@pytest.fixture(scope="module")
def kept() -> bytes:
    """A store that knows one lead: `(new)`, iql, mql, sal, recycled, mql."""
    store = Store("sqlite://")
    store.register(DEFINITION, now=NOW)
    with store.writing() as transaction:
        records, refusals = lived("1")
        transaction.add([("1", records, refusals)], now=NOW)
        transaction.remember("command", "1", records=records[-1:], refusal=refusals[0], now=NOW)
    with store.reading() as reading:
        driver: Any = reading.connection.connection.driver_connection
        content: bytes = driver.serialize()
    store.close()
    return content


@pytest.fixture
def raw(kept: bytes) -> Iterator[sqlite3.Connection]:
    """A connection around our code, to a store of its own."""
    connection = sqlite3.connect(":memory:")
    connection.deserialize(kept)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA foreign_keys=ON")
    yield connection
    connection.close()


def row(raw: sqlite3.Connection, table: str = "lifecycle_records", where: str = "sequence = 5") -> dict[str, Any]:
    """Return one row of a table."""
    return dict(raw.execute(f"SELECT * FROM {table} WHERE {where} LIMIT 1").fetchone())


def insert(
    raw: sqlite3.Connection, values: dict[str, Any], table: str = "lifecycle_records", verb: str = "INSERT"
) -> None:
    """Insert a row, by our names and nothing else of ours."""
    names = ", ".join(f'"{name}"' for name in values)
    raw.execute(f"{verb} INTO {table} ({names}) VALUES ({', '.join('?' * len(values))})", tuple(values.values()))


def following(raw: sqlite3.Connection, **change: Any) -> dict[str, Any]:
    """Return a record that could follow the last one, from mql to recycled, with something changed."""
    good = {
        "sequence": 6,
        "previous_sequence": 5,
        "trigger": "recycle",
        "source": "mql",
        "target": "recycled",
        "digest": "sha256:new",
    }
    last = row(raw)
    return {**last, "previous_at": last["at"], **good, **change}


class TestMoves:
    """Every move is an edge of its definition, starts where the one before it ended, and has the next number."""

    def test_a_move_that_is_right_is_taken(self, raw: sqlite3.Connection) -> None:
        """The refusals of this class are not for another reason."""
        insert(raw, following(raw))

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
    def test_an_illegal_edge_is_refused(self, raw: sqlite3.Connection, change: dict[str, Any]) -> None:
        """Trigger, source and target have to stand in the definition that is named."""
        with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
            insert(raw, following(raw, **change))

    @pytest.mark.parametrize(
        "change",
        [
            {"sequence": 7, "previous_sequence": 6},
            {"sequence": 100, "previous_sequence": 99},
            {"subject": "nobody"},
        ],
    )
    def test_a_gap_is_refused(self, raw: sqlite3.Connection, change: dict[str, Any]) -> None:
        """There is no record before it to follow."""
        with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
            insert(raw, following(raw, **change))

    @pytest.mark.parametrize(
        "change",
        [
            {"previous_sequence": 4},
            {"previous_sequence": None},
            {"sequence": 7},
            {"sequence": 0, "previous_sequence": -1},
            {"sequence": 0, "previous_sequence": None, "source": "(new)", "trigger": "enter", "target": "iql"},
            {"cycle": 0},
            {"source": "(new)", "trigger": "enter", "target": "iql"},
            {"subject": "s2", "sequence": 1, "previous_sequence": None},
        ],
    )
    def test_a_number_or_an_entry_out_of_place_is_refused(
        self, raw: sqlite3.Connection, change: dict[str, Any]
    ) -> None:
        """The first record is the entry, and no other is."""
        with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            insert(raw, following(raw, **change))

    def test_time_does_not_run_backwards(self, raw: sqlite3.Connection) -> None:
        """A record may be of the same instant as the one before it, and not of an earlier one."""
        last: int = row(raw)["at"]
        with pytest.raises(sqlite3.IntegrityError, match="CHECK constraint failed: ck_lifecycle_records_in_order"):
            insert(raw, following(raw, at=last - 1))

        insert(raw, following(raw, at=last))

    def test_a_wrong_predecessor_is_refused(self, raw: sqlite3.Connection) -> None:
        """A legal edge that starts where the lead does not stand."""
        with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
            insert(raw, following(raw, source="sal", trigger="recycle"))

    @pytest.mark.parametrize(
        "name", ["source", "target", "trigger", "definition_hash", "content", "digest", "previous", "at", "cycle"]
    )
    def test_nothing_is_left_out(self, raw: sqlite3.Connection, name: str) -> None:
        """The source of an entry is `(new)` and never null, which would go round the foreign keys."""
        with pytest.raises(sqlite3.IntegrityError, match="NOT NULL"):
            insert(raw, following(raw, **{name: None}))

    def test_a_second_entry_is_refused(self, raw: sqlite3.Connection) -> None:
        """A lead has one history."""
        with pytest.raises(sqlite3.IntegrityError, match="has this row already"):
            insert(raw, {**row(raw, where="sequence = 1"), "digest": "sha256:other"})

    def test_rules_have_to_be_known(self, raw: sqlite3.Connection) -> None:
        """A record of rules that nobody kept could never be read again."""
        with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
            insert(raw, following(raw, rules_digest="sha256:unknown"))


class TestInsertOnly:
    """Rows are inserted and stay as they are."""

    @pytest.mark.parametrize("table", [*INSERT_ONLY, *PERSONAL])
    def test_no_row_is_changed(self, raw: sqlite3.Connection, table: str) -> None:
        """Not even to the value it has."""
        column = next(iter(row(raw, table, "1 = 1")))
        with pytest.raises(sqlite3.IntegrityError, match=f"{table} is insert-only"):
            raw.execute(f'UPDATE {table} SET "{column}" = "{column}"')

    @pytest.mark.parametrize("table", INSERT_ONLY)
    def test_no_row_is_deleted(self, raw: sqlite3.Connection, table: str) -> None:
        """There is no way to delete."""
        with pytest.raises(sqlite3.IntegrityError, match=f"{table} is insert-only"):
            raw.execute(f"DELETE FROM {table}")

    @pytest.mark.parametrize("table", PERSONAL)
    def test_what_is_personal_can_be_deleted(self, raw: sqlite3.Connection, table: str) -> None:
        """Everything else still holds; the row that names a lead goes after what is personal of it."""
        for one in PERSONAL[1:] if table == "lifecycle_subjects" else (table,):
            raw.execute(f"DELETE FROM {one}")
        raw.execute(f"DELETE FROM {table}")

        assert [] == raw.execute(f"SELECT * FROM {table}").fetchall()
        assert [] == raw.execute("PRAGMA foreign_key_check").fetchall()
        assert 5 == raw.execute("SELECT count(*) FROM lifecycle_records").fetchone()[0]

    @pytest.mark.parametrize("table", [*INSERT_ONLY, *PERSONAL])
    @pytest.mark.parametrize("verb", ["INSERT", "INSERT OR REPLACE", "REPLACE"])
    def test_no_row_is_replaced(self, raw: sqlite3.Connection, table: str, verb: str) -> None:
        """REPLACE deletes the old row without asking the triggers for deletion, with foreign keys on or off."""
        raw.execute("PRAGMA foreign_keys=OFF")
        with pytest.raises(sqlite3.IntegrityError, match=f"{table} has this row already"):
            insert(raw, row(raw, table, "1 = 1"), table, verb)

    def test_a_row_is_not_replaced_through_another_key_either(self, raw: sqlite3.Connection) -> None:
        """A record is found by its digest too, and REPLACE would delete whatever stands in the way."""
        with pytest.raises(sqlite3.IntegrityError, match="has this row already"):
            insert(raw, following(raw, digest=row(raw, where="sequence = 2")["digest"]), verb="REPLACE")

    def test_an_insertion_that_is_ignored_changes_nothing(self, raw: sqlite3.Connection) -> None:
        """`OR IGNORE` does not ignore what a trigger says."""
        with pytest.raises(sqlite3.IntegrityError, match="has this row already"):
            insert(raw, row(raw), verb="INSERT OR IGNORE")

    def test_every_table_is_covered(self) -> None:
        """A table that is added later is thought of here; versions of the tables may change."""
        sealed = {f"lifecycle_{name}" for name in ("erasures", "leaves", "tiles", "checkpoints", "pending")}
        assert {*INSERT_ONLY, *PERSONAL, *sealed, "lifecycle_version"} == set(schema.metadata.tables)


class TestReferences:
    """Details, refusals and commands belong to what is there."""

    @pytest.mark.parametrize(
        ("table", "change"),
        [
            ("lifecycle_details", {"sequence": 9}),
            ("lifecycle_refusal_details", {"number": 9}),
            ("lifecycle_refusals", {"key": "x", "number": 9, "digest": "x", "previous_number": 8}),
            ("lifecycle_rules", {"digest": "sha256:x", "definition_hash": "sha256:x"}),
            ("lifecycle_edges", {"definition_hash": "sha256:x"}),
            ("lifecycle_commands", {"command": "sha256:x", "first_sequence": 9}),
            ("lifecycle_commands", {"command": "sha256:x", "last_sequence": 9}),
            ("lifecycle_commands", {"command": "sha256:x", "refusal": 9}),
        ],
    )
    def test_what_belongs_to_nothing_is_refused(
        self, raw: sqlite3.Connection, table: str, change: dict[str, Any]
    ) -> None:
        """A row that points nowhere."""
        with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
            insert(raw, {**row(raw, table, "1 = 1"), **change}, table)

    @pytest.mark.parametrize(
        "change", [{"first_sequence": None}, {"first_sequence": None, "last_sequence": None, "refusal": None}]
    )
    def test_a_command_has_an_answer(self, raw: sqlite3.Connection, change: dict[str, Any]) -> None:
        """Records from one to another, a refusal, or both."""
        with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            insert(
                raw, {**row(raw, "lifecycle_commands", "1 = 1"), "command": "sha256:x", **change}, "lifecycle_commands"
            )

    def test_one_name_and_version_has_one_text(self, raw: sqlite3.Connection) -> None:
        """Whatever its hash."""
        with pytest.raises(sqlite3.IntegrityError, match="has this row already"):
            insert(raw, {**row(raw, "lifecycle_definitions", "1 = 1"), "hash": "sha256:x"}, "lifecycle_definitions")

    def test_one_lead_has_one_subject(self, raw: sqlite3.Connection) -> None:
        """Or it would have two histories."""
        with pytest.raises(sqlite3.IntegrityError, match="has this row already"):
            insert(raw, {"subject": "other", "lead": "1"}, "lifecycle_subjects")
