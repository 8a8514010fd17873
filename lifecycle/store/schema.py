"""The tables of a store with their constraints, and nothing else.

The database itself refuses a corrupt history: every move is an edge of its definition, starts where and not before the
one before it ended, and has the next number. Instants are whole microseconds since 1970 in UTC, so that they are exact
and sort in every database. Content and detail are the bytes that were hashed, and are never written anew.

Personal data stands in `subjects` (your id of a lead), `details`, `refusal_details` and `commands` only: those rows can
be deleted, and everything else still holds. That rows are never changed is for `guards`.

Checks are written with a bracket around each part, as PostgreSQL gives them back: so verifying can compare the two.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

__all__ = [
    "APPLICATION",
    "DELETABLE",
    "INSERT_ONLY",
    "PERSONAL",
    "REVISION",
    "checkpoints",
    "commands",
    "definitions",
    "details",
    "edges",
    "erasures",
    "leaves",
    "metadata",
    "pending",
    "properties",
    "records",
    "refusal_details",
    "refusals",
    "rules",
    "subjects",
    "tiles",
    "versions",
]

APPLICATION: Final = "lead-lifecycle"

REVISION: Final = "0001"
"""The revision of these tables: the last of `migrations`. A store of a newer one is refused."""

metadata: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)


versions: Final = Table(
    "lifecycle_version",
    metadata,
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="lifecycle_version_pkc"),
)
"""The revision of the tables, as migrations keep it."""

properties: Final = Table(
    "lifecycle_properties",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)

# --- Rules -----------------------------------------------------------------------------------------------------------

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

# --- Histories -------------------------------------------------------------------------------------------------------

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
    Column("previous_at", BigInteger),
    Column("definition_hash", String, nullable=False),
    Column("trigger", String, nullable=False),
    Column("source", String, nullable=False),
    Column("target", String, nullable=False),
    Column("cycle", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String, nullable=False),
    Column("rules_digest", String, ForeignKey("lifecycle_rules.digest"), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("format", String, nullable=False),
    Column("commitment", String, nullable=False),
    Column("previous", String, nullable=False),
    Column("digest", String, nullable=False),
    UniqueConstraint("subject", "sequence", "target", "at", name="uq_lifecycle_records_continuity"),
    ForeignKeyConstraint(
        ["definition_hash", "trigger", "source", "target"],
        [edges.c.definition_hash, edges.c.trigger, edges.c.source, edges.c.target],
        name="fk_lifecycle_records_edge",
    ),
    ForeignKeyConstraint(
        ["subject", "previous_sequence", "source", "previous_at"],
        [f"lifecycle_records.{name}" for name in ("subject", "sequence", "target", "at")],
        name="fk_lifecycle_records_continuity",
    ),
    CheckConstraint("coalesce(previous_sequence, 0) = (sequence - 1)", name="gapless"),
    CheckConstraint("(sequence = 1) = (source = '(new)')", name="entry"),
    CheckConstraint("(sequence >= 1) and (cycle >= 1)", name="counted"),
    CheckConstraint("((sequence = 1) = (previous_at is null)) and (coalesce(previous_at, at) <= at)", name="in_order"),
    Index("ix_lifecycle_records_target_at", "target", "at", "subject", "sequence"),
    Index("ix_lifecycle_records_at", "at", "subject", "sequence"),
)

# Digests have no index: nobody asks for an entry by its digest, subject and number are in it already, and an index over
# random values would cost each append more than all others do in a large store.
#
# Each index on records names subject and sequence: PostgreSQL plans the checks of foreign keys before it knows a new
# table, and through a shorter index a check would walk all records of one target and instant.

details: Final = Table(
    "lifecycle_details",
    metadata,
    Column("subject", String, primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("salt", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    ForeignKeyConstraint(["subject", "sequence"], [records.c.subject, records.c.sequence]),
    ForeignKeyConstraint(["subject"], [subjects.c.subject], name="fk_lifecycle_details_known"),
)
"""What may be personal of a record. Like all that is personal it needs the lead's row in `subjects`: a writer who met
the lead before an erasure cannot write after it."""

refusals: Final = Table(
    "lifecycle_refusals",
    metadata,
    Column("subject", String, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("previous_number", Integer),
    Column("key", String, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("trigger", String, nullable=False),
    Column("stage", String),
    Column("result", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("rules_digest", String, ForeignKey("lifecycle_rules.digest"), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("format", String, nullable=False),
    Column("commitment", String, nullable=False),
    Column("previous", String, nullable=False),
    Column("digest", String, nullable=False),
    UniqueConstraint("subject", "key", name="uq_lifecycle_refusals_once"),
    ForeignKeyConstraint(
        ["subject", "previous_number"],
        ["lifecycle_refusals.subject", "lifecycle_refusals.number"],
        name="fk_lifecycle_refusals_continuity",
    ),
    CheckConstraint("coalesce(previous_number, 0) = (number - 1)", name="gapless"),
    CheckConstraint("(number >= 1) and (sequence >= 0)", name="counted"),
    Index("ix_lifecycle_refusals_at", "at", "subject", "number"),
)

refusal_details: Final = Table(
    "lifecycle_refusal_details",
    metadata,
    Column("subject", String, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("salt", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    ForeignKeyConstraint(["subject", "number"], [refusals.c.subject, refusals.c.number]),
    ForeignKeyConstraint(["subject"], [subjects.c.subject], name="fk_lifecycle_refusal_details_known"),
)

commands: Final = Table(
    "lifecycle_commands",
    metadata,
    Column("command", String, primary_key=True),
    Column("subject", String, nullable=False),
    Column("first_sequence", Integer),
    Column("last_sequence", Integer),
    Column("refusal", Integer),
    Column("recorded_at", BigInteger, nullable=False),
    ForeignKeyConstraint(["subject"], [subjects.c.subject], name="fk_lifecycle_commands_known"),
    ForeignKeyConstraint(["subject", "first_sequence"], [records.c.subject, records.c.sequence]),
    ForeignKeyConstraint(
        ["subject", "last_sequence"],
        [records.c.subject, records.c.sequence],
        name="fk_lifecycle_commands_last_sequence",
    ),
    ForeignKeyConstraint(
        ["subject", "refusal"], [refusals.c.subject, refusals.c.number], name="fk_lifecycle_commands_refusal"
    ),
    CheckConstraint("(first_sequence is null) = (last_sequence is null)", name="range"),
    CheckConstraint("(last_sequence is not null) or (refusal is not null)", name="answered"),
    Index("ix_lifecycle_commands_subject", "subject"),
)
"""What a repeated command is answered with: the keyed digest of its key, and what was written the first time."""

# --- Erasure and proof -----------------------------------------------------------------------------------------------

erasures: Final = Table(
    "lifecycle_erasures",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("previous_number", Integer, ForeignKey("lifecycle_erasures.number")),
    Column("action", String, nullable=False),
    Column("subject", String),
    Column("basis", String, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("format", String, nullable=False),
    Column("previous", String, nullable=False),
    Column("digest", String, nullable=False, unique=True),
    CheckConstraint("coalesce(previous_number, 0) = (number - 1)", name="gapless"),
    CheckConstraint("number >= 1", name="counted"),
    CheckConstraint("action in ('erase', 'hold', 'release', 'redact')", name="action"),
    CheckConstraint("(action = 'redact') = (subject is null)", name="subject"),
    Index("ix_lifecycle_erasures_subject", "subject"),
)
"""What was done to personal data, chained like a history: it names no person."""

pending: Final = Table(
    "lifecycle_pending",
    metadata,
    Column("entry", BigInteger().with_variant(Integer, "sqlite"), Identity(), primary_key=True),
    Column("kind", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("first", Integer, nullable=False),
    Column("last", Integer, nullable=False),
    CheckConstraint("kind in ('record', 'refusal', 'erasure')", name="kind"),
    CheckConstraint("first <= last", name="range"),
)
"""What has been written and not yet been sealed: a row for each range of records, refusals or erasures.

Of two transactions of which one could read what the other wrote, the later one has the greater `entry`."""

leaves: Final = Table(
    "lifecycle_leaves",
    metadata,
    Column("position", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("kind", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("digest", String, nullable=False),
    UniqueConstraint("kind", "subject", "number", name="uq_lifecycle_leaves_entry"),
    CheckConstraint("position >= 1", name="counted"),
    CheckConstraint("kind in ('record', 'refusal', 'erasure')", name="kind"),
)
"""The leaves of the Merkle tree: position 1, 2, ... without gap, in the order of sealing."""

tiles: Final = Table(
    "lifecycle_tiles",
    metadata,
    Column("height", Integer, nullable=False),
    Column("index", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    PrimaryKeyConstraint("height", "index"),
)
"""Roots of complete subtrees, so that a proof reads a few rows and not all leaves."""

checkpoints: Final = Table(
    "lifecycle_checkpoints",
    metadata,
    Column("at", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
    CheckConstraint("size >= 0", name="counted"),
    Index("ix_lifecycle_checkpoints_size", "size"),
)
"""The tree at the end of each sealing: when, how many leaves, and their root."""

INSERT_ONLY: Final = (
    *(properties, definitions, rules, edges),
    *(records, refusals, erasures, leaves, tiles, checkpoints),
)
"""Tables whose rows are inserted and stay as they are."""

PERSONAL: Final = (subjects, details, refusal_details, commands)
"""Tables whose rows are personal, and go at an erasure."""

DELETABLE: Final = (*PERSONAL, pending)
"""Tables whose rows may be deleted, and are never changed."""
