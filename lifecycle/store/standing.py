"""Which leads stand where, and which of them first: by id, by since when, or by a score.

A lead stands in the target of its last record, which is the one that no other follows. That is asked of the database,
record by record along an index, so that the first leads of a stage cost the same however many there are.
"""

from __future__ import annotations

import enum
import heapq
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lifecycle.canonical import canonical_bytes
from lifecycle.errors import CallerError
from lifecycle.query import check_limit
from lifecycle.store.database import Database
from lifecycle.store.querying import stream
from lifecycle.store.schema import details, leaves, records, subjects
from lifecycle.times import instant, micros

__all__ = ["Order", "Scored", "Standing", "known", "leads"]

_AT_ONCE = 500
"""So many leads are scored by one statement: databases limit how many values it may have."""


class Order(enum.Enum):
    """Which lead comes first.

    `LEAD`: by your id, those without one last. `SINCE`: who has stood there longest. `SCORE`: the highest, as far as it
    is sure; leads of which no score is known come last.
    """

    LEAD = "lead"
    SINCE = "since"
    SCORE = "score"


@attrs.frozen(kw_only=True)
class Scored:
    """A score as it was when the lead moved last with it known; an interval where facts were missing.

    Attributes:
        name: Which score.
        low: The points that were sure.
        high: The points that were possible.
        at: The instant of that move.
    """

    name: str
    low: int
    high: int
    at: datetime


@attrs.frozen(kw_only=True)
class Standing:
    """Where a lead stands.

    Attributes:
        lead: Your id; None once it is erased.
        subject: The name under which the store knows it.
        stage: The target of its last record.
        since: When that became true.
        sequence: The number of that record.
        score: None where it was not asked for, or is not known.
    """

    lead: str | None
    subject: str
    stage: str
    since: datetime
    sequence: int
    score: Scored | None = None


def leads(
    connection: Connection,
    database: Database,
    *,
    stage: str | None = None,
    order: Order = Order.LEAD,
    score: str | None = None,
    limit: int | None = None,
    as_of: datetime | None = None,
    position: int | None = None,
) -> Iterator[Standing]:
    """Walk the leads that have entered, each with where it stands.

    Args:
        connection: The connection.
        database: The kind of database.
        stage: Only those that stand there.
        order: Which first.
        score: The name of the score to order by; it may be left out where there is one only.
        limit: So many at most.
        as_of: Where they stood at this instant.
        position: Where they stood as far as the log was sealed up to this position.

    Raises:
        CallerError: there are several scores, and none is named; or the limit is no number of leads.
    """
    check_limit(limit, least=1)
    query = _last(as_of, position)
    if stage is not None:
        query = query.where(records.c.target == stage)
    by_lead = order is Order.LEAD
    query = query.order_by(
        *((subjects.c.lead.is_(None), subjects.c.lead) if by_lead else (records.c.at,)), records.c.subject
    )
    if order is not Order.SCORE:
        return _standings(connection, query.limit(limit))
    known = _scored(connection, database, _standings(connection, query), score)
    return iter(sorted(known, key=_best) if limit is None else heapq.nsmallest(limit, known, key=_best))


def _last(as_of: datetime | None, position: int | None) -> sa.Select[*tuple[Any, ...]]:
    """Ask for the last record of each lead."""
    later = records.alias("later")
    follows = sa.and_(
        later.c.subject == records.c.subject,
        later.c.sequence == records.c.sequence + 1,
        *known(later, as_of, position),
    )
    columns = (subjects.c.lead, *(records.c[name] for name in ("subject", "sequence", "target", "at")))
    joined = records.outerjoin(subjects, subjects.c.subject == records.c.subject)
    return sa.select(*columns).select_from(joined).where(*known(records, as_of, position), ~sa.exists().where(follows))


def known(table: sa.FromClause, as_of: datetime | None, position: int | None) -> Iterator[sa.ColumnElement[bool]]:
    """Say of the records of a table, or of an alias of it, that they had happened and been sealed by then."""
    if as_of is not None:
        yield table.c.at <= micros(as_of)
    if position is not None:
        sealed = leaves.alias()
        same = (sealed.c.kind == "record", sealed.c.subject == table.c.subject, sealed.c.number == table.c.sequence)
        yield sa.exists().where(*same, sealed.c.position <= position)


def _standings(connection: Connection, query: sa.Select[Any]) -> Iterator[Standing]:
    for row in stream(connection, query):
        since = instant(row.at)
        yield Standing(lead=row.lead, subject=row.subject, stage=row.target, since=since, sequence=row.sequence)


# --- Scores ----------------------------------------------------------------------------------------------------------


def _best(standing: Standing) -> tuple[object, ...]:
    score = standing.score
    points = (1, 0, 0) if score is None else (0, -score.low, -score.high)
    return (*points, standing.since, standing.subject)


def _scored(
    connection: Connection, database: Database, found: Iterator[Standing], name: str | None
) -> Iterator[Standing]:
    """Give the leads with their scores.

    Raises:
        CallerError: there are several scores, and none is named.
    """
    names = set[str]() if name is None else {name}
    while some := list(islice(found, _AT_ONCE)):
        scores = dict[str, Scored]()
        for standing, score in _scores(connection, database, some, name):
            names.add(score.name)
            if len(names) > 1:
                raise CallerError(f"there is more than one score ({', '.join(sorted(names))}): say which")
            scores.setdefault(standing.subject, score)
        yield from (attrs.evolve(standing, score=scores.get(standing.subject)) for standing in some)


def _scores(
    connection: Connection, database: Database, some: Sequence[Standing], name: str | None
) -> Iterator[tuple[Standing, Scored]]:
    """Give the scores of leads that their details hold, the latest first."""
    by_subject = {standing.subject: standing for standing in some}
    same = sa.and_(details.c.subject == records.c.subject, details.c.sequence == records.c.sequence)
    part = b'"scores":{"' if name is None else canonical_bytes(name) + b":{"
    query = sa.select(records.c.subject, records.c.sequence, records.c.at, details.c.body).join_from(
        records, details, same
    )
    query = query.where(records.c.subject.in_(by_subject), database.holds(details.c.body, part))
    for row in connection.execute(query.order_by(records.c.subject, records.c.sequence.desc())):
        standing = by_subject[row.subject]
        if row.sequence <= standing.sequence:
            for found, points in json.loads(row.body)["scores"].items():
                if name in {None, found}:
                    low, high = int(points["low"]), int(points["high"])
                    yield standing, Scored(name=found, low=low, high=high, at=instant(row.at))
