"""The one loop in time: from facts and a journey to the decisions until an instant.

The service, replay and wake-ups only feed it and store what it yields. In one instant: all facts, then automatic
transitions to the end, then each request in order, each granted one followed by its own cascade.

Automatic transitions are judged at the instants of facts that one of them reads, at the instants that `holds_until`
names, and after a granted request; at no other. So an unread fact, a refused request, a tick or a call never moves a
lead. A move that time alone made due is dated at the instant it fell due, not at the call that noticed it. What is
undated is judged with the first dated fact.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime
from operator import itemgetter

import attrs

from lifecycle.conditions import earliest
from lifecycle.decision import Decision, Request, Result, attempt, decide
from lifecycle.definition import Definition
from lifecycle.errors import OutOfOrderError
from lifecycle.journey import Journey
from lifecycle.judgement import Judgement
from lifecycle.lead import Lead, Snapshot
from lifecycle.machine import Machine
from lifecycle.times import BEGINNING, as_utc

__all__ = ["Course", "Step"]


@attrs.frozen
class Step:
    """One decision, and the journey after it: the same one unless it was granted."""

    decision: Decision
    journey: Journey


class Course:
    """The loop of one definition; it keeps nothing between calls and is safe to share between threads."""

    __slots__ = ("definition", "machine")

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.machine = Machine(definition)

    def advance(
        self,
        lead: Lead,
        journey: Journey,
        until: datetime,
        *,
        requests: Sequence[tuple[datetime, Request]] = (),
        judged_until: datetime | None = None,
    ) -> Iterator[Step]:
        """Yield what is decided after `journey` and at or before `until`, in order of time.

        Yielded are all moves, all requests whatever their result, and automatic attempts that LOOPED or FAILED, each of
        these once between two moves.

        Args:
            lead: The lead with its facts; those after `until` are out of sight.
            journey: Where the lead stands.
            until: The last instant to judge, inclusive.
            requests: What is asked; of one instant in the order given.
            judged_until: Everything before this instant has been judged with these facts, so it need not be again.

        Raises:
            NaiveInstantError: `until` or a request's instant has no time zone.
            OutOfOrderError: a request is dated before the lead's last move.
        """
        walk = _Walk(self, lead, journey)
        asked = sorted(((as_utc(at), request) for at, request in requests), key=itemgetter(0))
        if journey.since is not None and asked and asked[0][0] < journey.since:
            raise OutOfOrderError(at=asked[0][0], since=journey.since, lead=lead.id)
        yield from walk.run(as_utc(until), asked, None if judged_until is None else as_utc(judged_until))


class _Walk:
    """One walk of one lead through time."""

    __slots__ = ("course", "definition", "due", "index", "journey", "lead", "scanned", "told")

    def __init__(self, course: Course, lead: Lead, journey: Journey) -> None:
        self.course = course
        self.definition = course.definition
        self.lead = lead
        self.journey = journey
        self.due: datetime | None = None
        self.index = 0
        self.scanned: dict[str | None, int] = {}
        self.told: set[tuple[str, Result, tuple[str, ...]]] = set()

    def run(
        self, until: datetime, requests: Sequence[tuple[datetime, Request]], judged_until: datetime | None
    ) -> Iterator[Step]:
        yield from self._resume(until, judged_until)
        waiting = 0
        while True:
            fact = self._next_fact()
            asked = requests[waiting][0] if waiting < len(requests) else None
            now = earliest(earliest(fact, self.due), asked)
            if now is None or now > until:
                return
            self._pass_facts(now)
            if now in {fact, self.due}:
                yield from self._settle(now)
            while waiting < len(requests) and requests[waiting][0] == now:
                yield from self._ask(now, requests[waiting][1])
                waiting += 1

    def _resume(self, until: datetime, judged_until: datetime | None) -> Iterator[Step]:
        """Take up where the journey stands: its last move's cascade, or the instant before which all is judged."""
        since = self.journey.since
        if judged_until is not None and (since is None or judged_until > since) and self._is_quiet(judged_until):
            self._pass_facts(judged_until)
        elif since is not None:
            self._pass_facts(since)
            if since <= until:
                yield from self._settle(since)

    def _is_quiet(self, at: datetime) -> bool:
        """Say whether nothing is open or broken at an instant, and take note of when time alone may change that.

        What is open there was kept from moving by the rule against loops, or is opened by a fact of this very instant
        that came late, as days without a time of day bring along: only the whole walk tells what comes of it.
        """
        if self.journey.stage is None:
            first = self._next_fact()
            if first is None or first > at:
                return False  # nothing has been judged yet, so that nothing is due either
        judgement = Judgement(self.definition, Snapshot(self.lead, at, self.journey))
        for transition in self.definition.automatic(self.journey.stage):
            finding = judgement.find(transition)
            if finding.truth or (finding.truth is None and judgement.broken(transition)):
                self.due = None
                return False
            self.due = earliest(self.due, finding.holds_until)
        return True

    def _pass_facts(self, now: datetime) -> None:
        self.index = bisect_right(self.lead.timeline[0], now, self.index)

    def _next_fact(self) -> datetime | None:
        """Give the instant of the next fact that an automatic transition of the present stage reads.

        What was found earlier is kept as long as it lies ahead. So what is undated still waits for the first dated fact
        when a request before that fact was refused.
        """
        instants, _ = self.lead.timeline
        stage = self.journey.stage
        position = self.scanned.get(stage, -1)
        if position < self.index:
            position = self.scanned[stage] = self._scan(stage)
        return instants[position] if position < len(instants) else None

    def _scan(self, stage: str | None) -> int:
        """Give the position of the next fact that is read in this stage; the end where there is none."""
        instants, reads = self.lead.timeline
        if not self.definition.automatic(stage):
            return len(instants)
        undated = False
        for index in range(self.index, len(instants)):
            read = self.definition.reads(stage, reads[index])
            if instants[index] == BEGINNING:
                undated = undated or read
            elif undated or read:
                return index
        return len(instants)

    def _settle(self, now: datetime) -> Iterator[Step]:
        """Make the automatic moves of one instant to the end, and note when time alone may open the next."""
        moved = True
        while moved:
            moved = False
            self.due = None
            judgement = Judgement(self.definition, Snapshot(self.lead, now, self.journey))
            for transition in self.definition.automatic(self.journey.stage):
                finding = judgement.find(transition)
                self.due = earliest(self.due, finding.holds_until)
                if finding.truth is False or (finding.truth is None and not judgement.broken(transition)):
                    continue
                decision = attempt(judgement, transition)
                if decision.granted:
                    yield self._moved(decision)
                    moved = True
                    break
                if self._is_news(decision):
                    yield Step(decision, self.journey)

    def _is_news(self, decision: Decision) -> bool:
        """Say whether an attempt that came to nothing is worth telling: LOOPED or FAILED, and not told before."""
        if decision.result not in {Result.LOOPED, Result.FAILED}:
            return False
        told = (decision.trigger, decision.result, decision.blockers)
        new = told not in self.told
        self.told.add(told)
        return new

    def _ask(self, now: datetime, request: Request) -> Iterator[Step]:
        decision = decide(self.definition, Snapshot(self.lead, now, self.journey), request)
        if not decision.granted:
            yield Step(decision, self.journey)
            return
        yield self._moved(decision)
        yield from self._settle(now)

    def _moved(self, decision: Decision) -> Step:
        target = self.course.machine.move(decision)
        self.journey = self.journey.moved(trigger=decision.trigger, target=target, at=decision.at, cycle=decision.cycle)
        self.told.clear()
        return Step(decision, self.journey)
