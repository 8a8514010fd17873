"""Writing to a store: histories and refusals are appended, and nothing is ever changed."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import attrs
import sqlalchemy as sa

from lifecycle.canonical import canonical_bytes
from lifecycle.errors import ConcurrentUpdateError
from lifecycle.machine import OUTSIDE
from lifecycle.record import Envelope, Record, Refusal, envelope_of
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
        chain = _chained(records, head.subject or self._new_subject(lead), head.digest, now)
        self._insert(chain)
        return tuple(attrs.evolve(link.record, envelope=link.envelope) for link in chain)

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
        chain: list[_Link] = []
        kept: list[tuple[str, int, Refusal]] = []
        for lead, records, refusals in histories:
            subject = _random_name()
            names.append({"subject": subject, "lead": lead})
            chain.extend(_chained(records, subject, "", now))
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

    def _insert(self, chain: Sequence[_Link]) -> None:
        if chain:
            self.connection.execute(
                schema.records.insert(), [_record_row(link.record, link.envelope) for link in chain]
            )
            self.connection.execute(schema.details.insert(), [_detail_row(link) for link in chain])

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


class _Link(NamedTuple):
    """A record on its way into a history, with what encloses it."""

    record: Record
    envelope: Envelope
    salt: bytes


def _chained(records: Sequence[Record], subject: str, previous: str, now: datetime) -> list[_Link]:
    """Enclose records one after the other, each chained to the one before it."""
    chain: list[_Link] = []
    for record in records:
        salt = secrets.token_bytes(32)
        envelope = envelope_of(record, subject=subject, recorded_at=now, salt=salt, previous=previous)
        chain.append(_Link(record, envelope, salt))
        previous = envelope.digest
    return chain


def _record_row(record: Record, envelope: Envelope) -> dict[str, Any]:
    return {
        "subject": envelope.subject,
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
        "recorded_at": micros(envelope.recorded_at),
        "format": envelope.format,
        "commitment": envelope.commitment,
        "previous": envelope.previous,
        "digest": envelope.digest,
    }


def _detail_row(link: _Link) -> dict[str, Any]:
    record, envelope, salt = link
    return {"subject": envelope.subject, "sequence": record.sequence, "salt": salt, "body": record.body}


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
