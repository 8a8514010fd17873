"""Points for what a lead does, which lose half of their worth with every half-life.

The arithmetic is exact. After k full half-lives an activity is worth its points / 2^k; these fractions are added up
as whole numbers over one power of two, and the sum is floored once.

Nobody walks through a lead's past. All activities between two steps are worth the same, so each step is one bisection,
and empty steps are passed over. As soon as all that is older, taken together, is too little to lift the sum to the next
whole number, nothing older can change the result, now or later, because worth only falls: mostly after a few steps.
Hence points that fall may not be negative.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from lifecycle import Snapshot, Verdict, criterion, met_if, parameters

__all__ = ["Points"]

_INSTANT: Final = timedelta(microseconds=1)


@criterion("points", version="1", never=["unknown"])
class Points:
    """The lead has earned at least so many points by what it did: so many for each activity of a kind.

    With `half_life`, an activity is worth half of its points after one full half-life, a quarter after two, and so on
    by steps; the sum is rounded down once. The amount is the sum. `at_least` is 1 unless it is given.
    """

    points: Mapping[str, int] = parameters.points()
    half_life: timedelta | None = parameters.duration(default=None)
    at_least: int = 1
    ever: bool = False

    def __attrs_post_init__(self) -> None:
        """Refuse negative points that would decay: a sum that can rise by waiting cannot be cut short."""
        if self.half_life is not None and min(self.points.values()) < 0:
            raise ValueError("points with a half_life must not be negative; let a score subtract them instead")

    def judge(self, known: Snapshot) -> Verdict:
        """Add up what the activities are worth at the instant."""
        if self.half_life is None:
            amount, until = sum(worth * count for worth, count in self._counts(known)), None
        else:
            amount, until = self._decayed(known, self.half_life)
        message = f"{amount} points, {self.at_least} wanted"
        return met_if(amount >= self.at_least, message, amount=amount, until=until, points=amount)

    def _counts(self, known: Snapshot) -> list[tuple[int, int]]:
        return [(worth, known.activities(kind, ever=self.ever).count) for kind, worth in self.points.items()]

    def _decayed(self, known: Snapshot, half_life: timedelta) -> tuple[int, datetime | None]:
        """Give the sum, and the first instant at which an activity that makes it up loses half of its worth."""
        kinds = [(worth, known.activities(kind, ever=self.ever)) for kind, worth in self.points.items() if worth]
        numerator, steps = 0, 0  # the sum of all that is younger is numerator / 2 ** steps
        until: datetime | None = None
        while instants := [done.last.at for _, done in kinds if done.last is not None]:
            step = (known.at - max(instants)) // half_life
            older = sum(worth * done.count for worth, done in kinds)  # each still to be divided by 2 ** step at least
            if _too_little(numerator, steps, older, step):
                break
            numerator, steps = numerator << (step - steps), step
            opened = _before(known.at, (step + 1) * half_life)
            inside = [(worth, done if opened is None else done.since(opened)) for worth, done in kinds]
            numerator += sum(worth * done.count for worth, done in inside)
            falls = [_after(done.first.at, (step + 1) * half_life) for _, done in inside if done.first is not None]
            until = min((at for at in (until, *falls) if at is not None), default=None)
            if opened is None:
                break
            kinds = [(worth, done.before(opened)) for worth, done in kinds]
        return numerator >> steps, until


def _too_little(numerator: int, steps: int, older: int, step: int) -> bool:
    """Say whether `numerator / 2**steps` stays below its next whole number when at most `older / 2**step` is added."""
    missing = (((numerator >> steps) + 1) << steps) - numerator
    return step - steps > older.bit_length() or older < missing << (step - steps)


def _before(at: datetime, span: timedelta) -> datetime | None:
    """Give the first instant inside the window `(at - span, at]`; None where the window holds all of time."""
    try:
        return at - span + _INSTANT
    except OverflowError:
        return None


def _after(at: datetime, span: timedelta) -> datetime | None:
    """Give the instant `span` later; None where the calendar ends first."""
    try:
        return at + span
    except OverflowError:
        return None
