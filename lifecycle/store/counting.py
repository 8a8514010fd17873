"""Which atom stands in the way of how many leads: what refusals say, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lifecycle.query import Filter
from lifecycle.record import Refusal
from lifecycle.store.database import Database
from lifecycle.store.entries import REFUSALS
from lifecycle.store.positions import resolved
from lifecycle.store.querying import STREAMED, fits, select
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
    for refused in _by_lead(_refusals(connection, database, where)):
        here = [place for refusal, _ in refused for place in _places(refusal)]
        counts.update(here)
        leads.update(set(here))
        waiting.update({place for refusal, moved in refused if not moved for place in _places(refusal)})
    found = (
        Blocking(
            atom=atom,
            stage=stage,
            trigger=trigger,
            leads=leads[atom, stage, trigger],
            waiting=waiting[atom, stage, trigger],
            refusals=counts[atom, stage, trigger],
        )
        for atom, stage, trigger in counts
    )
    return tuple(sorted(found, key=lambda one: (-one.leads, -one.refusals, str(one.atom), str(one.stage), one.trigger)))


def _places(refusal: Refusal) -> Iterator[_Place]:
    for atom in refusal.blockers or (None,):
        yield atom, refusal.stage, refusal.trigger


def _by_lead(found: Iterator[tuple[Refusal, bool]]) -> Iterator[list[tuple[Refusal, bool]]]:
    """Gather the refusals of each lead, which come together."""
    mine: list[tuple[Refusal, bool]] = []
    for refusal, moved in found:
        if mine and _subject(mine[0][0]) != _subject(refusal):
            yield mine
            mine = []
        mine.append((refusal, moved))
    if mine:
        yield mine


def _subject(refusal: Refusal) -> str:
    assert refusal.envelope is not None, "a stored refusal has an envelope"
    return refusal.envelope.subject


def _refusals(connection: Connection, database: Database, where: Filter) -> Iterator[tuple[Refusal, bool]]:
    """Walk refusals by lead, each with whether the lead has moved since."""
    follows = (records.c.subject == refusals.c.subject, records.c.sequence == refusals.c.sequence + 1)
    moved: sa.ColumnElement[Any] = sa.exists().where(*follows, *known(records, None, where.position)).label("moved")
    query = select(REFUSALS, where, database).add_columns(moved)
    query = query.order_by(refusals.c.subject, refusals.c.number)
    with connection.execute(query, execution_options=STREAMED) as rows:
        for row in rows:
            refusal = REFUSALS.read(row)
            if fits(where, refusal):
                yield refusal, bool(row.moved)
