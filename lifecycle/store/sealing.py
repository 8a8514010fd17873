"""Sealing: what has been written gets its position, dense and for ever, and becomes a leaf of the Merkle tree.

Writers do not number what they write across leads, and so never wait for each other. Each leaves a row in `pending`, in
its own transaction; the sealer takes the rows that it can see. One that it cannot see yet, because its transaction is
still open, gets a later position and is never passed over: there is no cursor that could be ahead of it.

Rows are taken by `entry`. Where one writer could read what another wrote, its own row came later and has the greater
number, so that the records of a lead keep their sequence, and an erasure follows what it erased.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from lifecycle.errors import StoreError
from lifecycle.proof import Checkpoint, Frontier, leaf_of
from lifecycle.store.log import ENTRIES, checkpoint_of
from lifecycle.store.schema import checkpoints, leaves, pending, tiles
from lifecycle.store.writing import Transaction
from lifecycle.times import instant, micros

__all__ = ["RANGES", "seal"]

RANGES: Final = 10_000
"""So many rows of `pending` are sealed by one transaction, so that a great many need little memory."""

_AT_ONCE: Final = 500
"""So many of them are looked up by one statement: databases limit how many values it may have."""


def seal(
    writing: Callable[[], AbstractContextManager[Transaction]], *, now: datetime, ranges: int = RANGES
) -> Checkpoint:
    """Seal what has been committed and not sealed yet, and give the checkpoint over all that is sealed.

    It is a new one also where nothing was to be sealed: it says that up to its instant there was nothing more. Every
    checkpoint is later than the one before it, by a microsecond if the clock says otherwise.

    Args:
        writing: Gives a transaction; there is one for each `ranges`, and each leaves a whole log behind.
        now: The instant of sealing.
        ranges: How many rows of `pending` to take at once.

    Raises:
        StoreError: something that is to be sealed has gone.
    """
    while True:
        with writing() as transaction:
            transaction.location.database.lock(transaction.connection, f"seal {transaction.settings.origin}")
            taken = _pending(transaction, ranges)
            checkpoint = _seal(transaction, taken, now)
        if len(taken) < ranges:
            return checkpoint


def _pending(transaction: Transaction, count: int) -> Sequence[Any]:
    return transaction.connection.execute(sa.select(pending).order_by(pending.c.entry).limit(count)).all()


def _seal(transaction: Transaction, taken: Sequence[Any], now: datetime) -> Checkpoint:
    """Append leaves for the entries of these ranges, with the nodes that they complete, and a checkpoint."""
    query = sa.select(checkpoints).order_by(checkpoints.c.at.desc()).limit(1)
    last = transaction.connection.execute(query).first()
    frontier = Frontier() if last is None else Frontier.from_bytes(last.frontier)
    for begin in range(0, len(taken), _AT_ONCE):
        some = taken[begin : begin + _AT_ONCE]
        entries = list(_entries(transaction, some))
        transaction.insert_many(
            leaves, [{"position": place, **entry} for place, entry in enumerate(entries, frontier.size + 1)]
        )
        frontier, nodes = frontier.grown(leaf_of(entry["digest"]) for entry in entries)
        transaction.insert_many(
            tiles, [{"height": node.height, "index": node.index, "hash": node.hash} for node in nodes]
        )
        # By number, and not up to one: a lower number may have been committed meanwhile, and is still to be sealed.
        numbers = [row.entry for row in some]
        transaction.connection.execute(pending.delete().where(pending.c.entry.in_(numbers)))
    at = micros(now) if last is None else max(micros(now), last.at + 1)
    row = {"at": at, "size": frontier.size, "root": frontier.root, "frontier": frontier.to_bytes()}
    transaction.insert(checkpoints, [row])
    return checkpoint_of(transaction, frontier.size, frontier.root, instant(at))


def _entries(transaction: Transaction, some: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """Give the entries of these ranges in their order, as rows of `leaves` without a position.

    Raises:
        StoreError: one has gone.
    """
    found: dict[tuple[int, int], str] = {}
    for kind in {row.kind for row in some}:
        entry = ENTRIES[kind]
        within = entry.number.between(pending.c.first, pending.c.last)
        same = within if entry.subject is None else sa.and_(entry.subject == pending.c.subject, within)
        query = sa.select(pending.c.entry, entry.number.label("number"), entry.table.c.digest)
        query = query.join_from(pending, entry.table, same)
        query = query.where(pending.c.kind == kind, pending.c.entry.in_([row.entry for row in some]))
        found.update(((row.entry, row.number), row.digest) for row in transaction.connection.execute(query))
    for row in some:
        for number in range(row.first, row.last + 1):
            digest = found.get((row.entry, number))
            if digest is None:
                raise StoreError(
                    f"the {row.kind} {number} of subject {row.subject or '-'} is to be sealed and is not there; run "
                    "`lifecycle verify`"
                )
            yield {"kind": row.kind, "subject": row.subject, "number": number, "digest": digest}
