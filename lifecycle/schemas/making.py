"""Attrs classes and types to JSON Schema: what reading would refuse for its shape, a schema refuses too."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

import attrs

from lifecycle.canonical import plain
from lifecycle.times import duration_text

__all__ = ["DRAFT", "DURATION", "Maker", "Schema", "default_of", "described"]

Schema = dict[str, Any]

DRAFT: Final = "http://json-schema.org/draft-04/schema#"
"""The draft whose words are used: the oldest that has what is needed, and all that some editors know."""

DURATION: Final[Schema] = {
    "type": "string",
    "pattern": r"^\s*(P(?=[0-9T])([0-9]+W|([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9]+S)?)?)\s*"
    r"|([0-9]+\s*([Mm]icrosecond|[Ss]econd|[Mm]inute|[Hh]our|[Dd]ay|[Ww]eek)s?\s*)+)$",
}

_PLAIN: Final[Mapping[Any, Schema]] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    str: {"type": "string"},
    Decimal: {"type": "number"},
    datetime: {"type": "string", "format": "date-time", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}"},
    date: {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
    timedelta: DURATION,
    ZoneInfo: {"type": "string"},
    Any: {},
}

Instead = Callable[[type, str], Schema | None]
"""Gives what stands for a key of a class in place of what its type says; None where the type says it."""


def _nothing(_cls: type, _key: str) -> Schema | None:
    return None


class Maker:
    """Makes one schema; the classes that it meets become its definitions.

    Args:
        instead: What is known better than by the types.
        also: What else has to hold of a class.
    """

    def __init__(self, instead: Instead = _nothing, also: Mapping[type, Schema] | None = None) -> None:
        self.definitions: dict[str, Schema] = {}
        self._instead = instead
        self._also = also or {}

    def whole(self, cls: type, title: str) -> Schema:
        """Give the schema of a file whose top is a class."""
        top = self.table(cls)
        return {"$schema": DRAFT, "title": title, **top, "definitions": dict(sorted(self.definitions.items()))}

    def of(self, shape: Any) -> Schema:
        """Give the schema of a type."""
        if shape in _PLAIN:
            return dict(_PLAIN[shape])
        origin, arguments = get_origin(shape), get_args(shape)
        if origin is Literal:
            return {"enum": list(arguments)}
        if origin in {Union, UnionType}:
            return self._union([one for one in arguments if one is not NoneType])
        if origin in {dict, Mapping}:
            return {"type": "object", "additionalProperties": self.of(arguments[1])}
        if origin in {list, tuple, Sequence}:
            return {"type": "array", "items": self.of(arguments[0])}
        return self._named(shape)

    def table(self, cls: type) -> Schema:
        """Give the schema of a class: its keys, those that have to be there, and nothing else."""
        hints, said = get_type_hints(cls), described(cls)
        made: Schema = {"type": "object", "description": _first_line(cls), "properties": {}}
        required = list[str]()
        for field in attrs.fields(cls):
            key: str = field.metadata.get("key", field.name)
            made["properties"][key] = self._key(cls, key, field, hints[field.name], said.get(key))
            required += [key] if field.default is attrs.NOTHING else []
        return {**made, **({"required": required} if required else {}), **self._rest(cls)}

    def _rest(self, cls: type) -> Schema:
        return {"additionalProperties": False, **self._also.get(cls, {})}

    def _key(self, cls: type, key: str, field: attrs.Attribute[Any], hint: Any, said: str | None) -> Schema:
        made = self._instead(cls, key)
        if made is None:
            made = field.metadata.get("json")
        made = dict(made) if made is not None else self.of(field.metadata.get("of", hint))
        if "$ref" in made:  # nothing beside a reference counts in draft 4
            made = {"allOf": [made]}
        return {**({"description": said} if said else {}), **made, **default_of(field)}

    def _union(self, members: Sequence[Any]) -> Schema:
        made = [self.of(member) for member in members]
        if {"type": "number"} in made:
            made = [one for one in made if one != {"type": "integer"}]
        return made[0] if len(made) == 1 else {"anyOf": made}

    def _named(self, cls: type) -> Schema:
        name = cls.__name__.removesuffix("Shape").lower()
        if name not in self.definitions:
            self.definitions[name] = {}  # so that a class within itself would end
            self.definitions[name] = self.table(cls)
        return {"$ref": f"#/definitions/{name}"}


def default_of(field: attrs.Attribute[Any]) -> Schema:
    """Give the default of a field, as a file would write it; nothing where the key is simply absent."""
    value = field.default
    if value is attrs.NOTHING or value is None or isinstance(value, attrs.Factory):  # type: ignore[arg-type]  # a class, though its stub makes it a function
        return {}
    if value in ((), "", {}):
        return {}
    return {"default": duration_text(value) if isinstance(value, timedelta) else plain(value)}


def described(cls: type) -> Mapping[str, str]:
    """Give what the `Attributes:` section of a class says of each key."""
    _, _, section = (inspect.getdoc(cls) or "").partition("\nAttributes:\n")
    entries = re.findall(r"^    (\w+): (.*(?:\n {6,}.*)*)", section, re.MULTILINE)
    return {name: " ".join(text.split()) for name, text in entries}


def _first_line(cls: type) -> str:
    return (inspect.getdoc(cls) or "").partition("\n")[0]
