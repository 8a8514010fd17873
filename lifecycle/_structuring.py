"""Strict structuring by cattrs: tables to attrs classes, every problem with its path, nothing coerced."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from types import NoneType, UnionType
from typing import Any, Final, Literal, TypeVar, Union, get_args, get_origin

import attrs
from cattrs import BaseValidationError, Converter, ForbiddenExtraKeysError, cols
from cattrs.errors import AttributeValidationNote, IterableValidationNote
from cattrs.gen import make_dict_structure_fn, override

from lifecycle.spelling import did_you_mean

T = TypeVar("T")
Path = tuple[str | int, ...]
Found = tuple[Path, str, str]
Hook = Callable[[Any, Any], Any]

_WORDS: Final[Mapping[type, str]] = {
    bool: "true or false",
    int: "a whole number",
    Decimal: "a number with a point",
    str: "a text",
    datetime: "a date and time",
    date: "a date",
    time: "a time",
}


class _WrongTypeError(ValueError):
    """A value is of another type than its place wants."""


def structure(shape: type[T], value: object) -> tuple[T | None, list[Found]]:
    """Give the instance, or the path, code and message of everything that is wrong."""
    try:
        return _CONVERTER.structure(value, shape), []
    except Exception as error:  # noqa: BLE001 - converters are other people's code; each error becomes a problem
        return None, list(_problems(error, value, ()))


def key_of(field: attrs.Attribute[Any]) -> str:
    """Give the name that a field has in the file."""
    key: str = field.metadata.get("key", field.name)
    return key


# --- What is wrong -------------------------------------------------------------------------------------------------


def _problems(error: BaseException, value: object, path: Path) -> Iterator[Found]:
    if isinstance(error, BaseValidationError):
        for inner in error.exceptions:
            step = _step(inner, error.cl)
            yield from _problems(inner, _inside(value, step), (*path, *step))
    elif isinstance(error, ForbiddenExtraKeysError):
        known = [key_of(field) for field in attrs.fields(error.cl) if field.init]
        for key in sorted(error.extra_fields):
            yield (*path, key), "unknown-key", f"unknown key {key!r}{did_you_mean(key, known)}"
    elif isinstance(error, KeyError) and value is None and error.args == path[-1:]:
        yield path, "missing-key", f"{path[-1]!r} is missing"
    else:
        code = "wrong-type" if isinstance(error, _WrongTypeError) else "invalid-value"
        yield path, code, str(error.args[0]) if error.args else type(error).__name__


def _step(error: BaseException, shape: type) -> Path:
    """Give the key or index that an error is about: from cattrs' note, or from the field an attrs validator names."""
    for note in getattr(error, "__notes__", ()):
        if isinstance(note, AttributeValidationNote):
            return (key_of(getattr(attrs.fields(shape), note.name)),)
        if isinstance(note, IterableValidationNote):
            return (note.index,)
    named: list[attrs.Attribute[Any]] = [item for item in error.args if isinstance(item, attrs.Attribute)]
    return (key_of(named[0]),) if named else ()


def _inside(value: Any, step: Path) -> Any:
    for part in step:
        value = value.get(part) if hasattr(value, "get") else value[part]
    return value


# --- How each type is read -----------------------------------------------------------------------------------------


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list):
        return "a list"
    return repr(value) if isinstance(value, str) else str(value)


def _words(shape: Any) -> str:
    if _is_literal(shape):
        return " or ".join(repr(choice) for choice in get_args(shape))
    if _is_list(shape):
        return "a list"
    return _WORDS.get(shape, "a table")


def _fits(shape: Any, value: object) -> bool:
    """Say whether a value has the outer form of a type; what is inside is looked at later."""
    if _is_literal(shape):
        return any(type(value) is type(choice) and value == choice for choice in get_args(shape))
    if shape in _WORDS:
        return type(value) is shape  # bool is an int to Python, and datetime a date
    return isinstance(value, list if _is_list(shape) else Mapping)


def _instead(shape: Any, value: object) -> str:
    """Say how to write what was probably meant by one text where a list of texts is wanted."""
    return f'; write ["{value}"]' if isinstance(value, str) and _is_list(shape) else ""


def _checked(shape: Any, read: Hook) -> Hook:
    def hook(value: Any, _: Any) -> Any:
        if not _fits(shape, value):
            hint = did_you_mean(value, map(str, get_args(shape))) if _is_literal(shape) else ""
            raise _WrongTypeError(f"must be {_words(shape)}, not {_shown(value)}{hint or _instead(shape, value)}")
        return read(value, shape)

    return hook


def _is_literal(shape: Any) -> bool:
    return get_origin(shape) is Literal


def _is_list(shape: Any) -> bool:
    return get_origin(shape) in {list, tuple, Sequence}


def _is_table(shape: Any) -> bool:
    return get_origin(shape) in {dict, Mapping}


def _is_union(shape: Any) -> bool:
    return get_origin(shape) in {Union, UnionType}


def _as_it_is(value: Any, _: Any) -> Any:
    return value


def _literal_hook(shape: Any, _: Converter) -> Hook:
    return _checked(shape, _as_it_is)


def _list_hook(shape: Any, converter: Converter) -> Hook:
    of_any: Any = list
    read: Hook = cols.list_structure_factory(of_any[get_args(shape)[0]], converter)
    made_by: Any = list if get_origin(shape) is list else tuple

    def hook(value: Any, _: Any) -> Any:
        return made_by(read(value, list))

    return _checked(shape, hook)


def _table_hook(shape: Any, converter: Converter) -> Hook:
    factory: Any = cols.mapping_structure_factory  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return _checked(shape, factory(shape, converter))


def _union_hook(shape: Any, converter: Converter) -> Hook:
    """Choose the member of a union that has the outer form of the value."""
    members = [member for member in get_args(shape) if member is not NoneType]
    words = " or ".join(_words(member) for member in members)

    def hook(value: Any, _: Any) -> Any:
        if value is None and len(members) < len(get_args(shape)):
            return None
        for member in members:
            if len(members) == 1 or _fits(member, value):  # the only one says best itself what it wants
                return converter.structure(value, member)
        raise _WrongTypeError(f"must be {words}, not {_shown(value)}")

    return hook


def _class_hook(shape: Any, converter: Converter) -> Hook:
    attrs.resolve_types(shape)
    overrides: Mapping[str, Any] = {
        field.name: override(rename=key_of(field), struct_hook=_converted(field) if field.converter else None)
        for field in attrs.fields(shape)
    }
    read: Hook = make_dict_structure_fn(shape, converter, _cattrs_forbid_extra_keys=True, **overrides)
    return _checked(shape, read)


def _converted(field: attrs.Attribute[Any]) -> Hook:
    """Try a field's own converter where its error can be laid at the field; attrs then calls it again."""
    convert: Callable[[Any], Any] = field.converter  # type: ignore[assignment]

    def hook(value: Any, _: Any) -> Any:
        convert(value)
        return value

    return hook


def _made_converter() -> Converter:
    converter = Converter(detailed_validation=True)
    for shape in _WORDS:
        converter.register_structure_hook(shape, _checked(shape, _as_it_is))
    for concerns, factory in (
        (attrs.has, _class_hook),
        (_is_literal, _literal_hook),
        (_is_list, _list_hook),
        (_is_table, _table_hook),
        (_is_union, _union_hook),
    ):
        converter.register_structure_hook_factory(concerns, factory)
    return converter


_CONVERTER: Final = _made_converter()
