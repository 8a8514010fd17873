"""Living through a log call by call, as an embedder does, instead of replaying it at once."""

from __future__ import annotations

from datetime import datetime

import attrs
from hypothesis import strategies as st

from lifecycle.course import Course
from lifecycle.history import fold
from lifecycle.record import Record, Refusal, record_of, refusal_of
from lifecycle.replay import lead_of
from lifecycle.request import Request
from lifecycle.testing.strategies import GRID, START
from tests.properties.cases import Case

__all__ = ["Call", "Life", "schedules"]


@attrs.frozen
class Call:
    """One call: a request at its instant, or an advance at any, with what an embedder may or may not do."""

    at: datetime
    request: Request | None = None
    hands_over_later_facts: bool = False
    says_what_was_judged: bool = False


@st.composite
def schedules(draw: st.DrawFn, case: Case, name: str) -> list[Call]:
    """Give calls in order of time: each request of the log at its instant, advances anywhere, and one at the end."""
    _, requests = lead_of(name, case.by_lead[name], until=case.until)
    steps = (case.until - START) // GRID * 2 + 1
    chosen = draw(st.lists(st.tuples(st.integers(0, steps), st.booleans(), st.booleans()), max_size=5))
    advances = [
        (START + step * GRID / 2, Call(START + step * GRID / 2, None, later, judged)) for step, later, judged in chosen
    ]
    fires = [(at, Call(at, request, draw(st.booleans()))) for at, request in requests]
    both = [*advances, *fires] if draw(st.booleans()) else [*fires, *advances]
    calls = [call for at, call in sorted(both, key=lambda pair: pair[0]) if at <= case.until]
    return [*calls, Call(case.until, None, draw(st.booleans()), draw(st.booleans()))]


class Life:
    """A lead that is lived through call by call; between the calls nothing is kept but its records and refusals."""

    def __init__(self, case: Case, name: str) -> None:
        self.course = Course(case.definition)
        self.case = case
        self.name = name
        self.records: list[Record] = []
        self.refusals: dict[str, Refusal] = {}
        self.judged_until: datetime | None = None

    def call(self, call: Call) -> None:
        """Make one call, with the journey that the records fold to."""
        known = self.case.until if call.hands_over_later_facts else call.at
        lead, _ = lead_of(self.name, self.case.by_lead[self.name], until=known)
        steps = self.course.advance(
            lead,
            fold(self.records),
            call.at,
            requests=[] if call.request is None else [(call.at, call.request)],
            judged_until=self.judged_until if call.says_what_was_judged else None,
        )
        for decision in [step.decision for step in steps]:
            if decision.granted:
                self.records.append(record_of(self.course.definition, decision, self.name))
            else:
                refusal = refusal_of(self.course.definition, decision, self.name)
                self.refusals.setdefault(refusal.key, refusal)
        self.judged_until = call.at
