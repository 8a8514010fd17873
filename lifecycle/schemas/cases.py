"""The JSON Schema of test files: of any, or of those of one definition, whose names an editor then completes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from lifecycle.cases import Names
from lifecycle.cases.shapes import ExpectShape, FileShape, GivenShape
from lifecycle.schemas.making import Maker, Schema

__all__ = ["cases_schema"]

_TEXT: Final[Schema] = {"type": "string"}


def cases_schema(names: Names | None = None) -> Schema:
    """Make the schema of test files.

    Args:
        names: What the definition names, where the files are those of one definition.
    """
    known: Mapping[tuple[type, str], Schema] = {} if names is None else _known(names)
    return Maker(lambda cls, key: known.get((cls, key))).whole(FileShape, "A test file of Lead Lifecycle")


def _known(names: Names) -> Mapping[tuple[type, str], Schema]:
    """Give what can be said of keys where the definition is known: only these, or these among others."""
    facts = {category: sorted(found) for category, found in names.facts.items()}
    atoms = sorted({*names.atoms, *names.conditions})
    some_atoms = _list(_among(atoms))
    ways: dict[str, Any] = {way: _list(_TEXT) for way in sorted(names.stages | names.triggers)}
    return {
        (GivenShape, "request"): {"enum": sorted(names.triggers)},
        (GivenShape, "by"): _among(sorted(names.roles)),
        (GivenShape, "channel"): _among(facts["channel"]),
        (GivenShape, "activity"): {"anyOf": [_among(facts["activity"]), _list(_among(facts["activity"]))]},
        (GivenShape, "profile"): {"type": "object", "properties": {name: {} for name in facts["profile"]}},
        (GivenShape, "answers"): {"type": "object", "properties": {name: {} for name in facts["answer"]}},
        (GivenShape, "blockers"): some_atoms,
        (GivenShape, "waived"): some_atoms,
        (ExpectShape, "stage"): {"enum": sorted(names.stages)},
        (ExpectShape, "trigger"): {"enum": sorted(names.triggers)},
        (ExpectShape, "path"): _list({"enum": sorted(names.stages)}),
        (ExpectShape, "undesirables"): _list({"enum": sorted(names.undesirables)} if names.undesirables else _TEXT),
        **{(ExpectShape, key): some_atoms for key in ("met", "unmet", "unknown")},
        (ExpectShape, "missing"): {"type": "object", "properties": ways, "additionalProperties": False},
    }


def _list(item: Schema) -> Schema:
    return {"type": "array", "items": item}


def _among(names: Iterable[str]) -> Schema:
    """Give a text for which these are offered, and any other is taken."""
    offered = list(names)
    return {"anyOf": [{"enum": offered}, _TEXT]} if offered else _TEXT
