"""The verdicts of one definition on one snapshot, and the scores they add up to.

Every criterion is judged at most once, and only when somebody asks. A score is an interval: a criterion whose verdict
is unknown or failed contributes its whole range, and a comparison is unknown when its line lies inside.
"""

from __future__ import annotations

from datetime import datetime

import attrs

from lifecycle.conditions import COMPARE, Comparison, Finding, Name, earliest, evaluate
from lifecycle.criteria import Outcome, Verdict, failed, judge_safely
from lifecycle.definition import Definition, NamedCriterion, Score, Transition
from lifecycle.lead import Snapshot

__all__ = ["Contribution", "Interval", "Judgement"]


@attrs.frozen(kw_only=True)
class Contribution:
    """What one criterion gave to a score: equal bounds, or a range while its verdict is not known."""

    criterion: str
    outcome: Outcome
    low: int
    high: int


@attrs.frozen(kw_only=True)
class Interval:
    """A score of one snapshot: an interval, with its breakdown; the raw sum is kept apart from cap and floor."""

    score: str
    low: int
    high: int
    raw_low: int
    raw_high: int
    breakdown: tuple[Contribution, ...]
    holds_until: datetime | None = None

    def __str__(self) -> str:
        """Give `35`, or `35, up to 60 once country is known`."""
        if self.low == self.high:
            return str(self.low)
        missing = ", ".join(part.criterion for part in self.breakdown if part.low != part.high)
        return f"{self.low}, up to {self.high} once known: {missing}"


class Judgement:
    """The verdicts of one definition on one snapshot: every criterion is judged once, and only when it is asked for."""

    __slots__ = ("_findings", "_intervals", "_verdicts", "definition", "known")

    def __init__(self, definition: Definition, known: Snapshot) -> None:
        self.definition = definition
        self.known = known
        self._verdicts: dict[str, Verdict] = {}
        self._intervals: dict[str, Interval] = {}
        self._findings: dict[str, Finding] = {}

    def verdict(self, name: str) -> Verdict:
        """Give the verdict of one named criterion."""
        found = self._verdicts.get(name)
        if found is None:
            found = self._verdicts[name] = self._judge(self.definition.named[name])
        return found

    def interval(self, name: str) -> Interval:
        """Give a score as an interval, with its breakdown."""
        found = self._intervals.get(name)
        if found is None:
            found = self._intervals[name] = self._add_up(self.definition.scores[name])
        return found

    def find(self, transition: Transition) -> Finding:
        """Give the truth of a transition's condition and how long it holds, judging only what that takes."""
        return evaluate(self.definition.condition(transition), self._leaf)

    def outcome(self, atom: Name | Comparison) -> Outcome:
        """Give the outcome of one atom as found; a comparison that only a failure keeps open is failed."""
        if isinstance(atom, Name):
            return self.verdict(atom.name).outcome
        truth = self._leaf(atom).truth
        if truth is not None:
            return Outcome.MET if truth else Outcome.UNMET
        open_parts = (part.outcome for part in self.interval(atom.score).breakdown if part.low != part.high)
        return Outcome.FAILED if Outcome.FAILED in open_parts else Outcome.UNKNOWN

    def broken(self, transition: Transition) -> bool:
        """Say whether a criterion of the transition failed; judges them all."""
        return any(self.verdict(name).outcome is Outcome.FAILED for name in self.definition.criteria_of(transition))

    def truth(self, atom: Name | Comparison) -> bool | None:
        """Give the truth of one atom in a condition."""
        return self._leaf(atom).truth

    def _judge(self, named: NamedCriterion) -> Verdict:
        verdict = judge_safely(named.criterion, self.known, owner=named.use)
        score = self.definition.counted.get(named.name)
        if score is not None and verdict.outcome is Outcome.MET and verdict.amount is None:
            message = f"{named.use} gave no amount, and the score {score} counts points for each"
            return failed(message, criterion=named.use)
        return verdict

    def _leaf(self, atom: Name | Comparison) -> Finding:
        name = atom.name if isinstance(atom, Name) else str(atom)
        found = self._findings.get(name)
        if found is None:
            found = self._findings[name] = self._look(atom)
        return found

    def _look(self, atom: Name | Comparison) -> Finding:
        if isinstance(atom, Name):
            verdict = self.verdict(atom.name)
            return Finding(self.definition.named[atom.name].truth(verdict.outcome), verdict.holds_until)
        interval = self.interval(atom.score)
        compare = COMPARE[atom.operator]
        at_low, at_high = compare(interval.low, atom.number), compare(interval.high, atom.number)
        return Finding(at_low if at_low is at_high else None, interval.holds_until)

    def _add_up(self, score: Score) -> Interval:
        breakdown = tuple(self._contribution(score, name) for name in score.points)
        until: datetime | None = None
        for name in score.points:
            until = earliest(until, self.verdict(name).holds_until)
        raw_low, raw_high = sum(part.low for part in breakdown), sum(part.high for part in breakdown)
        return Interval(
            score=score.name,
            low=score.bounded(raw_low),
            high=score.bounded(raw_high),
            raw_low=raw_low,
            raw_high=raw_high,
            breakdown=breakdown,
            holds_until=until,
        )

    def _contribution(self, score: Score, name: str) -> Contribution:
        points, verdict = score.points[name], self.verdict(name)
        truth = self.definition.named[name].truth(verdict.outcome)
        if truth is None or (truth and verdict.outcome is Outcome.UNKNOWN and points.fixed is None):
            low, high = min(points.most, 0), max(points.most, 0)
        else:
            low = high = points.of(verdict.amount) if truth else 0
        return Contribution(criterion=name, outcome=verdict.outcome, low=low, high=high)
