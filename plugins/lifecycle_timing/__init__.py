"""Criteria about the journey and the clock: how the lead came to its stage, for how long, and how quiet it has been.

Every boundary belongs to the later side: after exactly `at_least`, the criterion is met. While it is not, the verdict
says until when, so that the engine knows when to look again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from lifecycle import Criterion, Snapshot, Verdict, criterion, hookimpl, met_if, parameters, unknown

__all__ = ["CameBy", "CooledOff", "InStage", "Inactive", "lifecycle_criteria"]


@criterion("came_by", version="1", also_reads=["journey"], never=["unknown"])
class CameBy:
    """One of these triggers led the lead to its present stage, for instance `qualify_by_hand`.

    A lead that has not entered the lifecycle came by none.
    """

    triggers: tuple[str, ...] = parameters.texts()

    def judge(self, known: Snapshot) -> Verdict:
        """Compare the trigger of the last move."""
        trigger = known.journey.trigger
        if trigger is None:
            return met_if(False, "not in the lifecycle yet")  # noqa: FBT003 - a verdict that is never met
        return met_if(trigger in self.triggers, f"came by {trigger}", trigger=trigger)


@criterion("in_stage", version="1", also_reads=["journey"], never=["unknown"])
class InStage:
    """The lead has been in its present stage for at least so long; a lead that is in no stage has not."""

    at_least: timedelta = parameters.duration()

    def judge(self, known: Snapshot) -> Verdict:
        """Count from the last move."""
        since = known.journey.since
        if since is None:
            return met_if(False, "not in the lifecycle yet")  # noqa: FBT003 - a verdict that is never met
        return _long_enough(known, since, self.at_least, f"in {known.journey.stage}")


@criterion("inactive", version="1", also_reads=["activity:*", "journey"])
class Inactive:
    """The lead has done nothing, of any kind, for at least so long.

    Counted from its last dated activity of the present cycle (`ever = true`: of any cycle), and where there is none
    from its last move. Unknown for a lead with neither.
    """

    at_least: timedelta = parameters.duration()
    ever: bool = False

    def judge(self, known: Snapshot) -> Verdict:
        """Count from the last sign of life."""
        dated = known.activities(within=timedelta.max, ever=self.ever)  # what has no date lies outside every window
        last = dated.last
        since = known.journey.since if last is None else last.at
        if since is None:
            return unknown("nothing has happened yet")
        return _long_enough(known, since, self.at_least, "nothing done" if last is None else f"quiet since {last.kind}")


@criterion("cooled_off", version="1", also_reads=["journey"], never=["unknown"])
class CooledOff:
    """The present cycle began at least so long ago; in the first cycle there is nothing to cool off from."""

    at_least: timedelta = parameters.duration()

    def judge(self, known: Snapshot) -> Verdict:
        """Count from the start of the cycle."""
        start = known.journey.cycle_start
        if start is None:
            return met_if(True, "in its first cycle")  # noqa: FBT003 - a verdict that is always met
        return _long_enough(known, start, self.at_least, f"in cycle {known.journey.cycle}")


def _long_enough(known: Snapshot, since: datetime, at_least: timedelta, what: str) -> Verdict:
    """Say whether `at_least` has passed since an instant, and if not, when it will have."""
    passed = known.at - since
    met = passed >= at_least
    spelled = parameters.duration_text(passed - passed % timedelta(seconds=1))
    message = f"{what} for {spelled}, {parameters.duration_text(at_least)} wanted"
    return met_if(met, message, until=None if met else _after(since, at_least), since=since.isoformat())


def _after(since: datetime, duration: timedelta) -> datetime | None:
    """Give the instant so much later; None where the calendar ends first."""
    try:
        return since + duration
    except OverflowError:
        return None


@hookimpl
def lifecycle_criteria() -> list[type[Criterion]]:
    """Offer the criteria of this plugin."""
    return [CameBy, CooledOff, InStage, Inactive]
