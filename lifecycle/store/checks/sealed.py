"""The sealed log: positions, leaves, kept nodes and checkpoints, and checkpoints from outside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa

from lifecycle.errors import ProofError
from lifecycle.proof import EMPTY, TILE, Checkpoint, Frontier, Node, leaf_of
from lifecycle.store.checks.finding import Finding, raw
from lifecycle.store.log import ENTRIES
from lifecycle.store.reading import Reading
from lifecycle.store.schema import checkpoints, leaves, pending, tiles
from lifecycle.times import micros

__all__ = ["entries_of_leaves", "entries_of_pending", "tree"]

_AT_ONCE: Final = 1 << 2 * TILE
"""So many leaves are held in memory."""


def entries_of_leaves(reading: Reading, kind: str, sealed: int) -> Iterator[Finding]:
    """Find leaves whose entry has gone.

    Args:
        reading: A view of the store.
        kind: Of these entries.
        sealed: So many of them are there that have a leaf.
    """
    of_kind = sa.select(sa.func.count()).select_from(leaves).where(leaves.c.kind == kind)
    if reading.connection.scalar(of_kind) == sealed:
        return
    entry = ENTRIES[kind]
    owner: sa.ColumnElement[Any] = sa.literal("") if entry.subject is None else entry.subject
    same = sa.and_(leaves.c.subject == owner, leaves.c.number == entry.number)
    query = sa.select(leaves.c.position, leaves.c.subject, leaves.c.number).where(leaves.c.kind == kind)
    query = query.where(~sa.exists().where(same)).order_by(leaves.c.position)
    for row in reading.connection.execute(query, execution_options={"yield_per": 1000}):
        whose = f" of {row.subject}" if row.subject else ""
        yield Finding(
            code="entry-gone",
            message=f"{kind} {row.number}{whose} was sealed at position {row.position}, and is not there",
            kind=kind,
            subject=row.subject or None,
            number=row.number,
        )


def entries_of_pending(reading: Reading, kind: str, waiting: int) -> Iterator[Finding]:
    """Find entries that wait to be sealed and have gone.

    Args:
        reading: A view of the store.
        kind: Of these entries.
        waiting: So many of them are there.
    """
    count = sa.func.coalesce(sa.func.sum(pending.c.last - pending.c.first + 1), 0)
    if reading.connection.scalar(sa.select(count).where(pending.c.kind == kind)) == waiting:
        return
    entry = ENTRIES[kind]
    within = entry.number.between(pending.c.first, pending.c.last)
    same = within if entry.subject is None else sa.and_(entry.subject == pending.c.subject, within)
    there = sa.func.count(entry.number)
    columns = (pending.c.entry, pending.c.subject, pending.c.first, pending.c.last)
    query = sa.select(*columns).select_from(pending.outerjoin(entry.table, same)).where(pending.c.kind == kind)
    query = query.group_by(*columns).having(there < pending.c.last - pending.c.first + 1)
    for row in reading.connection.execute(query, execution_options={"yield_per": 1000}):
        span = f"{row.first} to {row.last}" if row.last > row.first else f"{row.first}"
        yield Finding(
            code="entry-gone",
            message=f"{kind} {span}{f' of {row.subject}' if row.subject else ''} waits to be sealed, and is not there",
            kind=kind,
            subject=row.subject or None,
            number=row.first,
        )


def tree(reading: Reading, outside: Sequence[Checkpoint]) -> Iterator[Finding]:
    """Grow the tree again from its leaves, and compare it with every checkpoint and every node that was kept."""
    ours = [one for one in outside if one.origin == reading.settings.origin]
    for one in outside:
        if one not in ours:
            yield Finding(
                code="another-log",
                message=f"the checkpoint given is of {one.origin}, and this store is {reading.settings.origin}",
                number=one.size,
            )
    yield from _order(reading)
    frontier = Frontier()
    yield from _compared(reading, frontier, 0, ours)
    while found := _leaves(reading, frontier.size):
        expected = frontier.size + 1
        if [row.position for row in found] != list(range(expected, expected + len(found))):
            yield Finding(code="position", message=f"positions are not dense from {expected} on", number=expected)
            return  # every root behind it would be wrong, and say nothing more
        nodes = list[Node]()
        for size in _sizes(reading, frontier.size, frontier.size + len(found), ours):
            some = found[frontier.size - expected + 1 : size - expected + 1]
            frontier, more = frontier.grown(_leaf(row.digest) for row in some)
            nodes += more
            yield from _compared(reading, frontier, size, ours)
        yield from _kept(reading, nodes)
    yield from _end(reading, frontier, ours)


def _leaf(digest: Any) -> bytes:
    """Hash a leaf; what is no digest gets the hash of nothing, which is that of no leaf."""
    try:
        return leaf_of(digest)
    except (AttributeError, UnicodeEncodeError):
        return EMPTY


def _leaves(reading: Reading, after: int) -> Sequence[Any]:
    query = sa.select(leaves.c.position, raw(leaves.c.digest)).where(leaves.c.position > after)
    return reading.connection.execute(query.order_by(leaves.c.position).limit(_AT_ONCE)).all()


def _order(reading: Reading) -> Iterator[Finding]:
    last = 0
    query = sa.select(checkpoints.c.size).order_by(checkpoints.c.at)
    for row in reading.connection.execute(query, execution_options={"yield_per": 1000}):
        if row.size < last:
            yield Finding(
                code="checkpoint-order", message=f"a checkpoint of {row.size} is later than one of {last}", number=last
            )
        last = row.size


def _sizes(reading: Reading, after: int, last: int, ours: Sequence[Checkpoint]) -> list[int]:
    """Give the sizes at which there is something to compare, and the last."""
    query = sa.select(checkpoints.c.size).where(checkpoints.c.size > after, checkpoints.c.size <= last).distinct()
    given = (one.size for one in ours if after < one.size <= last)
    return sorted({*reading.connection.scalars(query), *given, last})


def _compared(reading: Reading, frontier: Frontier, size: int, ours: Sequence[Checkpoint]) -> Iterator[Finding]:
    query = sa.select(checkpoints.c.at, raw(checkpoints.c.root), raw(checkpoints.c.frontier))
    stored = reading.connection.execute(query.where(checkpoints.c.size == size)).all()
    for row in stored:
        if row.root != frontier.root or not _is(frontier, row.frontier):
            yield Finding(
                code="root", message=f"the checkpoint of {size} has another root than its leaves", number=size
            )
    for one in ours:
        if one.size == size and one.root != frontier.root:
            yield Finding(
                code="another-root",
                message=f"the first {size} entries are not those that the checkpoint given speaks of",
                number=size,
            )
        elif one.size == size and micros(one.at) not in [row.at for row in stored]:
            yield Finding(
                code="another-time",
                message=f"nothing was sealed at {one.at.isoformat()}, as the checkpoint given says of size {size}",
                number=size,
            )


def _is(frontier: Frontier, written: Any) -> bool:
    try:
        return Frontier.from_bytes(written) == frontier
    except (ProofError, TypeError):
        return False


def _kept(reading: Reading, nodes: Sequence[Node]) -> Iterator[Finding]:
    for height, wanted in _by_height(nodes).items():
        query = sa.select(tiles.c.index.label("place"), raw(tiles.c.hash)).where(
            tiles.c.height == height, tiles.c.index >= min(wanted), tiles.c.index <= max(wanted)
        )
        kept = {row.place: row.hash for row in reading.connection.execute(query)}
        for index in sorted(index for index, hashed in wanted.items() if kept.get(index) != hashed):
            message = f"the node {index} of height {height} is not that of its leaves"
            yield Finding(code="tile", message=message, number=index)


def _by_height(nodes: Sequence[Node]) -> Mapping[int, dict[int, bytes]]:
    found = dict[int, dict[int, bytes]]()
    for node in nodes:
        found.setdefault(node.height, {})[node.index] = node.hash
    return found


def _end(reading: Reading, frontier: Frontier, ours: Sequence[Checkpoint]) -> Iterator[Finding]:
    size = frontier.size
    last = reading.connection.scalar(sa.select(sa.func.max(checkpoints.c.size))) or 0
    if last != size:
        yield Finding(
            code="root", message=f"the last checkpoint is of {last} entries, and {size} have leaves", number=last
        )
    wanted = sum(size >> height for height in range(TILE, size.bit_length(), TILE))
    kept = reading.connection.scalar(sa.select(sa.func.count()).select_from(tiles))
    if kept != wanted:
        yield Finding(code="tile", message=f"{kept} nodes are kept, and {wanted} should be", number=size)
    for one in ours:
        if one.size > size:
            yield Finding(
                code="shorter",
                message=f"the checkpoint given speaks of {one.size} entries, and the log ends after {size}",
                number=one.size,
            )
