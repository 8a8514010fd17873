"""Broken criteria, each with the one check that is meant to catch it: the kit's own test.

Each is wrong in one way only, and otherwise as a criterion should be, so that every other check has to pass.
"""

from __future__ import annotations

import itertools
import os
import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

from lifecycle import Lead, Snapshot, Verdict, criterion, met_if, parameters, unknown
from lifecycle.testing import Example

__all__ = ["CAUGHT_BY", "COUNTER", "EXAMPLES", "SIZE", "caught_by", "folded"]

CAUGHT_BY: Final[dict[type, str]] = {}
"""Each saboteur, with the check that catches it."""

EXAMPLES: Final[dict[type, list[Example]]] = {}
"""What the authors of some of them know."""

_Class = TypeVar("_Class", bound=type[Any])
COUNTER: Final = itertools.count()
SIZE: Final = "employees"


def caught_by(check: str) -> Callable[[_Class], _Class]:
    """Say which check catches a saboteur."""

    def note(cls: _Class) -> _Class:
        CAUGHT_BY[cls] = check
        return cls

    return note


def folded(value: object) -> str:
    """Take case and blanks out of a text."""
    return str(value).strip().casefold()


# --- Purity ----------------------------------------------------------------------------------------------------------


def _met_by_size(known: Snapshot, field: str) -> Verdict:
    size = known.profile(field)
    return unknown("not known") if size is None else met_if(size == 5, "five or not")


@caught_by("pure")
@criterion("looking_at_the_clock", version="1")
class Clock:
    """Asks the clock, though nothing comes of it today."""

    field: str = parameters.profile_field(default=SIZE)

    def judge(self, known: Snapshot) -> Verdict:
        assert datetime.now(UTC).year > 2000
        return _met_by_size(known, self.field)


@caught_by("pure")
@criterion("throwing_dice", version="1")
class Dice:
    """Throws dice, though nothing comes of it."""

    field: str = parameters.profile_field(default=SIZE)

    def judge(self, known: Snapshot) -> Verdict:
        assert random.random() < 1
        return _met_by_size(known, self.field)


@caught_by("pure")
@criterion("reading_files", version="1")
class Files:
    """Reads a file each time."""

    field: str = parameters.profile_field(default=SIZE)

    def judge(self, known: Snapshot) -> Verdict:
        assert Path(__file__).read_bytes()
        return _met_by_size(known, self.field)


@caught_by("pure")
@criterion("asking_the_environment", version="1")
class Environment:
    """Lets the environment decide."""

    field: str = parameters.profile_field(default=SIZE)

    def judge(self, known: Snapshot) -> Verdict:
        assert os.environ.get("NOBODY_SETS_THIS") is None
        return _met_by_size(known, self.field)


@caught_by("pure")
@criterion("marking_facts", version="1", never=["unknown"])
class Marking:
    """Marks the activities that it has seen, in the facts themselves."""

    kinds: tuple[str, ...] = parameters.kinds()
    page: str = "page"

    def judge(self, known: Snapshot) -> Verdict:
        done = known.activities(self.kinds)
        for activity in done:
            if self.page in activity.properties:
                seen: Any = activity.properties
                seen[self.page] = "seen"
        return met_if(done.count >= 2, f"{done.count} times")


@caught_by("pure")
@criterion("growing", version="1", never=["unknown"])
class Growing:
    """Adds to its own parameters."""

    points: Mapping[str, int] = parameters.points()

    def judge(self, known: Snapshot) -> Verdict:
        own: Any = self.points
        own["judged"] = own.get("judged", 0) + 1
        return met_if(
            any(known.activities(kind).count >= 2 for kind in self.points if kind != "judged"), "twice or not"
        )


# --- Verdicts --------------------------------------------------------------------------------------------------------


@caught_by("total")
@criterion("trustful", version="1")
class Trustful:
    """Expects a number where anything may stand."""

    minimum: int
    field: str = parameters.profile_field(default=SIZE)

    def judge(self, known: Snapshot) -> Verdict:
        size = known.profile(self.field)
        return unknown("not known") if size is None else met_if(size >= self.minimum, f"{size}", size=size)


@caught_by("total")
@criterion("careless", version="1")
class Careless:
    """Expects that everything is known."""

    word: str
    field: str = parameters.profile_field(default="industry")

    def judge(self, known: Snapshot) -> Verdict:
        told: Any = known.profile(self.field)
        return met_if(told.strip().casefold() == self.word.strip().casefold(), "the word or not")


@caught_by("total")
@criterion("stumbling", version="1", never=["unknown"])
class Stumbling:
    """Waits well, and breaks for an hour when the time has come."""

    kinds: tuple[str, ...] = parameters.kinds()
    after: timedelta = parameters.duration()

    def judge(self, known: Snapshot) -> Verdict:
        last = known.activities(self.kinds).last
        if last is None or known.at - last.at < self.after:
            return met_if(False, "not yet", until=None if last is None else last.at + self.after)
        if known.at - last.at < self.after + timedelta(hours=1):
            raise RuntimeError("just now")
        return met_if(True, "long ago")


@caught_by("verdict")
@criterion("half", version="1", never=["unknown"])
class Half:
    """Gives half of what was done as its amount."""

    kinds: tuple[str, ...] = parameters.kinds()

    def judge(self, known: Snapshot) -> Verdict:
        count = known.activities(self.kinds).count
        amount: Any = count / 2 if count == 3 else count
        return met_if(count >= 2, f"{count} times", amount=amount)


@caught_by("verdict")
@criterion("speechless", version="1", never=["unknown"])
class Speechless:
    """Forgets to say anything where there was nothing."""

    kinds: tuple[str, ...] = parameters.kinds()

    def judge(self, known: Snapshot) -> Verdict:
        count = known.activities(self.kinds).count
        nothing: Any = None
        return met_if(count >= 2, f"{count} times") if count else nothing


@caught_by("verdict")
@criterion("looking_back", version="1", never=["unknown"])
class LookingBack:
    """Says that its verdict held until now."""

    kinds: tuple[str, ...] = parameters.kinds()

    def judge(self, known: Snapshot) -> Verdict:
        count = known.activities(self.kinds).count
        return met_if(count >= 2, f"{count} times", until=known.at if count == 3 else None)


@caught_by("deterministic")
@criterion("numbering", version="1")
class Numbering:
    """Numbers its verdicts."""

    field: str = parameters.profile_field(default=SIZE)

    def judge(self, known: Snapshot) -> Verdict:
        size = known.profile(self.field)
        return unknown("not known") if size is None else met_if(size == 5, "five or not", number=next(COUNTER))


@caught_by("deterministic")
@criterion("latest", version="1", never=["unknown"])
class Latest:
    """Lets of two things done at one instant the one count that was told last."""

    kinds: tuple[str, ...] = parameters.kinds()

    def judge(self, known: Snapshot) -> Verdict:
        last = known.activities(self.kinds).last
        return met_if(last is not None and last.kind == self.kinds[0], "the first kind or not")


@caught_by("examples")
@criterion("always", version="1")
class Always:
    """Is met whatever is known."""

    field: str = parameters.profile_field(default=SIZE)

    def judge(self, known: Snapshot) -> Verdict:
        size = known.profile(self.field)
        return unknown("not known") if size is None else met_if(True, "always")


@caught_by("examples")
@criterion("mistaken", version="1")
class Mistaken:
    """Is off by one, as its author's example shows."""

    minimum: int
    field: str = parameters.profile_field(default=SIZE)

    def judge(self, known: Snapshot) -> Verdict:
        size = known.profile(self.field)
        return met_if(size > self.minimum, f"{size}") if isinstance(size, int) else unknown("not known")


EXAMPLES[Mistaken] = [Example(outcome="met", lead=Lead("1").profile(employees=20), parameters={"minimum": 20})]


@caught_by("never")
@criterion("unsure", version="1", never=["unmet"])
class Unsure:
    """Declares that it is never unmet."""

    field: str = parameters.profile_field(default=SIZE)

    def judge(self, known: Snapshot) -> Verdict:
        size = known.profile(self.field)
        return unknown("not known") if size is None else met_if(size == 5, "five or not")
