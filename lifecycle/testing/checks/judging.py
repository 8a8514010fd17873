"""Checks of one judgement: it comes to an end, gives a verdict, and gives it again."""

from __future__ import annotations

from typing import Final

import attrs

from lifecycle.criteria import Outcome, Verdict
from lifecycle.testing.checks.check import Check, Tier
from lifecycle.testing.making import Case, draw_case
from lifecycle.testing.searching import ASIDE, AsideError, BrokenError, Draw, Effort, NotAsked, for_all, pick
from lifecycle.testing.subject import Example, Subject
from lifecycle.testing.telling import Situation

__all__ = ["DETERMINISTIC", "EXAMPLES", "NEVER", "TOTAL", "VERDICT", "judged", "kernel", "shown"]


def kernel(verdict: Verdict) -> tuple[object, ...]:
    """Give what decides something: all of a verdict but message and evidence."""
    return verdict.outcome, verdict.amount, verdict.holds_until


def shown(verdict: Verdict) -> str:
    """Write a verdict down for people."""
    amount = "" if verdict.amount is None else f", amount {verdict.amount}"
    until = "" if verdict.holds_until is None else f", until {verdict.holds_until.isoformat()}"
    return f"{verdict.outcome.value} ({verdict.message}){amount}{until}"


def judged(case: Case, situation: Situation | None = None) -> Verdict:
    """Judge a case.

    Raises:
        AsideError: the criterion breaks; the checks of verdicts are about that.
    """
    verdict = case.judge(situation)
    if verdict.outcome is Outcome.FAILED:
        raise AsideError
    return verdict


def _total(subject: Subject, effort: Effort) -> int:
    def law(draw: Draw) -> None:
        case = draw_case(draw, subject, wild=pick(draw, (True, True, False)))
        known = case.situation.snapshot()
        try:
            case.criterion.judge(known)
        except Exception as error:
            raise BrokenError(f"raised {type(error).__name__}: {error}\n{case.told()}") from error

    return for_all(law, effort)


def _verdict(subject: Subject, effort: Effort) -> int:
    def law(draw: Draw) -> object:
        case = draw_case(draw, subject, wild=pick(draw, (False, True)))
        try:
            given = case.criterion.judge(case.situation.snapshot())
        except Exception:  # noqa: BLE001 - a stranger's code; the check `total` is about that
            return ASIDE
        safe = case.judge()
        if safe.outcome is Outcome.FAILED:
            own = getattr(given, "outcome", None) is Outcome.FAILED  # a stranger may give anything
            raise BrokenError(f"{'gave FAILED itself' if own else safe.message}\n{case.told()}")
        return None

    return for_all(law, effort)


def _deterministic(subject: Subject, effort: Effort) -> int:
    def law(draw: Draw) -> None:
        case = draw_case(draw, subject)
        first = judged(case)
        again = subject.bind(case.parameters)
        assert again is not None
        other = draw_case(draw, subject)
        other.judge(criterion=case.criterion)
        for what, verdict in (("once more", case.judge()), ("by an equal criterion", case.judge(criterion=again))):
            if verdict != first:
                raise BrokenError(f"judged {what}: {shown(verdict)}\nand before: {shown(first)}\n{case.told()}")
        together = case.situation.changed(lambda fact: attrs.evolve(fact, at=case.situation.at))
        for told in (case.situation, together):
            there, back = case.judge(told), case.judge(_turned(told))
            if kernel(there) != kernel(back):
                seen = f"told in another order: {shown(back)}\nand before: {shown(there)}"
                raise BrokenError(f"{seen}\n{case.told(told)}")

    return for_all(law, effort)


def _turned(situation: Situation) -> Situation:
    """Tell the facts backwards, but those of one field in their order: of one instant the last one given wins."""
    values = [fact for fact in situation.facts if fact.category != "activity"]
    return situation.having([*(fact for fact in situation.facts[::-1] if fact.category == "activity"), *values])


# --- Outcomes --------------------------------------------------------------------------------------------------------


_MOST: Final = 200
"""How many leads are made up to see both outcomes; mostly a few are enough."""


def _examples(subject: Subject, effort: Effort) -> int:
    """Hold the given examples to what their author says, then look for what they do not show."""
    seen = {_of_example(subject, example) for example in subject.examples}
    wanted = {Outcome.MET, Outcome.UNMET} - subject.offer.about.never

    def law(draw: Draw) -> None:
        seen.add(draw_case(draw, subject).judge().outcome)
        if wanted <= seen:
            raise _FoundError

    made = 0
    if not wanted <= seen:
        try:
            made = for_all(law, Effort(cases=max(effort.cases * 8, _MOST), thorough=effort.thorough, shrink=False))
        except _FoundError:
            return 1
    missing = sorted(outcome.value for outcome in wanted - seen)
    if missing:
        raise BrokenError(f"{' and '.join(missing)} was not found in {made} made-up cases: give an example of it")
    return len(subject.examples)


class _FoundError(Exception):
    """Everything that was looked for has been found."""


def _of_example(subject: Subject, example: Example) -> Outcome:
    bound, problems = subject.offer.bind(example.parameters)
    if bound is None:
        raise BrokenError(f"an example has wrong parameters: {'; '.join(message for _, _, message in problems)}")
    verdict = subject.judge(bound, example.snapshot)
    if verdict.outcome is not example.outcome:
        given = dict(example.parameters)
        raise BrokenError(
            f"an example is {verdict.outcome.value}, not {example.outcome.value}: {given}: {verdict.message}"
        )
    return verdict.outcome


def _never(subject: Subject, effort: Effort) -> int:
    never = subject.offer.about.never
    if not never:
        raise NotAsked("it does not declare that it never gives an outcome")

    def law(draw: Draw) -> None:
        case = draw_case(draw, subject, wild=pick(draw, (False, True)))
        verdict = judged(case)
        if verdict.outcome in never:
            raise BrokenError(f"declares never to be {shown(verdict)}\n{case.told()}")

    return for_all(law, effort)


TOTAL: Final = Check(
    name="total",
    tier=Tier.BRONZE,
    asks="It judges every lead without raising, whatever stands in the fields.",
    why="Nobody checks what others write into a field. A criterion that breaks opens nothing, and the lead is stuck.",
    fix="Say `unknown(...)` for what cannot be read.",
    run=_total,
)
VERDICT: Final = Check(
    name="verdict",
    tier=Tier.BRONZE,
    asks="It gives a verdict that is well formed: a whole amount, a table of evidence, a later `holds_until`.",
    why="Anything else counts as broken, so that it opens nothing.",
    fix="Build verdicts by `met_if` and `unknown`; where time can change nothing any more, leave `until` out.",
    run=_verdict,
)
DETERMINISTIC: Final = Check(
    name="deterministic",
    tier=Tier.BRONZE,
    asks="The same lead gets the same verdict: again, from an equal criterion, and told in another order.",
    why="A history is only worth keeping if it can be judged again.",
    fix="Keep nothing between judgements; of activities at one instant, let none count for more than the others.",
    run=_deterministic,
)
EXAMPLES: Final = Check(
    name="examples",
    tier=Tier.BRONZE,
    asks="There is a lead that meets it and one that does not, given or made up, and every given example holds.",
    why="What always gives the same answer decides nothing, and what nobody has seen met is seldom right.",
    fix="Give an `Example` for the outcome that was not found; what it never gives belongs into `never=`.",
    run=_examples,
)
NEVER: Final = Check(
    name="never",
    tier=Tier.SILVER,
    asks="It never gives an outcome that it declares never to give.",
    why="Whoever writes a definition relies on it, and so does the check of missing facts.",
    fix="Take the outcome out of `never=` of `@criterion`, or give another one.",
    run=_never,
)
