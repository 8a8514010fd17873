"""Tests who may observe, what is refused at once, and that a broken observer is named and stops nobody."""

from __future__ import annotations

import asyncio
import importlib
import logging
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.errors import PluginError
from lifecycle.hooks import hookimpl
from lifecycle.observing import Observing, observing, tell
from tests.installing import Site

RECORDING = """
from lifecycle import hookimpl

seen = []

@hookimpl
def lifecycle_after_transition(record):
    seen.append(record)
"""

BREAKING = """
from lifecycle import hookimpl

@hookimpl
def lifecycle_after_transition(record):
    raise SystemExit("out")
"""


class Record:
    """Stands for a record: observers are given it as it is."""

    def __init__(self, sequence: int) -> None:
        self.sequence = sequence


def records(*sequences: int) -> Any:
    """Return records of these numbers."""
    return [Record(sequence) for sequence in sequences]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A folder for distributions."""
    return Site(tmp_path, monkeypatch)


def complaints(*names: str) -> list[str]:
    """Return what is said of names that are listed as observers."""
    with pytest.raises(PluginError) as caught:
        observing(names)
    return [problem.message for problem in caught.value.problems]


class TestListed:
    """A callable, a plugin with the hook, or the name of an installed one."""

    def test_callable_is_called(self) -> None:
        """Any function will do."""
        seen: list[Any] = []
        given = records(1, 2)

        assert () == tell(observing([seen.append]), given)
        assert given == seen

    def test_plugin_is_called_by_its_hook(self) -> None:
        """By the name of its argument, as pluggy would."""

        class Watching:
            seen: Any = None

            @hookimpl
            def lifecycle_after_transition(self, record: Any) -> None:
                """Remember."""
                self.seen = record

        plugin = Watching()
        [record] = records(1)
        tell(observing([plugin]), [record])

        assert record is plugin.seen

    def test_hook_may_leave_the_record_out(self) -> None:
        """Who only wants to know that something moved need not name it."""

        class Counting:
            count = 0

            @hookimpl
            def lifecycle_after_transition(self) -> None:
                """Count."""
                self.count += 1

        plugin = Counting()
        tell(observing([plugin]), records(1, 2, 3))  # type: ignore[list-item]  # the protocol asks for more

        assert 3 == plugin.count

    def test_only_listed_plugins_are_imported(self, site: Site) -> None:
        """Installed is not active."""
        listed, other = site.install("acme", RECORDING), site.install("other", RECORDING)
        given = records(1)
        tell(observing(["acme"]), given)

        assert given == sys.modules[listed].seen
        assert other not in sys.modules

    def test_file_is_listed_by_its_name(self, tmp_path: Path) -> None:
        """Without anything installed."""
        file = tmp_path / "bell.py"
        file.write_text(RECORDING, encoding="utf-8")
        [one] = observing(["bell"], files=[file])

        assert "bell (file bell.py)" == str(one.plugin)

    def test_module_at_hand_is_named_by_its_own_name(self, site: Site) -> None:
        """It need not be installed as a plugin."""
        module = importlib.import_module(site.install("acme", RECORDING))

        assert [module.__name__] == [str(one.plugin) for one in observing([module])]  # pyright: ignore[reportArgumentType]  # a module of any name

    def test_name_of_nobody(self, site: Site) -> None:
        """All names are looked at, and what was probably meant is said."""
        site.install("acme", RECORDING)

        assert [
            "no plugin is named 'acmee', did you mean 'acme'?",
            "no plugin is named 'zzz'",
        ] == complaints("acmee", "zzz")

    def test_plugin_that_observes_nothing(self, site: Site) -> None:
        """It would never be told."""
        site.install("acme")

        assert ["acme (dist-acme 1.0) observes nothing: it has no lifecycle_after_transition"] == complaints("acme")

    def test_broken_plugin_is_named(self, site: Site) -> None:
        """As everywhere."""
        site.install("acme", "1 / 0")

        assert ["acme (dist-acme 1.0) cannot be imported: ZeroDivisionError: division by zero"] == complaints("acme")

    def test_what_is_ready_stays_as_it_is(self) -> None:
        """Whoever got observers ready may pass them on."""
        ready = observing([print])

        assert ready == observing(ready)
        assert all(isinstance(one, Observing) for one in ready)

    def test_anything_else_is_refused(self) -> None:
        """Better now than after the first move."""
        with pytest.raises(TypeError, match=r"an observer is a callable, a plugin with .* or the name of one, not 5"):
            observing([5])  # type: ignore[list-item]  # that is the point

    def test_what_could_not_be_told_is_refused(self) -> None:
        """A coroutine that nobody awaits, and a hook with an argument that nobody gives."""

        class Odd:
            @hookimpl
            def lifecycle_after_transition(self, reply: object) -> None:
                """Never called."""

        async def later(record: object) -> None:
            await asyncio.sleep(0)

        with pytest.raises(TypeError, match=r"the observer .*later is async, and nobody would await it"):
            observing([later])
        with pytest.raises(TypeError, match=r"the observer .*Odd wants 'reply', which nobody gives"):
            observing([Odd()])  # pyright: ignore[reportArgumentType]  # that is the point


class TestTelling:
    """What one observer breaks is named, and stops nobody."""

    def test_plugin_that_breaks_is_named(self, site: Site, caplog: pytest.LogCaptureFixture) -> None:
        """With its distribution and version, in the log and to the caller; even one that would end the program."""
        site.install("acme", BREAKING, version="2.1")
        seen: list[Any] = []
        with caplog.at_level(logging.ERROR, logger="lifecycle.observing"):
            broken = tell(observing(["acme", seen.append]), records(1, 2))

        said = "the observer acme (dist-acme 2.1) broke after a record was written"

        assert [1, 2] == [record.sequence for record in seen]
        assert (f"{said}: SystemExit: out",) * 2 == broken
        assert [f"{said} (sequence 1)", f"{said} (sequence 2)"] == [record.message for record in caplog.records]

    def test_interrupt_is_let_through(self) -> None:
        """Who presses Ctrl-C wants to stop."""

        def interrupted(_: object) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            tell(observing([interrupted]), records(1))

    @given(st.lists(st.booleans(), max_size=5), st.integers(0, 4))
    def test_everybody_is_told_of_everything_in_order(self, sound: list[bool], count: int) -> None:
        """Whoever breaks, each observer is told of each record once and in the order of writing."""
        told: list[tuple[int, int]] = []

        def made(number: int, *, breaks: bool) -> Any:
            def observer(record: Any) -> None:
                told.append((record.sequence, number))
                if breaks:
                    raise RuntimeError

            return observer

        observers = [made(number, breaks=not one) for number, one in enumerate(sound)]
        logging.disable()
        try:
            broken = tell(observing(observers), records(*range(count)))
        finally:
            logging.disable(logging.NOTSET)

        assert [(sequence, number) for sequence in range(count) for number, _ in enumerate(sound)] == told
        assert count * sound.count(False) == len(broken)
