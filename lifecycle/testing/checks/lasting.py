"""Checks of what happens as time passes and facts are added: how long a verdict holds, cycles, more of the same."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

import attrs

from lifecycle.criteria import Outcome, Verdict
from lifecycle.lead import Snapshot
from lifecycle.parameters import fields_of
from lifecycle.testing.checks.check import Check, Tier
from lifecycle.testing.checks.judging import judged, shown
from lifecycle.testing.making import Case, draw_case, draw_fact
from lifecycle.testing.searching import ASIDE, BrokenError, Draw, Effort, NotAsked, for_all, pick
from lifecycle.testing.subject import Subject
from lifecycle.testing.telling import Fact, Situation
from lifecycle.testing.vocabulary import JUMPS
from lifecycle.times import BEGINNING, after

__all__ = ["BUDGET", "CYCLES", "HOLDS_UNTIL", "MONOTONE"]

_INSTANT: Final = timedelta(microseconds=1)
_STEPS: Final = (
    *(_INSTANT, timedelta(seconds=1), timedelta(minutes=1), timedelta(minutes=30)),
    *(timedelta(hours=hours) for hours in (*range(1, 25), 26, 30, 36)),
    *(timedelta(days=days) for days in (2, 3, 4, 5, 6, 7, 8, 14, 15, 29, 30, 31, 32, 60, 90, 91, 180, 365, 366)),
    *(timedelta(days=days) for days in (731, 3_652, 100_000)),
)
"""How much later one looks again, besides where the criterion's own durations end."""

_LAST_YEAR: Final = 9999

_OFTEN: Final = 1_000
"""The most times that one activity is added."""

_LINKS: Final = 3
"""How many verdicts are followed, each from where the one before stops to hold."""


# --- Time ------------------------------------------------------------------------------------------------------------


def _holds_until(subject: Subject, effort: Effort) -> int:
    def law(draw: Draw) -> None:
        case = draw_case(draw, subject)
        now = case.situation.at
        past = case.situation.having(fact for fact in case.situation.facts if fact.at is None or fact.at <= now)
        judged(case, past)
        lead, edges = past.lead(), sorted(_edges(case, past))
        for _ in range(_LINKS):
            first = subject.judge(case.criterion, Snapshot(lead, now, past.journey))
            if first.outcome is Outcome.FAILED:
                return
            until = first.holds_until
            for at in _later(now, until, edges):
                verdict = subject.judge(case.criterion, Snapshot(lead, at, past.journey))
                if _turned(first, verdict):
                    seen = f"judged at {now.isoformat()} it is {shown(first)}"
                    raise BrokenError(f"{seen}\nbut at {at.isoformat()} it is {shown(verdict)}\n{case.told(past)}")
            if until is None:
                return
            now = until

    return for_all(law, effort)


def _turned(first: Verdict, verdict: Verdict) -> bool:
    return verdict.outcome is not Outcome.FAILED and (verdict.outcome, verdict.amount) != (first.outcome, first.amount)


def _later(now: datetime, until: datetime | None, edges: list[datetime]) -> Iterator[datetime]:
    """Give instants after now at which one looks again, before `until`."""
    steps = (after(now, step) for step in _STEPS)
    last = [] if until is None else [until - _INSTANT]
    for at in (*edges, *last, *steps):
        if at is not None and at > now and (until is None or at < until):
            yield at


def _edges(case: Case, past: Situation) -> Iterator[datetime]:
    """Give where durations end that are among the parameters, counted from what is known, and the instants beside."""
    spans = [value for value in case.vocabulary.parameters.values() if isinstance(value, timedelta)]
    journey = past.journey
    starts = {fact.at for fact in past.facts} | {journey.since, journey.cycle_start}
    for start in starts - {None, BEGINNING}:
        for span in spans:
            for end in _ends(start, span):
                yield from (end - _INSTANT, end, end + _INSTANT)


def _ends(start: datetime | None, span: timedelta) -> Iterator[datetime]:
    """Give where a duration ends, where it ends once more, and the third time, as far as the calendar goes."""
    end = start
    for _ in range(3):
        end = None if end is None else after(end, span)
        if end is not None and end.year < _LAST_YEAR:
            yield end


# --- Cycles ----------------------------------------------------------------------------------------------------------


def _cycles(subject: Subject, effort: Effort) -> int:
    has_ever = any(field.name == "ever" for field in fields_of(subject.cls))

    def law(draw: Draw) -> object:
        case = draw_case(draw, subject)
        counted = any(read.startswith(("activity", "answer")) for read in case.vocabulary.declared)
        if not counted and not has_ever:
            return ASIDE
        ever = has_ever and pick(draw, (False, True))
        criterion = subject.bind({**case.parameters, "ever": ever}) if has_ever else case.criterion
        if criterion is None:
            return ASIDE
        start = min(pick(draw, _starts(case.situation)), case.situation.at)
        later = case.situation.standing(cycle=2, cycle_start=start)
        other = (
            later.standing(cycle=1, cycle_start=None) if ever else later.changed(lambda fact: _of_cycle(fact, start))
        )
        with_all, without = case.judge(later, criterion), case.judge(other, criterion)
        if Outcome.FAILED in {with_all.outcome, without.outcome}:
            return ASIDE
        if (with_all.outcome, with_all.amount) != (without.outcome, without.amount):
            said = "looks at all cycles, but where one begins matters" if ever else "counts what an earlier cycle knew"
            raise BrokenError(f"{said}: {shown(with_all)}\nand without that {shown(without)}\n{case.told(later)}")
        return None

    return for_all(law, effort, otherwise="it reads no activities and no answers, which alone belong to a cycle")


def _starts(situation: Situation) -> list[datetime]:
    dated = [fact.at for fact in situation.facts if fact.at is not None and fact.category in {"activity", "answer"}]
    return [*dated, situation.at, situation.at - timedelta(hours=1)]


def _of_cycle(fact: Fact, start: datetime) -> Fact | None:
    """Leave an activity or an answer out that the cycle which began then does not count."""
    counts = fact.category not in {"activity", "answer"} or (fact.at is not None and fact.at > start)
    return fact if counts else None


# --- More of the same ------------------------------------------------------------------------------------------------


def _monotone(subject: Subject, effort: Effort) -> int:
    if not subject.offer.about.monotone:
        raise NotAsked("it does not declare that more is never less")

    def law(draw: Draw) -> object:
        case = draw_case(draw, subject)
        first = judged(case)
        asked = False
        for more in _more(draw, case):
            asked = True
            verdict = judged(case, more)
            lost = first.outcome is Outcome.MET and verdict.outcome is not Outcome.MET
            if lost or (verdict.amount or 0) < (first.amount or 0):
                seen = f"with more it is {shown(verdict)}\nand before: {shown(first)}"
                raise BrokenError(f"{seen}\n{case.told()}\nthen\n{case.told(more)}")
        return None if asked else ASIDE

    return for_all(law, effort, otherwise="it reads neither activities nor numbers")


def _more(draw: Draw, case: Case) -> Iterator[Situation]:
    """Add an activity that is read, once or many times; raise a number that is read, a little and by far."""
    situation, vocabulary = case.situation, case.vocabulary
    kinds = [read for read in vocabulary.facts if read.startswith("activity")]
    near = [number + 1 for number in vocabulary.numbers if isinstance(number, int) and 0 < number < _OFTEN]
    if kinds:
        fact = draw_fact(draw, vocabulary, kinds, situation.at)
        at = fact.at if fact.at is None or fact.at <= situation.at else situation.at
        for times in (1, *near, _OFTEN):
            yield situation.having([*situation.facts, attrs.evolve(fact, at=at, times=times)])
    for jump in (*JUMPS, *near):
        raised = situation.changed(lambda fact: _raised(fact, jump) if vocabulary.reads(fact.read) else fact)  # noqa: B023 - used at once
        if raised != situation:
            yield raised


def _raised(fact: Fact, jump: int) -> Fact:
    return attrs.evolve(fact, value=fact.value + jump) if type(fact.value) is int else fact


# --- Time it takes ---------------------------------------------------------------------------------------------------

_PAST: Final = 2_000
_TRIES: Final = 5


def _budget(subject: Subject, effort: Effort) -> int:
    def law(draw: Draw) -> object:
        case = draw_case(draw, subject)
        known = _long_past(case).snapshot()
        if subject.judge(case.criterion, known).outcome is Outcome.FAILED:
            return ASIDE
        taken = min(_timed(subject, case, known) for _ in range(_TRIES))
        if taken > subject.budget:
            limit = subject.budget.total_seconds() * 1000
            raise BrokenError(
                f"took {taken.total_seconds() * 1000:.1f} ms, at best of {_TRIES} times, to judge a lead with {_PAST} "
                f"activities; {limit:g} ms are allowed\n{case.subject.name}({dict(case.parameters)})"
            )
        return None

    return for_all(law, Effort(cases=min(effort.cases, 3), thorough=effort.thorough, shrink=False))


def _timed(subject: Subject, case: Case, known: Snapshot) -> timedelta:
    started = time.perf_counter()
    subject.judge(case.criterion, known)
    return timedelta(seconds=time.perf_counter() - started)


def _long_past(case: Case) -> Situation:
    """Give a lead that has done much, hour by hour."""
    vocabulary, at = case.vocabulary, case.situation.at
    kinds = [read for read in vocabulary.facts if read.startswith("activity")] or ["activity:page_visited"]
    done = [
        Fact(read=kinds[number % len(kinds)], value=_first(vocabulary.values(kinds[0])), at=_hours_ago(at, number))
        for number in range(_PAST, 0, -1)
    ]
    told = [
        Fact(read=read, value=value, at=at)
        for read in vocabulary.facts
        if not read.startswith("activity")
        for value in vocabulary.values(read)[:20]
    ]
    return case.situation.having([*done, *told])


def _first(values: tuple[Any, ...]) -> Any:
    return values[min(1, len(values) - 1)]


def _hours_ago(at: datetime, number: int) -> datetime:
    return max(at - timedelta(hours=number), BEGINNING + timedelta(days=1)) if at.year > 1 else at


HOLDS_UNTIL: Final = Check(
    name="holds_until",
    tier=Tier.SILVER,
    asks="Until `holds_until`, and where there is none for ever, time alone changes neither outcome nor amount.",
    why="The engine looks again at that instant and not before: a move would be missed.",
    fix="Give `until=`: of a window it is `.until`; of a duration that has to pass, the instant at which it will have.",
    run=_holds_until,
)
CYCLES: Final = Check(
    name="cycles",
    tier=Tier.SILVER,
    asks="Activities and answers of an earlier cycle count with `ever = true` only, and then all of them do.",
    why="A lead that was recycled starts anew; what it did before would move it on again at once.",
    fix="Pass `ever=self.ever` to `known.activities(...)` and `known.answer(...)`, or leave it out.",
    run=_cycles,
)
MONOTONE: Final = Check(
    name="monotone",
    tier=Tier.GOLD,
    asks="If it declares so, one more activity or a greater number never takes a MET away, nor lowers the amount.",
    why="Whoever relies on it would see a lead fall back for doing more.",
    fix="Take `monotone=True` out of `@criterion`, or the upper limit out of the criterion.",
    run=_monotone,
)
BUDGET: Final = Check(
    name="budget",
    tier=Tier.GOLD,
    asks="Judging a lead with a long past takes no longer than allowed, at best of several times.",
    why="A replay judges millions of times, and nothing can stop a criterion from outside.",
    fix="Let the snapshot count (`count`, `total`, `distinct`) instead of walking through the activities.",
    run=_budget,
)
