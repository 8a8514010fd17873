"""What is noticed while a criterion judges, and what is not: the limits that the kit states."""

# pyright: reportPrivateUsage=false
# What Python itself calls is told by hand.

from __future__ import annotations

import gc
import importlib
import os
import random
import secrets
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from lifecycle_engagement import Count
from lifecycle_timing import Inactive

from lifecycle import Journey, Lead, Snapshot
from lifecycle.testing import watching
from lifecycle.testing.watching import BEHIND, Trips, Watched, tripwire

AT = datetime(2026, 1, 5, tzinfo=UTC)
KNOWN = Snapshot(
    Lead("1").profile(size=5).answer(budget=True).channel("webinar").activity("visit", at=AT), AT, Journey(stage="mql")
)

AT_ONCE: dict[str, Callable[[], Any]] = {
    "calls time.time": time.time,
    "calls time.monotonic": time.monotonic,
    "calls datetime.now": lambda: datetime.now(UTC),
    "calls date.today": date.today,
    "calls random.random": random.random,
    "calls random.getrandbits": lambda: random.randint(1, 6),
    "calls os.urandom": lambda: os.urandom(1),
    "looks into os.environ": lambda: os.environ.get("HOME"),
    "calls print": lambda: print(end=""),  # noqa: T201 - that is what is to be noticed
}
OUTSIDE: dict[str, Callable[[], Any]] = {
    "open": lambda: Path(__file__).read_bytes(),
    "socket.": lambda: socket.socket().close(),
    "subprocess.Popen": lambda: subprocess.run([sys.executable, "-c", ""], check=True),
    "os.listdir": lambda: os.listdir("."),  # noqa: PTH208 - the bare call
}

CALLS: dict[str, tuple[Any, str | None]] = {
    "the clock": (time.sleep, "calls time.sleep"),
    "a calculation with time": (time.strftime, None),
    "today": (datetime.now, "calls datetime.now"),
    "a given day": (date.fromisoformat, None),
    "dice": (random.Random(5).random, "calls random.random"),
    "the system's dice": (os.urandom, "calls os.urandom"),
    "words": (print, "calls print"),
    "a calculation": (len, None),
    "a method": ("text".upper, None),
}
ASKS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "profile": (lambda known: known.profile("size"), "profile:size"),
    "answer": (lambda known: known.answer("budget", ever=True), "answer:budget"),
    "channel": (lambda known: known.channel, "channel"),
    "journey": (lambda known: known.journey.stage, "journey"),
    "a kind": (lambda known: known.activities("visit").count, "activity:visit"),
    "kinds": (lambda known: known.activities(iter(["visit"])).count, "activity:visit"),
    "all kinds": (lambda known: known.activities().count, "activity:*"),
    "the lead": (lambda known: known._lead.id, BEHIND),
}


class TestTripwire:
    """What a judgement has no use for is noticed."""

    @pytest.mark.parametrize("said", AT_ONCE)
    def test_the_clock_randomness_and_the_environment_are_noticed(self, said: str) -> None:
        """By the name of what is called."""
        with tripwire() as trips:
            AT_ONCE[said]()

        assert said in trips.at_once

    @pytest.mark.parametrize("make", [uuid.uuid4, lambda: secrets.token_hex(2)], ids=["uuid4", "token_hex"])
    def test_so_is_what_asks_the_system_for_it(self, make: Callable[[], Any]) -> None:
        """A library that calls it is as impure as a direct call."""
        with tripwire() as trips:
            make()

        assert trips.at_once

    @pytest.mark.parametrize("event", OUTSIDE)
    def test_files_sockets_and_processes_are_noticed(self, event: str) -> None:
        """They are kept apart, since what is loaded once may need them."""
        with tripwire() as trips:
            OUTSIDE[event]()

        assert any(one.startswith(event) for one in trips.outside)

    def test_a_judgement_of_ours_trips_nothing(self) -> None:
        """Neither the snapshot nor a criterion has any use for these."""
        bound: Any = Count
        with tripwire() as trips:
            bound(kinds=("visit",), at_least=1, within=timedelta(days=1)).judge(KNOWN)

        assert ([], []) == (trips.at_once, trips.outside)

    def test_nothing_is_noticed_outside_of_it(self) -> None:
        """The audit hook stays for ever, and is silent."""
        with tripwire() as trips:
            pass
        time.time()
        os.listdir(".")  # noqa: PTH208 - the bare call

        assert ([], []) == (trips.at_once, trips.outside)

    def test_what_a_module_does_while_it_is_imported_is_no_judgement(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It is done once; the same done by the criterion is noticed."""
        (tmp_path / "loaded_by_a_criterion.py").write_text("import time\nstarted = time.time()\n")
        monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
        with tripwire() as trips:
            importlib.import_module("loaded_by_a_criterion")
        monkeypatch.delitem(sys.modules, "loaded_by_a_criterion")

        assert [] == trips.at_once

    @pytest.mark.parametrize("collects", [True, False])
    def test_garbage_is_collected_afterwards_as_before(self, collects: bool) -> None:
        """A collection would run what others do after it; whoever has turned it off does not want it on."""
        before = gc.isenabled()
        (gc.enable if collects else gc.disable)()
        try:
            with tripwire():
                assert not gc.isenabled()
            assert collects is gc.isenabled()
        finally:
            (gc.enable if before else gc.disable)()

    def test_a_profile_function_of_somebody_else_is_given_back(self) -> None:
        """A profiler or a debugger goes on as before."""
        before = sys.getprofile()
        with tripwire():
            assert sys.getprofile() is not before

        assert before is sys.getprofile()

    def test_what_another_thread_does_goes_unseen(self) -> None:
        """A limit, and not a promise; that it starts one is noticed where Python says so."""
        told: list[float] = []
        thread = threading.Thread(target=lambda: told.append(time.time()))
        with tripwire() as trips:
            thread.start()
            thread.join()

        assert told
        assert "calls time.time" not in trips.at_once


class TestWhatIsHeard:
    """What Python tells the tripwire, and what it makes of that; told by hand, where a test can be measured."""

    @staticmethod
    @contextmanager
    def listening() -> Generator[Trips]:
        """Listen in this thread, and do nothing else that a tripwire does."""
        watching._listening.trips = trips = Trips()
        try:
            yield trips
        finally:
            watching._listening.trips = None

    @pytest.mark.parametrize("name", CALLS)
    def test_calls_are_known_by_what_they_belong_to(self, name: str) -> None:
        """A method of the same name that belongs to something else is let alone."""
        function, said = CALLS[name]

        assert said == watching._what_is_called(function)

    def test_a_call_is_noted_unless_something_is_being_imported(self) -> None:
        """However deep below the import it is made."""
        importing: dict[str, Any] = {"sys": sys}
        exec(compile("frame = sys._getframe()", "<frozen importlib._bootstrap>", "exec"), importing)
        below: Any = SimpleNamespace(f_code=watching._ENVIRONMENT, f_back=importing["frame"])
        with self.listening() as trips:
            for frame in (importing["frame"], below, sys._getframe()):
                watching._note_call(frame, "c_call", time.time)

        assert ["calls time.time"] == trips.at_once

    def test_of_functions_in_python_only_the_look_into_the_environment_is_noted(self) -> None:
        """Nothing that a criterion calls is a fault by itself, and no end of a call is."""
        looking: Any = SimpleNamespace(f_code=watching._ENVIRONMENT, f_back=None)
        with self.listening() as trips:
            for frame, event in ((looking, "call"), (sys._getframe(), "call"), (looking, "return")):
                watching._note_call(frame, event, None)

        assert ["looks into os.environ"] == trips.at_once

    def test_events_that_reach_outside_are_noted_with_what_they_are_about(self) -> None:
        """In short; others are not."""
        with self.listening() as trips:
            for event, arguments in (("open", ("x" * 99, "r")), ("os.listdir", ()), ("import", ("json",))):
                watching._note_event(event, arguments)

        assert [f"open '{'x' * 79}", "os.listdir"] == trips.outside

    def test_nobody_listens_outside_of_it(self) -> None:
        """The same goes unheard, and breaks nothing."""
        watching._note_event("open", ("x",))
        watching._note_call(sys._getframe(), "c_call", time.time)

        assert None is getattr(watching._listening, "trips", None)


class TestWatched:
    """A snapshot that notes what it is asked for."""

    @pytest.mark.parametrize("name", ASKS)
    def test_answers_as_the_other_and_notes_it(self, name: str) -> None:
        """In the words in which criteria declare what they read."""
        ask, noted = ASKS[name]
        watched = Watched(KNOWN)

        assert ask(KNOWN) == ask(watched)
        assert {noted} == watched.asked

    def test_the_instant_is_not_noted(self) -> None:
        """Everybody may know what time it is."""
        watched = Watched(KNOWN)

        assert KNOWN.at == watched.at
        assert set() == watched.asked

    def test_is_judged_like_the_other(self) -> None:
        """Whoever watches changes nothing."""
        bound: Any = Inactive
        criterion = bound(at_least=timedelta(days=1))
        watched = Watched(KNOWN)

        assert criterion.judge(KNOWN) == criterion.judge(watched)
        assert {"activity:*", "journey"} >= watched.asked
