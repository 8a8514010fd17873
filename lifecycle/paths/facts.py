"""What could be told of a lead so that a criterion answers otherwise: values taken from its own parameters.

Nothing here knows a criterion by its name. Its parameters say what it looks for; what its fields are called says what
else may stand in them. A stranger's criterion that looks for something else is not found out, and that is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

import attrs

from lifecycle.definition import NamedCriterion
from lifecycle.lead import Lead
from lifecycle.narrowing import is_list, is_mapping
from lifecycle.parameters import READS, fields_of

__all__ = ["UNNAMED", "Fact", "tellings"]

MOST_TIMES: Final = 200
"""How often one thing is done at most: a criterion that asks for more is not found out."""

_BY_NAME: Final[Mapping[str, tuple[Any, ...]]] = {
    "mail": ("ada@acme.example", "ada@gmail.com", "info@acme.example", "x@mailinator.com"),
    "phone": ("+49 30 123456",),
    "title": ("Manager", "CEO", "Engineer"),
    "country": ("Germany", "United States", "Brazil"),
    "employees": (50, 5, 5000),
}
"""What else may stand in a field whose name holds the word."""

_ANYTHING: Final = ("something", 1, 100)
_ANSWERS: Final = (True, "yes", False, "no")
_OTHERS: Final = ("other",)
_SOME_KIND: Final = "something_done"
_FEW_TIMES: Final = (1, 2, 3, 5)

UNNAMED: Final = frozenset({*_OTHERS, _SOME_KIND})
"""Channels and kinds that no definition names: they are told because it names them nowhere."""


@attrs.frozen
class Fact:
    """Something to be told of a lead; of an activity the value is its properties, and it is told so many `times`."""

    category: str
    name: str
    value: Any = None
    times: int = 1

    def tell(self, lead: Lead, at: Any) -> None:
        """Add it to what is known of a lead."""
        if self.category == "profile":
            lead.profile({self.name: self.value}, at=at)
        elif self.category == "answer":
            lead.answer({self.name: self.value}, at=at)
        elif self.category == "channel":
            lead.channel(self.name, at=at)
        else:
            for _ in range(self.times):
                lead.activity(self.name, self.value, at=at)


def tellings(named: NamedCriterion, kinds: Iterable[str]) -> Iterator[tuple[Fact, ...]]:
    """Give what could change a criterion's answer, the simplest first.

    Args:
        named: The criterion with its parameters.
        kinds: The kinds of activities that its definition names, for a criterion that reads every kind.
    """
    parameters = _Parameters.of(named)
    for read in sorted(named.reads):
        category, _, name = read.partition(":")
        if category == "profile":
            yield from ((Fact("profile", name, value),) for value in parameters.values(name))
        elif category == "answer":
            yield from ((Fact("answer", name, value),) for value in (*_ANSWERS, *parameters.texts, *parameters.numbers))
        elif category == "channel":
            yield from ((Fact("channel", text),) for text in (*parameters.texts, *_OTHERS))
        elif category == "activity":
            for kind in [name] if name != "*" else list(kinds)[:1] or [_SOME_KIND]:
                yield from parameters.activities(kind)


@attrs.frozen
class _Parameters:
    """The parameters of a criterion that say what is asked, and not where it stands."""

    texts: tuple[str, ...]
    numbers: tuple[int, ...]
    spans: tuple[timedelta, ...]

    @classmethod
    def of(cls, named: NamedCriterion) -> _Parameters:
        leaves = list(_leaves(named))
        whole = [int(one) for one in leaves if isinstance(one, int | Decimal) and not isinstance(one, bool)]
        return cls(
            texts=tuple(dict.fromkeys(one for one in leaves if isinstance(one, str))),
            numbers=tuple(dict.fromkeys(whole)),
            spans=tuple(dict.fromkeys(one for one in leaves if isinstance(one, timedelta))),
        )

    def values(self, field: str) -> Iterator[Any]:
        hints = [hint for hint in _BY_NAME if hint in field.casefold()]
        for text in self.texts:
            yield f"ada@{text}" if "mail" in hints and "@" not in text else text.replace("*", "").replace("?", "x")
        yield from (number + step for number in self.numbers for step in (0, 1, -1))
        yield from (value for hint in hints for value in _BY_NAME[hint])
        yield from () if hints else _ANYTHING
        yield from _OTHERS

    def activities(self, kind: str) -> Iterator[tuple[Fact, ...]]:
        often = sorted({*_FEW_TIMES, *self.numbers, *(number + 1 for number in self.numbers)})
        counts = [times for times in often if 0 < times <= MOST_TIMES]
        yield from ((Fact("activity", kind, {}, times),) for times in counts)
        amounts = [*(int(span.total_seconds()) for span in self.spans), *self.numbers, 1]
        for text in self.texts:
            yield from ((Fact("activity", kind, {text: amount}),) for amount in amounts)
            for times in counts[1:]:
                yield tuple(Fact("activity", kind, {text: f"{text} {number}"}) for number in range(1, times + 1))


def _leaves(named: NamedCriterion) -> Iterator[Any]:
    for field in fields_of(named.criterion):
        if field.metadata.get(READS) is None:
            yield from _spread(getattr(named.criterion, field.name))


def _spread(value: Any) -> Iterator[Any]:
    if is_mapping(value):
        yield from _spread(list(value.values()))
    elif is_list(value):
        for item in value:
            yield from _spread(item)
    elif value is not None:
        yield value
