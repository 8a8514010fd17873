"""`lifecycle plugins`: which plugins are installed, and what they offer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from inspect import getdoc
from itertools import groupby
from typing import Any, Final

import attrs
import click
from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from lifecycle.cli.conformance import test_command
from lifecycle.cli.options import json_option
from lifecycle.cli.screen import Screen, say, table
from lifecycle.errors import PluginError
from lifecycle.registry import Offer, Plugin, Registry, installed
from lifecycle.times import duration_text

__all__ = ["plugins_group"]

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


@click.group("plugins")
def plugins_group() -> None:
    """Look at the plugins, whose criteria definitions use."""


plugins_group.add_command(test_command)


@plugins_group.command("list", short_help="List the installed plugins and their criteria.")
@click.option("--all", "every", is_flag=True, help="Also what each criterion asks, and the type of each parameter.")
@json_option
def list_command(*, every: bool, screen: Screen) -> None:
    """List the installed plugins and the criteria that they offer.

    Each is loaded by itself: a broken one is shown as broken, and stops nobody. A parameter with `?` may be left out.
    """
    found = [_Found.of(name, list(plugins)) for name, plugins in groupby(sorted(installed(), key=_name), key=_name)]
    parts = (part for one in found for part in one.view(every=every))
    screen.show({"plugins": [one.row() for one in found]}, *parts)


def _name(plugin: Plugin) -> str:
    return plugin.name


@attrs.frozen
class _Found:
    """One plugin's name, who installed it, and what it offers or what is wrong with it."""

    name: str
    plugins: Sequence[Plugin]
    offers: Sequence[Offer]
    problems: Sequence[str]

    @classmethod
    def of(cls, name: str, plugins: Sequence[Plugin]) -> _Found:
        try:
            offers = list(Registry(plugins).offers.values())
        except PluginError as error:
            return cls(name, plugins, [], [problem.message for problem in error.problems])
        return cls(name, plugins, offers, [])

    @property
    def status(self) -> str:
        return "broken" if self.problems else "ok"

    def row(self) -> Mapping[str, Any]:
        plugin = self.plugins[0]
        return {
            "plugin": self.name,
            "version": plugin.version,
            "distribution": plugin.distribution,
            "status": self.status,
            "problems": self.problems,
            "criteria": [_offer_row(offer) for offer in self.offers],
        }

    def view(self, *, every: bool) -> Iterator[RenderableType]:
        plugin = self.plugins[0]
        style = "bold red" if self.problems else "green"
        yield Text.assemble(
            say(self.name, "bold"),
            "  ",
            say(f"{plugin.distribution} {plugin.version}", "dim"),
            "  ",
            say(self.status, style),
        )
        for problem in self.problems:
            yield Padding(say(problem, "red"), (0, 0, 0, 2))
        for offer in self.offers:
            yield from _offer_view(offer, every=every)


def _offer_row(offer: Offer) -> Mapping[str, Any]:
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


def _offer_view(offer: Offer, *, every: bool) -> Iterator[RenderableType]:
    signature = ", ".join(_short(field) for field in offer.parameters)
    yield Padding(Text.assemble(say(offer.name), say(f"({signature})", "cyan")), (0, 0, 0, 2))
    if every:
        yield Padding(say(_about(offer), "dim"), (0, 0, 0, 4))
        if offer.parameters:
            yield Padding(table(("parameter", "type", "default"), _parameter_rows(offer)), (0, 0, 1, 4))


def _parameter_rows(offer: Offer) -> Iterable[tuple[object, ...]]:
    for field in offer.parameters:
        needed = field.default is attrs.NOTHING
        yield field.name, _type(field), say("needed", "bold") if needed else _shown(_default(field))


def _short(field: attrs.Attribute[Any]) -> str:
    return field.name if field.default is attrs.NOTHING else f"{field.name}?"


def _about(offer: Offer) -> str:
    """Give the first paragraph of a criterion's documentation."""
    return re.sub(r"\s+", " ", (getdoc(offer.cls) or "").partition("\n\n")[0])


def _type(field: attrs.Attribute[Any]) -> str:
    annotation: object = field.type  # a text where the module postpones annotations
    name = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))
    bare = name.removesuffix(" | None")
    return _WORDS.get(bare, bare)


def _default(field: attrs.Attribute[Any]) -> Any:
    if field.default is attrs.NOTHING:
        return None
    return duration_text(field.default) if isinstance(field.default, timedelta) else field.default


def _shown(default: object) -> str:
    if default is None:
        return "-"
    return str(default).lower() if isinstance(default, bool) else str(default)
