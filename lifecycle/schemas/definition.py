"""The JSON Schema of definition files, with the parameters of every criterion that is offered."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

import attrs

from lifecycle import parameters
from lifecycle.conditions import KEYWORDS
from lifecycle.offer import Offer
from lifecycle.parameters import TAKES, Takes
from lifecycle.schemas.making import DURATION, Maker, Schema, default_of, described
from lifecycle.shapes import FILLED, ScoreShape, SignatureShape, StageShape, TopShape, UseShape

__all__ = ["definition_schema"]

_STAGE: Final = "^[A-Za-z0-9][A-Za-z0-9_.-]*$"
_NAME: Final = f"^(?!({'|'.join(sorted(KEYWORDS))})$)[A-Za-z_][A-Za-z0-9_]*$"
_PERCENT: Final[Schema] = {"type": "string", "pattern": "^[0-9]{1,3} ?%$"}
_UNKNOWN_AS: Final[Schema] = {"enum": ["met", "unmet"]}
_TEXTS: Final[Schema] = {"type": "array", "items": FILLED}

_BY_HELPER: Final[Mapping[str, Schema]] = {
    "profile_field": FILLED,
    "answer": FILLED,
    "kinds": {**_TEXTS, "minItems": 1},
    "texts": {**_TEXTS, "minItems": 1},
    "points": {"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 1},
    "duration": DURATION,
    "number": {"type": "number"},
    "glob": FILLED,
}
_BY_ANNOTATION: Final[Mapping[str, Schema]] = {
    "bool": {"type": "boolean"},
    "int": {"type": "integer"},
    "str": {"type": "string"},
    "tuple[str,...]": _TEXTS,
}


def definition_schema(offers: Iterable[Offer]) -> Schema:
    """Make the schema of definition files.

    A criterion of a plugin that offers none of these may be used with any parameters: the schema does not know it.

    Args:
        offers: The criteria whose parameters are known.
    """
    known = sorted(offers, key=lambda offer: offer.name)
    maker = Maker(_parts)
    for part, keys in (("criterion", ("unknown_as",)), ("undesirable", ("unknown_as", "why", "blocks"))):
        maker.definitions[part] = {"anyOf": [_stranger(known, keys), *_references(part, known)]}
        maker.definitions |= {f"{part}:{offer.name}": _criterion(offer, keys) for offer in known}
    for shape in (SignatureShape, StageShape, ScoreShape):
        maker.of(shape)
    return maker.whole(TopShape, "A definition of Lead Lifecycle")


def _parts(cls: type, key: str) -> Schema | None:
    """Give what the shape of the top leaves to reading: names, and the parts that are read apart."""
    if cls is not TopShape:
        return None
    entries: Mapping[str, Schema] = {
        "stages": _table(_STAGE, {"$ref": "#/definitions/stage"}),
        "criteria": _table(_NAME, {"$ref": "#/definitions/criterion"}, unknown_as=_UNKNOWN_AS),
        "undesirables": _table(_NAME, {"$ref": "#/definitions/undesirable"}, unknown_as=_UNKNOWN_AS),
        "scores": _table(_NAME, {"$ref": "#/definitions/score"}),
        "conditions": _table(_NAME, {"type": "string"}),
        "targets": {"type": "object", "additionalProperties": _PERCENT},
        "agreement": {
            "type": "object",
            "properties": {"of": {"type": "string"}},
            "additionalProperties": {"$ref": "#/definitions/signature"},
        },
    }
    return entries.get(key)


def _table(names: str, entry: Schema, **others: Schema) -> Schema:
    made = {"type": "object", "patternProperties": {names: entry}, "additionalProperties": False}
    if others:
        entry_names = names.replace("(?!(", f"(?!({'|'.join(others)}|")
        made = {**made, "properties": others, "patternProperties": {entry_names: entry}}
    return made


# --- Criteria --------------------------------------------------------------------------------------------------------


def _references(part: str, offers: Iterable[Offer]) -> list[Schema]:
    return [{"$ref": f"#/definitions/{part}:{offer.name}"} for offer in offers]


def _use_keys(keys: Iterable[str]) -> Schema:
    """Give what a definition says of a criterion beside its parameters."""
    made = Maker().table(UseShape)["properties"]
    return {key: made[key] for key in keys}


def _stranger(offers: Iterable[Offer], keys: Iterable[str]) -> Schema:
    """Give the entry of a criterion whose plugin is not known here."""
    plugins = sorted({offer.plugin.name for offer in offers})
    apart = f"(?!({'|'.join(plugins)})\\.)" if plugins else ""
    use = {"type": "string", "pattern": f"^{apart}[^.]+\\..+$", "description": "A criterion of another plugin."}
    return {
        "type": "object",
        "properties": {"use": use, **_use_keys(keys)},
        "required": ["use"],
        **({} if "why" in keys else {"not": {"anyOf": [{"required": ["why"]}, {"required": ["blocks"]}]}}),
    }


def _criterion(offer: Offer, keys: Iterable[str]) -> Schema:
    required = [field.name for field in offer.parameters if field.default is attrs.NOTHING]
    return {
        "type": "object",
        "description": " ".join((inspect.getdoc(offer.cls) or "").partition("\n\n")[0].split()),
        "properties": {
            "use": {"enum": [offer.name]},
            **_use_keys(keys),
            **{field.name: _parameter(offer, field) for field in offer.parameters},
        },
        "required": ["use", *required],
        "additionalProperties": False,
    }


def _parameter(offer: Offer, field: attrs.Attribute[Any]) -> Schema:
    takes = field.metadata.get(TAKES)
    made = _by_helper(takes) if isinstance(takes, Takes) else _by_annotation(field)
    said = described(offer.cls).get(field.name) or (_said(takes.what) if isinstance(takes, Takes) else None)
    return {**({"description": said} if said else {}), **made, **_default(field)}


def _by_helper(takes: Takes) -> Schema:
    if takes.what == "fixed_text":
        return {"enum": list(takes.choices)}
    if takes.what == "whole":
        return {"type": "integer", **({} if takes.minimum is None else {"minimum": takes.minimum})}
    return _BY_HELPER.get(takes.what, {})


def _by_annotation(field: attrs.Attribute[Any]) -> Schema:
    """Give what is checked of a plainly annotated parameter; of any other, whatever it takes."""
    text = field.type.__name__ if isinstance(field.type, type) else str(field.type)
    return _BY_ANNOTATION.get(text.replace(" ", "").removesuffix("|None"), {})


def _said(helper: str) -> str:
    """Give what a helper says of the parameters it makes, up to the first point or semicolon."""
    line = (inspect.getdoc(getattr(parameters, helper)) or "").partition("\n")[0]
    return line.partition(";")[0].removesuffix(".") + "."


def _default(field: attrs.Attribute[Any]) -> Schema:
    made = default_of(field)
    return {"default": float(made["default"])} if isinstance(made.get("default"), Decimal) else made
