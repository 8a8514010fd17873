"""Writing to a store: histories and refusals are appended, and nothing is ever changed."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import attrs
import sqlalchemy as sa

from lifecycle.canonical import canonical_bytes
from lifecycle.errors import ConcurrentUpdateError
from lifecycle.machine import OUTSIDE
from lifecycle.record import Record, Refusal, envelope_of
from lifecycle.store import schema
from lifecycle.store.reading import Reading, chunks, micros

__all__ = ["Transaction"]


class Transaction(Reading):
    """A unit of work that appends: all of it is kept, or nothing."""

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
        enclosed = _enclosed(records, head.subject or self._new_subject(lead), head.digest, now)
        self._insert(enclosed)
        return tuple(record for record, _ in enclosed)

    def keep(self, lead: str, refusals: Sequence[Refusal], *, now: datetime) -> int:
        """Keep refusals, each once, and give how many were new."""
        if not refusals:
            return 0
        subject = self.subject_of(lead) or self._new_subject(lead)
        given = {refusal.key: refusal for refusal in reversed(refusals)}  # of the same ones the first
        known = self._known_refusals(subject, given)
        new = [refusal for key, refusal in reversed(given.items()) if key not in known]
        own = schema.refusals.c.subject == subject
        last = self.connection.scalar(sa.select(sa.func.max(schema.refusals.c.number)).where(own)) or 0
        self._insert_refusals([(subject, last + index, refusal) for index, refusal in enumerate(new, 1)], now)
        return len(new)

    def add(self, histories: Iterable[tuple[str, Sequence[Record], Sequence[Refusal]]], *, now: datetime) -> None:
        """Write the whole histories of leads that the store has not met, many at once."""
        names: list[dict[str, str]] = []
        chain: list[tuple[Record, bytes]] = []
        kept: list[tuple[str, int, Refusal]] = []
        for lead, records, refusals in histories:
            subject = _random_name()
            names.append({"subject": subject, "lead": lead})
            chain.extend(_enclosed(records, subject, "", now))
            once = {refusal.key: refusal for refusal in reversed(refusals)}
            kept.extend((subject, number, refusal) for number, refusal in enumerate(reversed(once.values()), 1))
        if names:
            self.connection.execute(schema.subjects.insert(), names)
        self._insert(chain)
        self._insert_refusals(kept, now)

    def remember(
        self, command: str, lead: str, *, records: Sequence[Record], refusal: Refusal | None, now: datetime
    ) -> None:
        """Note what a command was answered with, so that a repetition gets the same answer.

        Args:
            command: The digest of the command's key.
            lead: Your id of the lead.
            records: What was appended for it.
            refusal: What was kept of it, where it was not granted.
            now: The instant of writing.
        """
        row = {
            "command": command,
            "subject": self.subject_of(lead),
            "first_sequence": records[0].sequence if records else None,
            "last_sequence": records[-1].sequence if records else None,
            "refusal": None if refusal is None else refusal.key,
            "recorded_at": micros(now),
        }
        self.connection.execute(schema.commands.insert(), row)

    def _new_subject(self, lead: str) -> str:
        subject = _random_name()
        self.connection.execute(schema.subjects.insert(), {"subject": subject, "lead": lead})
        return subject

    def _known_refusals(self, subject: str, keys: Iterable[str]) -> set[str]:
        found: set[str] = set()
        for some in chunks(keys):
            query = sa.select(schema.refusals.c.key)
            query = query.where(schema.refusals.c.subject == subject, schema.refusals.c.key.in_(some))
            found.update(self.connection.scalars(query))
        return found

    def _insert(self, chain: Sequence[tuple[Record, bytes]]) -> None:
        if chain:
            self.connection.execute(schema.records.insert(), [_record_row(record) for record, _ in chain])
            self.connection.execute(schema.details.insert(), [_detail_row(record, salt) for record, salt in chain])

    def _insert_refusals(self, refusals: Sequence[tuple[str, int, Refusal]], now: datetime) -> None:
        if refusals:
            rows = [_refusal_row(refusal, subject, number, now) for subject, number, refusal in refusals]
            self.connection.execute(schema.refusals.insert(), rows)
            bodies = [
                {"subject": subject, "key": refusal.key, "body": canonical_bytes(refusal.detail)}
                for subject, _, refusal in refusals
            ]
            self.connection.execute(schema.refusal_details.insert(), bodies)


def _random_name() -> str:
    return secrets.token_hex(16)


def _enclosed(records: Sequence[Record], subject: str, previous: str, now: datetime) -> list[tuple[Record, bytes]]:
    """Give records their envelopes, each chained to the one before it, and beside them the salts of their details."""
    chain: list[tuple[Record, bytes]] = []
    for record in records:
        salt = secrets.token_bytes(32)
        envelope = envelope_of(record, subject=subject, recorded_at=now, salt=salt, previous=previous)
        chain.append((attrs.evolve(record, envelope=envelope), salt))
        previous = envelope.digest
    return chain


def _record_row(record: Record) -> dict[str, Any]:
    assert record.envelope is not None
    return {
        "subject": record.envelope.subject,
        "sequence": record.sequence,
        "previous_sequence": record.sequence - 1 or None,
        "definition_hash": record.definition_hash,
        "trigger": record.trigger,
        "source": record.source or OUTSIDE,
        "target": record.target,
        "cycle": record.cycle,
        "at": micros(record.at),
        "rules_digest": record.rules_digest,
        "content": record.content,
        "recorded_at": micros(record.envelope.recorded_at),
        "format": record.envelope.format,
        "commitment": record.envelope.commitment,
        "previous": record.envelope.previous,
        "digest": record.envelope.digest,
    }


def _detail_row(record: Record, salt: bytes) -> dict[str, Any]:
    assert record.envelope is not None
    body = canonical_bytes(record.detail)
    return {"subject": record.envelope.subject, "sequence": record.sequence, "salt": salt, "body": body}


def _refusal_row(refusal: Refusal, subject: str, number: int, now: datetime) -> dict[str, Any]:
    return {
        "subject": subject,
        "key": refusal.key,
        "number": number,
        "sequence": refusal.sequence,
        "at": micros(refusal.at),
        "trigger": refusal.trigger,
        "stage": refusal.stage,
        "result": refusal.result.value,
        "rules_digest": refusal.rules_digest,
        "content": refusal.content,
        "recorded_at": micros(now),
    }
