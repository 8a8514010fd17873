"""Where a lead stands: a fold of its records, and of nothing else."""

from __future__ import annotations

from datetime import datetime

import attrs

__all__ = ["Journey"]


@attrs.frozen(kw_only=True)
class Journey:
    """The standing of one lead after its last move; `Journey()` is a lead that has not entered yet.

    Attributes:
        stage: The target of the last record, or None before the entry.
        since: The instant of the last record.
        trigger: The trigger that led here.
        cycle: 1 at first; each transition with `new_cycle` starts the next one.
        cycle_start: The instant of the move that started the present cycle; None in cycle 1, which has no start.
        sequence: The number of the last record; 0 before the entry.
        passed: The stages left or entered at the instant `since`. A lead never enters one of them automatically in that
            same instant, and so every cascade ends.
    """

    stage: str | None = None
    since: datetime | None = None
    trigger: str | None = None
    cycle: int = 1
    cycle_start: datetime | None = None
    sequence: int = 0
    passed: frozenset[str] = frozenset()

    def moved(self, *, trigger: str, target: str, at: datetime, cycle: int) -> Journey:
        """Give the journey after one more move, made at the instant `at` into `target`."""
        passed = {stage for stage in (self.stage, target) if stage is not None}
        return Journey(
            stage=target,
            since=at,
            trigger=trigger,
            cycle=cycle,
            cycle_start=at if cycle != self.cycle else self.cycle_start,
            sequence=self.sequence + 1,
            passed=frozenset(passed | self.passed if at == self.since else passed),
        )
