"""What came of the checks, for people and for machines."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from lifecycle.testing.checks import Check, Tier

__all__ = ["Report", "Result", "Status"]


class Status(enum.Enum):
    """What came of one check of one criterion."""

    OK = "ok"
    """It passed."""
    FAILED = "failed"
    """It failed, or its author expected that and it did not."""
    EXPECTED = "expected"
    """It failed, as its author said with a reason."""
    SKIPPED = "skipped"
    """It had nothing to ask; the message says why."""


@attrs.frozen(kw_only=True)
class Result:
    """What came of one check of one criterion.

    Attributes:
        criterion: The criterion's name in definitions.
        check: The check.
        status: What came of it.
        cases: How many cases were tried.
        message: What was found, or why there was nothing to ask.
    """

    criterion: str
    check: Check
    status: Status
    cases: int = 0
    message: str = ""

    def __str__(self) -> str:
        """Give what its author has to know: what was found, what was asked, why, and what to do."""
        check = self.check
        lines = [f"{self.criterion}: {check.name} {self.status.value}", *self.message.splitlines()]
        if self.status is Status.FAILED:
            lines += [f"asked: {check.asks}", f"why: {check.why}", f"what to do: {check.fix}"]
        return "\n  ".join(lines)

    def row(self) -> Mapping[str, Any]:
        """Give it for machines."""
        return {
            "criterion": self.criterion,
            "check": self.check.name,
            "tier": self.check.tier.value,
            "status": self.status.value,
            "cases": self.cases,
            "message": self.message,
        }


@attrs.frozen(kw_only=True)
class Report:
    """What came of all checks of one plugin.

    Attributes:
        plugin: The plugin's name.
        results: One for each criterion and check.
        complaints: What is wrong with how the checks were asked for.
    """

    plugin: str
    results: Sequence[Result]
    complaints: Sequence[str] = ()

    @property
    def failures(self) -> list[Result]:
        """The results that are not as they should be."""
        return [result for result in self.results if result.status is Status.FAILED]

    @property
    def exit_code(self) -> int:
        """0 where all is well, else 1."""
        return 1 if self.failures or self.complaints or not self.results else 0

    @property
    def counts(self) -> str:
        """How many checks there were, and what came of them: `80 checks: 74 ok, 6 skipped`."""
        return _counted(self.results)

    def counts_of(self, criterion: str) -> str:
        """Give the same for one criterion."""
        return _counted([result for result in self.results if result.criterion == criterion])

    def tiers(self) -> Mapping[str, Tier | None]:
        """Give the tier that each criterion has reached; None where not even the first."""
        names = dict.fromkeys(result.criterion for result in self.results)
        return {name: self._tier(name) for name in names}

    def _tier(self, criterion: str) -> Tier | None:
        missed = {result.check.tier for result in self.failures if result.criterion == criterion}
        reached: Tier | None = None
        for tier in Tier:
            if tier in missed:
                break
            reached = tier
        return reached

    def table(self) -> str:
        """Give all of it as text."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        width = max((len(result.check.name) for result in self.results), default=0)
        for criterion, tier in self.tiers().items():
            yield f"{criterion}  {'none' if tier is None else tier.value}"
            for result in self.results:
                if result.criterion == criterion:
                    said = result.message.partition("\n")[0] if result.status is not Status.OK else ""
                    yield f"  {result.check.name:{width}}  {result.status.value:8}  {said}".rstrip()
        yield from ("", *(line for result in self.failures for line in (str(result), "")))
        yield from self.complaints
        yield f"{self.plugin}: {self.counts}"

    def document(self) -> Mapping[str, Any]:
        """Give all of it for machines."""
        return {
            "plugin": self.plugin,
            "exit_code": self.exit_code,
            "counts": self.counts,
            "tiers": {name: None if tier is None else tier.value for name, tier in self.tiers().items()},
            "checks": [result.row() for result in self.results],
            "complaints": list(self.complaints),
        }


def _counted(results: Sequence[Result]) -> str:
    found = Counter(result.status for result in results)
    parts = [f"{found[status]} {status.value}" for status in Status if found[status]]
    return f"{len(results)} checks: {', '.join(parts) or 'none ran'}"
