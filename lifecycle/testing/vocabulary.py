"""What there is to say to one criterion: values at which its answer may turn, taken from its own parameters.

A value chosen blindly seldom meets anything. So each text, number and duration among the parameters is tried as it is,
a little beside it, and far beyond it; what a field is called says what else may stand in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache, cached_property
from types import CodeType
from typing import Any, Final

import attrs

from lifecycle.criteria import about
from lifecycle.narrowing import is_list, is_mapping, is_set
from lifecycle.parameters import READS, declared_reads, fields_of

__all__ = ["INSTANTS", "JUMPS", "KINDS", "OTHERS", "WILD", "Vocabulary", "is_address", "near"]

JUMPS: Final = (1, 2, 10, 100, 1_000, 1_000_000)
"""Steps by which numbers grow: a rule that turns at 400 is not found in steps of one."""

_INSTANT: Final = timedelta(microseconds=1)
_FIXED_SPANS: Final = tuple(timedelta(seconds=seconds) for seconds in (0, 1, 3_600, 86_400, 30 * 86_400, 400 * 86_400))

INSTANTS: Final = (
    datetime(2026, 1, 5, 12, tzinfo=UTC),
    datetime(2026, 3, 29, 1, tzinfo=UTC),  # Europe's clocks go forward
    datetime(2026, 10, 25, 1, tzinfo=UTC),  # and back
    datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(2028, 2, 29, 6, 30, tzinfo=UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 30, tzinfo=UTC),
)
"""Instants at which calendars have edges."""

KINDS: Final = ("demo_requested", "page_visited", "webinar_attended")
OTHERS: Final = (
    *("profile:email", "profile:title", "profile:country", "profile:industry", "profile:employees", "profile:phone"),
    *("channel", "answer:budget", "answer:authority", "activity:page_visited", "activity:email_opened"),
)
"""What may be known beside that which a criterion reads."""

_EMAILS: Final = (
    *("ada@acme.example", "ada@gmail.com", "info@acme.example", "x@mailinator.com", "ada@mail.acme.example"),
    *("Ada@xn--bcher-kva.example", "ada@bücher.example", "nobody", "ada@acme@example"),
)
_BY_NAME: Final[Mapping[str, tuple[Any, ...]]] = {
    "mail": _EMAILS,
    "title": (
        "CEO",
        "Director of Purchasing",
        "VP Sales",
        "Head of IT",
        "Engineer",
        "assistant to the CEO",
        "Président",
    ),
    "country": ("DE", "Germany", "United States", "FR", "Atlantis"),
    "employees": (5, 20, 250, "250", 10_000),
    "opted": (True, False, "yes", "no"),
}
_ANYTHING: Final = ("something", "Müller & Söhne", 1, 50, True)
_ANSWERS: Final = (True, False, "yes", "no", "perhaps", 3)
_CHANNELS: Final = ("webinar", "referral", "Soirée")

_OFTEN: Final = 50
"""The most times one thing is done in a made-up case; more would only take longer."""

WILD: Final[tuple[Any, ...]] = (
    *(
        None,
        "",
        "  ",
        "\t\n",
        "x" * 300,
        "Ünïcödé",
        "💥",
        "\x00",
        "a@b",
        "@",
        "a@b@c",
        "-1",
        "nan",
        "1e999",
        "0x10",
        "٣",
    ),
    *(
        True,
        False,
        0,
        -1,
        2**53,
        -(2**70),
        10**40,
        1.5,
        -0.0,
        float("inf"),
        float("nan"),
        Decimal("0.1"),
        Decimal("NaN"),
    ),
    *([], ["a", 1], [[]], {}, {"a": None}, {"a": {"b": [1]}}),
)
"""Values that may stand in any field, since nobody checks what others write into it."""


@attrs.frozen(slots=False)
class Vocabulary:
    """What there is to say to a criterion that is bound to its parameters.

    Attributes:
        criterion: The bound criterion.
        examples: Values that its author gave for what it reads, by the read.
    """

    criterion: Any
    examples: Mapping[str, Sequence[Any]] = attrs.field(factory=dict[str, Sequence[Any]])

    @cached_property
    def declared(self) -> frozenset[str]:
        """Everything the criterion declares to read."""
        told = about(self.criterion)
        return declared_reads(self.criterion) | (frozenset[str]() if told is None else told.also_reads)

    @cached_property
    def facts(self) -> tuple[str, ...]:
        """The facts among these, in a fixed order; every kind of activity stands for itself."""
        named = {read for read in self.declared if read not in {"journey", "activity:*"}}
        kinds = {f"activity:{kind}" for kind in KINDS} if "activity:*" in self.declared else set[str]()
        return tuple(sorted(named | kinds))

    @cached_property
    def others(self) -> tuple[str, ...]:
        """Facts that it does not declare."""
        return tuple(read for read in OTHERS if not self.reads(read))

    def reads(self, read: str) -> bool:
        """Say whether the criterion declares a fact."""
        return read in self.declared or (read.startswith("activity:") and "activity:*" in self.declared)

    @cached_property
    def parameters(self) -> Mapping[str, Any]:
        """The parameters that say what is asked, and not where it stands."""
        plain = [field.name for field in fields_of(self.criterion) if field.metadata.get(READS) is None]
        return {name: getattr(self.criterion, name) for name in plain}

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """All texts among the parameters."""
        return tuple(dict.fromkeys(value for value in _leaves(self.parameters) if isinstance(value, str)))

    @cached_property
    def numbers(self) -> tuple[Any, ...]:
        """All numbers among the parameters."""
        found = (value for value in _leaves(self.parameters) if isinstance(value, (int, Decimal)))
        return tuple(dict.fromkeys(value for value in found if not isinstance(value, bool)))

    @cached_property
    def spans(self) -> tuple[timedelta, ...]:
        """How far back facts lie: right at the durations among the parameters, beside them, and at fixed ones."""
        own = dict.fromkeys(value for value in _leaves(self.parameters) if isinstance(value, timedelta))
        around = [span + step for span in own for step in (timedelta(), -_INSTANT, _INSTANT, span) if _fits(span)]
        return tuple(span for span in (*_FIXED_SPANS[:2], *around, *_FIXED_SPANS[2:]) if span >= timedelta())

    @cached_property
    def counts(self) -> tuple[int, ...]:
        """How often something is done: once or twice, and around the whole numbers among the parameters."""
        wanted = [number + step for number in self.numbers if isinstance(number, int) for step in (-1, 0, 1)]
        return (1, 1, 1, 2, *(number for number in wanted if 0 < number <= _OFTEN))

    def values(self, read: str) -> tuple[Any, ...]:
        """Give values for a fact at which the answer may turn; of an activity they are its properties."""
        found = self._values.get(read)
        if found is None:
            found = self._values[read] = tuple(self._make_values(read))
        return found

    @cached_property
    def _values(self) -> dict[str, tuple[Any, ...]]:
        return {}

    def _make_values(self, read: str) -> Iterator[Any]:
        category, _, name = read.partition(":")
        yield from self.examples.get(read, ())
        if category == "activity":
            yield from self._properties()
        elif category == "channel":
            yield from (*self.texts, *_CHANNELS)
        elif category == "answer":
            yield from (*_ANSWERS, *self.texts, *(value for number in self.numbers for value in near(number)))
        else:
            yield from self._profile(name)

    def _profile(self, name: str) -> Iterator[Any]:
        hints = [hint for hint in _BY_NAME if hint in name.casefold()]
        for text in self.texts:
            yield from _addresses(text) if "mail" in hints else _phrases(text)
        yield from (value for number in self.numbers for value in near(number))
        yield from (value for hint in hints for value in _BY_NAME[hint])
        yield from () if hints else _ANYTHING

    def _properties(self) -> Iterator[dict[str, Any]]:
        yield {}
        spans = [int(value.total_seconds()) for value in _leaves(self.parameters) if isinstance(value, timedelta)]
        whole = [number for number in self.numbers if isinstance(number, int)]
        values = [60, "/pricing", 1, "/home", 0, *(number for one in (*spans, *whole) for number in near(one))]
        for value in values:
            yield from ({name: value} for name in self.named)

    @cached_property
    def named(self) -> tuple[str, ...]:
        """What properties may be called: the texts among the parameters, and the words in the criterion's own code."""
        return tuple(dict.fromkeys((*self.texts, *_words_of(self.criterion.__class__))))


@cache
def _words_of(cls: type) -> tuple[str, ...]:
    members = vars(cls).items()
    codes = [getattr(member, "__code__", None) for name, member in members if not name.startswith("__")]  # attrs'
    return tuple(word for code in codes for word in _words(code))


def _words(code: Any) -> Iterator[str]:
    """Give the names that stand as texts in a piece of code, and in what is inside it."""
    for constant in getattr(code, "co_consts", ()):
        if isinstance(constant, CodeType):
            yield from _words(constant)
        elif isinstance(constant, str) and constant.isidentifier():
            yield constant


def near(number: Any) -> tuple[Any, ...]:
    """Give values right at a threshold, beside it, and far beyond it."""
    return (number, number - 1, number + 1, *(number + jump for jump in JUMPS[2:]))


def is_address(read: str) -> bool:
    """Say whether a profile field holds an e-mail address, by its name."""
    return read.startswith("profile:") and "mail" in read.casefold()


def _fits(span: timedelta) -> bool:
    return span < timedelta(days=365_000)


def _leaves(value: Any) -> Iterator[Any]:
    if is_mapping(value):
        yield from _all_leaves(value.values())
    elif is_list(value) or is_set(value):
        yield from _all_leaves(value)
    elif value is not None:
        yield value


def _all_leaves(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        yield from _leaves(value)


def _phrases(text: str) -> tuple[str, ...]:
    """Give a text as it is, inside another, and, of a pattern, what fits it."""
    fitting = text.replace("*", "x").replace("?", "y")
    return tuple(dict.fromkeys((fitting, f"our {fitting} here", f"not{fitting}", text)))


def _addresses(text: str) -> tuple[str, ...]:
    """Give addresses of a domain, or of a name before the @."""
    if "." in text:
        return (f"ada@{text}", f"ada@mail.{text}", f"ada@not{text}")
    return (f"{text}@acme.example", f"not{text}@acme.example")
