"""What is known of one lead at one instant, as plain data: it can be changed a little, told again, and shown as code.

A `Lead` only ever learns more. The checks need leads that differ in one thing, so they keep the facts themselves and
tell them to a new lead each time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, Final

import attrs

from lifecycle.journey import Journey
from lifecycle.lead import Lead, Snapshot

__all__ = ["Fact", "Situation"]

_CODE: Final = 'Lead("1")'


@attrs.frozen(kw_only=True)
class Fact:
    """Something told of a lead.

    Attributes:
        read: What it is, as criteria declare it: `profile:email`, `activity:demo_requested`, `channel`.
        value: The value; of an activity its properties, and of a channel its name.
        at: When; None is undated.
        times: How often it is told, at that one instant.
    """

    read: str
    value: Any = None
    at: datetime | None = None
    times: int = 1

    @property
    def category(self) -> str:
        """What stands before the colon: `profile`, `answer`, `activity` or `channel`."""
        return self.read.partition(":")[0]

    @property
    def name(self) -> str:
        """What stands behind the colon: a field, an answer, a kind."""
        return self.read.partition(":")[2]

    def tell(self, lead: Lead) -> None:
        """Tell it to a lead."""
        for _ in range(self.times):
            if self.category == "activity":
                lead.activity(self.name, self.value or {}, at=self.at)
            elif self.category == "profile":
                lead.profile({self.name: self.value}, at=self.at)
            elif self.category == "answer":
                lead.answer({self.name: self.value}, at=self.at)
            else:
                lead.channel(self.value, at=self.at)

    def __str__(self) -> str:
        """Give the call that tells it."""
        dated = "" if self.at is None else f", at={_instant(self.at)}"
        times = "" if self.times == 1 else f"  # {self.times} times"
        if self.category == "activity":
            given = f", {self.value!r}" if self.value else ""
            return f".activity({self.name!r}{given}{dated}){times}"
        what = repr(self.value) if self.category == "channel" else repr({self.name: self.value})
        return f".{self.category}({what}{dated}){times}"


@attrs.frozen(kw_only=True)
class Situation:
    """The facts of one lead, in the order in which they are told, an instant to judge it at, and where it stands."""

    facts: tuple[Fact, ...] = ()
    at: datetime
    journey: Journey = attrs.field(factory=Journey)

    def lead(self) -> Lead:
        """Make a lead, and tell it the facts."""
        lead = Lead("1")
        for fact in self.facts:
            fact.tell(lead)
        return lead

    def snapshot(self) -> Snapshot:
        """Make a snapshot of such a lead."""
        return Snapshot(self.lead(), self.at, self.journey)

    def having(self, facts: Iterable[Fact]) -> Situation:
        """Give the same situation with other facts."""
        return attrs.evolve(self, facts=tuple(facts))

    def changed(self, change: Callable[[Fact], Fact | None]) -> Situation:
        """Give the same situation with every fact changed; None leaves the fact out."""
        return self.having(made for made in map(change, self.facts) if made is not None)

    def standing(self, **journey: Any) -> Situation:
        """Give the same situation with another journey."""
        return attrs.evolve(self, journey=attrs.evolve(self.journey, **journey))

    def __str__(self) -> str:
        """Give code that makes such a snapshot."""
        return "\n".join(self.lines())

    def lines(self) -> Iterator[str]:
        """Give that code line by line."""
        yield _CODE
        yield from (f"    {fact}" for fact in self.facts)
        yield f"seen at {_instant(self.at)}"
        standing = attrs.asdict(self.journey, filter=lambda field, value: value != field.default)
        said = {name: value for name, value in standing.items() if name != "passed"}
        if said:
            yield "with the journey " + ", ".join(f"{name}={_plainly(value)}" for name, value in said.items())


def _instant(at: datetime) -> str:
    return f'"{at.isoformat()}"'


def _plainly(value: object) -> str:
    return _instant(value) if isinstance(value, datetime) else repr(value)
