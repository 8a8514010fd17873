"""Watching a criterion while it judges: what it asks of the snapshot, and what it does besides.

The tripwire listens to Python's audit events (files, sockets, processes) and to a profile function (calls of the clock,
of randomness, of the environment, and of `print`). It is a test, not a sandbox. Measured on Python 3.11: it sees
`time.time`, `datetime.now`, `date.today`, `random.random`, `uuid.uuid4`, `os.urandom`, `os.environ`, `open`, sockets
and subprocesses. It does not see what another thread does, what C code asks of the clock by itself, what was read once
before it was set and kept since, and the order of a set, which differs from process to process.
"""

from __future__ import annotations

import gc
import os
import random
import sys
import threading
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from types import FrameType, ModuleType
from typing import Any, Final

import attrs

from lifecycle.facts import Activities
from lifecycle.journey import Journey
from lifecycle.lead import Lead, Snapshot

__all__ = ["BEHIND", "Trips", "Watched", "tripwire"]

BEHIND: Final = "what lies behind the snapshot"
"""What is noted where a criterion takes the lead itself, in which later facts can be seen."""


class Watched(Snapshot):
    """A snapshot that notes what it is asked for, as criteria declare it."""

    _known: Snapshot
    asked: set[str]

    def __init__(self, known: Snapshot) -> None:
        object.__setattr__(self, "_known", known)
        object.__setattr__(self, "asked", set())

    def profile(self, field: str) -> Any:
        """Note the field."""
        self.asked.add(f"profile:{field}")
        return self._known.profile(field)

    def answer(self, name: str, *, ever: bool = False) -> Any:
        """Note the answer."""
        self.asked.add(f"answer:{name}")
        return self._known.answer(name, ever=ever)

    def activities(
        self, kinds: Iterable[str] | str | None = None, *, within: timedelta | None = None, ever: bool = False
    ) -> Activities:
        """Note the kinds."""
        kinds = kinds if kinds is None or isinstance(kinds, str) else tuple(kinds)
        named = ("*",) if kinds is None else (kinds,) if isinstance(kinds, str) else kinds
        self.asked.update(f"activity:{kind}" for kind in named)
        return self._known.activities(kinds, within=within, ever=ever)

    @property
    def channel(self) -> str | None:
        """Note it."""
        self.asked.add("channel")
        return self._known.channel

    @property
    def at(self) -> datetime:  # pyright: ignore[reportIncompatibleVariableOverride] - it passes the base's on
        """The instant is nobody's secret."""
        return self._known.at

    @property
    def journey(self) -> Journey:  # pyright: ignore[reportIncompatibleVariableOverride] - likewise
        """Note it."""
        self.asked.add("journey")
        return self._known.journey

    @property
    def _lead(self) -> Lead:  # pyright: ignore[reportIncompatibleVariableOverride] - likewise
        self.asked.add(BEHIND)
        lead: Lead = object.__getattribute__(self._known, "_lead")
        return lead


# --- What is done besides --------------------------------------------------------------------------------------------


@attrs.define
class Trips:
    """What was noticed: `at_once` is never right, `outside` only while something is loaded that is kept afterwards."""

    at_once: list[str] = attrs.field(factory=list[str])
    outside: list[str] = attrs.field(factory=list[str])


_OUTSIDE: Final = (
    *("open", "socket.", "subprocess.", "urllib.", "http.", "ftplib.", "smtplib.", "sqlite3.", "shutil.", "tempfile."),
    *("os.listdir", "os.scandir", "os.walk", "os.remove", "os.rename", "os.mkdir", "os.system", "os.exec", "os.spawn"),
    *("os.posix_spawn", "os.fork", "os.putenv", "os.kill", "glob.glob", "_thread.start_new_thread"),
)
"""The beginnings of audit events that reach outside."""
_CLOCK: Final = frozenset(
    {
        *("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "process_time"),
        *("process_time_ns", "thread_time", "thread_time_ns", "localtime", "clock_gettime", "ctime", "sleep"),
    }
)
_TODAY: Final = frozenset({"now", "utcnow", "today"})
_SPOKEN: Final = frozenset({"print", "input"})
_ENVIRONMENT: Final[Any] = type(os.environ).__getitem__.__code__

_listening = threading.local()
_hooked = False


@contextmanager
def tripwire() -> Generator[Trips]:
    """Notice what is done in this thread, while this context lasts, that a judgement has no use for."""
    _hook_once()
    trips, before, collecting = Trips(), sys.getprofile(), gc.isenabled()
    gc.disable()  # or it would call what others do after a collection
    _listening.trips = trips
    sys.setprofile(_note_call)
    try:
        yield trips
    finally:
        sys.setprofile(before)
        _listening.trips = None
        if collecting:
            gc.enable()


def _hook_once() -> None:
    """Listen to audit events; a hook can never be taken away, so that this one is silent outside of a tripwire."""
    global _hooked  # noqa: PLW0603 - Python keeps one list of hooks for each process
    if not _hooked:
        _hooked = True
        sys.addaudithook(_note_event)


def _note_event(event: str, arguments: tuple[Any, ...]) -> None:
    trips = getattr(_listening, "trips", None)
    if trips is not None and event.startswith(_OUTSIDE):
        trips.outside.append(f"{event} {arguments[0]!r:.80}" if arguments else event)


def _note_call(frame: FrameType, event: str, argument: Any) -> None:
    found = None
    if event == "c_call":
        found = _what_is_called(argument)
    elif event == "call" and frame.f_code is _ENVIRONMENT:
        found = "looks into os.environ"
    trips = getattr(_listening, "trips", None)
    if found is not None and trips is not None and not _is_importing(frame):
        trips.at_once.append(found)


def _what_is_called(function: Any) -> str | None:
    owner, name = getattr(function, "__self__", None), function.__name__
    if isinstance(owner, ModuleType):
        if owner.__name__ == "time" and name in _CLOCK:
            return f"calls time.{name}"
        if name == "urandom" or name == "getrandom":  # noqa: PLR1714 - clearer than a set of two
            return f"calls os.{name}"
        return f"calls {name}" if owner.__name__ == "builtins" and name in _SPOKEN else None
    if isinstance(owner, type) and issubclass(owner, date) and name in _TODAY:
        return f"calls {owner.__name__}.{name}"
    if isinstance(owner, random.Random):
        return f"calls random.{name}"
    return None


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False
