"""Field helpers for criteria: each converts and validates one parameter, and declares what it makes the criterion read.

A field of a criterion is a parameter of the definition file. A plain annotation (`int`, `str`, `bool`, `tuple[str, ...]`,
or one of them `| None`) is enough where nothing is read; the helpers here do the rest:

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

from lifecycle.times import duration_text, parse_duration

__all__ = [
    "READS",
    "answer",
    "bound_parameters",
    "convert_plain",
    "declared_reads",
    "duration",
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


def profile_field(*, default: Any = attrs.NOTHING) -> Any:
    """A profile field's name; declares that the criterion reads it."""
    return attrs.field(default=default, converter=_optional(_text, default), metadata={READS: "profile"})


def answer(*, default: Any = attrs.NOTHING) -> Any:
    """The name of an answer that sales gives; declares that the criterion reads it."""
    return attrs.field(default=default, converter=_optional(_text, default), metadata={READS: "answer"})


def kinds(*, default: Any = attrs.NOTHING) -> Any:
    """One or more kinds of activities, kept sorted; declares that the criterion reads them."""
    return attrs.field(default=default, converter=_optional(_texts, default), metadata={READS: "activity"})


def points(*, default: Any = attrs.NOTHING) -> Any:
    """A table from kinds of activities to whole numbers of points; declares that the criterion reads these kinds."""
    return attrs.field(default=default, converter=_optional(_points, default), metadata={READS: "activity"})


def texts(*, each: Callable[[str], str] | None = None, default: Any = attrs.NOTHING) -> Any:
    """A list of non-empty texts, kept sorted and without repetition, since its order means nothing.

    Args:
        each: Reads one text, and raises ValueError where it cannot.
        default: What is taken where the parameter is left out.
    """
    return attrs.field(default=default, converter=_optional(_each(each), default))


def fixed_text(*, choices: Iterable[str], default: Any = attrs.NOTHING) -> Any:
    """One of the given texts."""
    return attrs.field(default=default, converter=_optional(_one_of(tuple(choices)), default))


def duration(*, default: Any = attrs.NOTHING) -> Any:
    """A length of time: "30 days", "2 weeks", "36 hours" or ISO 8601, given to the criterion as a timedelta."""
    return attrs.field(default=default, converter=_optional(_duration, default))


def whole(*, minimum: int | None = None, default: Any = attrs.NOTHING) -> Any:
    """A whole number, at least `minimum`."""
    return attrs.field(default=default, converter=_optional(_at_least(minimum), default))


def number(*, default: Any = attrs.NOTHING) -> Any:
    """A whole number or one with a point, kept exactly as an int or a Decimal."""
    return attrs.field(default=default, converter=_optional(_number, default))


def glob(*, default: Any = attrs.NOTHING) -> Any:
    """A pattern, case-folded, in which `*` stands for any text and `?` for one character."""
    return attrs.field(default=default, converter=_optional(_pattern, default))


def declared_reads(criterion: Any) -> frozenset[str]:
    """Give what the fields of a bound criterion declare to read, for instance `{"activity:demo_requested"}`."""
    reads: set[str] = set()
    for field in attrs.fields(type(criterion)):
        category = field.metadata.get(READS)
        value = getattr(criterion, field.name)
        if category is None or value is None:
            continue
        names: Iterable[str] = (value,) if isinstance(value, str) else value
        reads.update(f"{category}:{name}" for name in names)
    return frozenset(reads)


def bound_parameters(criterion: Any) -> dict[str, Any]:
    """Give a bound criterion's parameters, defaults included, as canonical JSON can hold them."""
    return {field.name: _plain(getattr(criterion, field.name)) for field in attrs.fields(type(criterion))}


def _plain(value: Any) -> Any:
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, (float, Decimal)):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(_plain(item) for item in value)
    return value


_PLAIN_TYPES: Final[Mapping[str, tuple[type, str]]] = {
    "bool": (bool, "true or false"),
    "int": (int, "a whole number"),
    "str": (str, "a text"),
}


def convert_plain(annotation: object) -> Callable[[Any], Any] | None:
    """Give a converter for a plainly annotated field, or None where the annotation says nothing we can check."""
    name = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))
    if not isinstance(annotation, (str, type)):
        name = str(annotation)
    name = name.replace(" ", "")
    optional = name.endswith("|None")
    name = name.removesuffix("|None")
    if name == "tuple[str,...]":
        return _optional(_list_of_texts, None if optional else attrs.NOTHING)
    if name in _PLAIN_TYPES:
        return _optional(_exactly(*_PLAIN_TYPES[name]), None if optional else attrs.NOTHING)
    return None


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
    if isinstance(value, str) or not isinstance(value, (list, tuple)):
        message = f"must be a list of texts, not {value!r}"
        raise ValueError(message)
    items: tuple[Any, ...] = tuple(value)
    return tuple(_text(item) for item in items)


def _texts(value: Any) -> tuple[str, ...]:
    found = tuple(sorted(set(_list_of_texts(value))))
    if not found:
        message = "must name at least one"
        raise ValueError(message)
    return found


def _each(read: Callable[[str], str] | None) -> Callable[[Any], tuple[str, ...]]:
    return _texts if read is None else lambda value: _texts([read(item) for item in _texts(value)])


def _points(value: Any) -> Mapping[str, int]:
    if not isinstance(value, Mapping) or not value:
        message = f"must be a table of kinds and points, not {value!r}"
        raise ValueError(message)
    whole_number = _exactly(int, "a whole number")
    table: Mapping[Any, Any] = value
    return {_text(kind): whole_number(amount) for kind, amount in sorted(table.items())}


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
