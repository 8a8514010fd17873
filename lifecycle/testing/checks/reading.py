"""Checks of what a criterion looks at: nothing outside, nothing undeclared, and what it makes of what is missing."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from decimal import Decimal
from types import NoneType
from typing import Any, Final

import attrs

from lifecycle.criteria import Outcome
from lifecycle.lead import Snapshot
from lifecycle.narrowing import is_list, is_mapping
from lifecycle.parameters import bound_parameters
from lifecycle.testing.checks.check import Check, Tier
from lifecycle.testing.checks.judging import judged, kernel, shown
from lifecycle.testing.making import Case, draw_case, draw_fact, draw_journey
from lifecycle.testing.rewriting import rewritten
from lifecycle.testing.searching import ASIDE, AsideError, BrokenError, Draw, Effort, for_all, pick
from lifecycle.testing.subject import Subject
from lifecycle.testing.telling import Fact, Situation
from lifecycle.testing.watching import BEHIND, Watched, tripwire

__all__ = ["EVIDENCE", "HONEST_READS", "MISSING_IS_UNKNOWN", "PURE", "SAME_MEANING"]

MARK: Final = "nobody-reads-this"
_TOLD_NOTHING: Final = (None, "", "  ")
_TEXTUAL: Final = ("profile", "answer", "channel")


# --- Purity ----------------------------------------------------------------------------------------------------------


def _pure(subject: Subject, effort: Effort) -> int:
    def law(draw: Draw) -> None:
        case = draw_case(draw, subject)
        lead = case.situation.lead()
        known = Snapshot(lead, case.situation.at, case.situation.journey)
        before = _written_down(case, known)
        trips = (_trips_of(case, known), _trips_of(case, known))
        if trips[0] is None or trips[1] is None:
            raise AsideError
        found = [*trips[0].at_once, *trips[1].at_once, *trips[1].outside]
        if found:
            raise BrokenError(f"{found[0]}\n{case.told()}")
        after = _written_down(case, known)
        if after != before:
            raise BrokenError(f"changes what it is given\nbefore: {before}\nafter:  {after}\n{case.told()}")

    return for_all(law, effort)


def _trips_of(case: Case, known: Snapshot) -> Any:
    """Judge under the tripwire; None where the criterion breaks."""
    with tripwire() as trips:
        try:
            case.criterion.judge(known)
        except Exception:  # noqa: BLE001 - a stranger's code; the check `total` is about that
            return None
    return trips


def _written_down(case: Case, known: Snapshot) -> str:
    """Write down everything a criterion could change: the facts, and its own parameters."""
    facts = case.situation.facts
    values = [known.profile(fact.name) for fact in facts if fact.category == "profile"]
    answers = [known.answer(fact.name, ever=True) for fact in facts if fact.category == "answer"]
    done = [(one.kind, one.at.isoformat(), one.properties) for one in known.activities(ever=True)]
    return repr((values, answers, known.channel, done, bound_parameters(case.criterion)))


# --- Reads -----------------------------------------------------------------------------------------------------------


def _honest_reads(subject: Subject, effort: Effort) -> int:
    def law(draw: Draw) -> None:
        case = draw_case(draw, subject)
        watched = Watched(case.situation.snapshot())
        first = subject.judge(case.criterion, watched)
        if first.outcome is Outcome.FAILED:
            raise AsideError
        undeclared = _undeclared(case, watched.asked)
        if undeclared:
            raise BrokenError(f"asks for {undeclared[0]} and does not declare it\n{case.told()}")
        other = _otherwise(draw, case)
        verdict = judged(case, other)
        if kernel(verdict) != kernel(first):
            raise BrokenError(
                f"only what it does not declare was changed: {shown(verdict)}\nand before: {shown(first)}\n"
                f"{case.told()}\nthen\n{case.told(other)}"
            )

    return for_all(law, effort)


def _undeclared(case: Case, asked: Iterable[str]) -> list[str]:
    """Give what was asked for by name and is not declared; who walks through all activities may still skip them."""
    declared = case.vocabulary
    return sorted(read for read in asked if read == BEHIND or not (declared.reads(read) or read == "activity:*"))


def _otherwise(draw: Draw, case: Case) -> Situation:
    """Change all that is not declared: other facts, and another standing in the same cycle."""
    vocabulary, situation = case.vocabulary, case.situation
    kept = [fact for fact in situation.facts if vocabulary.reads(fact.read)]
    more = [draw_fact(draw, vocabulary, vocabulary.others, situation.at) for _ in range(pick(draw, (1, 2, 3)))]
    other = situation.having([*more[1:], *kept, *more[:1]])
    if "journey" in vocabulary.declared:
        return other
    journey = draw_journey(draw, vocabulary, situation.at)
    ours = situation.journey
    return attrs.evolve(other, journey=attrs.evolve(journey, cycle=ours.cycle, cycle_start=ours.cycle_start))


def _missing_is_unknown(subject: Subject, effort: Effort) -> int:
    def law(draw: Draw) -> object:
        case = draw_case(draw, subject)
        if any(read.startswith("activity") or read == "journey" for read in case.vocabulary.declared):
            return ASIDE
        if not case.vocabulary.declared or Outcome.UNKNOWN in subject.offer.about.never:
            return ASIDE
        blank = pick(draw, (*_TOLD_NOTHING, MARK))
        nothing = case.situation.changed(lambda fact: _untold(case, fact, blank))
        verdict = judged(case, nothing)
        if verdict.outcome is not Outcome.UNKNOWN:
            raise BrokenError(f"without a fact {shown(verdict)}\n{case.told(nothing)}")
        return None

    return for_all(law, effort, otherwise="that nothing is known is an answer where activities or the journey are read")


def _untold(case: Case, fact: Fact, blank: str | None) -> Fact | None:
    """Leave a fact out that the criterion reads, or have it say nothing."""
    if not case.vocabulary.reads(fact.read):
        return fact
    return None if blank == MARK or fact.read == "channel" else attrs.evolve(fact, value=blank)


# --- Meaning ---------------------------------------------------------------------------------------------------------


def _same_meaning(subject: Subject, effort: Effort) -> int:
    def law(draw: Draw) -> object:
        case = draw_case(draw, subject)
        reads = [read for read in case.vocabulary.facts if read.startswith(_TEXTUAL)]
        if not reads:
            return ASIDE
        read = pick(draw, reads)
        others = [one for one in case.situation.facts if one.read != read]
        for value in case.vocabulary.values(read):
            _rewrite(case, others, Fact(read=read, value=value, at=case.situation.at))
        return None

    return for_all(law, effort, otherwise="it reads nothing that is written by people")


def _rewrite(case: Case, others: list[Fact], fact: Fact) -> None:
    ways = list(rewritten(fact))
    first = case.judge(case.situation.having([*others, fact])) if ways else None
    for what, rewrite in ways:
        again = case.situation.having([*others, rewrite])
        verdict = case.judge(again)
        if first is not None and kernel(verdict) != kernel(first):
            raise BrokenError(f"{what}: {shown(verdict)}\nand before: {shown(first)}\n{case.told(again)}")


# --- Evidence --------------------------------------------------------------------------------------------------------


def _evidence(subject: Subject, effort: Effort) -> int:
    def law(draw: Draw) -> None:
        case = draw_case(draw, subject)
        marked = _marked(case)
        verdict = judged(case, marked)
        odd = next(_no_json(verdict.evidence, "evidence"), None)
        if odd is not None:
            raise BrokenError(f"{odd}\n{case.told(marked)}")
        said = f"{verdict.message} {json.dumps(verdict.evidence, default=str)}"
        if MARK in said:
            raise BrokenError(f"shows what it does not declare: {said}\n{case.told(marked)}")

    return for_all(law, effort)


def _marked(case: Case) -> Situation:
    """Mark what the criterion does not declare: other fields, other kinds, and properties that it does not name."""
    vocabulary, at = case.vocabulary, case.situation.at
    name = next(name for name in ("ip_address", "visitor", "remark") if name not in vocabulary.named)
    facts = [
        attrs.evolve(fact, value={**fact.value, name: MARK}) if fact.category == "activity" else fact
        for fact in case.situation.facts
        if vocabulary.reads(fact.read)
    ]
    reads = [read for read in vocabulary.others if read != "channel" or _no_channel(facts)]
    marks = [Fact(read=read, value=_mark(read), at=at) for read in reads]
    return case.situation.having([*facts, *marks])


def _no_channel(facts: Iterable[Fact]) -> bool:
    """Say whether a channel may be added, since the first one stays."""
    return all(fact.read != "channel" for fact in facts)


def _mark(read: str) -> Any:
    return {"page": MARK} if read.startswith("activity") else MARK


def _no_json(value: Any, where: str) -> Iterator[str]:
    """Give what JSON does not have; a number that is exact is a text there, and so it may stand."""
    if is_mapping(value):
        for key, item in value.items():
            if type(key) is not str:
                yield f"{where} has the key {key!r}, which is no text"
            yield from _no_json(item, f"{where}.{key}")
    elif is_list(value):
        for place, item in enumerate(value):
            yield from _no_json(item, f"{where}[{place}]")
    elif type(value) is float or type(value) is Decimal:
        if not math.isfinite(value):
            yield f"{where} is {value!r}, which JSON does not have"
    elif type(value) not in {str, int, bool, NoneType}:
        yield f"{where} is a {type(value).__name__}, which JSON does not have: {value!r:.80}"


PURE: Final = Check(
    name="pure",
    tier=Tier.SILVER,
    asks="It looks at the snapshot alone: no clock, no randomness, no files or network; and it changes nothing.",
    why="Judged again tomorrow, or on another machine, the same lead must get the same verdict.",
    fix="The instant is `known.at`. Load lists once and keep them; name them in `lists=` of `@criterion`.",
    run=_pure,
)
HONEST_READS: Final = Check(
    name="honest_reads",
    tier=Tier.SILVER,
    asks="It asks only for facts that it declares, and others never change its verdict.",
    why="A fact that nobody declared does not have the lead judged again, so that a move comes too late or never.",
    fix="Use the field helpers of `parameters`, or `also_reads=` of `@criterion`.",
    run=_honest_reads,
)
MISSING_IS_UNKNOWN: Final = Check(
    name="missing_is_unknown",
    tier=Tier.SILVER,
    asks="Where nothing that it reads is known, it is UNKNOWN.",
    why="UNMET would count what nobody has asked against the lead; only a definition may decide that.",
    fix='Return `unknown(...)` where the value is None, or declare `never=["unknown"]` if that is the answer.',
    run=_missing_is_unknown,
)
SAME_MEANING: Final = Check(
    name="same_meaning",
    tier=Tier.GOLD,
    asks="Case, spaces around a text, its Unicode form, a plus-tag and the form of a domain change nothing.",
    why="Whoever fills in a form decides on these, and means nothing by them.",
    fix='Compare `unicodedata.normalize("NFC", text.strip().casefold())`; of an address, the domain in its ASCII form.',
    run=_same_meaning,
)
EVIDENCE: Final = Check(
    name="evidence",
    tier=Tier.SILVER,
    asks="Evidence is what JSON has, and neither it nor the message shows what the criterion does not declare.",
    why="Evidence is kept for years, and whoever reads a decision need not know the rest about a person.",
    fix="Name the values that decided, one by one; write instants as text.",
    run=_evidence,
)
