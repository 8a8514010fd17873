"""What a definition names: kinds, fields, answers, channels, triggers and roles, to tell a slip of the pen by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs

from lifecycle.definition import UNDESIRABLE, Definition, NamedCriterion
from lifecycle.narrowing import is_list
from lifecycle.parameters import READS, fields_of

__all__ = ["Names"]


@attrs.frozen(kw_only=True)
class Names:
    """What one definition names.

    Attributes:
        definition: Its name.
        facts: By category (`activity`, `profile`, `answer`, `channel`) the names that its criteria speak of.
        triggers: Its triggers.
        roles: The roles that may ask or override.
        stages: Its stages.
        atoms: Its criteria and undesirables.
        undesirables: The undesirables among them.
        scores: Its scores.
        conditions: Its named conditions, and `undesirable`.
    """

    definition: str
    facts: Mapping[str, frozenset[str]]
    triggers: frozenset[str]
    roles: frozenset[str]
    stages: frozenset[str]
    atoms: frozenset[str]
    undesirables: frozenset[str]
    scores: frozenset[str]
    conditions: frozenset[str]

    @classmethod
    def of(cls, definition: Definition) -> Names:
        """Gather the names of a definition."""
        transitions = definition.transitions
        return cls(
            definition=definition.name,
            facts=_facts(definition),
            triggers=frozenset(one.trigger for one in transitions),
            roles=frozenset(role for one in transitions for role in (*(one.by or ()), *one.override_by)),
            stages=frozenset(definition.stages),
            atoms=frozenset(definition.named),
            undesirables=frozenset(definition.undesirables),
            scores=frozenset(definition.scores),
            conditions=frozenset({*definition.conditions, UNDESIRABLE}),
        )


def _facts(definition: Definition) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {"activity": set(), "profile": set(), "answer": set(), "channel": set()}
    found["profile"].update(name for name in definition.dimensions if name != "channel")
    for named in definition.named.values():
        for read in named.reads:
            category, _, name = read.partition(":")
            if category == "channel":
                found["channel"].update(_texts(named))
            elif name and name != "*":
                found.setdefault(category, set()).add(name)
    return {category: frozenset(names) for category, names in found.items()}


def _texts(named: NamedCriterion) -> Iterator[str]:
    """Give the texts among a criterion's parameters that are not names of what it reads."""
    for field in fields_of(named.criterion):
        value = getattr(named.criterion, field.name)
        if field.metadata.get(READS) is None:
            yield from (one for one in (value if is_list(value) else [value]) if isinstance(one, str))
