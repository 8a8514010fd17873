"""Keeping a definition in a store: its text, its rules, and the edges that the database checks every move against."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lifecycle.canonical import canonical_bytes
from lifecycle.definition import Definition
from lifecycle.errors import DefinitionConflictError, StrandedLeadsError
from lifecycle.machine import Machine
from lifecycle.store.schema import definitions, edges, records, rules
from lifecycle.times import micros

__all__ = ["register"]


def register(connection: Connection, definition: Definition, *, now: datetime) -> None:
    """Keep a definition with its rules and edges, unless they are kept already.

    Raises:
        DefinitionConflictError: another text is kept under this name and version.
        StrandedLeadsError: leads stand in stages that this version does not have.
    """
    kept = connection.scalar(
        sa.select(definitions.c.hash).where(
            definitions.c.name == definition.name, definitions.c.version == definition.version
        )
    )
    _refuse_stranded(connection, definition)
    if kept is None:
        _keep(connection, definition, now=now)
    elif kept != definition.hash:
        message = (
            f"the store keeps another text of {definition.name} version {definition.version} ({kept}, and this one is "
            f"{definition.hash}); raise the version"
        )
        raise DefinitionConflictError(message)
    known = connection.scalar(sa.select(rules.c.digest).where(rules.c.digest == definition.rules_digest))
    if known is None:
        connection.execute(
            rules.insert(),
            {
                "digest": definition.rules_digest,
                "definition_hash": definition.hash,
                "content": canonical_bytes(definition.rules),
                "recorded_at": micros(now),
            },
        )


def _keep(connection: Connection, definition: Definition, *, now: datetime) -> None:
    connection.execute(
        definitions.insert(),
        {
            "hash": definition.hash,
            "name": definition.name,
            "version": definition.version,
            "text": definition.text,
            "recorded_at": micros(now),
        },
    )
    table = sorted(Machine(definition).edges())
    connection.execute(
        edges.insert(),
        [
            {"definition_hash": definition.hash, "trigger": trigger, "source": source, "target": target}
            for trigger, source, target in table
        ],
    )


def _refuse_stranded(connection: Connection, definition: Definition) -> None:
    """Refuse a version that has no place for leads of the store; only stages of other versions are looked at."""
    others = set(connection.scalars(sa.select(edges.c.target).distinct())) - definition.stages.keys()
    if not others:
        return
    later = records.alias()
    same = sa.and_(later.c.subject == records.c.subject, later.c.sequence == records.c.sequence + 1)
    query = sa.select(records.c.target, sa.func.count()).where(records.c.target.in_(others))
    query = query.where(~sa.exists().where(same)).group_by(records.c.target)
    stranded: dict[str, int] = {row[0]: row[1] for row in connection.execute(query.order_by(records.c.target))}
    if stranded:
        counts = ", ".join(f"{count} in {stage}" for stage, count in stranded.items())
        message = f"version {definition.version} has no place for leads of this store: {counts}; keep these stages"
        raise StrandedLeadsError(message, stages=stranded)
