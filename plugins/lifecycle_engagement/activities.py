"""Whether, how often and for how long a lead did something."""

from __future__ import annotations

from datetime import timedelta

from lifecycle import Snapshot, Verdict, criterion, met_if, parameters, unknown

__all__ = ["Count", "Duration", "Happened"]


@criterion("happened", version="1", never=["unknown"], monotone=True)
class Happened:
    """The lead has done one of these things at least once; with `within`, that recently."""

    kinds: tuple[str, ...] = parameters.kinds()
    within: timedelta | None = parameters.duration(default=None)
    ever: bool = False

    def judge(self, known: Snapshot) -> Verdict:
        """Look for the last time."""
        done = known.activities(self.kinds, within=self.within, ever=self.ever)
        if done.last is None:
            return met_if(False, "has not happened", count=0)  # noqa: FBT003 - a verdict that is never met
        at = done.last.at.isoformat()
        return met_if(True, f"{done.last.kind} at {at}", until=done.until, count=done.count, last=at)  # noqa: FBT003


@criterion("count", version="1", never=["unknown"], monotone=True)
class Count:
    """The lead has done these things at least so many times, taken together; the amount is how often.

    `distinct` names a property of the activities: only different values of it count, for instance different pages.
    """

    kinds: tuple[str, ...] = parameters.kinds()
    at_least: int = parameters.whole(minimum=1)
    within: timedelta | None = parameters.duration(default=None)
    distinct: str | None = None
    ever: bool = False

    def judge(self, known: Snapshot) -> Verdict:
        """Count them, or the different values of one property."""
        done = known.activities(self.kinds, within=self.within, ever=self.ever)
        count = done.count if self.distinct is None else done.distinct(self.distinct)
        message = f"{count} {'time' if count == 1 else 'times'}, {self.at_least} wanted"
        return met_if(count >= self.at_least, message, amount=count, until=done.until, count=count)


@criterion("duration", version="1")
class Duration:
    """The lead has spent at least so much time on these things, for instance a lot of time on the website.

    `field` names the property that holds whole seconds; an activity without it adds nothing. The amount is in full
    minutes. Unknown where the property holds anything but whole numbers.
    """

    kinds: tuple[str, ...] = parameters.kinds()
    field: str
    at_least: timedelta = parameters.duration()
    within: timedelta | None = parameters.duration(default=None)
    ever: bool = False

    def judge(self, known: Snapshot) -> Verdict:
        """Add up the seconds."""
        done = known.activities(self.kinds, within=self.within, ever=self.ever)
        try:
            seconds = done.total(self.field)
        except TypeError as error:
            return unknown(str(error), until=done.until)
        message = f"{seconds} seconds, {parameters.duration_text(self.at_least)} wanted"
        return met_if(
            seconds >= self.at_least.total_seconds(), message, amount=seconds // 60, until=done.until, seconds=seconds
        )
