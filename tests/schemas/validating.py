"""Holds TOML files to a JSON Schema with a validator that others have written."""

from __future__ import annotations

import tomllib
from datetime import date, datetime, time
from importlib import import_module
from typing import TYPE_CHECKING, Any

from lifecycle.narrowing import is_list, is_mapping

if TYPE_CHECKING:
    from lifecycle.schemas import Schema

_validators: Any = import_module("jsonschema")  # it has no types


def check(schema: Schema) -> None:
    """Raise what is wrong with a schema itself."""
    _validators.Draft4Validator.check_schema(schema)


def refused(schema: Schema, data: object) -> list[str]:
    """Return what a schema refuses of a file's data, each with the way to it."""
    found = _validators.Draft4Validator(schema).iter_errors(as_json(data))
    return ["/".join(map(str, error.absolute_path)) for error in found]


def refused_text(schema: Schema, text: str) -> list[str]:
    """Return the same of a file's text."""
    return refused(schema, tomllib.loads(text))


def as_json(value: object) -> Any:
    """Return data as an editor gives it to a validator: dates are texts."""
    if is_mapping(value):
        return {key: as_json(item) for key, item in value.items()}
    if is_list(value):
        return [as_json(item) for item in value]
    return value.isoformat() if isinstance(value, datetime | date | time) else value
