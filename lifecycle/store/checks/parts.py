"""What a store is made of, said in one way for what it should be and for what the database says it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple, TypeAlias

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from lifecycle.errors import Severity
from lifecycle.store import schema
from lifecycle.store.checks.finding import Finding

__all__ = ["COLUMN", "CONSTRAINT", "INDEX", "TABLE", "TRIGGER", "Part", "Parts", "compared", "constraint_name"]

TABLE: Final = "table"
COLUMN: Final = "column"
CONSTRAINT: Final = "constraint"
INDEX: Final = "index"
TRIGGER: Final = "trigger"


class Part(NamedTuple):
    """A table, or something that belongs to one; a table is its own name."""

    table: str
    kind: str
    name: str


Parts: TypeAlias = Mapping[Part, str]
"""Each part with words for what it is: two that do the same have the same words. Of a table, what is odd about it."""


def constraint_name(constraint: sa.Constraint, dialect: Dialect) -> str:
    """Give the name that a constraint has in a database, as our naming convention makes it."""
    return str(dialect.identifier_preparer.format_constraint(constraint))


def compared(wanted: Parts, found: Parts) -> Iterator[Finding]:
    """Find what is missing, what is something else than it should be, and what is none of ours.

    What belongs to a table that is not there is not missed as well.
    """
    for part, words in wanted.items():
        if part in found and found[part] != words:
            yield _changed(part, words, found[part])
        elif part not in found and (part.kind == TABLE or Part(part.table, TABLE, part.table) in found):
            yield _missing(part)
    for part, words in found.items():
        index = part.kind == INDEX and not words.startswith("unique")  # it may make something quicker, and does no more
        if part not in wanted and part.table in schema.metadata.tables and not index:
            message = f"{part.table} has {_a(part)} that is none of ours"
            yield Finding(code=f"other-{part.kind}", message=message, severity=Severity.NOTE)


def _missing(part: Part) -> Finding:
    slow = part.kind == INDEX
    where = "there is" if part.kind == TABLE else f"{part.table} has"
    message = f"{where} no {part.kind} {part.name}{', so that something is slow' if slow else ''}"
    return Finding(code=f"missing-{part.kind}", message=message, severity=_severity(part))


def _changed(part: Part, wanted: str, found: str) -> Finding:
    words = f"has {_a(part)} that is `{found}`, and should be `{wanted}`"
    message = f"the table {part.table} {found}" if part.kind == TABLE else f"{part.table} {words}"
    return Finding(code=f"changed-{part.kind}", message=message, severity=_severity(part))


def _a(part: Part) -> str:
    return f"{'an' if part.kind == INDEX else 'a'} {part.kind} {part.name}"


def _severity(part: Part) -> Severity:
    return Severity.WARNING if part.kind == INDEX else Severity.ERROR
