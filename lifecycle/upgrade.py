"""What an upgrade of plugins changed: the rules that a store keeps, beside what the plugins of today make of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import attrs

from lifecycle.definition import Definition
from lifecycle.errors import Problem
from lifecycle.loading import read_anyhow
from lifecycle.registry import Registry
from lifecycle.rules import Difference, differences
from lifecycle.store.judged import KeptRules

__all__ = ["Compared", "compare"]


@attrs.frozen(kw_only=True)
class Compared:
    """One set of rules that a store keeps, and what is different today.

    Attributes:
        rules: The rules, with how many leads they have judged.
        differences: What differs.
        problems: Why a criterion is gone: what is wrong with its plugin or its parameters.
    """

    rules: KeptRules
    differences: tuple[Difference, ...]
    problems: tuple[Problem, ...] = ()


def compare(
    kept: Iterable[KeptRules], definition: Definition | None = None, *, files: Iterable[str | Path] = ()
) -> tuple[Compared, ...]:
    """Compare rules that a store keeps with what they would be today.

    Without a definition each text that the store keeps is read again with the plugins of today, so that what differs
    is theirs alone. A broken plugin is reported, and its criteria are gone; the others are compared all the same.

    Args:
        kept: The rules that the store keeps.
        definition: Compare with this one, as it is now; what was changed in its text differs too.
        files: Python files that are plugins too.
    """
    rules = tuple(kept)
    if definition is not None:
        return tuple(_with(one, definition) for one in rules)
    names = {str(told["plugin"]) for one in rules for told in one.criteria.values()}
    registry, problems = Registry.sound(names, files=files)
    return tuple(_today(one, registry, problems) for one in rules)


def _with(rules: KeptRules, definition: Definition) -> Compared:
    found = differences(rules.criteria, definition.rules["criteria"], same_text=rules.hash == definition.hash)
    return Compared(rules=rules, differences=tuple(found))


def _today(rules: KeptRules, registry: Registry, broken: Iterable[Problem]) -> Compared:
    file = f"{rules.definition}, version {rules.version}"
    definition, problems = read_anyhow(rules.text, file=file, plugins=registry)
    criteria: Mapping[str, Mapping[str, Any]] = {} if definition is None else definition.rules["criteria"]
    unbound = {str(problem.path[1]) for problem in problems if len(problem.path) > 1}
    bound = {name: told for name, told in criteria.items() if name not in unbound}
    found = tuple(differences(rules.criteria, bound, same_text=True))
    gone = any(one.what == "gone" for one in found)
    return Compared(rules=rules, differences=found, problems=(*broken, *problems) if gone else ())
