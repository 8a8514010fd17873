"""`lifecycle plugins`: which plugins there are, what they offer, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import click
from rich.console import RenderableType
from rich.text import Text

from lifecycle.audit import Audited, audit
from lifecycle.cli.comparing import diff_command
from lifecycle.cli.conformance import test_command
from lifecycle.cli.exits import ExitCode, Failure, problem_row
from lifecycle.cli.inputs import quietly
from lifecycle.cli.locking import lock_command
from lifecycle.cli.offers import offer_row, offer_view
from lifecycle.cli.options import json_option, plugin_option
from lifecycle.cli.scaffolding import new_command
from lifecycle.cli.screen import Screen, indented, say
from lifecycle.cli.tables import facts_view
from lifecycle.errors import Problem
from lifecycle.plugin import COMMANDS, Plugin, installed, of_file
from lifecycle.spelling import did_you_mean

__all__ = ["plugins_group"]

_STYLES = {"ok": "green", "unavailable": "yellow", "broken": "bold red"}


@click.group("plugins")
def plugins_group() -> None:
    """Look at the plugins, whose criteria definitions use."""


@plugins_group.command("list", short_help="List the plugins and their criteria.")
@plugin_option
@click.option("--all", "every", is_flag=True, help="Also what each criterion asks, and the type of each parameter.")
@json_option
def list_command(*, plugin_files: tuple[Path, ...], every: bool, screen: Screen) -> None:
    """List the installed plugins and the criteria that they offer.

    Each is loaded by itself: a broken one is shown as broken, and stops nobody. A parameter with `?` may be left out.
    """
    found = _look(plugin_files)
    parts = (part for one in found for part in one.view(every=every))
    screen.show({"plugins": [one.row() for one in found]}, *parts)


@plugins_group.command("show", short_help="Show everything that is known of one plugin.")
@click.argument("name")
@plugin_option
@json_option
def show_command(*, name: str, plugin_files: tuple[Path, ...], screen: Screen) -> int:
    """Show what is known of the plugin NAME: where it comes from, what it offers, what is wrong with it.

    No other plugin is loaded. The exit code is 1 where something is wrong with it.
    """
    known = {plugin.name for plugin in _all(plugin_files)}
    if name not in known:
        hint = did_you_mean(name, known) or f": install it, or name its file, for instance `--plugin {name}.py`"
        raise Failure(ExitCode.USAGE, f"no plugin is named {name!r}{hint}")
    [one] = _look(plugin_files, name)
    screen.show(one.row(), *one.details())
    return ExitCode.PROBLEMS if one.problems else ExitCode.DONE


for _command in (new_command, lock_command, diff_command, test_command):
    plugins_group.add_command(_command)


def _all(files: tuple[Path, ...]) -> list[Plugin]:
    return [*installed(), *installed(COMMANDS), *(of_file(file) for file in files)]


def _look(files: tuple[Path, ...], name: str | None = None) -> list[_Found]:
    """Load plugins, all or one, and look at them; those that only add commands are there too."""
    wanted = [plugin for plugin in _all(files) if name is None or plugin.name == name]
    with quietly():
        commands = {one.plugin.name: one for one in audit(one for one in wanted if one.group == COMMANDS)}
        others = {one.plugin.name: one for one in audit(one for one in wanted if one.group != COMMANDS)}
    return [_Found(others.get(name), commands.get(name)) for name in sorted({*others, *commands})]


@attrs.frozen
class _Found:
    """What bears one name: a plugin that definitions use, one that adds commands, or both."""

    plugin: Audited | None
    commands: Audited | None

    @property
    def parts(self) -> tuple[Audited, ...]:
        return tuple(one for one in (self.plugin, self.commands) if one is not None)

    @property
    def first(self) -> Plugin:
        return self.parts[0].plugin

    @property
    def problems(self) -> list[Problem]:
        return [problem for one in self.parts for problem in one.problems]

    @property
    def hooks(self) -> list[str]:
        return sorted({hook for one in self.parts for hook in one.hooks})

    @property
    def milliseconds(self) -> float:
        return round(sum(one.seconds for one in self.parts) * 1000, 1)

    @property
    def status(self) -> str:
        if any(problem.code != "plugin-unavailable" for problem in self.problems):
            return "broken"
        return "unavailable" if self.problems else "ok"

    def row(self) -> Mapping[str, Any]:
        return {
            "plugin": self.first.name,
            "version": self.first.version,
            "distribution": self.first.distribution,
            "status": self.status,
            "file": self.first.file,
            "milliseconds": self.milliseconds,
            "problems": [problem_row(problem) for problem in self.problems],
            "hooks": self.hooks,
            "criteria": [offer_row(offer) for one in self.parts for offer in one.offers],
        }

    def view(self, *, every: bool) -> Iterator[RenderableType]:
        yield self._title()
        for problem in self.problems:
            yield indented(say(problem, "red"))
        if "lifecycle_cli" in self.hooks:
            yield indented(say("adds commands", "dim"))
        for one in self.parts:
            for offer in one.offers:
                yield from offer_view(offer, every=every)

    def _title(self) -> Text:
        source = f"{self.first.distribution} {self.first.version}" if self.first.distribution else "a file"
        status = say(self.status, _STYLES[self.status])
        return Text.assemble(say(self.first.name, "bold"), "  ", say(source, "dim"), "  ", status)

    def details(self) -> Iterator[RenderableType]:
        yield facts_view(
            {
                "plugin": self.first.name,
                "distribution": self.first.distribution,
                "version": self.first.version,
                "file": self.first.file,
                "status": say(self.status, _STYLES[self.status]),
                "hooks": ", ".join(self.hooks) or None,
                "loaded in": f"{self.milliseconds} ms",
            }
        )
        for problem in self.problems:
            yield say(problem, "red")
        for one in self.parts:
            for offer in one.offers:
                yield from offer_view(offer, every=True, origin=True)
