"""What tests of the sealed log share: leads that are kept at once, and what stands in the log afterwards."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import sqlalchemy as sa

from lifecycle.store.schema import leaves
from tests.store.lives import DEFINITION, NOW, lived

if TYPE_CHECKING:
    from datetime import datetime

    from lifecycle.record import Record, Refusal
    from lifecycle.store.sql import Store, Transaction

Leaf = tuple[str, str, int]
"""Kind, subject and number of what was sealed."""

ENTRIES = 6
"""So many entries has each lead that is kept here: five records and a refusal."""


def keep(store: Store, *names: str, now: datetime = NOW) -> None:
    """Keep the whole histories of leads, in one transaction."""
    store.register(DEFINITION, now=now)
    with store.writing() as transaction:
        add(transaction, *names, now=now)


def add(transaction: Transaction, *names: str, now: datetime = NOW) -> None:
    """Keep the whole histories of leads, in a transaction that is open."""
    transaction.add([(name, *_life()) for name in names], now=now)


@cache
def _life() -> tuple[tuple[Record, ...], tuple[Refusal, ...]]:
    """Return what a lead has lived through: it does not say whose it is, so it is good for any."""
    return lived("1")


def log_of(store: Store) -> list[tuple[int, Leaf]]:
    """Return what was sealed, with positions."""
    with store.reading() as reading:
        rows = reading.connection.execute(sa.select(leaves).order_by(leaves.c.position)).all()
    return [(row.position, (row.kind, row.subject, row.number)) for row in rows]


def written(store: Store) -> list[Leaf]:
    """Return all records and refusals that there are, by subject."""
    found = list[Leaf]()
    with store.reading() as reading:
        for table, kind, number in (("records", "record", "sequence"), ("refusals", "refusal", "number")):
            query = sa.text(f"SELECT subject, {number} FROM lifecycle_{table}")
            found += [(kind, row[0], row[1]) for row in reading.connection.execute(query)]
    return sorted(found)
