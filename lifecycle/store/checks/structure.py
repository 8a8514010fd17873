"""Whether a store is made as it should be: tables, constraints, indexes, triggers, and what its database needs."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from lifecycle.store import schema
from lifecycle.store.checks import on_postgresql, on_sqlite
from lifecycle.store.checks.finding import Finding
from lifecycle.store.checks.parts import compared
from lifecycle.store.reading import Reading

__all__ = ["dangling", "structure"]


def structure(reading: Reading) -> Iterator[Finding]:
    """Compare what the database says the store is made of with what it was made as.

    Names are not enough: a check that always holds, a trigger that never fires and a key over fewer columns have them.
    """
    on = on_sqlite if reading.location.database.name == "sqlite" else on_postgresql
    yield from on.health(reading)
    yield from compared(on.wanted(reading), on.found(reading))


def dangling(reading: Reading) -> Iterator[Finding]:
    """Find rows that refer to nothing: whoever owns the database can have it look away."""
    for table in schema.metadata.sorted_tables:
        for key in sorted(table.foreign_key_constraints, key=lambda key: str(key.name)):
            parent = key.referred_table.alias("parent")
            same = [element.parent == parent.c[element.column.name] for element in key.elements]
            given = [element.parent.is_not(None) for element in key.elements]
            query = sa.select(sa.func.count()).select_from(table.outerjoin(parent, sa.and_(*same)))
            first = parent.c[next(iter(key.elements)).column.name]
            count = reading.connection.scalar(query.where(*given, first.is_(None)))
            if count:
                columns = ", ".join(key.column_keys)
                message = f"{count} rows of {table.name} refer by {columns} to no row of {key.referred_table.name}"
                yield Finding(code="dangling", message=message)
