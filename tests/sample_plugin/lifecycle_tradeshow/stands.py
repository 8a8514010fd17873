"""Stands: how long somebody stayed."""

from __future__ import annotations

from datetime import timedelta

from lifecycle import Snapshot, Verdict, criterion, met_if, parameters, unknown

__all__ = ["Stayed"]


@criterion("stayed", version="1")
class Stayed:
    """So many minutes at our stands, altogether."""

    minutes: int
    kinds: tuple[str, ...] = parameters.kinds(default=("stand_visited",))
    within: timedelta | None = parameters.duration(default=None)
    ever: bool = False

    def judge(self, known: Snapshot) -> Verdict:
        """Add up the minutes that each visit brought along."""
        visits = known.activities(self.kinds, within=self.within, ever=self.ever)
        try:
            spent = visits.total("minutes")
        except TypeError as error:  # somebody wrote something else than a number
            return unknown(str(error), until=visits.until)
        return met_if(
            spent >= self.minutes, f"{spent} minutes at {visits.count} visits", amount=spent, until=visits.until
        )
