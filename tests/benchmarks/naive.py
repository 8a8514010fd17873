"""The same rules as one would first write them: `transitions`, with conditions that look through the lead's activities.

One machine is shared by all leads, which is the better of the two usual ways: a machine for each lead is slower still.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from transitions import Machine

from lifecycle.signals import Signal, SignalType

__all__ = ["replay_naively"]

ENDS: Final = frozenset({"customer"})
MOVES: Final = (
    ("new", "iql", "signed_up"),
    ("iql", "mql", "qualified"),
    ("recycled", "mql", "qualified_again"),
    ("mql", "sal", "accepted"),
    ("sal", "sql", "tried"),
    ("sql", "sqo", "opportunity"),
    ("sqo", "customer", "signed"),
    *((source, "recycled", "went_silent") for source in ("mql", "sal", "sql", "sqo")),
)


class Prospect:
    """A lead: its profile, all its activities, and the conditions as methods."""

    def __init__(self) -> None:
        self.state = "new"
        self.profile: dict[str, Any] = {}
        self.activities: list[tuple[str, datetime]] = []
        self.now: datetime | None = None
        self.cycle_start: datetime | None = None

    def count(self, *kinds: str, days: int | None = None) -> int:
        """Count the activities of some kinds in the present cycle, within so many days."""
        assert self.now is not None
        return sum(
            kind in kinds
            and (self.cycle_start is None or at > self.cycle_start)
            and (days is None or at > self.now - timedelta(days=days))
            for kind, at in self.activities
        )

    @property
    def asked_for_demo(self) -> bool:
        return self.count("demo_requested", days=30) > 0

    @property
    def interest(self) -> int:
        points = 30 * (self.count("webinar_attended", "pricing_page_visited", "case_study_read", days=30) >= 3)
        points += 40 * self.asked_for_demo
        points += 30 * self.tried()
        points += min(2 * self.count("page_visited", days=30), 20)
        points += min(self.count("email_opened", "blog_read", days=14), 10)
        return min(points, 100)

    @property
    def student(self) -> bool:
        return self.profile.get("role") == "student"

    def signed_up(self) -> bool:
        return self.count("ebook_downloaded", "newsletter_subscribed", "demo_requested") > 0

    def qualified(self) -> bool:
        fits = self.profile.get("industry") in {"software", "manufacturing"}
        right_size = 20 <= self.profile.get("employees", 0) <= 5000
        return fits and right_size and (self.interest >= 50 or self.asked_for_demo) and not self.student

    def qualified_again(self) -> bool:
        return self.qualified() and not self.went_silent()

    def accepted(self) -> bool:
        return self.count("meeting_booked") > 0 and not self.student

    def tried(self) -> bool:
        return self.count("trial_started", days=60) > 0

    def opportunity(self) -> bool:
        return self.count("quote_requested", days=90) > 0 and self.interest >= 20

    def signed(self) -> bool:
        return self.count("contract_signed") > 0

    def went_silent(self) -> bool:
        return self.count("call_unanswered") > 0


def replay_naively(signals: Iterable[Signal]) -> Counter[tuple[str | None, str]]:
    """Live through a log, and count how often leads moved by (source, target)."""
    machine = _machine()
    advance = machine.events["advance"]
    prospects: dict[str, Prospect] = {}
    moves: Counter[tuple[str | None, str]] = Counter()
    for signal in signals:
        prospect = prospects.setdefault(signal.lead, Prospect())
        prospect.now = signal.at
        if signal.type is SignalType.PROFILE:
            prospect.profile.update(signal.data)
        elif signal.type is SignalType.ACTIVITY and signal.at is not None:
            prospect.activities.append((str(signal.name), signal.at))
        source = prospect.state
        while source not in ENDS and advance.trigger(prospect):
            moves[None if source == "new" else source, prospect.state] += 1
            source = prospect.state
            if source == "recycled":
                prospect.cycle_start = signal.at
    return moves


def _machine() -> Machine:
    machine = Machine(
        model=None,
        states=["new", "iql", "mql", "sal", "sql", "sqo", "customer", "recycled"],
        initial="new",
        auto_transitions=False,
    )
    for source, target, condition in MOVES:
        machine.add_transition("advance", source, target, conditions=condition)
    return machine
