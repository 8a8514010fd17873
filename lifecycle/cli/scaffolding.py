"""`lifecycle plugins new`: the project of a new plugin."""

from __future__ import annotations

from pathlib import Path

import click
from rich.text import Text

from lifecycle.cli.exits import ExitCode, Failure
from lifecycle.cli.options import json_option
from lifecycle.cli.screen import Screen, heading, say
from lifecycle.plugin import installed
from lifecycle.scaffold import project, requirement

__all__ = ["new_command"]


@click.command("new", short_help="Write the project of a new plugin.")
@click.argument("name")
@click.option(
    "--in",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Where to write it; a new folder named after the plugin if left out.",
)
@json_option
def new_command(*, name: str, folder: Path | None, screen: Screen) -> None:
    """Write the complete project of a plugin NAME: a criterion, its tests, a definition that uses it, packaging, CI.

    NAME is what definitions write before the dot. Nothing that is there already is overwritten.
    """
    files = project(name)
    home = folder or Path(f"lifecycle-{name.replace('_', '-')}")
    if home.exists() and any(home.iterdir()):
        raise Failure(ExitCode.USAGE, f"{home} is not empty; give an empty folder, or one that is not there, with --in")
    for path, text in files.items():
        target = home / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    if any(plugin.name == name for plugin in installed()):
        screen.note(f"a plugin named {name!r} is installed already; two cannot be used together", "yellow")
    library = requirement()
    first = () if library is None else (f".venv/bin/pip install '{library}'",)
    install = (*first, ".venv/bin/pip install -e '.[test]'")
    steps = (f"cd {home}", "python -m venv .venv", *install, ".venv/bin/pytest")
    screen.show(
        {"plugin": name, "folder": str(home), "files": sorted(str(path) for path in files)},
        Text.assemble("Wrote ", say(len(files), "bold"), " files into ", say(home, "bold"), "."),
        heading("Next"),
        *(say(f"  {step}") for step in steps),
    )
