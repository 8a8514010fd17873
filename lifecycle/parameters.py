"""Field helpers for criteria: each converts and validates one parameter, and declares what it makes the criterion read.

A field of a criterion is a parameter of the definition file. A plain annotation (`int`, `str`, `bool`, `tuple[str,
...]`, or one of them `| None`) is enough where nothing is read; the helpers here do the rest:

    field: str = parameters.profile_field(default="employees")   # reads profile:employees
    kinds: tuple[str, ...] = parameters.kinds()                   # reads activity:<each kind>
    within: timedelta | None = parameters.duration(default=None)  # "30 days" becomes a timedelta

What is read decides when a lead is judged again, so an undeclared read is a bug; what the helpers cannot say goes into
`also_reads` of `@criterion`. Names of reads: `profile:FIELD`, `activity:KIND`, `activity:*`, `answer:NAME`, `channel`,
`journey`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

import attrs

from lifecycle.canonical import plain
from lifecycle.narrowing import is_list, is_mapping
from lifecycle.times import duration_text, parse_duration

__all__ = [
    "READS",
    "TAKES",
    "Takes",
    "answer",
    "bound_parameters",
    "convert_plain",
    "converter_of",
    "declared_reads",
    "duration",
    "duration_text",
    "fields_of",
    "fixed_text",
    "glob",
    "kinds",
    "number",
    "points",
    "profile_field",
    "texts",
    "whole",
]

READS: Final = "lifecycle.reads"
"""The metadata key under which a field declares what it reads: `profile`, `activity` or `answer`."""

TAKES: Final = "lifecycle.takes"
"""The metadata key under which a field made by a helper says what it takes, as a `Takes`."""


@attrs.frozen
class Takes:
    """What a parameter takes, for those who write schemas or make up values: `what` is the name of the helper.

    `choices` are all that `fixed_text` takes, and `minimum` is the least that `whole` takes.
    """

    what: str
    choices: tuple[str, ...] = ()
    minimum: int | None = None


def profile_field(*, default: Any = attrs.NOTHING) -> Any:
    """A profile field's name; declares that the criterion reads it."""
    return _field(_text, Takes("profile_field"), default, reads="profile")


def answer(*, default: Any = attrs.NOTHING) -> Any:
    """The name of an answer that sales gives; declares that the criterion reads it."""
    return _field(_text, Takes("answer"), default, reads="answer")


def kinds(*, default: Any = attrs.NOTHING) -> Any:
    """One or more kinds of activities, kept sorted; declares that the criterion reads them."""
    return _field(_texts, Takes("kinds"), default, reads="activity")


def points(*, default: Any = attrs.NOTHING) -> Any:
    """A table from kinds of activities to whole numbers of points; declares that the criterion reads these kinds."""
    return _field(_points, Takes("points"), default, reads="activity")


def texts(*, each: Callable[[str], str] | None = None, default: Any = attrs.NOTHING) -> Any:
    """A list of non-empty texts, kept sorted and without repetition, since its order means nothing.

    Args:
        each: Reads one text, and raises ValueError where it cannot.
        default: What is taken where the parameter is left out.
    """
    return _field(_each(each), Takes("texts"), default)


def fixed_text(*, choices: Iterable[str], default: Any = attrs.NOTHING) -> Any:
    """One of the given texts."""
    offered = tuple(choices)
    return _field(_one_of(offered), Takes("fixed_text", choices=offered), default)


def duration(*, default: Any = attrs.NOTHING) -> Any:
    """A length of time: "30 days", "2 weeks", "36 hours" or ISO 8601, given to the criterion as a timedelta."""
    return _field(_duration, Takes("duration"), default)


def whole(*, minimum: int | None = None, default: Any = attrs.NOTHING) -> Any:
    """A whole number, at least `minimum`."""
    return _field(_at_least(minimum), Takes("whole", minimum=minimum), default)


def number(*, default: Any = attrs.NOTHING) -> Any:
    """A whole number or one with a point, kept exactly as an int or a Decimal."""
    return _field(_number, Takes("number"), default)


def glob(*, default: Any = attrs.NOTHING) -> Any:
    """A pattern, case-folded, in which `*` stands for any text and `?` for one character."""
    return _field(_pattern, Takes("glob"), default)


def _field(convert: Callable[[Any], Any], takes: Takes, default: Any, *, reads: str | None = None) -> Any:
    field: Any = attrs.field  # its overloads leave the type of the value open
    metadata = {TAKES: takes, **({} if reads is None else {READS: reads})}
    return field(default=default, converter=_optional(convert, default), metadata=metadata)


# --- Looking at them -------------------------------------------------------------------------------------------------


def fields_of(criterion: Any) -> tuple[attrs.Attribute[Any], ...]:
    """Give the parameters of a criterion's class, or of one that is bound."""
    cls: Any = criterion if isinstance(criterion, type) else type(criterion)
    fields: tuple[attrs.Attribute[Any], ...] = attrs.fields(cls)
    return tuple(field for field in fields if field.init)


def converter_of(field: attrs.Attribute[Any]) -> Callable[[Any], Any] | None:
    """Give what reads one parameter; None where there is nothing, or what needs more than the value."""
    described: Any = field  # attrs leaves a converter's types open
    return None if isinstance(described.converter, attrs.Converter) else described.converter


def declared_reads(criterion: Any) -> frozenset[str]:
    """Give what the fields of a bound criterion declare to read, for instance `{"activity:demo_requested"}`."""
    reads: set[str] = set()
    for field in fields_of(criterion):
        category = field.metadata.get(READS)
        value = getattr(criterion, field.name)
        if category is None or value is None:
            continue
        names: Iterable[str] = (value,) if isinstance(value, str) else value
        reads.update(f"{category}:{name}" for name in names)
    return frozenset(reads)


def bound_parameters(criterion: Any) -> dict[str, Any]:
    """Give a bound criterion's parameters, defaults included, as canonical JSON has them."""
    return {field.name: plain(getattr(criterion, field.name)) for field in fields_of(criterion)}


# --- Plain annotations -----------------------------------------------------------------------------------------------


_PLAIN_TYPES: Final[Mapping[str, tuple[type, str]]] = {
    "bool": (bool, "true or false"),
    "int": (int, "a whole number"),
    "str": (str, "a text"),
}


def convert_plain(annotation: object) -> Callable[[Any], Any] | None:
    """Give a converter for a plainly annotated field, or None where the annotation says nothing we can check."""
    text = annotation.__name__ if isinstance(annotation, type) else str(annotation)
    name, optional, _ = text.replace(" ", "").partition("|None")
    default = None if optional else attrs.NOTHING
    if name == "tuple[str,...]":
        return _optional(_list_of_texts, default)
    return _optional(_exactly(*_PLAIN_TYPES[name]), default) if name in _PLAIN_TYPES else None


# --- Reading one value ------------------------------------------------------------------------------------------------


def _optional(convert: Callable[[Any], Any], default: Any) -> Callable[[Any], Any]:
    """Let None through where it is the default: a parameter that may be left out."""
    if default is None:
        return lambda value: None if value is None else convert(value)
    return convert


def _exactly(wanted: type, words: str) -> Callable[[Any], Any]:
    def convert(value: Any) -> Any:
        if type(value) is not wanted:  # bool is an int to Python, and not to a person
            message = f"must be {words}, not {value!r}"
            raise ValueError(message)
        return value

    return convert


def _at_least(minimum: int | None) -> Callable[[Any], Any]:
    exactly = _exactly(int, "a whole number")

    def convert(value: Any) -> int:
        number: int = exactly(value)
        if minimum is not None and number < minimum:
            message = f"must be at least {minimum}, not {number}"
            raise ValueError(message)
        return number

    return convert


def _one_of(choices: tuple[str, ...]) -> Callable[[Any], str]:
    def convert(value: Any) -> str:
        if value not in choices:
            message = f"must be one of {', '.join(choices)}, not {value!r}"
            raise ValueError(message)
        return str(value)

    return convert


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        message = f"must be a non-empty text, not {value!r}"
        raise ValueError(message)
    return value


def _list_of_texts(value: Any) -> tuple[str, ...]:
    if not is_list(value):
        hint = f'; write ["{value}"]' if isinstance(value, str) else ""
        message = f"must be a list of texts, not {value!r}{hint}"
        raise ValueError(message)
    return tuple(_text(item) for item in value)


def _texts(value: Any) -> tuple[str, ...]:
    found = tuple(sorted(set(_list_of_texts(value))))
    if not found:
        message = "must name at least one"
        raise ValueError(message)
    return found


def _each(read: Callable[[str], str] | None) -> Callable[[Any], tuple[str, ...]]:
    return _texts if read is None else lambda value: _texts([read(item) for item in _texts(value)])


def _points(value: Any) -> Mapping[str, int]:
    if not is_mapping(value) or not value:
        message = f"must be a table of kinds and points, not {value!r}"
        raise ValueError(message)
    whole_number = _exactly(int, "a whole number")
    return {_text(kind): whole_number(amount) for kind, amount in sorted(value.items())}


def _duration(value: Any) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str):
        message = f"must be a duration such as '30 days', not {value!r}"
        raise ValueError(message)
    return parse_duration(value)


def _pattern(value: Any) -> str:
    return _text(value).casefold()


def _number(value: Any) -> int | Decimal:
    number = Decimal(repr(value)) if isinstance(value, float) else value
    finite = isinstance(number, Decimal) and number.is_finite()
    if isinstance(number, bool) or not (finite or isinstance(number, int)):
        message = f"must be a number, not {value!r}"
        raise ValueError(message)
    return number
