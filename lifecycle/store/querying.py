"""Finding records and refusals by a filter, in order of time, as a stream.

Most conditions are columns. What stands in the content only (kind, atoms, blockers) is looked for twice: the database
leaves out the rows whose bytes cannot hold it, and the content of the others says for sure.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from itertools import islice
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lifecycle.canonical import canonical_bytes, plain
from lifecycle.machine import OUTSIDE
from lifecycle.query import Cursor, Filter, check_limit
from lifecycle.record import Record, Refusal
from lifecycle.store.database import Database
from lifecycle.store.entries import Entries
from lifecycle.store.positions import resolved
from lifecycle.store.schema import definitions, leaves, rules, subjects
from lifecycle.times import micros

__all__ = ["asks_content", "find", "fits", "select", "stream"]

PORTION: Final = 1000
"""So many rows are held at a time, so that memory does not grow with the store."""

_Entry = TypeVar("_Entry", Record, Refusal)
_Condition = sa.ColumnElement[bool]


def find(
    connection: Connection,
    database: Database,
    entries: Entries[_Entry],
    where: Filter | str,
    *,
    after: str | None = None,
    limit: int | None = None,
    with_details: bool = False,
    by_lead: bool = False,
) -> Generator[_Entry]:
    """Walk the entries that a filter asks for, in order of time.

    Args:
        connection: The connection.
        database: The kind of database.
        entries: Records or refusals.
        where: Which of them, or your id of a lead for all of that lead.
        after: A cursor; only what comes behind it.
        limit: No more than so many.
        with_details: Also verdicts, scores and notes.
        by_lead: In another order: those of one lead together, by their numbers.

    Raises:
        CallerError: the filter asks for what such entries do not have, or the cursor or the limit is none.
        NotSealedError: the position of the filter lies beyond what has been sealed.
    """
    where = Filter.of(where)
    check_limit(limit)
    resolved(connection, None, where.position)
    query = select(entries, where, database, with_details=with_details)
    if after is not None:
        query = query.where(_behind(entries, Cursor.read(entries.kind, after)))
    if by_lead:
        rows = stream(connection, query.order_by(entries.table.c.subject, entries.counted))
    else:
        enough = PORTION if limit is None or asks_content(where) else limit
        rows = portions(connection, query, entries.order, enough)
    return _fitting(entries, rows, where, limit)


def _fitting(entries: Entries[_Entry], rows: Iterator[Any], where: Filter, limit: int | None) -> Generator[_Entry]:
    yield from islice((entry for entry in map(entries.read, rows) if fits(where, entry)), limit)


def stream(connection: Connection, query: sa.Select[Any]) -> Iterator[Any]:
    """Walk the rows of a query as the database finds them, without holding many.

    In the order of subjects every table has its key, so that a database can walk them side by side.
    """
    with connection.execute(query, execution_options={"yield_per": PORTION}) as rows:
        yield from rows


def portions(
    connection: Connection, query: sa.Select[Any], order: Sequence[sa.ColumnElement[Any]], size: int
) -> Iterator[Any]:
    """Walk the rows of a query in an order in which no two are equal, and in which one table only has an index.

    They are asked for some at a time, each time for those behind the last one: so a database goes along that index,
    where it would otherwise sort everything before it gives the first row.

    Args:
        connection: The connection.
        query: What is asked for.
        order: The columns that order it.
        size: So many are probably enough.
    """
    size = min(size, PORTION)
    ordered = query.add_columns(*(column.label(f"place_{name}") for name, column in enumerate(order)))
    asked = ordered = ordered.order_by(*order).limit(size)
    while True:
        rows = connection.execute(asked).all()
        yield from rows
        if len(rows) < size:
            return
        place = tuple(rows[-1][-len(order) :])
        asked = ordered.where(sa.tuple_(*order) > sa.tuple_(*map(sa.literal, place)))


def asks_content(where: Filter) -> bool:
    """Say whether a filter asks for something that stands in contents only."""
    return bool(_parts(where))


def fits(where: Filter, entry: Record | Refusal) -> bool:
    """Say whether the content of an entry fits what a filter says of contents."""
    return (
        where.kind in {None, entry.kind}
        and (where.atom is None or where.atom in entry.atoms)
        and (where.outcome is None or entry.atoms.get(str(where.atom)) is where.outcome)
        and (where.blocker is None or (isinstance(entry, Refusal) and where.blocker in entry.blockers))
    )


def select(
    entries: Entries[Any], where: Filter, database: Database, *, with_details: bool = False
) -> sa.Select[*tuple[Any, ...]]:
    """Ask for the entries of which the database cannot say that a filter leaves them out; the rest is for `fits`.

    Raises:
        CallerError: the filter asks for what such entries do not have.
    """
    where.check(entries.kind)
    return entries.select(with_details=with_details).where(*_conditions(entries, where, database))


def _conditions(entries: Entries[Any], where: Filter, database: Database) -> Iterator[_Condition]:
    columns = entries.table.c
    for name in ("subject", "trigger", "actor", "target", "result"):
        if (wanted := getattr(where, name)) is not None:
            yield columns[name] == plain(wanted)
    if where.lead is not None:
        yield columns.subject == sa.select(subjects.c.subject).where(subjects.c.lead == where.lead).scalar_subquery()
    if where.source is not None:
        yield _leaves(entries, where.source)
    if where.definition is not None or where.version is not None:
        yield columns.rules_digest.in_(_rules(where))
    if where.position is not None:  # said so that no database begins with all leaves and sorts what it finds
        yield sa.func.coalesce(leaves.c.position, where.position + 1) <= where.position
    yield from _in_time(columns.at, where)
    yield from (database.holds(columns.content, part) for part in _parts(where))


def _in_time(at: sa.ColumnElement[int], where: Filter) -> Iterator[_Condition]:
    if where.since is not None:
        yield at >= micros(where.since)
    if where.until is not None:
        yield at < micros(where.until)


def _leaves(entries: Entries[Any], source: str) -> _Condition:
    """Say which stage was to be left: the column of records has a word for none, and that of refusals is empty."""
    columns = entries.table.c
    if entries.kind is Record:
        return columns.source == source
    return columns.stage.is_(None) if source == OUTSIDE else columns.stage == source


def _rules(where: Filter) -> sa.Select[tuple[str]]:
    found = sa.select(rules.c.digest).join(definitions, definitions.c.hash == rules.c.definition_hash)
    if where.definition is not None:
        found = found.where(definitions.c.name == where.definition)
    return found if where.version is None else found.where(definitions.c.version == where.version)


def _parts(where: Filter) -> list[bytes]:
    """Give bytes that stand in the content of everything that fits; they may stand in others too."""
    parts: list[bytes] = []
    if where.kind is not None:
        parts.append(b'"kind":' + canonical_bytes(where.kind))
    if where.atom is not None:
        parts.append(canonical_bytes(where.atom) + b":" + (canonical_bytes(where.outcome) if where.outcome else b""))
    if where.blocker is not None:
        parts.append(canonical_bytes(where.blocker))
    return parts


def _behind(entries: Entries[Any], cursor: Cursor) -> _Condition:
    place = (micros(cursor.at), cursor.subject, cursor.number)
    return sa.tuple_(*entries.order) > sa.tuple_(*map(sa.literal, place))
