"""Checking a whole store: what it should be made of, its rules, its histories, and the sealed log.

It is read once from front to back in one view, with little in memory, and nothing is changed. What nobody can find from
inside, because whoever owns the database can write all of it anew, a checkpoint from outside shows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import attrs

from lifecycle.errors import Severity
from lifecycle.proof import Checkpoint
from lifecycle.store.checks.chains import Chain
from lifecycle.store.checks.finding import Finding, Layer
from lifecycle.store.checks.rules import Rules
from lifecycle.store.checks.sealed import entries_of_leaves, entries_of_pending, tree
from lifecycle.store.checks.structure import dangling, structure
from lifecycle.store.log import ENTRIES
from lifecycle.store.reading import Reading

__all__ = ["MOST", "Finding", "Layer", "Report", "verify"]

MOST: Final = 1000
"""So many findings are kept for the report; those behind them are counted."""


@attrs.frozen(kw_only=True)
class Report:
    """What was looked at, and what is wrong with it.

    Attributes:
        entries: How many records, refusals and erasures were looked at.
        sealed: How many of them are sealed.
        waiting: How many of them wait to be sealed.
        findings: What is wrong, or worth a look: the first thousand.
        counts: How many findings there are of each code, those not kept included.
    """

    entries: Mapping[str, int]
    sealed: int
    waiting: int
    findings: tuple[Finding, ...]
    counts: Mapping[str, int]
    wrong: int

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong: warnings and notes may be there."""
        return self.wrong == 0


def verify(reading: Reading, outside: Sequence[Checkpoint] = ()) -> Report:
    """Check everything that a store keeps.

    Args:
        reading: A view of it.
        outside: Checkpoints that were kept elsewhere since the day they speak of.
    """
    chains = _Chains(reading)
    kept, counts, wrong = list[Finding](), Counter[str](), 0
    for finding in _findings(reading, chains, outside):
        counts[finding.code] += 1
        wrong += finding.severity is Severity.ERROR
        if len(kept) < MOST:
            kept.append(finding)
    return Report(
        entries={kind: chain.seen for kind, chain in chains.walked.items()},
        sealed=sum(chain.sealed for chain in chains.walked.values()),
        waiting=sum(chain.waiting for chain in chains.walked.values()),
        findings=tuple(kept),
        counts=dict(counts),
        wrong=wrong,
    )


class _Chains:
    """The chains of all kinds, and the rules that they are re-checked by."""

    def __init__(self, reading: Reading) -> None:
        self.rules = Rules(reading)
        self.walked = {kind: Chain(reading, kind, self.rules) for kind in ENTRIES}


def _findings(reading: Reading, chains: _Chains, outside: Sequence[Checkpoint]) -> Iterator[Finding]:
    incomplete = False
    for finding in structure(reading):
        incomplete = incomplete or finding.code in {"missing-table", "missing-column"}
        yield finding
    if incomplete:
        return  # what is below could not even be asked for
    yield from dangling(reading)
    yield from chains.rules.findings()
    for kind, chain in chains.walked.items():
        yield from chain.findings()
        yield from entries_of_leaves(reading, kind, chain.sealed)
        yield from entries_of_pending(reading, kind, chain.waiting)
    yield from tree(reading, outside)
