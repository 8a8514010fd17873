"""Criteria that plugins offer, as rows and as text; whatever a stranger's class holds, it can be shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from inspect import getdoc
from typing import Any, Final

import attrs
from rich.console import RenderableType
from rich.text import Text

from lifecycle.accidents import attempt
from lifecycle.canonical import plain
from lifecycle.cli.screen import indented, say
from lifecycle.cli.tables import table
from lifecycle.offer import Offer
from lifecycle.times import duration_text

__all__ = ["offer_row", "offer_view"]

_WORDS: Final = {
    "str": "text",
    "bool": "true or false",
    "int": "whole number",
    "int | Decimal": "number",
    "timedelta": "duration",
    "tuple[str, ...]": "list of texts",
    "Mapping[str, int]": "table of whole numbers",
}
"""What a parameter's type is called in a definition file."""


def offer_row(offer: Offer) -> Mapping[str, Any]:
    """Give a criterion as a row: name, version, fingerprint, and each parameter with type and default."""
    return {
        "name": offer.name,
        "version": offer.about.version,
        "about": _about(offer),
        "fingerprint": offer.provenance.fingerprint,
        "parameters": [
            {
                "name": field.name,
                "type": _type(field),
                "required": field.default is attrs.NOTHING,
                "default": _default(field),
            }
            for field in offer.parameters
        ],
    }


def offer_view(offer: Offer, *, every: bool, origin: bool = False) -> Iterator[RenderableType]:
    """Show a criterion: how it is called, and with `every` what it asks and what its parameters are.

    Args:
        offer: The criterion.
        every: Whether all of it is shown.
        origin: Whether its version and its fingerprint are shown.
    """
    signature = ", ".join(_short(field) for field in offer.parameters)
    yield indented(Text.assemble(say(offer.name), say(f"({signature})", "cyan")))
    if origin:
        yield indented(say(f"version {offer.about.version}, {offer.provenance.fingerprint}", "dim"), 4)
    if every:
        yield indented(say(_about(offer), "dim"), 4)
        if offer.parameters:
            yield indented(table(("parameter", "type", "default"), _parameter_rows(offer)), 4)
            yield Text()


def _parameter_rows(offer: Offer) -> Iterable[tuple[object, ...]]:
    for field in offer.parameters:
        needed = field.default is attrs.NOTHING
        yield field.name, _type(field), say("needed", "bold") if needed else _shown(_default(field))


def _short(field: attrs.Attribute[Any]) -> str:
    return field.name if field.default is attrs.NOTHING else f"{field.name}?"


def _about(offer: Offer) -> str:
    """Give the first paragraph of a criterion's documentation."""
    text, _ = attempt(lambda: getdoc(offer.cls))
    return re.sub(r"\s+", " ", (text or "").partition("\n\n")[0])


def _type(field: attrs.Attribute[Any]) -> str:
    annotation: object = field.type  # a text where the module postpones annotations
    name, _ = attempt(lambda: annotation if isinstance(annotation, str) else _name_of(annotation))
    bare = (name or "?").removesuffix(" | None")
    return _WORDS.get(bare, bare)


def _name_of(annotation: object) -> str:
    return str(getattr(annotation, "__name__", annotation))


def _default(field: attrs.Attribute[Any]) -> Any:
    """Give a default as a definition would write it; what cannot be shown is said to be."""
    default: Any = field.default
    if default is attrs.NOTHING:
        return None
    if isinstance(default, timedelta):
        return duration_text(default)
    if isinstance(default, attrs.Factory):  # type: ignore[arg-type]  # a class at run time, whatever its types say
        return "(made anew)"
    value, error = attempt(lambda: plain(default))
    return value if error is None else "(cannot be shown)"


def _shown(default: object) -> str:
    if default is None:
        return "-"
    return str(default).lower() if isinstance(default, bool) else str(default)
