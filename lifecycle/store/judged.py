"""Which rules a store keeps, and whom they have judged: counted by the database, in one walk over all histories."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lifecycle.store.schema import definitions, records, refusals, rules, subjects
from lifecycle.times import instant

__all__ = ["KeptRules", "judged_by", "kept_rules"]


@attrs.frozen(kw_only=True)
class KeptRules:
    """One set of rules that a store keeps, with the text that it was read from, and what was decided by it.

    Attributes:
        digest: The rules digest, which records and refusals name.
        definition: The name of the definition.
        version: Its version.
        hash: The definition hash.
        text: The text of the definition.
        criteria: By the names of the definition: plugin, versions, fingerprint, parameters with defaults.
        recorded_at: When they were first used with this store.
        leads: How many leads have been judged by them: how many have a record or a refusal that names them.
        records: How many records name them.
        refusals: How many refusals name them.
    """

    digest: str
    definition: str
    version: str
    hash: str
    text: str = attrs.field(repr=False)
    criteria: Mapping[str, Mapping[str, Any]] = attrs.field(repr=False)
    recorded_at: datetime
    leads: int
    records: int
    refusals: int


def kept_rules(connection: Connection, definition: str | None = None) -> tuple[KeptRules, ...]:
    """Give the rules that a store keeps, in the order of definitions and of first use.

    Args:
        connection: The connection.
        definition: Only those of the definition of this name.
    """
    entries = _entries().subquery()
    counted = (
        sa.select(
            entries.c.rules_digest,
            sa.func.count(entries.c.subject.distinct()).label("leads"),
            sa.func.sum(entries.c.is_record).label("records"),
            sa.func.count().label("entries"),
        )
        .group_by(entries.c.rules_digest)
        .subquery()
    )
    query = (
        sa.select(rules, definitions.c.name, definitions.c.version, definitions.c.hash, definitions.c.text)
        .add_columns(*(sa.func.coalesce(counted.c[name], 0).label(name) for name in ("leads", "records", "entries")))
        .join(definitions, definitions.c.hash == rules.c.definition_hash)
        .outerjoin(counted, counted.c.rules_digest == rules.c.digest)
        .order_by(definitions.c.name, rules.c.recorded_at, rules.c.digest)
    )
    if definition is not None:
        query = query.where(definitions.c.name == definition)
    return tuple(_read(row) for row in connection.execute(query))


def _entries() -> sa.CompoundSelect[Any, Any, int]:
    return sa.union_all(
        sa.select(records.c.rules_digest, records.c.subject, sa.literal(1).label("is_record")),
        sa.select(refusals.c.rules_digest, refusals.c.subject, sa.literal(0).label("is_record")),
    )


def _read(row: Any) -> KeptRules:
    return KeptRules(
        digest=row.digest,
        definition=row.name,
        version=row.version,
        hash=row.hash,
        text=row.text,
        criteria=json.loads(row.content)["criteria"],
        recorded_at=instant(row.recorded_at),
        leads=row.leads,
        records=int(row.records),
        refusals=int(row.entries - row.records),
    )


def judged_by(connection: Connection, digest: str) -> Iterator[tuple[str | None, str]]:
    """Walk the leads that have been judged by a set of rules: your id of each, None once erased, and its subject."""
    entries = _entries().subquery()
    named = sa.select(entries.c.subject).where(entries.c.rules_digest == digest).distinct().subquery()
    query = (
        sa.select(subjects.c.lead, named.c.subject)
        .outerjoin_from(named, subjects, subjects.c.subject == named.c.subject)
        .order_by(subjects.c.lead.is_(None), subjects.c.lead, named.c.subject)
    )
    for row in connection.execute(query):
        yield row.lead, row.subject
