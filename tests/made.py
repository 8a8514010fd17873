"""Small definitions made for one test, and criteria that behave as a test needs it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import lifecycle_engagement
import lifecycle_profile
import lifecycle_sales
import lifecycle_timing

from lifecycle import Criterion, Registry, Snapshot, Verdict, criterion, hookimpl, met_if, parameters
from lifecycle.loading import read_definition
from lifecycle.narrowing import is_list

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lifecycle.course import Step
    from lifecycle.definition import Definition

START: Final = datetime(2026, 3, 1, tzinfo=UTC)
"""Day 0 of every test."""


def day(number: float) -> datetime:
    """Return the instant so many days after the start."""
    return START + timedelta(days=number)


@criterion("broken", version="1")
class Broken:
    """Breaks once one of these things has happened; before, it is as `before` says."""

    kinds: tuple[str, ...] = parameters.kinds()
    before: bool = False

    def judge(self, known: Snapshot) -> Verdict:
        """Break, or not."""
        if known.activities(self.kinds).count:
            raise RuntimeError("broken on purpose")
        return met_if(self.before, "whole")


@criterion("without_amount", version="1")
class WithoutAmount:
    """Met once one of these things has happened, and never says how much."""

    kinds: tuple[str, ...] = parameters.kinds()

    def judge(self, known: Snapshot) -> Verdict:
        """Keep the amount to itself."""
        return met_if(known.activities(self.kinds).count, "done")


class Plugin:
    """Offers the criteria of this file."""

    @hookimpl
    def lifecycle_criteria(self) -> list[type[Criterion]]:
        """Give the criteria."""
        return [Broken, WithoutAmount]


REGISTRY: Final = Registry.of(
    {
        "engagement": lifecycle_engagement,
        "made": Plugin(),
        "profile": lifecycle_profile,
        "sales": lifecycle_sales,
        "timing": lifecycle_timing,
    }
)

CRITERIA: Final = """
[criteria]
came = { use = "engagement.happened", kinds = ["came"] }
demo = { use = "engagement.happened", kinds = ["demo"], within = "10 days" }
visits = { use = "engagement.count", kinds = ["visit"], at_least = 2, within = "10 days" }
fits = { use = "profile.one_of", field = "industry", values = ["software"] }
likes = { use = "sales.confirmed", answer = "likes" }
quiet = { use = "timing.inactive", at_least = "5 days" }
waited = { use = "timing.in_stage", at_least = "7 days" }
fragile = { use = "made.broken", kinds = ["crash"] }
tough = { use = "made.broken", kinds = ["crash"], before = true }
"""

ENTRY: Final = """
[[transitions]]
trigger = "enter"
to = "iql"
automatic = true
when = "came"
"""


def made(
    *transitions: str,
    name: str = "made",
    version: str = "1",
    more: str = "",
) -> Definition:
    """Return a definition whose automatic entry into `iql` is `came`, with further transitions and their targets.

    Args:
        transitions: Each the text of a `[[transitions]]` table, without that line.
        name: Its name.
        version: Its version.
        more: Further tables: scores, conditions, undesirables, `criteria.NAME`.
    """
    head = f'name = "{name}"\nversion = "{version}"\ndimensions = ["channel", "country"]\n'
    stages = dict.fromkeys(["iql", *re.findall(r'^to = "(.*)"$', "\n".join(transitions), re.MULTILINE)])
    tables = "".join(f"[stages.{stage}]\n" for stage in stages)
    arrows = ENTRY + "".join(f"\n[[transitions]]\n{transition}\n" for transition in transitions)
    return read_definition(head + tables + CRITERIA + more + arrows, plugins=REGISTRY)


def arrow(trigger: str, sources: str, target: str, when: str | None = None, **more: Any) -> str:
    """Return the text of a transition; `sources` is `"iql mql"`, and `more` is written as TOML has it."""
    condition = [] if when is None else [f'when = "{when}"']
    named = [f'"{source}"' for source in sources.split()]
    rest = [f"{key} = {_toml(value)}" for key, value in more.items()]
    return "\n".join([f'trigger = "{trigger}"', f"from = [{', '.join(named)}]", f'to = "{target}"', *condition, *rest])


def _toml(value: Any) -> str:
    if is_list(value):
        return f"[{', '.join(_toml(item) for item in value)}]"
    return str(value).lower() if isinstance(value, bool) else f'"{value}"'


def moves(steps: Iterable[Step]) -> list[tuple[str, datetime]]:
    """Return the target and the instant of each move among the steps of a walk."""
    return [(str(step.decision.target), step.decision.at) for step in steps if step.decision.granted]
