"""Making cases for one criterion: parameters that it takes, and leads at which its answer may turn.

A case is drawn by choosing from lists, simplest first, so that making one costs well under a millisecond and the
smallest case that breaks a law is easy to read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

import attrs

from lifecycle.criteria import Criterion, Verdict
from lifecycle.journey import Journey
from lifecycle.parameters import READS, TAKES, Takes, converter_of, fields_of
from lifecycle.testing.searching import Draw, NotAsked, nothing_to_ask, pick
from lifecycle.testing.subject import Subject
from lifecycle.testing.telling import Fact, Situation
from lifecycle.testing.vocabulary import INSTANTS, KINDS, WILD, Vocabulary
from lifecycle.times import BEGINNING

__all__ = [
    "ODD",
    "Case",
    "candidates",
    "draw_case",
    "draw_criterion",
    "draw_fact",
    "draw_odd_parameters",
    "draw_situation",
    "plain_situations",
]

_FIRST: Final = BEGINNING + timedelta(days=1)
_LAST: Final = BEGINNING.replace(year=9999, month=12, day=31, hour=23)
_INSTANT: Final = timedelta(microseconds=1)
_HOUR: Final = timedelta(hours=1)

_WORDS: Final = (
    *("software", "acme.example", "Germany", "info", "qualify", "webinar", "procurement", "Linux", "gmail.com"),
    *("mailinator.com", "bücher.example", "CEO", "Soirée"),
)
_STEPS: Final = (1, 2, 0, 3, 9, 400)
_BY_HELPER: Final[Mapping[str, Sequence[Any]]] = {
    "profile_field": ("industry", "title", "employees", "country"),
    "answer": ("budget", "influencer"),
    "kinds": (["demo_requested"], ["demo_requested", "page_visited"], [*KINDS]),
    "points": (
        {"demo_requested": 5},
        {"page_visited": 1, "demo_requested": 20},
        {"page_visited": -3, "demo_requested": 7},
        {"page_visited": 0},
    ),
    "texts": (
        *(["software"], ["Soirée", "software", "qualify"], ["acme.example", "gmail.com"], ["Soirée", "webinar"]),
        *([word] for word in _WORDS),
    ),
    "duration": ("1 day", "1 hour", "30 days", "P2W", "90 minutes", "1 microsecond", "4000000 days"),
    "number": (10, 0, Decimal("2.5"), 250, -5),
    "glob": ("*soft*", "soir?e", "*soirée*", "*", "acme*"),
}
_BY_ANNOTATION: Final[Mapping[str, Sequence[Any]]] = {
    "bool": (True, False),
    "int": (1, 2, 0, 10, 50, 400, -2),
    "str": ("seconds", "page", *_WORDS),
    "tuple[str, ...]": (*([word] for word in _WORDS), ["software", "Linux"]),
    "timedelta": _BY_HELPER["duration"],
    "Decimal": _BY_HELPER["number"],
}
_OMITTED: Final = object()
ODD: Final[tuple[Any, ...]] = (
    *(None, "", "  ", "x", "30 days", "0 days", "1 month", "-1", "acme.example", True, False, 0, -1, 1, 10**30),
    *(1.5, float("nan"), [], [""], ["x"], ["x", 1], [None], [["x"]], {}, {"x": 1}, {"x": "1"}, {"": 1}, {"x": None}),
)
"""What somebody may write by mistake in a definition."""


@attrs.frozen(kw_only=True)
class Case:
    """A criterion with parameters as a definition writes them, and a lead in a situation."""

    subject: Subject
    parameters: Mapping[str, Any]
    criterion: Criterion
    vocabulary: Vocabulary
    situation: Situation

    def judge(self, situation: Situation | None = None, criterion: Criterion | None = None) -> Verdict:
        """Judge the situation, or another one, by the criterion, or by another one."""
        known = (self.situation if situation is None else situation).snapshot()
        return self.subject.judge(self.criterion if criterion is None else criterion, known)

    def told(self, situation: Situation | None = None) -> str:
        """Show the case for people."""
        given = ", ".join(f"{name}={value!r}" for name, value in self.parameters.items())
        return f"{self.subject.name}({given})\n{self.situation if situation is None else situation}"


# --- Parameters ------------------------------------------------------------------------------------------------------


@cache
def candidates(cls: type) -> Mapping[str, tuple[Any, ...]]:
    """Give values for each parameter that its own converter accepts, in the form that definitions have."""
    return {field.name: tuple(_accepted(field, _raw(cls, field))) for field in fields_of(cls)}


def _raw(cls: type, field: attrs.Attribute[Any]) -> Sequence[Any]:
    takes = field.metadata.get(TAKES)
    if isinstance(takes, Takes):
        whole = [(takes.minimum or 0) + step for step in _STEPS]
        return takes.choices or (whole if takes.what == "whole" else _BY_HELPER[takes.what])
    annotation = field.type.__name__ if isinstance(field.type, type) else str(field.type)
    known = _BY_ANNOTATION.get(annotation.removesuffix(" | None"))
    return known or _literals(cls, field.name) or ([] if converter_of(field) is None else _everything())


def _literals(cls: type, name: str) -> tuple[Any, ...]:
    try:
        hint = get_type_hints(cls).get(name)
    except Exception:  # noqa: BLE001 - a stranger's annotations: they may name anything
        return ()
    return get_args(hint) if get_origin(hint) is Literal else ()


def _everything() -> list[Any]:
    return [value for values in (*_BY_ANNOTATION.values(), *_BY_HELPER.values()) for value in values]


def _accepted(field: attrs.Attribute[Any], values: Iterable[Any]) -> Iterator[Any]:
    convert = converter_of(field)
    for value in values:
        if convert is None or _takes(convert, value):
            yield value


def _takes(convert: Callable[[Any], Any], value: Any) -> bool:
    try:
        convert(value)
    except Exception:  # noqa: BLE001 - a stranger's converter; the check of parameters is about that
        return False
    return True


def draw_parameters(draw: Draw, subject: Subject) -> Mapping[str, Any]:
    """Draw parameters that a criterion probably takes: made up from its fields, or those of an example."""
    given = [example.parameters for example in subject.examples]
    made = candidates(subject.cls)
    fields = fields_of(subject.cls)
    can_make = all(made[field.name] or field.default is not attrs.NOTHING for field in fields)
    if not can_make and not given:
        missing = ", ".join(field.name for field in fields if not made[field.name])
        raise NotAsked(f"nobody knows what {missing} may be: give an example with parameters")
    if given:
        chosen = pick(draw, [*given, None]) if can_make else pick(draw, given)
        if chosen is not None:
            return chosen
    drawn = {field.name: pick(draw, _choices(field, made[field.name])) for field in fields}
    return {name: value for name, value in drawn.items() if value is not _OMITTED}


def _choices(field: attrs.Attribute[Any], values: tuple[Any, ...]) -> Sequence[Any]:
    if field.default is attrs.NOTHING:
        return values
    return (_OMITTED, _OMITTED, *values[:1]) if READS in field.metadata else (_OMITTED, *values)


def draw_criterion(draw: Draw, subject: Subject) -> tuple[Mapping[str, Any], Criterion]:
    """Draw parameters, and bind the criterion to them."""
    parameters = draw_parameters(draw, subject)
    bound = subject.bind(parameters)
    if bound is None:
        nothing_to_ask()
    assert bound is not None
    return parameters, bound


def draw_odd_parameters(draw: Draw, subject: Subject) -> tuple[Mapping[str, Any], attrs.Attribute[Any]]:
    """Draw parameters of which one is what somebody may write by mistake, and say which."""
    field = pick(draw, fields_of(subject.cls))
    return {**draw_parameters(draw, subject), field.name: pick(draw, ODD)}, field


# --- Leads -----------------------------------------------------------------------------------------------------------

_HOW_MANY: Final = (1, 2, 0, 3, 4, 6)
_STAGES: Final = ("mql", "iql", "recycled")
_TRIGGERS: Final = ("qualify", "accept")


def draw_instant(draw: Draw, vocabulary: Vocabulary, before: datetime) -> datetime | None:
    """Draw when something was told: some while before an instant, at it, or undated; seldom later."""
    spans = vocabulary.spans
    drawn = pick(draw, range(len(spans) + 3))
    if drawn < len(spans):
        return min(max(_FIRST, before - min(spans[drawn], before - _FIRST)), _LAST)
    return None if drawn == len(spans) else min(before + (_INSTANT, _HOUR)[drawn - len(spans) - 1], _LAST)


def draw_fact(draw: Draw, vocabulary: Vocabulary, reads: Sequence[str], at: datetime, *, wild: bool = False) -> Fact:
    """Draw a fact of one of these reads; a wild one has a value that nobody expects there."""
    read = pick(draw, reads)
    activity = read.startswith("activity")
    values: Sequence[Any] = vocabulary.values(read)
    if wild and read != "channel":
        values = [*values[:4], *([{name: one} for name in vocabulary.named[:5] for one in WILD] if activity else WILD)]
    times = pick(draw, vocabulary.counts) if activity else 1
    return Fact(read=read, value=pick(draw, values), at=draw_instant(draw, vocabulary, at), times=times)


def draw_journey(draw: Draw, vocabulary: Vocabulary, at: datetime) -> Journey:
    """Draw where a lead stands: nowhere, or in a stage since some while ago, in its first cycle or a later one."""
    kind = pick(draw, ("none", "first", "later", "begun"))
    since = None if kind == "none" else draw_instant(draw, vocabulary, at)
    if since is None or since > at:
        return Journey()
    stage, trigger = pick(draw, _STAGES), pick(draw, (*_TRIGGERS, *vocabulary.texts))
    if kind == "first":
        return Journey(stage=stage, since=since, trigger=trigger, sequence=2)
    start = since if kind == "begun" else max(_FIRST, since - min(_HOUR, since - _FIRST))
    return Journey(stage=stage, since=since, trigger=trigger, cycle=2, cycle_start=start, sequence=4)


def draw_situation(draw: Draw, vocabulary: Vocabulary, *, wild: bool = False) -> Situation:
    """Draw what is known of a lead: mostly facts that the criterion reads, in any order, many at one instant."""
    at = pick(draw, INSTANTS)
    reads = [*vocabulary.facts, *vocabulary.facts, *vocabulary.others[:3]]
    facts = [draw_fact(draw, vocabulary, reads, at, wild=wild) for _ in range(pick(draw, _HOW_MANY))]
    return Situation(facts=tuple(facts), at=at, journey=draw_journey(draw, vocabulary, at))


def plain_situations(vocabulary: Vocabulary, count: int) -> Iterator[Situation]:
    """Give a lead of which nothing is known, and some of which all is that the criterion reads; nothing is drawn."""
    yield Situation(at=INSTANTS[0])
    for number in range(count - 1):
        facts = [Fact(read=read, value=_one_of(vocabulary.values(read), number)) for read in vocabulary.facts]
        yield Situation(
            facts=tuple(facts), at=INSTANTS[0], journey=Journey(stage="mql", since=INSTANTS[0], trigger="qualify")
        )


def _one_of(values: Sequence[Any], number: int) -> Any:
    return values[number % len(values)]


def draw_case(draw: Draw, subject: Subject, *, wild: bool = False) -> Case:
    """Draw a criterion with parameters, and a lead."""
    parameters, criterion = draw_criterion(draw, subject)
    vocabulary = subject.vocabulary(criterion)
    situation = draw_situation(draw, vocabulary, wild=wild)
    return Case(subject=subject, parameters=parameters, criterion=criterion, vocabulary=vocabulary, situation=situation)
