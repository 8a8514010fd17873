"""A second, plain reading of the design, to compare the engine with.

It shares no code with the engine that could hide the same mistake: it finds blockers by trying every change, compares
scores by trying every value of what is not known, and walks through every instant of a log. It is slow, and short.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import combinations, product
from typing import Final

import attrs

from lifecycle.conditions import And, Comparison, Expression, Name, Not, walk
from lifecycle.criteria import Outcome, Verdict
from lifecycle.decision import Kind, Result
from lifecycle.definition import Definition, Points, Transition
from lifecycle.journey import Journey
from lifecycle.lead import Lead, Snapshot
from lifecycle.record import Record, Refusal
from lifecycle.request import Request
from lifecycle.times import BEGINNING

__all__ = ["Judged", "Told", "blockers", "holds", "plain_course", "told_of", "truths"]

AUTOMATIC: Final = (Kind.AUTOMATIC, "system")

# --- Conditions, by trying everything ---------------------------------------------------------------------------------


def truths(definition: Definition, atoms: Mapping[str, Outcome]) -> dict[str, bool | None]:
    """Give the truth that outcomes count as in a condition, `unknown_as` applied: which a failure never gets."""
    found: dict[str, bool | None] = {}
    for atom, outcome in atoms.items():
        chosen = definition.named[atom].unknown_as if atom in definition.named else None
        counts_as = chosen if outcome is Outcome.UNKNOWN and chosen is not None else outcome.value
        found[atom] = {"met": True, "unmet": False}.get(counts_as)
    return found


def holds(expression: Expression, truth: Mapping[str, bool | None]) -> bool | None:
    """Give the truth of an expression by Kleene's tables: what is unknown is neither."""
    if isinstance(expression, Name | Comparison):
        return truth[str(expression)]
    if isinstance(expression, Not):
        inside = holds(expression.part, truth)
        return None if inside is None else not inside
    parts = [holds(part, truth) for part in expression.parts]
    deciding = not isinstance(expression, And)
    return deciding if deciding in parts else None if None in parts else not deciding


def blockers(expression: Expression, truth: Mapping[str, bool | None]) -> list[frozenset[tuple[str, bool]]]:
    """Give the smallest changes that make an expression true, by trying all of them, the smaller ones first."""
    found: list[frozenset[tuple[str, bool]]] = []
    for size in range(len(truth) + 1):
        for atoms in combinations(sorted(truth), size):
            for wanted in product([True, False], repeat=size):
                change = frozenset(zip(atoms, wanted, strict=True))
                changes_each = all(truth[atom] is not value for atom, value in change)
                if (
                    changes_each
                    and not any(one <= change for one in found)
                    and holds(expression, {**truth, **dict(change)})
                ):
                    found.append(change)
    return found


# --- A whole course, instant by instant -------------------------------------------------------------------------------


def plain_course(
    definition: Definition, lead: Lead, requests: Sequence[tuple[datetime, Request]], until: datetime
) -> list[Told]:
    """Live one lead through, as the design says it in words, and give what becomes a record or a refusal.

    In one instant: all facts, then automatic transitions to the end, then each request in order, each granted one
    followed by its cascade. Automatic transitions are judged at the instants of facts that one of them reads, at those
    that `holds_until` names, and after a granted request. What is undated is judged with the first dated fact.
    """
    return _PlainCourse(definition, lead, requests).lived(until)


@attrs.frozen(kw_only=True)
class Told:
    """What a record or a refusal says, in the fields that both have."""

    trigger: str
    source: str | None
    target: str | None
    at: datetime
    by: tuple[Kind, str]
    result: Result
    cycle: int
    atoms: Mapping[str, Outcome]
    blocked: tuple[str, ...]


def told_of(one: Record | Refusal) -> Told:
    """Give a record or a refusal as this reading tells it."""
    return Told(
        trigger=one.trigger,
        source=one.source if isinstance(one, Record) else one.stage,
        target=one.target if isinstance(one, Record) else None,
        at=one.at,
        by=(one.kind, one.actor),
        result=Result.GRANTED if isinstance(one, Record) else one.result,
        cycle=one.cycle,
        atoms=one.atoms,
        blocked=one.waived if isinstance(one, Record) else one.blockers,
    )


class _PlainCourse:
    def __init__(self, definition: Definition, lead: Lead, requests: Sequence[tuple[datetime, Request]]) -> None:
        self.definition = definition
        self.lead = lead
        self.requests = requests
        self.facts = list(zip(*lead.timeline, strict=True))
        self.journey = Journey()
        self.due: datetime | None = None
        self.found: list[Told] = []
        self.noted: set[tuple[int, str, Result, tuple[str, ...]]] = set()

    def lived(self, until: datetime) -> list[Told]:
        dated = sorted({at for at, _ in self.facts if at > BEGINNING})
        now: datetime | None = None
        while True:
            instants = {*dated, *(at for at, _ in self.requests), *([self.due] if self.due else [])}
            later = [at for at in instants if at <= until and (now is None or at > now)]
            if not later:
                return self.found
            now = min(later)
            here = {read for at, read in self.facts if at == now}
            if self.journey.stage is None and dated[:1] == [now]:
                here |= {read for at, read in self.facts if at == BEGINNING}
            if now == self.due or any(self.reads(read) for read in here):
                self.settle(now)
            for at, request in self.requests:
                if at == now:
                    self.ask(now, request)

    def automatic(self) -> list[Transition]:
        return [one for one in self.definition.transitions if one.automatic and self.leaves(one)]

    def leaves(self, one: Transition) -> bool:
        return self.journey.stage in one.sources if one.sources else self.journey.stage is None

    def reads(self, read: str) -> bool:
        for one in self.automatic():
            names = set(self.definition.criteria_behind(self.definition.condition(one)))
            reads = {fact for name in names for fact in self.definition.named[name].reads}
            if not names or read in reads or (read.startswith("activity:") and "activity:*" in reads):
                return True
        return False

    def settle(self, now: datetime) -> None:
        self.due = None
        for one in self.automatic():
            judged = Judged.of(self.definition, one, Snapshot(self.lead, now, self.journey))
            self.due = min((at for at in (self.due, judged.until) if at is not None), default=None)
            if judged.truth and now == self.journey.since and one.target in self.journey.passed:
                self.note(one.trigger, AUTOMATIC, now, Result.LOOPED, judged)
            elif judged.truth:
                self.move(one, AUTOMATIC, now, judged)
                self.settle(now)
                return
            elif judged.truth is None and judged.is_broken:
                self.note(one.trigger, AUTOMATIC, now, Result.FAILED, judged)

    def ask(self, now: datetime, request: Request) -> None:
        by = (Kind.OVERRIDE if request.override else Kind.REQUESTED, request.actor)
        one = next((t for t in self.definition.transitions if t.trigger == request.trigger and self.leaves(t)), None)
        if one is None or not _may_ask(one, request):
            result = Result.UNDEFINED if one is None else Result.FORBIDDEN
            self.note(request.trigger, by, now, result, Judged(truth=None, until=None, atoms={}, blocked=()))
            return
        judged = Judged.of(self.definition, one, Snapshot(self.lead, now, self.journey))
        if judged.truth or (request.override and judged.blocked):
            self.move(one, by, now, judged)
            self.settle(now)
        else:
            self.note(request.trigger, by, now, Result.FAILED if judged.is_broken else Result.REFUSED, judged)

    def move(self, one: Transition, by: tuple[Kind, str], now: datetime, judged: Judged) -> None:
        before = self.journey
        stages = {before.stage, one.target, *(before.passed if before.since == now else ())}
        self.journey = Journey(
            stage=one.target,
            since=now,
            trigger=one.trigger,
            cycle=before.cycle + one.new_cycle,
            cycle_start=now if one.new_cycle else before.cycle_start,
            sequence=before.sequence + 1,
            passed=frozenset(stage for stage in stages if stage is not None),
        )
        moved = self.told(one.trigger, by, now, Result.GRANTED, judged)
        self.found.append(attrs.evolve(moved, source=before.stage, target=one.target))

    def note(self, trigger: str, by: tuple[Kind, str], now: datetime, result: Result, judged: Judged) -> None:
        same = (self.journey.sequence, trigger, result, judged.blocked)
        if by != AUTOMATIC or same not in self.noted:
            self.found.append(self.told(trigger, by, now, result, judged))
        if by == AUTOMATIC:
            self.noted.add(same)

    def told(self, trigger: str, by: tuple[Kind, str], now: datetime, result: Result, judged: Judged) -> Told:
        return Told(
            trigger=trigger,
            source=self.journey.stage,
            target=None,
            at=now,
            by=by,
            result=result,
            cycle=self.journey.cycle,
            atoms=judged.atoms,
            blocked=judged.blocked,
        )


def _may_ask(one: Transition, request: Request) -> bool:
    roles = one.override_by if request.override else one.by
    if roles is not None and request.role not in roles:
        return False
    if one.reasons and request.reason is None:
        return False
    return request.reason in {None, one.reason, *one.reasons}


@attrs.frozen(kw_only=True)
class Judged:
    """A transition's condition on a snapshot, with nothing left out and nothing remembered."""

    truth: bool | None
    until: datetime | None
    atoms: Mapping[str, Outcome]
    blocked: tuple[str, ...]

    @classmethod
    def of(cls, definition: Definition, one: Transition, known: Snapshot) -> Judged:
        """Judge every atom, and combine them."""
        condition = definition.condition(one)
        atoms, until = dict[str, Outcome](), dict[str, datetime | None]()
        for atom in walk(condition):
            names = definition.scores[atom.score].points if isinstance(atom, Comparison) else [atom.name]
            verdicts = {name: _verdict(definition, name, known) for name in names}
            instants = [verdict.holds_until for verdict in verdicts.values() if verdict.holds_until is not None]
            until[str(atom)] = min(instants, default=None)
            atoms[str(atom)] = (
                _compared(definition, atom, verdicts) if isinstance(atom, Comparison) else verdicts[atom.name].outcome
            )
        truth = truths(definition, atoms)
        changes = [] if holds(condition, truth) else blockers(condition, truth)
        return cls(
            truth=holds(condition, truth),
            until=_until(condition, truth, until),
            atoms=atoms,
            blocked=tuple(sorted({atom for change in changes for atom, _ in change})),
        )

    @property
    def is_broken(self) -> bool:
        """Whether a criterion that broke is among the blockers."""
        return any(self.atoms[atom] is Outcome.FAILED for atom in self.blocked)


def _until(
    expression: Expression, truth: Mapping[str, bool | None], until: Mapping[str, datetime | None]
) -> datetime | None:
    """Give how long a truth holds: as long as the part that decided an `and` or `or`, and otherwise as long as all."""
    if isinstance(expression, Name | Comparison):
        return until[str(expression)]
    if isinstance(expression, Not):
        return _until(expression.part, truth, until)
    deciding = not isinstance(expression, And)
    for part in expression.parts:
        if holds(part, truth) is deciding:
            return _until(part, truth, until)
    instants = [_until(part, truth, until) for part in expression.parts]
    return min((at for at in instants if at is not None), default=None)


def _verdict(definition: Definition, name: str, known: Snapshot) -> Verdict:
    failed = Verdict(outcome=Outcome.FAILED, message="")
    try:
        found = definition.named[name].criterion.judge(known)
        passed = found.holds_until is not None and found.holds_until <= known.at
    except (RuntimeError, AttributeError):  # it broke on purpose, or gave nothing at all
        return failed
    if passed:
        return failed
    counted = any(score.points[name].fixed is None for score in definition.scores.values() if name in score.points)
    return failed if counted and found.outcome is Outcome.MET and found.amount is None else found


def _compared(definition: Definition, atom: Comparison, verdicts: Mapping[str, Verdict]) -> Outcome:
    """Compare a score with a number, for every value that each unknown criterion may turn out to give."""
    score = definition.scores[atom.score]
    given: dict[str, set[int]] = {}
    for name, points in score.points.items():
        verdict = verdicts[name]
        truth = truths(definition, {name: verdict.outcome})[name]
        amounts = range(-1, 9) if verdict.outcome is not Outcome.MET else [verdict.amount or 0]
        worth = {points.fixed} if points.fixed is not None else {_worth(points, amount) for amount in amounts}
        given[name] = {0} if truth is False else worth if truth else {0, *worth}
    answers = set[bool]()
    for values in product(*given.values()):
        total = sum(values)
        total = total if score.cap is None else min(total, score.cap)
        total = total if score.floor is None else max(total, score.floor)
        answers.add(_says(total, atom))
    if len(answers) == 1:
        return Outcome.MET if answers.pop() else Outcome.UNMET
    open_parts = {verdicts[name].outcome for name, values in given.items() if len(values) > 1}
    return Outcome.FAILED if Outcome.FAILED in open_parts else Outcome.UNKNOWN


def _worth(points: Points, amount: int) -> int:
    worth = points.each * max(amount, 0)
    return min(worth, points.up_to) if points.each > 0 else max(worth, points.up_to)


def _says(total: int, atom: Comparison) -> bool:
    number = atom.number
    return {">": total > number, ">=": total >= number, "<": total < number, "<=": total <= number}[atom.operator]
