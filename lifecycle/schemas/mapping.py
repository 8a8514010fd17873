"""The JSON Schema of mapping files."""

from __future__ import annotations

from typing import Final

from lifecycle.schemas.making import Maker, Schema
from lifecycle.signals.mapping import GIVES, At, Cell, MappingShape, Rows

__all__ = ["mapping_schema"]

_ONE_SOURCE: Final[Schema] = {"oneOf": [{"required": ["column"]}, {"required": ["constant"]}]}


def mapping_schema() -> Schema:
    """Make the schema of mapping files."""
    gives = [{"required": [key]} for key in GIVES]
    also: dict[type, Schema] = {
        Cell: _ONE_SOURCE,
        At: _ONE_SOURCE,
        Rows: {"anyOf": gives, "dependencies": {"properties": ["activity"], "request": ["at"]}},
    }
    return Maker(also=also).whole(MappingShape, "A mapping file of Lead Lifecycle")
