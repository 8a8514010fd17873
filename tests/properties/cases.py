"""What the laws are tried on: a definition with a log made for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs
from hypothesis import settings
from hypothesis import strategies as st

from lifecycle.course import Course
from lifecycle.definition import Definition
from lifecycle.errors import Place
from lifecycle.replay import History, Log, live_through
from lifecycle.signals import Signal, SignalType
from lifecycle.testing.strategies import GRID, START, definitions, logs

__all__ = ["Case", "cases", "few", "signal"]


@attrs.frozen(repr=False)
class Case:
    """A definition, a log made for it, and the instant until which it is lived through."""

    definition: Definition
    signals: Sequence[Signal]
    until: datetime

    def __repr__(self) -> str:
        """Give the files, which say more than the objects made of them."""
        lines = [
            f"{one.lead} {one.at and one.at.isoformat()} {one.type.value} {one.name} {dict(one.data)}"
            for one in self.signals
        ]
        return "\n".join(["", self.definition.text, *lines, f"until {self.until.isoformat()}"])

    def _repr_pretty_(self, printer: Any, _: bool) -> None:
        """Say so to hypothesis, which would print every field."""
        printer.text(repr(self))

    @property
    def by_lead(self) -> Mapping[str, Sequence[Signal]]:
        """Give the signals of each lead, in order of position."""
        return Log.of(self.signals).signals

    def histories(self) -> list[History]:
        """Live through the log, lead by lead."""
        course = Course(self.definition)
        return [live_through(course, lead, told, until=self.until) for lead, told in self.by_lead.items()]


@st.composite
def cases(draw: st.DrawFn, *, most_leads: int = 1) -> Case:
    """Give cases that end with the log, or so much later that time alone moves leads."""
    definition = draw(definitions())
    signals = draw(logs(definition, most_leads=most_leads))
    return Case(definition, signals, (Log.of(signals).latest or START) + draw(st.sampled_from([9, 0, 2])) * GRID)


def signal(at: datetime | None, kind: SignalType, name: str | None = None, **data: object) -> Signal:
    """Give one signal about the first generated lead."""
    return Signal("lead 0", at, kind, name, data, None, Place("added.jsonl", 1))


few = settings(max_examples=settings().max_examples // 4)
"""For laws that are tried in several tests, or whose examples cost much: a quarter as many."""
