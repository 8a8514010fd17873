"""What is noticed while a criterion judges, and what is not: the limits that the kit states."""

from __future__ import annotations

import os
import random
import secrets
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from lifecycle_engagement import Count
from lifecycle_timing import Inactive

from lifecycle import Journey, Lead, Snapshot
from lifecycle.testing.watching import BEHIND, Watched, tripwire

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
