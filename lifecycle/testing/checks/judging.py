"""Checks of one judgement: it comes to an end, gives a verdict, and gives it again."""

from __future__ import annotations

from typing import Final

from lifecycle.criteria import Outcome, Verdict
from lifecycle.testing.checks.check import Check, Tier
from lifecycle.testing.making import Case, draw_case
from lifecycle.testing.searching import ASIDE, BrokenError, Draw, Effort, for_all, nothing_to_ask, pick
from lifecycle.testing.subject import Subject
from lifecycle.testing.telling import Situation

__all__ = ["DETERMINISTIC", "MISSING_IS_UNKNOWN", "TOTAL", "judged", "kernel"]


def kernel(verdict: Verdict) -> tuple[object, ...]:
    """Give what decides something: all of a verdict but message and evidence."""
    return verdict.outcome, verdict.amount, verdict.holds_until


def judged(case: Case, situation: Situation | None = None) -> Verdict:
    """Judge a case, and leave it aside where the criterion breaks: the check `total` is about that."""
    verdict = case.judge(situation)
    nothing_to_ask(unless=verdict.outcome is not Outcome.FAILED)
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


def _deterministic(subject: Subject, effort: Effort) -> int:
    def law(draw: Draw) -> None:
        case = draw_case(draw, subject)
        first = judged(case)
        again = subject.bind(case.parameters)
        assert again is not None
        for what, verdict in (("once more", case.judge()), ("by an equal criterion", case.judge(criterion=again))):
            if verdict != first:
                raise BrokenError(f"judged {what}: {verdict}\nand before: {first}\n{case.told()}")

    return for_all(law, effort)


def _missing_is_unknown(subject: Subject, effort: Effort) -> int:
    def law(draw: Draw) -> object:
        case = draw_case(draw, subject)
        nothing = case.situation.having(fact for fact in case.situation.facts if not case.vocabulary.reads(fact.read))
        answers = any(read.startswith("activity") or read == "journey" for read in case.vocabulary.declared)
        if answers or not case.vocabulary.declared:
            return ASIDE
        verdict = judged(case, nothing)
        if verdict.outcome is not Outcome.UNKNOWN and Outcome.UNKNOWN not in subject.offer.about.never:
            raise BrokenError(f"{verdict.outcome.value} without a fact: {verdict.message}\n{case.told(nothing)}")
        return None

    return for_all(law, effort, otherwise="it reads activities or the journey, and that there are none is an answer")


TOTAL: Final = Check(
    name="total",
    tier=Tier.BRONZE,
    asks="It judges every lead without raising, whatever stands in the fields.",
    why="Nobody checks what others write into a field; a criterion that breaks opens nothing.",
    fix="Say `unknown(...)` for what cannot be read.",
    run=_total,
)
DETERMINISTIC: Final = Check(
    name="deterministic",
    tier=Tier.BRONZE,
    asks="The same lead gets the same verdict, from the same object and from an equal one.",
    why="A history is only worth keeping if it can be judged again.",
    fix="Keep nothing between judgements, and sort what comes out of a set.",
    run=_deterministic,
)
MISSING_IS_UNKNOWN: Final = Check(
    name="missing_is_unknown",
    tier=Tier.SILVER,
    asks="Where nothing that it reads is known, it is UNKNOWN.",
    why="UNMET would count what nobody has asked against the lead.",
    fix='Return `unknown(...)` where the value is None, or declare `never=["unknown"]` if that is the answer.',
    run=_missing_is_unknown,
)
