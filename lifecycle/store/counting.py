"""Which atom stands in the way of how many leads: what refusals say, counted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lifecycle.query import Filter
from lifecycle.store.database import Database
from lifecycle.store.entries import REFUSALS
from lifecycle.store.positions import resolved
from lifecycle.store.querying import asks_content, fits, select, stream
from lifecycle.store.schema import records, refusals
from lifecycle.store.standing import known

__all__ = ["Blocking", "blocking"]


@attrs.frozen(kw_only=True)
class Blocking:
    """How often one atom stood in the way of one move.

    Attributes:
        atom: The atom; None for refusals in whose way no atom stood: who asked might not, or there was no such move.
        stage: Where the leads stood; None for outside the lifecycle.
        trigger: What was asked for.
        leads: How many leads were refused for it.
        waiting: How many of them have not moved since.
        refusals: How many refusals those are.
    """

    atom: str | None
    stage: str | None
    trigger: str
    leads: int
    waiting: int
    refusals: int


_Place = tuple[str | None, str | None, str]


def blocking(connection: Connection, database: Database, where: Filter | str) -> tuple[Blocking, ...]:
    """Count refusals by atom, stage and trigger: what blocks most leads first.

    Args:
        connection: The connection.
        database: The kind of database.
        where: Which refusals are counted, or your id of a lead.

    Raises:
        CallerError: the filter asks for what refusals do not have.
        NotSealedError: the position of the filter lies beyond what has been sealed.
    """
    where = Filter.of(where)
    resolved(connection, None, where.position)
    leads, waiting, counts = Counter[_Place](), Counter[_Place](), Counter[_Place]()
    for _, refused in groupby(_refusals(connection, database, where), key=attrgetter("subject")):
        mine, still = Counter[_Place](), set[_Place]()
        for row in refused:
            places = [(atom, row.stage, row.trigger) for atom in json.loads(row.content)["blockers"] or (None,)]
            mine.update(places)
            if not row.moved:
                still.update(places)
        counts.update(mine)
        leads.update(mine.keys())
        waiting.update(still)
    found = (
        Blocking(
            atom=place[0],
            stage=place[1],
            trigger=place[2],
            leads=leads[place],
            waiting=waiting[place],
            refusals=counts[place],
        )
        for place in counts
    )
    return tuple(sorted(found, key=lambda one: (-one.leads, -one.refusals, str(one.atom), str(one.stage), one.trigger)))


def _refusals(connection: Connection, database: Database, where: Filter) -> Iterator[Any]:
    """Walk refusals by lead, as rows, each with whether the lead has moved since.

    They are read in full only where a filter needs it: there may be many, and the count needs little of them.
    """
    follows = (records.c.subject == refusals.c.subject, records.c.sequence == refusals.c.sequence + 1)
    moved: sa.ColumnElement[Any] = sa.exists().where(*follows, *known(records, None, where.position)).label("moved")
    query = select(REFUSALS, where, database).add_columns(refusals.c.stage, refusals.c.trigger, moved)
    for row in stream(connection, query.order_by(refusals.c.subject, refusals.c.number)):
        if not asks_content(where) or fits(where, REFUSALS.read(row)):
            yield row
