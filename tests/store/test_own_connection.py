"""Records in a transaction of the embedder's own: they are kept with its data, or not at all."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from lifecycle import Lead, Lifecycle, load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 1, 10, 9, tzinfo=UTC)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    """An engine as an application has it, with pysqlite's own ideas of when a transaction begins."""
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'app.db'}")
    event.listen(engine, "connect", lambda driver, _: driver.execute("PRAGMA foreign_keys=ON"))
    yield engine
    engine.dispose()


def visitor() -> Lead:
    """A lead that enters the packaged lifecycle."""
    return Lead("42").profile(email="ada@acme.example", at=NOW).activity("ebook_downloaded", at=NOW)


@pytest.mark.parametrize("writes_first", [True, False])
def test_a_rollback_of_the_embedder_takes_our_records_back(engine: sa.Engine, writes_first: bool) -> None:
    """Whoever changes the database first, the records go when the embedder's transaction goes."""
    lifecycle = Lifecycle(load("b2b"), store=engine)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE notes (body TEXT)"))

    with engine.connect() as connection:
        if writes_first:
            connection.execute(sa.text("INSERT INTO notes VALUES ('x')"))
        moved = lifecycle.advance(visitor(), at=NOW, connection=connection).journey.stage
        connection.rollback()

    assert "iql" == moved
    assert None is lifecycle.journey("42").stage


def test_a_commit_of_the_embedder_keeps_both(engine: sa.Engine) -> None:
    """Its data and our records stand in the database after one commit."""
    lifecycle = Lifecycle(load("b2b"), store=engine)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE notes (body TEXT)"))

    with engine.begin() as connection:
        lifecycle.advance(visitor(), at=NOW, connection=connection)
        connection.execute(sa.text("INSERT INTO notes VALUES ('x')"))

    with engine.connect() as connection:
        assert 1 == connection.scalar(sa.text("SELECT count(*) FROM notes"))
    assert "iql" == lifecycle.journey("42").stage
