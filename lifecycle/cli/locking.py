"""`lifecycle plugins lock`: write down in which state plugins are, so that another state is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from lifecycle.audit import Audited, audit
from lifecycle.cli.exits import ExitCode, problem_row
from lifecycle.cli.inputs import open_definition, quietly
from lifecycle.cli.options import Chosen, json_option, plugin_option
from lifecycle.cli.screen import Screen
from lifecycle.errors import Problem
from lifecycle.lock import lock_text
from lifecycle.plugin import installed, of_file
from lifecycle.registry import Registry

__all__ = ["lock_command"]


@click.command("lock", short_help="Write down in which state plugins are.")
@click.option(
    "--definition", "-d", metavar="NAME|FILE", help="Only the plugins that it names.  [default: all that are installed]"
)
@plugin_option
@click.option(
    "--output",
    "-o",
    default="lifecycle.lock",
    show_default=True,
    metavar="FILE",
    help="Where to; `-` is standard output.",
)
@json_option
def lock_command(*, definition: str | None, plugin_files: tuple[Path, ...], output: str, screen: Screen) -> int:
    """Write name, distribution and version of plugins to a file, with version and fingerprint of each criterion.

    Commands that are given the file with --lock refuse plugins in any other state, and say what has changed. A broken
    plugin is left out, so that it is refused too; then the exit code is 1.
    """
    if definition is None:
        with quietly():
            found = audit([*installed(), *(of_file(file) for file in plugin_files)])
    else:
        found = _named(definition, plugin_files)
    sound = [one for one in found if not one.problems]
    problems = [problem for one in found for problem in one.problems]
    _write(lock_text(sound), output, screen, _data(sound, problems, output))
    for problem in problems:
        screen.note(f"left out: {problem}", "yellow")
    return ExitCode.PROBLEMS if problems else ExitCode.DONE


def _named(definition: str, files: tuple[Path, ...]) -> tuple[Audited, ...]:
    named = open_definition(definition, Chosen(files)).named.values()
    return tuple(Registry.installed({one.provenance.plugin for one in named}, files=files).plugins.values())


def _data(sound: Sequence[Audited], problems: Sequence[Problem], output: str) -> Mapping[str, Any]:
    return {
        "output": None if output == "-" else output,
        "plugins": [
            {"plugin": one.plugin.name, "version": one.plugin.version, "criteria": len(one.offers)} for one in sound
        ],
        "left_out": [problem_row(problem) for problem in problems],
    }


def _write(text: str, output: str, screen: Screen, data: Mapping[str, Any]) -> None:
    if output == "-":
        screen.show_text({**data, "text": text}, text)
        return
    Path(output).write_text(text, encoding="utf-8")
    criteria = sum(one["criteria"] for one in data["plugins"])
    screen.note(f"written to {output}: {len(data['plugins'])} plugins with {criteria} criteria", "dim")
    screen.show(data)
