"""What many histories come to, as figures: pure folds over records, and nothing is kept beside them.

Rules of this file:

* A stage of the path counts as reached when it was entered, or when a later stage of the path was entered without it;
  then it was *skipped*, which is shown apart. So no stage is reached more often than the one before it.
* Each lead, or each cycle, counts once in each stage, by the first time it came there; walking to and fro adds nothing.
* What is counted is chosen with `per` and never mixed: leads over their whole life, their first cycle, or every cycle.
* A record belongs to the cycle it carries, and the leaving of a stage to the cycle that is left.
* Shares are fractions of whole numbers, None where there is nothing to divide by.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Final

import attrs

from lifecycle.decision import Kind
from lifecycle.definition import Definition
from lifecycle.record import Record

__all__ = ["Acceptance", "Funnel", "Per", "StageFigures", "funnel"]

SALES: Final = "sales"
"""The owner to whom leads are handed over."""


class Per(enum.Enum):
    """What a funnel counts."""

    LEAD = "lead"
    """Each lead once, in whichever cycle it came to a stage: the answer to "how many became customers"."""
    FIRST_CYCLE = "first_cycle"
    """Each lead once, until it is sent round again: how good the lifecycle is at the first attempt."""
    CYCLE = "cycle"
    """Every cycle of every lead: how much work there was."""


@attrs.frozen(kw_only=True)
class StageFigures:
    """The figures of one stage of the path.

    Attributes:
        stage: Its id.
        reached: How many came to it or past it.
        skipped: How many of them entered a later stage without having entered it.
        now: How many stand in it now.
        conversion: The share of those that reached the stage before; None in the first stage.
        median: The median time from entering the stage before to entering this one; None where nothing was timed.
        timed: How many times that is the median of: those that entered both stages, in this order.
    """

    stage: str
    reached: int
    skipped: int
    now: int
    conversion: Fraction | None
    median: timedelta | None
    timed: int


@attrs.frozen(kw_only=True)
class Acceptance:
    """How often sales takes what marketing hands over; the four counts add up to `offered`.

    Attributes:
        source: The stage before the handover.
        target: The stage that means accepted.
        offered: How many entered `source`.
        accepted: How many of them reached `target`.
        declined: How many of the others left `source` last because somebody asked for it.
        lapsed: How many of the others left it last by themselves.
        waiting: How many of the others stand in it now.
        wanted: The share that was agreed on, from the definition's targets.
    """

    source: str
    target: str
    offered: int
    accepted: int
    declined: int
    lapsed: int
    waiting: int
    wanted: Fraction | None = None

    @property
    def rate(self) -> Fraction | None:
        """The accepted share of what was accepted or declined; what nobody decided on does not count."""
        return _share(self.accepted, self.accepted + self.declined)


@attrs.frozen(kw_only=True)
class Funnel:
    """The figures of many histories.

    Attributes:
        per: What is counted.
        total: How many entered the lifecycle.
        stages: The figures of each stage of the path, in its order.
        now: How many stand in each stage now, the stages beside the path included.
        transitions: How often leads moved, by (source, target); a source of None is the entry.
        acceptance: None where the path has no handover.
    """

    per: Per
    total: int
    stages: tuple[StageFigures, ...]
    now: Mapping[str, int]
    transitions: Mapping[tuple[str | None, str], int]
    acceptance: Acceptance | None


def funnel(
    definition: Definition,
    histories: Iterable[Sequence[Record]],
    *,
    per: Per = Per.LEAD,
    accepted_at: str | None = None,
) -> Funnel:
    """Count what histories come to.

    Args:
        definition: Gives the path, who owns its stages, and the targets. Records of other versions count by their
            stages.
        histories: The records of each lead, in sequence; a lead without any does not count.
        per: What is counted: each lead, its first cycle, or every cycle.
        accepted_at: The stage of the path that means that sales has accepted a lead; the first one that `sales` owns,
            if left out.

    Raises:
        ValueError: `accepted_at` is not on the path, or is its first stage.
    """
    count = _Count(definition.path, _handover(definition, accepted_at))
    for history in histories:
        for counted in _rounds(history, per):
            count.add(counted)
    return count.figures(definition, per)


# --- The fold ---------------------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class _Round:
    """What counts as one: a lead's whole life, or one of its cycles.

    Attributes:
        records: Those it carries.
        moves: Those that leave one of its stages, and for the first one the entry.
        standing: The stage the lead stands in now; None where it has gone on to another cycle.
    """

    records: Sequence[Record]
    moves: Sequence[Record]
    standing: str | None


def _rounds(history: Sequence[Record], per: Per) -> Iterator[_Round]:
    if not history:
        return
    whole = _Round(records=history, moves=history, standing=history[-1].target)
    if per is Per.LEAD or history[0].cycle == history[-1].cycle:
        yield whole
    elif per is Per.FIRST_CYCLE:
        yield next(_cycles(history))
    else:
        yield from _cycles(history)


def _cycles(history: Sequence[Record]) -> Iterator[_Round]:
    starts = [0, *(place for place, (one, other) in enumerate(pairwise(history), 1) if one.cycle != other.cycle)]
    for start, end in pairwise([*starts, len(history)]):
        moves = history[start + 1 if start else 0 : end + 1]
        standing = history[-1].target if end == len(history) else None
        yield _Round(records=history[start:end], moves=moves, standing=standing)


class _Count:
    """The running counts of a funnel."""

    def __init__(self, path: Sequence[str], handover: tuple[str, str] | None) -> None:
        self.path = path
        self.places = {stage: place for place, stage in enumerate(path)}
        self.handover = handover
        self.total = 0
        self.reached = Counter[str]()
        self.skipped = Counter[str]()
        self.now = Counter[str]()
        self.times: dict[str, list[timedelta]] = {stage: [] for stage in path}
        self.transitions = Counter[tuple[str | None, str]]()
        self.handovers = Counter[str]()

    def add(self, counted: _Round) -> None:
        self.total += 1
        self.transitions.update((record.source, record.target) for record in counted.moves)
        if counted.standing is not None:
            self.now[counted.standing] += 1
        entered = self._entered(counted.records)
        self.reached.update(self.path[: len(entered)])
        self.skipped.update(stage for stage, at in zip(self.path, entered, strict=False) if at is None)
        for stage, (before, at) in zip(self.path[1:], pairwise(entered), strict=False):
            if before is not None and at is not None:
                self.times[stage].append(at - before)
        if self.handover is not None:
            self._hand_over(counted, entered, *self.handover)

    def _entered(self, records: Iterable[Record]) -> list[datetime | None]:
        """Give when each stage of the path was entered, as far as the path was reached; None for a stage skipped."""
        entered: list[datetime | None] = []
        for record in records:
            place = self.places.get(record.target, -1)
            if place >= len(entered):
                entered.extend([None] * (place - len(entered)))
                entered.append(record.at)
        return entered

    def _hand_over(self, counted: _Round, entered: Sequence[object], source: str, target: str) -> None:
        if self.places[source] >= len(entered) or entered[self.places[source]] is None:
            return
        self.handovers["offered"] += 1
        left_by = [record.kind for record in counted.moves if record.source == source]
        if self.places[target] < len(entered):
            self.handovers["accepted"] += 1
        elif counted.standing == source or not left_by:
            self.handovers["waiting"] += 1
        else:
            self.handovers["lapsed" if left_by[-1] is Kind.AUTOMATIC else "declined"] += 1

    def figures(self, definition: Definition, per: Per) -> Funnel:
        return Funnel(
            per=per,
            total=self.total,
            stages=tuple(self._stage(place, stage) for place, stage in enumerate(self.path)),
            now={**dict.fromkeys(definition.stages, 0), **self.now},
            transitions=dict(self.transitions),
            acceptance=self._acceptance(definition),
        )

    def _stage(self, place: int, stage: str) -> StageFigures:
        times = self.times[stage]
        return StageFigures(
            stage=stage,
            reached=self.reached[stage],
            skipped=self.skipped[stage],
            now=self.now[stage],
            conversion=_share(self.reached[stage], self.reached[self.path[place - 1]]) if place else None,
            median=_middle(times),
            timed=len(times),
        )

    def _acceptance(self, definition: Definition) -> Acceptance | None:
        if self.handover is None:
            return None
        source, target = self.handover
        counts = {name: self.handovers[name] for name in ("offered", "accepted", "declined", "lapsed", "waiting")}
        return Acceptance(source=source, target=target, wanted=_wanted(definition), **counts)


def _handover(definition: Definition, accepted_at: str | None) -> tuple[str, str] | None:
    """Give the stage that means accepted with the one before it on the path."""
    for source, target in pairwise(definition.path):
        stage = definition.stages[target]
        if target == accepted_at or (accepted_at is None and stage.owner == SALES):
            return source, target
    if accepted_at is not None:
        raise ValueError(f"{accepted_at!r} is not a stage of the path after another one: {', '.join(definition.path)}")
    return None


def _wanted(definition: Definition) -> Fraction | None:
    """Read the target `80 %`; loading has seen to it that it is written so."""
    target = definition.targets.get("acceptance")
    return None if target is None else Fraction(target.rstrip(" %")) / 100


def _middle(times: Iterable[timedelta]) -> timedelta | None:
    ordered = sorted(times)
    if not ordered:
        return None
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


def _share(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole else None
