"""Writing to a store: histories and refusals are appended, and nothing is ever changed."""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

import attrs
import sqlalchemy as sa

from lifecycle.errors import ConcurrentUpdateError
from lifecycle.machine import OUTSIDE
from lifecycle.record import Envelope, Record, Refusal, envelope_of
from lifecycle.store import schema
from lifecycle.store.driving import execute, insertion
from lifecycle.store.reading import Reading, chunks
from lifecycle.times import micros

__all__ = ["Transaction", "record_columns", "refusal_columns"]


class Transaction(Reading):
    """A unit of work that appends: all of it is kept, or nothing."""

    def lock(self, lead: str) -> None:
        """Have other writers to this lead that lock it too wait until this transaction is over."""
        self.location.database.lock(self.connection, f"{self.settings.origin}/{lead}")

    def append(self, lead: str, records: Sequence[Record], *, expected: int, now: datetime) -> tuple[Record, ...]:
        """Append records to a history, and give them with their envelopes.

        Args:
            lead: Your id of the lead.
            records: The records in sequence.
            expected: The number of the last record as the decisions saw it.
            now: The instant of writing.

        Raises:
            ConcurrentUpdateError: the history has grown since.
        """
        head = self.head(lead)
        if head.sequence != expected:
            message = f"the history has {head.sequence} records and the decisions saw {expected}; run the command again"
            raise ConcurrentUpdateError(message, lead=lead, expected=expected)
        if not records:
            return ()
        subject = head.subject or self._new_subject(lead)
        chain = _chained(records, subject, head.digest, now)
        self.insert_together(
            (schema.records, _record_rows(chain, head.at)),
            (schema.details, [_detail_row(link) for link in chain]),
            (schema.pending, [_pending_row(chain)]),
        )
        return tuple(attrs.evolve(link.entry, envelope=link.envelope) for link in chain)

    def keep(self, lead: str, refusals: Sequence[Refusal], *, now: datetime) -> tuple[Refusal, ...]:
        """Keep refusals, each once, and give those that were new, with their envelopes."""
        if not refusals:
            return ()
        subject = self.subject_of(lead) or self._new_subject(lead)
        given = {refusal.key: refusal for refusal in reversed(refusals)}  # of the same ones the first
        known = self._known_refusals(subject, given)
        new = [refusal for key, refusal in reversed(given.items()) if key not in known]
        if not new:
            return ()
        own = sa.select(schema.refusals.c.number, schema.refusals.c.digest).where(schema.refusals.c.subject == subject)
        last = self.connection.execute(own.order_by(schema.refusals.c.number.desc()).limit(1)).first()
        number, digest = (0, "") if last is None else (last.number, last.digest)
        chain = _chained(_numbered(new, number), subject, digest, now)
        self.insert_together(
            (schema.refusals, [_refusal_row(link) for link in chain]),
            (schema.refusal_details, [_detail_row(link) for link in chain]),
            (schema.pending, [_pending_row(chain)]),
        )
        return tuple(attrs.evolve(link.entry, envelope=link.envelope) for link in chain)

    def add(self, histories: Iterable[tuple[str, Sequence[Record], Sequence[Refusal]]], *, now: datetime) -> None:
        """Write the whole histories of leads that the store has not met, many at once."""
        rows: dict[sa.Table, list[dict[str, Any]]] = {table: [] for table in _BULK}
        for lead, records, refusals in histories:
            subject = _new_name()
            rows[schema.subjects].append({"subject": subject, "lead": lead})
            moved = _chained(records, subject, "", now)
            rows[schema.records].extend(_record_rows(moved, None))
            rows[schema.details].extend(_detail_row(link) for link in moved)
            once = {refusal.key: refusal for refusal in reversed(refusals)}
            refused = _chained(_numbered(list(reversed(once.values())), 0), subject, "", now)
            rows[schema.refusals].extend(_refusal_row(link) for link in refused)
            rows[schema.refusal_details].extend(_detail_row(link) for link in refused)
            rows[schema.pending].extend(_pending_row(chain) for chain in (moved, refused) if chain)
        for table, some in rows.items():
            self.insert_many(table, some)

    def remember(
        self, key: str, lead: str, *, records: Sequence[Record], refusal: Refusal | None, now: datetime
    ) -> None:
        """Note what a command was answered with, so that a repetition gets the same answer.

        Args:
            key: The command's key.
            lead: Your id of the lead.
            records: What was appended for it.
            refusal: What was decided, where it was not granted.
            now: The instant of writing.
        """
        subject = self.subject_of(lead)
        row = {
            "command": self.command(key),
            "subject": subject,
            "first_sequence": records[0].sequence if records else None,
            "last_sequence": records[-1].sequence if records else None,
            "refusal": None if refusal is None else self._known_refusals(str(subject), [refusal.key])[refusal.key],
            "recorded_at": micros(now),
        }
        self.insert(schema.commands, [row])

    def _new_subject(self, lead: str) -> str:
        subject = _new_name()
        self.insert(schema.subjects, [{"subject": subject, "lead": lead}])
        return subject

    def _known_refusals(self, subject: str, keys: Iterable[str]) -> dict[str, int]:
        """Give the numbers of those refusals that are kept already."""
        found: dict[str, int] = {}
        for some in chunks(keys):
            query = sa.select(schema.refusals.c.key, schema.refusals.c.number)
            query = query.where(schema.refusals.c.subject == subject, schema.refusals.c.key.in_(some))
            found.update((row.key, row.number) for row in self.connection.execute(query))
        return found

    def insert(self, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows."""
        self.insert_together((table, rows))

    def insert_together(self, *rows: tuple[sa.Table, Sequence[Mapping[str, Any]]]) -> None:
        """Insert rows of several tables, by as few statements as can be: each is a way to a server and back."""
        parts = [
            (self.location.qualified(table), some[begin : begin + _AT_ONCE])
            for table, some in rows
            for begin in range(0, len(some), _AT_ONCE)
        ]
        if self.location.database.inserts_together and len(parts) == len(rows):
            self._insert(parts)
        else:
            for part in parts:
                self._insert([part])

    def _insert(self, parts: Sequence[tuple[str, Sequence[Mapping[str, Any]]]]) -> None:
        named = [(into, tuple(some[0]), len(some)) for into, some in parts]
        values = tuple(itertools.chain.from_iterable(row.values() for _, some in parts for row in some))
        execute(self.connection, insertion(self.connection.dialect.paramstyle, *named), values)

    def insert_many(self, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert many rows, in the fastest way that the database has."""
        if rows:
            columns = [table.c[name] for name in rows[0]]
            tuples = [tuple(row.values()) for row in rows]
            self.location.database.insert_many(self.connection, self.location.qualified(table), columns, tuples)


_AT_ONCE: Final = 50
"""Rows of one statement: databases limit how many values it may have."""

_BULK: Final = (
    *(schema.subjects, schema.records, schema.details),
    *(schema.refusals, schema.refusal_details, schema.pending),
)
"""The tables of whole histories, in the order in which they refer to each other."""


def _new_name() -> str:
    """Give a lead a name: a UUID of version 7 (RFC 9562), which begins with the time, and else is random.

    Names that are given one after the other stand side by side in every index, so that a large store is written as fast
    as a small one. The time is no secret: the first entry of the lead says when it was written, too.
    """
    milliseconds, random = time.time_ns() // 1_000_000, secrets.token_hex(10)
    variant = "89ab"[int(random[3], 16) % 4]
    return f"{milliseconds:012x}7{random[:3]}{variant}{random[4:19]}"


_Entry = TypeVar("_Entry", Record, Refusal)


@attrs.frozen
class _Link(Generic[_Entry]):
    """A record or refusal on its way into a chain, with what encloses it."""

    entry: _Entry
    envelope: Envelope
    salt: bytes


def _chained(entries: Sequence[_Entry], subject: str, previous: str, now: datetime) -> list[_Link[_Entry]]:
    """Enclose entries one after the other, each chained to the one before it."""
    chain: list[_Link[_Entry]] = []
    for entry in entries:
        salt = secrets.token_bytes(32)
        envelope = envelope_of(entry, subject=subject, recorded_at=now, salt=salt, previous=previous)
        chain.append(_Link(entry, envelope, salt))
        previous = envelope.digest
    return chain


def _numbered(refusals: Sequence[Refusal], last: int) -> list[Refusal]:
    return [attrs.evolve(refusal, number=number) for number, refusal in enumerate(refusals, last + 1)]


def record_columns(record: Record, previous_at: int | None) -> dict[str, Any]:
    """Give what stands in the columns of a record, beside its content and envelope."""
    return {
        "sequence": record.sequence,
        "previous_sequence": record.sequence - 1 or None,
        "previous_at": previous_at,
        "definition_hash": record.definition_hash,
        "trigger": record.trigger,
        "source": record.source or OUTSIDE,
        "target": record.target,
        "cycle": record.cycle,
        "at": micros(record.at),
        "actor": record.actor,
        "rules_digest": record.rules_digest,
    }


def refusal_columns(refusal: Refusal, number: int) -> dict[str, Any]:
    """Give what stands in the columns of a refusal, beside its content and envelope."""
    return {
        "number": number,
        "previous_number": number - 1 or None,
        "key": refusal.key,
        "sequence": refusal.sequence,
        "at": micros(refusal.at),
        "trigger": refusal.trigger,
        "stage": refusal.stage,
        "result": refusal.result.value,
        "actor": refusal.actor,
        "rules_digest": refusal.rules_digest,
    }


def _record_rows(chain: Sequence[_Link[Record]], previous_at: int | None) -> list[dict[str, Any]]:
    rows = list[dict[str, Any]]()
    for link in chain:
        rows.append({**record_columns(link.entry, previous_at), **_enclosing(link)})
        previous_at = micros(link.entry.at)
    return rows


def _refusal_row(link: _Link[Refusal]) -> dict[str, Any]:
    assert link.entry.number is not None
    return {**refusal_columns(link.entry, link.entry.number), **_enclosing(link)}


def _enclosing(link: _Link[Any]) -> dict[str, Any]:
    envelope = link.envelope
    return {
        "content": link.entry.content,
        "subject": envelope.subject,
        "recorded_at": micros(envelope.recorded_at),
        "format": envelope.format,
        "commitment": envelope.commitment,
        "previous": envelope.previous,
        "digest": envelope.digest,
    }


def _detail_row(link: _Link[Any]) -> dict[str, Any]:
    entry = link.entry
    place = {"sequence": entry.sequence} if isinstance(entry, Record) else {"number": entry.number}
    return {"subject": link.envelope.subject, **place, "salt": link.salt, "body": entry.body}


def _pending_row(chain: Sequence[_Link[Any]]) -> dict[str, Any]:
    """Say that a range of entries waits to be sealed."""
    first, last = chain[0].entry, chain[-1].entry
    kind = "record" if isinstance(first, Record) else "refusal"
    return {
        "kind": kind,
        "subject": chain[0].envelope.subject,
        "first": first.sequence if isinstance(first, Record) else first.number,
        "last": last.sequence if isinstance(last, Record) else last.number,
    }
