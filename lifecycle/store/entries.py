"""Entries out of their rows: content, envelope, position in the log, and of leads the detail where it is wanted."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar

import attrs
import sqlalchemy as sa

from lifecycle.erasure import Erasure, ErasureEnvelope, read_erasure
from lifecycle.record import Envelope, Record, Refusal, read_content, read_refusal
from lifecycle.store import schema
from lifecycle.store.schema import erasures, leaves, subjects
from lifecycle.times import instant

__all__ = ["RECORDS", "REFUSALS", "Entries", "erasure_of", "select_erasures"]

_Entry = TypeVar("_Entry", Record, Refusal)


@attrs.frozen(kw_only=True)
class Entries(Generic[_Entry]):
    """One of the two kinds of entries that leads have, and the tables it is kept in.

    Attributes:
        kind: The class of what is read.
        table: Where the entries are.
        details: Where their details are.
        number: The name of the column that counts them within a lead.
        content: Reads what stands in the content of a row.
    """

    kind: type[_Entry]
    table: sa.Table
    details: sa.Table
    number: str
    content: Callable[[Any], _Entry]

    @property
    def counted(self) -> sa.Column[Any]:
        """The column that counts the entries of a lead."""
        return self.table.c[self.number]

    @property
    def order(self) -> tuple[sa.Column[Any], ...]:
        """The order of time, in which no two entries are equal."""
        return (self.table.c.at, self.table.c.subject, self.counted)

    def select(self, *, with_details: bool = False) -> sa.Select[*tuple[Any, ...]]:
        """Ask for entries with everything that `read` needs."""
        joined = self.table.outerjoin(subjects, subjects.c.subject == self.table.c.subject)
        joined = joined.outerjoin(leaves, self._is_leaf())
        body: sa.ColumnElement[Any] = sa.null().label("body")
        if with_details:
            same = (self.details.c.subject == self.table.c.subject, self.details.c[self.number] == self.counted)
            joined, body = joined.outerjoin(self.details, sa.and_(*same)), self.details.c.body
        columns = (self.table.c[name] for name in _ENVELOPE)
        return sa.select(subjects.c.lead, leaves.c.position, self.counted.label("number"), *columns, body).select_from(
            joined
        )

    def _is_leaf(self) -> sa.ColumnElement[bool]:
        return sa.and_(
            leaves.c.kind == self.kind.__name__.lower(),
            leaves.c.subject == self.table.c.subject,
            leaves.c.number == self.counted,
        )

    def read(self, row: Any) -> _Entry:
        """Make an entry of a row."""
        return attrs.evolve(
            self.content(row),
            lead=row.lead,
            detail=None if row.body is None else json.loads(row.body),
            envelope=_envelope(row),
        )


_ENVELOPE: Final = ("subject", "content", "recorded_at", "format", "commitment", "previous", "digest")


def _envelope(row: Any) -> Envelope:
    return Envelope(
        format=row.format,
        subject=row.subject,
        recorded_at=instant(row.recorded_at),
        commitment=row.commitment,
        previous=row.previous,
        digest=row.digest,
        position=row.position,
    )


def _record(row: Any) -> Record:
    return read_content(row.content)


def _refusal(row: Any) -> Refusal:
    return attrs.evolve(read_refusal(row.content), number=row.number)


RECORDS: Final = Entries(kind=Record, table=schema.records, details=schema.details, number="sequence", content=_record)
REFUSALS: Final = Entries(
    kind=Refusal, table=schema.refusals, details=schema.refusal_details, number="number", content=_refusal
)


def select_erasures() -> sa.Select[*tuple[Any, ...]]:
    """Ask for what was done to personal data, with everything that `erasure_of` needs."""
    same = sa.and_(leaves.c.kind == "erasure", leaves.c.number == erasures.c.number)
    return sa.select(erasures, leaves.c.position).select_from(erasures.outerjoin(leaves, same))


def erasure_of(row: Any) -> Erasure:
    """Make an erasure of a row."""
    envelope = ErasureEnvelope(
        format=row.format,
        recorded_at=instant(row.recorded_at),
        previous=row.previous,
        digest=row.digest,
        position=row.position,
    )
    return attrs.evolve(read_erasure(row.content), envelope=envelope)
