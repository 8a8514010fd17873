"""The tables of a store, and nothing else.

The database itself refuses a corrupt history: every move is an edge of its definition, starts where the one before it
ended, and has the next number. Records are only ever inserted. Instants are whole microseconds since 1970 in UTC, so
that they are exact and sort in every database.

Personal data stands in `subjects` (your id of a lead), `details` and `refusal_details` only: those rows can be deleted,
and everything else still holds.
"""

from __future__ import annotations

from typing import Final, TypeGuard

from sqlalchemy import (
    DDL,
    BigInteger,
    CheckConstraint,
    Column,
    Constraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    event,
)

__all__ = [
    "APPLICATION",
    "PRESENT",
    "VERSION",
    "commands",
    "definitions",
    "details",
    "edges",
    "metadata",
    "properties",
    "records",
    "refusal_details",
    "refusals",
    "rules",
    "subjects",
]

APPLICATION: Final = "lead-lifecycle"
PRESENT: Final = "has this row already"
"""What SQLite says of a row that is inserted twice, behind the name of the table."""

VERSION: Final = 1
"""The version of these tables; a store of a newer one is refused."""

metadata: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

properties: Final = Table(
    "lifecycle_properties",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)

definitions: Final = Table(
    "lifecycle_definitions",
    metadata,
    Column("hash", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("version", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    UniqueConstraint("name", "version"),
)

rules: Final = Table(
    "lifecycle_rules",
    metadata,
    Column("digest", String, primary_key=True),
    Column("definition_hash", String, ForeignKey("lifecycle_definitions.hash"), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
)

edges: Final = Table(
    "lifecycle_edges",
    metadata,
    Column("definition_hash", String, ForeignKey("lifecycle_definitions.hash"), primary_key=True),
    Column("trigger", String, primary_key=True),
    Column("source", String, primary_key=True),
    Column("target", String, primary_key=True),
)

subjects: Final = Table(
    "lifecycle_subjects",
    metadata,
    Column("subject", String, primary_key=True),
    Column("lead", String, nullable=False, unique=True),
)

records: Final = Table(
    "lifecycle_records",
    metadata,
    Column("subject", String, primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("previous_sequence", Integer),
    Column("definition_hash", String, nullable=False),
    Column("trigger", String, nullable=False),
    Column("source", String, nullable=False),
    Column("target", String, nullable=False),
    Column("cycle", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("rules_digest", String, ForeignKey("lifecycle_rules.digest"), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("format", String, nullable=False),
    Column("commitment", String, nullable=False),
    Column("previous", String, nullable=False),
    Column("digest", String, nullable=False, unique=True),
    UniqueConstraint("subject", "sequence", "target", name="uq_lifecycle_records_continuity"),
    ForeignKeyConstraint(
        ["definition_hash", "trigger", "source", "target"],
        [edges.c.definition_hash, edges.c.trigger, edges.c.source, edges.c.target],
        name="fk_lifecycle_records_edge",
    ),
    ForeignKeyConstraint(
        ["subject", "previous_sequence", "source"],
        ["lifecycle_records.subject", "lifecycle_records.sequence", "lifecycle_records.target"],
        name="fk_lifecycle_records_continuity",
    ),
    CheckConstraint("coalesce(previous_sequence, 0) = sequence - 1", name="gapless"),
    CheckConstraint("(sequence = 1) = (source = '(new)')", name="entry"),
    CheckConstraint("sequence >= 1 and cycle >= 1", name="counted"),
    Index("ix_lifecycle_records_target_at", "target", "at"),
)

details: Final = Table(
    "lifecycle_details",
    metadata,
    Column("subject", String, primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("salt", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    ForeignKeyConstraint(["subject", "sequence"], [records.c.subject, records.c.sequence]),
)

refusals: Final = Table(
    "lifecycle_refusals",
    metadata,
    Column("subject", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("trigger", String, nullable=False),
    Column("stage", String),
    Column("result", String, nullable=False),
    Column("rules_digest", String, ForeignKey("lifecycle_rules.digest"), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    UniqueConstraint("subject", "number"),
    Index("ix_lifecycle_refusals_result", "result", "trigger"),
)

refusal_details: Final = Table(
    "lifecycle_refusal_details",
    metadata,
    Column("subject", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    ForeignKeyConstraint(["subject", "key"], [refusals.c.subject, refusals.c.key]),
)

commands: Final = Table(
    "lifecycle_commands",
    metadata,
    Column("command", String, primary_key=True),
    Column("subject", String, nullable=False),
    Column("first_sequence", Integer),
    Column("last_sequence", Integer),
    Column("refusal", String),
    Column("recorded_at", BigInteger, nullable=False),
    ForeignKeyConstraint(["subject", "first_sequence"], [records.c.subject, records.c.sequence]),
    ForeignKeyConstraint(
        ["subject", "last_sequence"],
        [records.c.subject, records.c.sequence],
        name="fk_lifecycle_commands_last_sequence",
    ),
    ForeignKeyConstraint(
        ["subject", "refusal"], [refusals.c.subject, refusals.c.key], name="fk_lifecycle_commands_refusal"
    ),
    CheckConstraint("(first_sequence is null) = (last_sequence is null)", name="range"),
    CheckConstraint("last_sequence is not null or refusal is not null", name="answered"),
)
"""What a repeated command is answered with: the digest of its key, and what was written for it the first time."""


def _insert_only(table: Table, *, deletable: bool) -> None:
    """Have SQLite refuse to change rows, to delete those that are not personal, and to replace any.

    `INSERT OR REPLACE` deletes the old row without asking the triggers for deletion, so that insertion has to be asked.
    """
    for action in ("UPDATE",) if deletable else ("UPDATE", "DELETE"):
        _trigger(table, action, f"SELECT RAISE(ABORT, '{table.name} is insert-only')")
    same = " OR ".join(sorted(_same_row(constraint) for constraint in table.constraints if _is_key(constraint)))
    seek = f"SELECT 1 FROM {table.name} AS old WHERE {same}"  # noqa: S608 - names of this file, nobody's input
    _trigger(table, "INSERT", f"SELECT RAISE(ABORT, '{table.name} {PRESENT}') WHERE EXISTS ({seek})")


def _is_key(constraint: Constraint) -> TypeGuard[PrimaryKeyConstraint | UniqueConstraint]:
    return isinstance(constraint, PrimaryKeyConstraint | UniqueConstraint)


def _same_row(key: PrimaryKeyConstraint | UniqueConstraint) -> str:
    return "(" + " AND ".join(f'old."{column.name}" = NEW."{column.name}"' for column in key.columns) + ")"


def _trigger(table: Table, action: str, body: str, *, name: str | None = None) -> None:
    name = name or action.lower()
    statement: DDL = DDL(  # type: ignore[no-untyped-call]  # SQLAlchemy annotates no return
        f"CREATE TRIGGER {table.name}_no_{name} BEFORE {action} ON {table.name} BEGIN {body}; END"
    )
    event.listen(table, "after_create", statement.execute_if(dialect="sqlite"))


for _table in (definitions, rules, edges, records, refusals, commands):
    _insert_only(_table, deletable=False)
for _table in (subjects, details, refusal_details):
    _insert_only(_table, deletable=True)

_LATER: Final = (
    "SELECT 1 FROM lifecycle_records AS old WHERE old.subject = NEW.subject "
    "AND old.sequence = NEW.previous_sequence AND old.at > NEW.at"
)
_trigger(
    records, "INSERT", f"SELECT RAISE(ABORT, 'time runs backwards') WHERE EXISTS ({_LATER})", name="going_back_in_time"
)
