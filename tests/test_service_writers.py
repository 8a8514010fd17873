"""Who is told of a command, and what happens when several want the same lead."""

# pyright: reportPrivateUsage=false
# One test lets another writer in between two runs of a command.

from __future__ import annotations

import logging
import multiprocessing
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from lifecycle import Lead, Lifecycle, Record, Reply, hookimpl
from lifecycle.decision import Result
from lifecycle.errors import ConcurrentUpdateError, OutOfOrderError
from lifecycle.store.writing import Transaction
from tests import doors, racing
from tests.doors import ACCEPT, DEFINITION, Clock, at_once, interested
from tests.made import day
from tests.stores import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

clock = pytest.fixture(doors.clock)
url = pytest.fixture(params=KINDS)(doors.url)
door = pytest.fixture(doors.door)


class TestObservers:
    """Observers are told of what is durable, and cannot undo it."""

    def test_they_are_told_of_each_record_after_it_is_durable(self, url: str, clock: Clock) -> None:
        """What they look up is there."""
        seen = list[tuple[int, int]]()

        def look(record: Record) -> None:
            seen.append((record.sequence, len(observed.history(str(record.lead)))))

        with Lifecycle(DEFINITION, url, clock=clock, observers=[look]) as observed:
            observed.advance(interested())

        assert [(1, 2), (2, 2)] == seen

    def test_a_plugin_may_observe(self, clock: Clock) -> None:
        """By the hook that plugins have for it."""

        class Plugin:
            def __init__(self) -> None:
                self.seen = list[str]()

            @hookimpl
            def lifecycle_after_transition(self, record: Record) -> None:
                self.seen.append(record.target)

        plugin = Plugin()
        with Lifecycle(DEFINITION, clock=clock, observers=[plugin]) as door:
            door.advance(interested())

        assert ["iql", "mql"] == plugin.seen

    def test_a_failure_is_logged_and_stops_nobody(self, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
        """Neither the command, which is done, nor the other observers; and the log names no lead."""
        told = list[Record]()

        def broken(_: Record) -> None:
            raise ZeroDivisionError

        observers: list[Callable[[Record], None]] = [broken, told.append]
        with caplog.at_level(logging.ERROR), Lifecycle(DEFINITION, clock=clock, observers=observers) as door:
            reply = door.advance(interested("ada@acme.example"))

        assert "mql" == reply.journey.stage
        assert ["iql", "mql"] == [record.target for record in told]
        assert [
            f"the observer {__name__}.{broken.__qualname__} broke after a record was written (sequence {number})"
            for number in (1, 2)
        ] == [record.message for record in caplog.records]
        assert "ZeroDivisionError" in caplog.text
        assert 2 == len(reply.unobserved)
        assert "ada" not in caplog.text

    def test_they_are_not_told_of_refusals(self, clock: Clock) -> None:
        """Nothing has moved."""
        told = list[Record]()
        with Lifecycle(DEFINITION, clock=clock, observers=[told.append]) as door:
            door.fire(Lead("1"), **ACCEPT)

        assert [] == told

    def test_what_can_be_told_nothing_is_refused(self) -> None:
        """At once, and before a store is made."""
        with pytest.raises(TypeError, match="an observer is a callable"):
            Lifecycle(DEFINITION, observers=[5])  # type: ignore[list-item]  # that is the point


class TestConflicts:
    """When another writer was first, the whole command is run again."""

    @pytest.mark.parametrize(("lost", "answered"), [(0, True), (1, True), (4, True), (5, False)])
    def test_a_command_is_run_five_times(
        self, door: Lifecycle, monkeypatch: pytest.MonkeyPatch, lost: int, answered: bool
    ) -> None:
        """Judging included; then the caller is told."""
        monkeypatch.setattr("lifecycle.service.time.sleep", at_once)
        append, tries = Transaction.append, list[int]()

        def contested(self: Transaction, *arguments: Any, **more: Any) -> Any:
            tries.append(more["expected"])
            if len(tries) <= lost:
                raise ConcurrentUpdateError("somebody was first")
            return append(self, *arguments, **more)

        monkeypatch.setattr(Transaction, "append", contested)
        if answered:
            assert "mql" == door.advance(interested()).journey.stage
        else:
            with pytest.raises(ConcurrentUpdateError):
                door.advance(interested())

        assert min(lost + 1, 5) == len(tries)

    def test_it_is_judged_on_the_fresh_journey(
        self, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The second time the lead stands elsewhere, and the decision is another one."""
        monkeypatch.setattr("lifecycle.service.time.sleep", at_once)
        path, likes = tmp_path / "history.db", interested().answer(likes=True, at=day(2))
        with Lifecycle(DEFINITION, path, clock=clock) as one, Lifecycle(DEFINITION, path, clock=clock) as two:
            run_once, lost = Lifecycle._run_once, list[Reply]()

            def meddled(self: Lifecycle, *arguments: Any) -> Reply:
                if self is one and not lost:
                    lost.append(two.fire(likes, "recycle", actor="sales:18", reason="later"))
                    raise ConcurrentUpdateError("somebody was first")
                return run_once(self, *arguments)

            monkeypatch.setattr(Lifecycle, "_run_once", meddled)
            reply = one.fire(likes, **ACCEPT)

        assert lost[0].granted
        assert reply.decision is not None
        assert ("recycled", Result.UNDEFINED) == (reply.decision.source, reply.decision.result)

    @pytest.mark.parametrize("given", [None, day(10)], ids=["now", "given"])
    def test_an_instant_that_nobody_gave_is_that_of_its_turn(
        self, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch, given: datetime | None
    ) -> None:
        """Others may have moved the lead while it waited; an instant that was given stays, and comes too late then."""
        monkeypatch.setattr("lifecycle.service.time.sleep", at_once)
        path, lead = tmp_path / "history.db", racing.came("1")
        with Lifecycle(racing.there_and_back(), path, clock=clock) as door:
            run_once, runs = Lifecycle._run_once, list[Reply]()

            def late(self: Lifecycle, *arguments: Any) -> Reply:
                monkeypatch.undo()
                clock.now = day(11)
                runs.append(door.fire(lead, "go", actor="sales:other"))
                return run_once(self, *arguments)

            monkeypatch.setattr(Lifecycle, "_run_once", late)
            if given is None:
                assert day(11) == door.fire(lead, "back", actor="sales:17").records[0].at
            else:
                with pytest.raises(OutOfOrderError):
                    door.fire(lead, "back", actor="sales:17", at=given)

        assert [True] == [reply.granted for reply in runs]

    def test_waiting_gets_longer_and_is_spread(self, door: Lifecycle, monkeypatch: pytest.MonkeyPatch) -> None:
        """So that two writers do not meet again and again."""
        slept = list[float]()
        monkeypatch.setattr("lifecycle.service.time.sleep", slept.append)
        monkeypatch.setattr("lifecycle.service.random.uniform", max)

        def contested(*_: Any, **__: Any) -> Any:
            raise ConcurrentUpdateError("somebody was first")

        monkeypatch.setattr(Transaction, "append", contested)
        with pytest.raises(ConcurrentUpdateError):
            door.advance(interested())

        assert [0.02, 0.04, 0.08, 0.16] == slept


class TestRaces:
    """Many writers want the same lead at once."""

    def check(self, door: Lifecycle, found: Counter[str], racers: int) -> None:
        """Assert that every command was answered, and that the history is whole."""
        history = door.history("1")

        assert racers * racing.ROUNDS == found.total()
        assert {"granted", "undefined"} >= found.keys()
        assert list(range(1, len(history) + 1)) == [record.sequence for record in history]
        assert found["granted"] + 1 == len(history)
        assert all(one.target == other.source for one, other in pairwise(history))

    def test_threads_share_one_lifecycle(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """With a lock none of them is ever second, and nobody runs a command again."""
        monkeypatch.setattr("lifecycle.service.ATTEMPTS", 1)
        with Lifecycle(racing.there_and_back(), url, clock=racing.later()) as door:
            with ThreadPoolExecutor(6) as threads:
                found = sum(threads.map(partial(racing.race, door, lock=True), "abcdef"), Counter[str]())
            self.check(door, found, 6)

    def test_without_a_lock_those_who_are_second_try_again(
        self, postgres_store: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """On a server writers do not wait for each other, unless they want the same lead in the same moment."""
        attempts = Counter[str]()
        run_once = Lifecycle._run_once

        def counted(self: Lifecycle, command: Any, connection: Any) -> Reply:
            attempts[command.key] += 1
            return run_once(self, command, connection)

        monkeypatch.setattr(Lifecycle, "_run_once", counted)
        with Lifecycle(racing.there_and_back(), postgres_store, clock=racing.later()) as door:
            with ThreadPoolExecutor(2) as threads:
                found = sum(threads.map(partial(racing.race, door), "ab"), Counter[str]())
            self.check(door, found, 2)

        assert 2 * racing.ROUNDS <= attempts.total()
        assert max(attempts.values()) <= 5

    def test_processes_share_one_store(self, tmp_path: Path) -> None:
        """The file is not there yet: they race for making it, too."""
        url = f"sqlite:///{tmp_path / 'history.db'}"
        context = multiprocessing.get_context("spawn")
        racers = [
            context.Process(target=racing.run, args=(url, str(who), str(tmp_path / f"{who}"))) for who in range(2)
        ]
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join()

        assert [0, 0] == [racer.exitcode for racer in racers]
        lines = [
            line.split() for who in range(2) for line in (tmp_path / f"{who}").read_text(encoding="utf-8").splitlines()
        ]
        found = Counter[str]()
        for result, count in lines:
            found[result] += int(count)
        with Lifecycle(racing.there_and_back(), url, clock=racing.later()) as door:
            self.check(door, found, 2)
