"""Writes docs/reference/conformance-checks.md from the checks themselves: `python -m tests.checks_page`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from lifecycle.testing import CHECKS, Check, Tier
from tests.testing import deeper_saboteurs, offering_saboteurs
from tests.testing.saboteurs import CAUGHT_BY

__all__ = ["page"]

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = ROOT / "docs" / "reference" / "conformance-checks.md"

_INTRODUCTION: Final = """\
# Conformance checks

<!-- Written by `python -m tests.checks_page`; a test says when that has to be run again. -->

What `criteria_checks`, `check_plugin` and `lifecycle plugins test` ask of every criterion; see
[test a plugin](../how-to/test-a-plugin.md). Each is asked on made-up cases, 25 by default and a thousand with
`thorough`: parameters from the criterion's fields, and leads with the facts that it declares to read and a few others.
Without `thorough` the same cases are made each time. What fails is shown with the smallest case that was found.

A check may have nothing to ask of a criterion; then it is skipped, with the reason. Who passes all of a tier, and
of those before it, has reached it: bronze, silver, gold. A check that fails for a reason may be named in
`expected_failures`, with that reason; where it does not fail, that is a failure.
"""

assert {deeper_saboteurs.__name__, offering_saboteurs.__name__} <= {cls.__module__ for cls in CAUGHT_BY}

_TIERS: Final = {
    Tier.BRONZE: "It can be used.",
    Tier.SILVER: "It keeps the rules on which the engine relies.",
    Tier.GOLD: "It is as good as the first-party ones.",
}


def page() -> str:
    """Return the whole page."""
    return "".join(_parts())


def _parts() -> Iterator[str]:
    yield f"{_INTRODUCTION}\n| check | tier | asks |\n|---|---|---|\n"
    yield from (f"| [`{check.name}`](#{check.name}) | {check.tier.value} | {check.asks} |\n" for check in CHECKS)
    for tier, meaning in _TIERS.items():
        yield f"\n## {tier.value.title()}\n\n{meaning}\n"
        yield from (_section(check) for check in CHECKS if check.tier is tier)


def _section(check: Check) -> str:
    caught = [(cls.__doc__ or "").partition(".")[0] for cls, by in CAUGHT_BY.items() if by == check.name]
    seen = "".join(f"  * {text[0].lower() + text[1:]}\n" for text in caught if text)
    catches = f"* Catches a criterion that for instance:\n{seen}" if seen else ""
    return f"\n### {check.name}\n\n{check.asks}\n\n* Why: {check.why}\n* What to do: {check.fix}\n{catches}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
