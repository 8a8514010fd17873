"""`lifecycle definitions schema`: what an editor needs to complete and check our TOML files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from lifecycle.cases import Names
from lifecycle.cli.inputs import open_definition, quietly
from lifecycle.cli.options import Chosen, json_option, plugin_option
from lifecycle.cli.screen import Screen
from lifecycle.registry import Registry, installed
from lifecycle.schemas import Schema, cases_schema, definition_schema, mapping_schema

__all__ = ["schema_command"]

_KINDS: Final = ("definition", "mapping", "tests")


@click.command("schema", short_help="Print the JSON Schema of our files, for editors.")
@click.argument("kind", metavar="[KIND]", type=click.Choice(_KINDS), default="definition")
@click.option(
    "--definition",
    "-d",
    metavar="NAME|FILE",
    help="Of tests: those of this definition, so that its own names are completed.",
)
@plugin_option
@json_option
def schema_command(*, kind: str, definition: str | None, plugin_files: tuple[Path, ...], screen: Screen) -> None:
    """Print the JSON Schema of our files for editors: KIND is definition (if left out), mapping or tests.

    That of definitions knows the criteria of every installed plugin with their parameters. Written into a file beside
    yours, it is named in the first line of yours: `#:schema definition.schema.json`.
    """
    _check(kind, definition)
    made = _of_definitions(plugin_files, screen) if kind == "definition" else _of_others(kind, definition, plugin_files)
    screen.show_text(made, json.dumps(made, indent=2, ensure_ascii=False) + "\n")


def _check(kind: str, definition: str | None) -> None:
    if definition is not None and kind != "tests":
        raise click.UsageError("--definition is for the schema of tests")


def _of_definitions(files: Sequence[Path], screen: Screen) -> Schema:
    """Make the schema with what is installed and sound; a broken plugin is named, and stops nobody."""
    names = {plugin.name for plugin in installed()} | {file.stem for file in files}
    with quietly():
        found, problems = Registry.sound(names, files=files)
    for problem in problems:
        screen.note(str(problem), "yellow")
    return definition_schema(found.offers.values())


def _of_others(kind: str, definition: str | None, files: tuple[Path, ...]) -> Schema:
    if kind == "mapping":
        return mapping_schema()
    return cases_schema(None if definition is None else Names.of(open_definition(definition, Chosen(files))))
