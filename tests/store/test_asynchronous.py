"""Asynchronous callers use the same code, through SQLAlchemy's `run_sync`: there is no twin of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from lifecycle import Lifecycle, Record, Reply
from lifecycle.errors import CallerError, ConcurrentUpdateError
from tests.doors import ACCEPT, DEFINITION, interested
from tests.made import day

Work = Callable[[AsyncEngine, Lifecycle], Awaitable[Any]]


def run(url: str, work: Work) -> Any:
    """Run something on an asynchronous engine, with a lifecycle on the same database."""

    async def working() -> Any:
        engine = create_async_engine(url)
        try:
            with Lifecycle(DEFINITION, url, clock=lambda: day(10)) as door:
                return await work(engine, door)
        finally:
            await engine.dispose()

    return asyncio.run(working())


async def fire(connection: AsyncConnection, door: Lifecycle, **more: Any) -> Reply:
    """Ask for a transition in somebody's asynchronous transaction."""
    return await connection.run_sync(lambda sync: door.fire(interested(), **ACCEPT, connection=sync, **more))


def test_both_or_neither(postgres_store: str) -> None:
    """Whatever else is written in the transaction shares the fate of our records."""

    async def work(engine: AsyncEngine, door: Lifecycle) -> list[int]:
        found = list[int]()
        for end in ("rollback", "commit"):
            async with engine.connect() as connection:
                await fire(connection, door, key="k", lock=True)
                await getattr(connection, end)()
            found.append(len(door.history("1")))
        return found

    assert [0, 2] == run(postgres_store, work)


def test_a_key_is_found_again_and_rows_are_streamed(postgres_store: str) -> None:
    """Reading and writing, as on any other connection."""

    async def work(engine: AsyncEngine, door: Lifecycle) -> tuple[bool, list[Record]]:
        async with engine.begin() as connection:
            await fire(connection, door, key="k")
            again = await fire(connection, door, key="k")

            def records(sync: sa.Connection) -> list[Record]:
                with door.store.reading(sync) as reading:
                    return list(reading.records())

            return again.repeated, await connection.run_sync(records)

    repeated, found = run(postgres_store, work)
    assert repeated
    assert [1, 2] == [record.sequence for record in found]


def test_what_is_no_transaction_is_refused(postgres_store: str) -> None:
    """A connection that commits by itself, and a transaction that has failed already."""

    async def work(engine: AsyncEngine, door: Lifecycle) -> None:
        async with engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            with pytest.raises(CallerError, match="commits every statement by itself"):
                await fire(connection, door)
        async with engine.connect() as connection:
            with pytest.raises(DBAPIError):
                await connection.execute(sa.text("SELECT 1 / 0"))
            with pytest.raises(CallerError, match="has failed already"):
                await fire(connection, door)

    run(postgres_store, work)


def test_a_conflict_leaves_their_transaction_usable(postgres_store: str) -> None:
    """Two tasks want the same lead: who is second is told, and may commit what it has."""

    async def work(engine: AsyncEngine, door: Lifecycle) -> int:
        async with engine.connect() as one, engine.connect() as other:
            await one.execution_options(isolation_level="REPEATABLE READ")
            await one.execute(sa.text("SELECT 1"))
            async with other.begin():
                await fire(other, door)
            with pytest.raises(ConcurrentUpdateError):
                await fire(one, door)
            found = await one.execute(sa.text("SELECT 41 + 1"))
            return int(found.scalar_one())

    assert 42 == run(postgres_store, work)
