"""Commands that plugins add: looked for where ours have no such name, and contained and named where they break."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Final

import attrs
import click

from lifecycle.accidents import Accident, attempt
from lifecycle.audit import audit
from lifecycle.cli.exits import ExitCode, Failure
from lifecycle.cli.inputs import quietly
from lifecycle.cli.screen import Screen
from lifecycle.errors import LifecycleError, Place, Problem
from lifecycle.plugin import COMMANDS, Plugin, installed

__all__ = ["Additions", "OpenGroup"]

HOOK: Final = "lifecycle_cli"

_MEANT: Final = (click.ClickException, click.exceptions.Exit, click.Abort, Failure, LifecycleError)
"""How a command may end that has not broken."""


@attrs.frozen
class Additions:
    """The commands that installed plugins add, each with its plugin, and what is wrong with others."""

    commands: Mapping[str, tuple[click.Command, Plugin]]
    problems: tuple[Problem, ...]

    @classmethod
    def find(cls, ours: Collection[str]) -> Additions:
        """Ask the plugins that add commands; one of our names is never theirs."""
        problems = list[Problem]()
        offered = dict[str, list[tuple[click.Command, Plugin]]]()
        with quietly():
            for one in audit(installed(COMMANDS)):
                problems.extend(one.problems)
                if not one.problems:
                    for command in _commands(one.plugin, one.hooks[HOOK], problems):
                        offered.setdefault(str(command.name), []).append((command, one.plugin))
        problems.extend(_clashes(offered, ours))
        sole = {name: found[0] for name, found in offered.items() if len(found) == 1 and name not in ours}
        return cls(sole, tuple(problems))


def _commands(plugin: Plugin, hook: Callable[[], Any], problems: list[Problem]) -> Iterator[click.Command]:
    given, error = attempt(lambda: list(hook()))
    if error is not None:
        accident = Accident(plugin, error)
        problems.append(_problem(plugin, f"broke in {HOOK}: {accident.text}", accident.place))
    for command in given or ():
        if not isinstance(command, click.Command) or not command.name:
            problems.append(_problem(plugin, f"adds {command!r:.100}, which is no click command with a name"))
            continue
        _, error = attempt(command.get_short_help_str)  # or the help of all commands would break
        if error is None:
            yield command
        else:
            text = Accident(plugin, error).text
            problems.append(_problem(plugin, f"adds the command {command.name!r}, whose help broke: {text}"))


def _clashes(offered: Mapping[str, list[tuple[click.Command, Plugin]]], ours: Collection[str]) -> Iterator[Problem]:
    for name, found in sorted(offered.items()):
        owners = [plugin for _, plugin in found]
        if name in ours:
            for plugin in owners:
                yield _problem(plugin, f"adds the command {name!r}, which is one of ours; rename it")
        elif len(owners) > 1:
            others = ", ".join(str(plugin) for plugin in owners[1:])
            yield _problem(owners[0], f"adds the command {name!r}, and so does {others}; none of them is used")


def _problem(plugin: Plugin, message: str, place: Place | None = None) -> Problem:
    file = plugin.file
    where = place or (None if file is None else Place(file))
    return Problem(code="plugin-command", message=f"{plugin} {message}", place=where)


class OpenGroup(click.Group):
    """A group to which plugins add commands; its own come first, in their order, and need no plugin."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the names of our commands, in the order in which a newcomer needs them, and then those of plugins."""
        return [*self.commands, *sorted(self._added(ctx).commands)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Give a command; plugins are asked only where none of ours has the name."""
        ours = self.commands.get(cmd_name)
        if ours is not None:
            return ours
        found = self._added(ctx).commands.get(cmd_name)
        return None if found is None else found[0]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is meant; where there is none, say which plugins could not be asked."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            _tell(self._added(ctx).problems)
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, and which plugins could not be asked for theirs."""
        super().format_commands(ctx, formatter)
        problems = self._added(ctx).problems
        if problems:
            with formatter.section("Commands that cannot be used"):
                for problem in problems:
                    formatter.write_text(str(problem))

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; what a plugin's breaks is told as the plugin's.

        Raises:
            Failure: nobody reads the output any more, or a plugin's command broke.
        """
        try:
            result = super().invoke(ctx)
        except BrokenPipeError as error:  # click would end with 1, which means something else here
            raise Failure(ExitCode.BROKEN_PIPE, "nobody reads the output any more") from error
        except _MEANT:
            raise
        except Exception as error:
            owner = self._owner(ctx)
            if owner is None:
                raise
            raise _broken(owner, str(ctx.invoked_subcommand), error) from error
        ends_as_ours = self._owner(ctx) is None or isinstance(result, int)
        return result if ends_as_ours else ExitCode.DONE

    def _owner(self, ctx: click.Context) -> Plugin | None:
        name = ctx.invoked_subcommand
        if name is None or name in self.commands:
            return None
        found = self._added(ctx).commands.get(name)
        return None if found is None else found[1]

    def _added(self, ctx: click.Context) -> Additions:
        found = ctx.meta.get(__name__)
        if found is None:
            found = ctx.meta[__name__] = Additions.find(self.commands)
        return found


def _tell(problems: Iterable[Problem]) -> None:
    screen = Screen()
    for problem in problems:
        screen.note(str(problem), "yellow")


def _broken(owner: Plugin, command: str, error: Exception) -> Failure:
    traceback.print_exception(error)  # for its author, as a mistake of ours is shown
    accident = Accident(owner, error)
    problem = _problem(owner, f"broke in its command {command!r}: {accident.text}", accident.place)
    return Failure(ExitCode.UNUSABLE, f"the command {command!r} of the plugin {owner} broke", problems=(problem,))
