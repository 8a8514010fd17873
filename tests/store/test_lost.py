"""The connection to a server is lost, before, during and after the commit."""

from __future__ import annotations

from contextlib import ExitStack, closing
from itertools import count
from typing import TYPE_CHECKING, Any, Final, Self

import psycopg
import pytest
import sqlalchemy as sa

import lifecycle
from lifecycle import Lifecycle, Record
from lifecycle.errors import StoreLostError
from lifecycle.service import ATTEMPTS
from tests.doors import ACCEPT, DEFINITION, at_once, interested
from tests.made import day
from tests.store.apps import NOTE, OnPostgreSQL
from tests.stores import postgres

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from lifecycle import Reply

LEAD = interested().answer(likes=True, at=day(2)).profile(industry="software", at=day(2))

QUESTIONS: Final[Mapping[str, Callable[[Lifecycle], int]]] = {
    "journey": lambda door: door.journey("1").sequence,
    "history": lambda door: len(door.history("1")),
    "records": lambda door: len(door.records()),
    "refusals": lambda door: 4 + len(door.refusals()),
    "explain": lambda door: door.explain(LEAD).journey.sequence,
}
"""What a lifecycle can be asked about the lead after its command, and what comes to 4."""


class _Cursor(psycopg.Cursor[Any]):
    """Says which statement comes next, before it is sent."""

    told: Callable[[psycopg.Connection[Any]], None] | None = None

    def execute(self, query: Any, params: Any = None, **more: Any) -> Self:
        """Run a statement."""
        if _Cursor.told is not None:
            _Cursor.told(self.connection)
        return super().execute(query, params, **more)


@pytest.fixture
def engine(postgres_store: str) -> Iterator[sa.Engine]:
    """An engine with one connection in its pool, whose statements can be watched."""
    engine = sa.create_engine(postgres_store, connect_args={"cursor_factory": _Cursor}, pool_size=1)
    yield engine
    _Cursor.told = None
    engine.dispose()


@pytest.fixture
def told() -> list[Record]:
    """What observers are told of."""
    return []


@pytest.fixture
def door(engine: sa.Engine, told: list[Record]) -> Lifecycle:
    """A lifecycle whose commands make four moves, one of them asked for."""
    return Lifecycle(DEFINITION, engine, clock=lambda: day(10), observers=[told.append])


@pytest.fixture
def kill(postgres_store: str) -> Callable[[psycopg.Connection[Any]], None]:
    """End the server's side of a connection, and wait until it has ended."""

    def end(victim: psycopg.Connection[Any]) -> None:
        with postgres(postgres_store) as connection:
            connection.execute("SELECT pg_terminate_backend(%s, 10000)", [victim.info.backend_pid])

    return end


def fire(door: Lifecycle, key: str | None = "k") -> Reply:
    """Ask for four moves."""
    return door.fire(LEAD, **ACCEPT, key=key)


class TestStatements:
    """What was not committed has gone with the connection, so the command is run again by itself."""

    @pytest.mark.parametrize("key", ["k", None])
    def test_before_the_command(self, door: Lifecycle, engine: sa.Engine, kill: Any, key: str | None) -> None:
        """A server was restarted, or a firewall has forgotten the connection."""
        with engine.connect() as connection:
            kill(connection.connection.driver_connection)
        reply = fire(door, key)

        assert (False, 4) == (reply.repeated, len(reply.records))

    def test_during_the_command(
        self, door: Lifecycle, kill: Any, told: list[Record], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """At whichever statement: it is carried out once, and observers are told once."""
        monkeypatch.setattr("lifecycle.service.time.sleep", at_once)
        for at in count(1):
            lead, seen = f"lead-{at}", list[int]()

            def watch(connection: psycopg.Connection[Any], at: int = at, seen: list[int] = seen) -> None:
                seen.append(1)
                if len(seen) == at:
                    kill(connection)

            told.clear()
            _Cursor.told = watch
            reply = door.fire(interested(lead), **ACCEPT, key=lead)
            _Cursor.told = None
            assert (False, 2, 1) == (reply.repeated, len(door.history(lead)), len(door.refusals(lead)))
            assert [1, 2] == [record.sequence for record in told]
            if len(seen) < at:
                assert 12 <= at
                break


class TestRestart:
    """A server was restarted, and no connection of the pool is alive."""

    @pytest.fixture
    def restarted(self, postgres_store: str, kill: Any) -> Iterator[Lifecycle]:
        """A lifecycle that has used more connections at once than a command has attempts; all of them are lost."""
        engine = sa.create_engine(postgres_store, pool_size=2 * ATTEMPTS)
        with Lifecycle(DEFINITION, engine, clock=lambda: day(10)) as door, ExitStack() as stack:
            fire(door)
            many = [stack.enter_context(engine.connect()) for _ in range(2 * ATTEMPTS)]
            for connection in many:
                kill(connection.connection.driver_connection)
            stack.close()
            yield door
        engine.dispose()

    def test_a_command_finds_a_living_one(self, restarted: Lifecycle) -> None:
        """At the second attempt: whoever loses one parts with all."""
        reply = fire(restarted, "k")

        assert (True, 4) == (reply.repeated, len(reply.records))

    @pytest.mark.parametrize("question", QUESTIONS)
    def test_so_does_a_question(self, restarted: Lifecycle, question: str) -> None:
        """Nothing is written, so it can be asked again."""
        assert 4 == QUESTIONS[question](restarted)


class TestCommits:
    """Nobody can tell from here whether it was kept, except by the key."""

    def lose(
        self, door: Lifecycle, kill: Any, monkeypatch: pytest.MonkeyPatch, when: str, key: str | None
    ) -> Reply | StoreLostError:
        """Ask, and lose the connection once, before the server hears of the commit or after it was done."""
        dialect: Any = door.store.engine.dialect
        commit, done = dialect.do_commit, list[int]()

        def lost(connection: Any) -> None:
            if when == "after":
                commit(connection)
            if not done:
                done.append(1)
                kill(connection.driver_connection)
                commit_lost(connection)
            elif when == "before":
                commit(connection)

        def commit_lost(connection: Any) -> None:
            connection.driver_connection.execute("SELECT 1")  # fails as a commit would whose answer does not arrive

        monkeypatch.setattr(dialect, "do_commit", lost)
        try:
            return fire(door, key)
        except StoreLostError as error:
            return error
        finally:
            monkeypatch.undo()

    @pytest.mark.parametrize("when", ["before", "after"])
    def test_with_a_key_the_answer_is_found(
        self, door: Lifecycle, kill: Any, told: list[Record], monkeypatch: pytest.MonkeyPatch, when: str
    ) -> None:
        """Cascade included; it is carried out once."""
        reply = self.lose(door, kill, monkeypatch, when, "k")

        assert not isinstance(reply, StoreLostError)
        assert (when == "after", True) == (reply.repeated, reply.granted)
        assert ["iql", "mql", "sal", "recycled"] == [record.target for record in reply.records]
        assert reply.records == door.history("1")
        # Nobody is told of what was there already: a program that ends there tells nobody either.
        assert (0 if when == "after" else 4) == len(told)

    @pytest.mark.parametrize("when", ["before", "after"])
    def test_without_a_key_it_is_said_that_nobody_knows(
        self, door: Lifecycle, kill: Any, monkeypatch: pytest.MonkeyPatch, when: str
    ) -> None:
        """The history tells; to run it again unasked might do it twice."""
        error = self.lose(door, kill, monkeypatch, when, None)

        assert isinstance(error, StoreLostError)
        assert error.in_doubt
        assert "may have been kept, or not" in str(error)
        assert (4 if when == "after" else 0) == len(door.history("1"))


def test_a_commit_that_the_server_refuses_is_run_again(door: Lifecycle, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is in doubt then: the connection is there, and says that nothing was kept."""
    monkeypatch.setattr("lifecycle.service.time.sleep", at_once)
    dialect: Any = door.store.engine.dialect
    commit, done = dialect.do_commit, list[int]()

    def refused_once(connection: Any) -> None:
        if not done:
            done.append(1)
            connection.rollback()
            raise psycopg.errors.SerializationFailure("could not serialize access")
        commit(connection)

    monkeypatch.setattr(dialect, "do_commit", refused_once)
    reply = fire(door, key=None)

    assert (1, 4) == (len(done), len(reply.records))
    assert reply.records == door.history("1")


class TestTheirs:
    """A connection that was lent is its owner's to replace."""

    @pytest.mark.parametrize("borrowed", [True, False])
    def test_it_is_said_and_nothing_is_run_again(
        self, door: Lifecycle, postgres_store: str, kill: Any, borrowed: bool
    ) -> None:
        """Neither its data nor our records are kept."""
        app = OnPostgreSQL(postgres_store)
        with closing(app.connect()) as raw, app.engine.connect() as theirs:
            driver: Any = raw if borrowed else theirs.connection.driver_connection
            driver.execute(NOTE)
            connection = lifecycle.borrow(raw) if borrowed else theirs
            door.advance(interested(), connection=connection)
            kill(driver)
            with pytest.raises(StoreLostError) as caught:
                door.fire(interested(), **ACCEPT, key="k", connection=connection)
        assert not caught.value.in_doubt
        assert (0, ()) == (app.notes(), door.history("1"))
        app.engine.dispose()
