"""Running a case: the lead lives through what happens to it, and each expectation is held against where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cached_property

import attrs

from lifecycle.cases.case import Asked, Case, Look
from lifecycle.cases.telling import missed_stage, move_text, on_time, request_lines, score_lines, truth_lines, way_lines
from lifecycle.conditions import COMPARE, Expression, Finding, evaluate
from lifecycle.course import Course, Step
from lifecycle.decision import Decision, Explanation, Kind, explain
from lifecycle.definition import Definition
from lifecycle.errors import Place
from lifecycle.journey import Journey
from lifecycle.judgement import Judgement
from lifecycle.lead import Lead, Snapshot
from lifecycle.request import Request

__all__ = ["Miss", "Ran", "run_case", "run_cases"]


@attrs.frozen(kw_only=True)
class Miss:
    """An expectation that does not hold.

    Attributes:
        message: What is, and what should be, in one sentence.
        why: How that came about, a line each, the most telling one first.
        place: Where the expectation stands.
    """

    message: str
    why: tuple[str, ...]
    place: Place


@attrs.frozen(kw_only=True, slots=False)
class Ran:
    """A case that has been run.

    Attributes:
        lead: The lead, with everything that is ever known of it.
        steps: All decisions, in order of time.
        misses: The expectations that do not hold, in order of time.
    """

    case: Case
    definition: Definition
    lead: Lead
    steps: Sequence[Step]
    misses: tuple[Miss, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether everything is as expected."""
        return not self.misses

    @cached_property
    def instants(self) -> Sequence[datetime]:
        """The instants that the case speaks of, and those of decisions."""
        return sorted({*self.case.named, self.case.end, *(step.decision.at for step in self.steps)})

    def until(self, at: datetime) -> list[Step]:
        """Give the decisions up to an instant, inclusive."""
        return [step for step in self.steps if step.decision.at <= at]

    def known(self, at: datetime) -> Snapshot:
        """Give the lead as it stands after everything that happens at an instant."""
        steps = self.until(at)
        return Snapshot(self.lead, at, steps[-1].journey if steps else Journey())


def run_case(course: Course, case: Case) -> Ran:
    """Run one case: purely, the same case always gives the same answer."""
    lead, requests = _told(case)
    steps = list(course.advance(lead, Journey(), case.end, requests=requests))
    ran = Ran(case=case, definition=course.definition, lead=lead, steps=steps)
    misses = [*_requests(ran), *(miss for look in case.looks for miss in _look(ran, look))]
    return attrs.evolve(ran, misses=tuple(misses))


def run_cases(definition: Definition, cases: Iterable[Case]) -> list[Ran]:
    """Run cases one after the other; none sees another."""
    course = Course(definition)
    return [run_case(course, case) for case in cases]


def _told(case: Case) -> tuple[Lead, list[tuple[datetime, Request]]]:
    lead, requests = Lead("case"), list[tuple[datetime, Request]]()
    for given in case.given:
        lead.profile(given.profile, at=given.at)
        lead.answer(given.answers, at=given.at)
        if given.channel is not None:
            lead.channel(given.channel, at=given.at)
        for kind in given.activities:
            lead.activity(kind, given.properties, at=given.at)
        if given.asked is not None and given.at is not None:
            requests.append((given.at, given.asked.request))
    return lead, requests


# --- Requests --------------------------------------------------------------------------------------------------------


def _requests(ran: Ran) -> Iterator[Miss]:
    asked = sorted(
        ((one.at, one.asked) for one in ran.case.given if one.at is not None and one.asked is not None),
        key=lambda pair: pair[0],
    )
    decisions = (step.decision for step in ran.steps if step.decision.kind is not Kind.AUTOMATIC)
    for (_, wanted), decision in zip(asked, decisions, strict=True):
        yield from _request(ran, wanted, decision)


def _request(ran: Ran, wanted: Asked, decision: Decision) -> Iterator[Miss]:
    what = f"on {ran.case.day(decision.at)} the request {decision.trigger}"
    if decision.result is not wanted.result:
        message = f"{what} is {decision.result.value}, and should be {wanted.result.value}"
        yield Miss(message=message, why=tuple(request_lines(ran.definition, decision)), place=wanted.place)
        return
    for key, found, names in (
        ("what stands in its way", decision.blockers, wanted.blockers),
        ("what is waived", decision.waived, wanted.waived),
    ):
        if names is not None and names != frozenset(found):
            message = f"{what}: {key} is {_listed(found)}, and should be {_listed(names)}"
            yield Miss(message=message, why=tuple(request_lines(ran.definition, decision)), place=wanted.place)


# --- Looks -----------------------------------------------------------------------------------------------------------


def _look(ran: Ran, look: Look) -> Iterator[Miss]:
    at = ran.case.end if look.at is None else look.at
    known = ran.known(at)
    yield from _standing(ran, look, known)
    yield from _last_move(ran, look, known)
    judgement = Judgement(ran.definition, known)
    yield from _truths(ran, look, judgement)
    yield from _scores(ran, look, judgement)
    yield from _undesirables(ran, look, judgement)
    if look.missing:
        yield from _missing(ran, look, explain(ran.definition, known))


def _standing(ran: Ran, look: Look, known: Snapshot) -> Iterator[Miss]:
    when, stage, steps = on_time(ran.case, known.at), known.journey.stage, ran.until(known.at)
    found = f"{when} the lead is {'outside the lifecycle' if stage is None else f'in {stage}'}"
    why = tuple(missed_stage(ran.definition, ran.case, known, steps, look.stage or _should_be(look)))
    if look.outside and stage is not None:
        yield Miss(message=f"{found}, and should be outside", why=why, place=look.place("outside"))
    if look.stage is not None and look.stage != stage:
        yield Miss(message=f"{found}, and should be in {look.stage}", why=why, place=look.place("stage"))
    path = tuple(step.journey.stage for step in steps if step.decision.granted)
    if look.path is not None and look.path != path:
        message = f"{when} it has come through {_arrows(path)}, and should have come through {_arrows(look.path)}"
        told = look.stage is not None and look.stage != stage
        yield Miss(message=message, why=() if told else why, place=look.place("path"))


def _should_be(look: Look) -> str | None:
    return look.path[-1] if look.path else None


def _last_move(ran: Ran, look: Look, known: Snapshot) -> Iterator[Miss]:
    when = on_time(ran.case, known.at)
    moves = [step.decision for step in ran.until(known.at) if step.decision.granted]
    last = moves[-1] if moves else None
    why = () if last is None else (f"its last move: {move_text(ran.case, last)}",)
    since = None if look.since is None else ran.case.day(look.since)
    for key, wanted, found in (
        ("trigger", look.trigger, None if last is None else last.trigger),
        ("reason", look.reason, None if last is None else last.reason),
        ("since", since, None if last is None else ran.case.day(last.at)),
        ("cycle", look.cycle, known.journey.cycle),
    ):
        if wanted is not None and wanted != found:
            message = f"{when} the {_KEYS[key]} is {_or_none(found)}, and should be {wanted}"
            yield Miss(message=message, why=why, place=look.place(key))


_KEYS = {
    "trigger": "trigger of the last move",
    "reason": "reason of the last move",
    "since": "day of the last move",
    "cycle": "cycle",
}


def _truths(ran: Ran, look: Look, judgement: Judgement) -> Iterator[Miss]:
    for key, text, expression, wanted in look.truths:
        found = _truth(judgement, ran.definition.written_out(expression))
        if found is not wanted:
            message = (
                f"{on_time(ran.case, judgement.known.at)} {text} is {_WORDS[found]}, and should be {_WORDS[wanted]}"
            )
            yield Miss(message=message, why=tuple(truth_lines(judgement, expression)), place=look.place(key))


_WORDS = {True: "met", False: "unmet", None: "unknown"}


def _truth(judgement: Judgement, expression: Expression) -> bool | None:
    return evaluate(expression, lambda atom: Finding(judgement.truth(atom))).truth


def _scores(ran: Ran, look: Look, judgement: Judgement) -> Iterator[Miss]:
    for name, wanted in look.scores.items():
        interval = judgement.interval(name)
        if isinstance(wanted, int):
            holds, words = interval.low == interval.high == wanted, f"be {wanted}"
        else:
            compare = COMPARE[wanted.operator]
            holds = compare(interval.low, wanted.number) and compare(interval.high, wanted.number)
            words = f"be {wanted.operator} {wanted.number}"
        if not holds:
            message = f"{on_time(ran.case, judgement.known.at)} {name} is {interval}, and should {words}"
            yield Miss(message=message, why=tuple(score_lines(judgement, name)), place=look.place("scores"))


def _undesirables(ran: Ran, look: Look, judgement: Judgement) -> Iterator[Miss]:
    if look.undesirables is None:
        return
    named = ran.definition.undesirables
    found = [name for name, one in named.items() if one.truth(judgement.verdict(name).outcome)]
    if look.undesirables != frozenset(found):
        when = on_time(ran.case, judgement.known.at)
        message = f"{when} the undesirables are {_listed(found)}, and should be {_listed(look.undesirables)}"
        differing = [name for name in named if (name in found) is not (name in look.undesirables)]
        why = tuple(f"{name}: {judgement.verdict(name).message}" for name in differing)
        yield Miss(message=message, why=why, place=look.place("undesirables"))


def _missing(ran: Ran, look: Look, found: Explanation) -> Iterator[Miss]:
    when = on_time(ran.case, found.at)
    for key, wanted in look.missing.items():
        ways = [way for way in found.ways if key in (way.transition.target, way.transition.trigger)]
        changes = {frozenset((one.atom, one.wanted) for one in change) for way in ways for change in way.changes}
        holds = any(way.open for way in ways) if not wanted else wanted in changes
        if not holds:
            names = _listed(atom if is_wanted else f"not {atom}" for atom, is_wanted in wanted)
            message = f"{when} what is missing for {key} is not {names}"
            stage = found.journey.stage or "outside the lifecycle"
            why = tuple(way_lines(ways)) or (f"nothing named {key} leads out of {stage}",)
            yield Miss(message=message, why=why, place=look.place("missing"))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"


def _arrows(path: Iterable[str | None]) -> str:
    return " -> ".join(map(str, path)) or "nothing"


def _or_none(value: object) -> str:
    return "none" if value is None else str(value)
