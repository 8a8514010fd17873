"""Criteria that make life hard for whoever judges them: they break, look again too early, and change without any fact.

They keep to the rules of criteria, or break one of them on purpose. A registry takes this module as a plugin:

    Registry.of({"unruly": unruly}) | Registry.installed()
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from lifecycle import parameters
from lifecycle.criteria import Criterion, Verdict, criterion, met_if, unknown
from lifecycle.hooks import hookimpl
from lifecycle.lead import Snapshot
from lifecycle.times import parse_instant

__all__ = ["Broken", "Calendar", "Fixed", "Polling", "Pulse", "lifecycle_criteria"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _raise(_: Snapshot) -> Any:
    raise RuntimeError("broken on purpose")


_WAYS: Final[Mapping[str, Callable[[Snapshot], Any]]] = {
    "raises": _raise,
    "gives_nothing": lambda _: None,
    "looks_back": lambda known: met_if(True, "until it is too late", until=known.at),  # noqa: FBT003 - a verdict
}


@criterion("broken", version="1")
class Broken:
    """Breaks as soon as one of these things has happened, and is met before; with `heals`, the other way round.

    `how` is what goes wrong: it raises, gives no verdict, or gives one that holds until an instant that has passed.
    """

    kinds: tuple[str, ...] = parameters.kinds()
    heals: bool = False
    how: str = parameters.fixed_text(choices=_WAYS, default="raises")

    def judge(self, known: Snapshot) -> Verdict:
        """Break, or not."""
        happened = known.activities(self.kinds).count > 0
        if happened is not self.heals:
            broken: Verdict = _WAYS[self.how](known)
            return broken
        return met_if(True, "not broken now")  # noqa: FBT003 - a verdict that is always met


@criterion("polling", version="1", also_reads=["journey"])
class Polling:
    """The lead has been in its stage for so long; every verdict asks to be looked at again after a `step`.

    Too early is allowed: whoever looks more often than needed must find the same.
    """

    at_least: timedelta = parameters.duration()
    step: timedelta = parameters.duration()

    def judge(self, known: Snapshot) -> Verdict:
        """Count from the last move."""
        since, again = known.journey.since, known.at + self.step
        if since is None:
            return met_if(False, "in no stage", until=again)  # noqa: FBT003 - a verdict that is never met
        due = since + self.at_least
        return met_if(known.at >= due, "long enough", until=again if known.at >= due else min(due, again))


@criterion("calendar", version="1")
class Calendar:
    """It is this instant or later; no fact is read, so that nothing but time and moves ask for the verdict."""

    start: str

    def __attrs_post_init__(self) -> None:
        """Refuse what is no instant."""
        parse_instant(self.start)

    def judge(self, known: Snapshot) -> Verdict:
        """Compare with the calendar."""
        start = parse_instant(self.start)
        return met_if(known.at >= start, f"from {self.start}", until=None if known.at >= start else start)


@criterion("pulse", version="1")
class Pulse:
    """Met in every other period since 1970, unknown in the rest: it changes for ever, by time alone."""

    period: timedelta = parameters.duration()

    def judge(self, known: Snapshot) -> Verdict:
        """Look which period it is; the amount is 1 or 2, in turns of two periods."""
        number = (known.at - _EPOCH) // self.period
        until = _EPOCH + (number + 1) * self.period
        if number % 2:
            return unknown("the other half of the time", until=until)
        return met_if(True, "its time", amount=1 + number // 2 % 2, until=until)  # noqa: FBT003 - a verdict that is met


@criterion("fixed", version="1")
class Fixed:
    """Answers the same whatever is known: `met`, `unmet`, `unknown`, or `failed`, for which it raises."""

    outcome: str = parameters.fixed_text(choices=["met", "unmet", "unknown", "failed"])
    amount: int | None = None

    def judge(self, known: Snapshot) -> Verdict:
        """Give the one answer."""
        if self.outcome == "failed":
            _raise(known)
        if self.outcome == "unknown":
            return unknown("nobody knows")
        return met_if(self.outcome == "met", "as told", amount=self.amount)


@hookimpl
def lifecycle_criteria() -> list[type[Criterion]]:
    """Offer the criteria of this module."""
    return [Broken, Calendar, Fixed, Polling, Pulse]
