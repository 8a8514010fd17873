"""The hook specifications: everything a plugin may implement.

Hooks only collect. Nothing is judged through a hook, and there is no veto hook: a veto is a criterion, written in the
definition, or the definition would no longer say what opens a transition. The documentation of each hook says when it
is called, what happens where it breaks, and gives an example that runs; docs/reference/hooks.md is made of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, Protocol

import pluggy

from lifecycle.criteria import Criterion

if TYPE_CHECKING:
    import click

    from lifecycle.record import Record

__all__ = ["PROJECT", "Hooks", "Observer", "hookimpl", "hookspec"]

PROJECT: Final = "lifecycle"
"""pluggy's project name, and the entry-point group under which plugins are installed."""

hookspec: Final = pluggy.HookspecMarker(PROJECT)
hookimpl: Final = pluggy.HookimplMarker(PROJECT)


class Observer(Protocol):
    """Whoever has the hook for records: a plugin's module, or any object."""

    def lifecycle_after_transition(self, record: Record) -> None:
        """Observe a record after it is durable."""
        ...


class Hooks:
    """The hooks, each with its meaning and the moment at which it is called."""

    @hookspec
    def lifecycle_criteria(self) -> Iterable[type[Criterion]]:  # type: ignore[empty-body]  # a specification
        """Give the criteria that this plugin offers.

        Every class carries `@criterion("name", version="1")`. Definitions use it as `plugin.name`.

        Called:
            Once, when a registry is made of the plugins that a definition names. A generator is walked to its end.

        Where it breaks:
            The registry is refused with `PluginError`, which names the plugin and every problem of all of them. Nothing
            is judged with half of the rules.

        Example:
            from datetime import UTC, datetime

            from lifecycle import Lead, Registry, Snapshot, criterion, hookimpl, met_if


            @criterion("long_name", version="1")
            class LongName:
                \"\"\"The last name has at least so many letters.\"\"\"

                letters: int

                def judge(self, known):
                    name = known.profile("last_name") or ""
                    return met_if(len(name) >= self.letters, f"{len(name)} letters")


            class Plugin:
                @hookimpl
                def lifecycle_criteria(self):
                    return [LongName]


            registry = Registry.of({"acme": Plugin()})
            known = Snapshot(Lead("42").profile(last_name="Lovelace"), datetime(2026, 1, 5, tzinfo=UTC))
            made, problems = registry.offers["acme.long_name"].bind({"letters": 5})
            print(made.judge(known).message, problems)

        Prints:
            8 letters []
        """

    @hookspec
    def lifecycle_after_transition(self, record: Record) -> None:
        """Observe a record after it is durable.

        It cannot be undone from here. What returns is not looked at.

        Called:
            After our own commit, once for each record, in the order of writing, by observers that were listed
            (`Lifecycle(..., observers=[...])`, `lifecycle fire --observer`) and by nobody else. At most once: a program
            that ends between the commit and the call has told nobody, and a command that is repeated under its key
            tells nobody again. In a transaction of your own nobody is told, since only you know when it is committed.
            What must miss nothing reads `feed`, which gives each record in order, from where it stopped.

        Where it breaks:
            The record stays, the other observers are told all the same, the log of `lifecycle.observing` names the
            observer, its plugin, distribution and version, and `reply.unobserved` says so to the caller.

        Example:
            from datetime import UTC, datetime

            from lifecycle import Lead, Lifecycle, hookimpl, load


            class Bell:
                @hookimpl
                def lifecycle_after_transition(self, record):
                    print(record.lead, "is now", record.target)


            lead = Lead("42").activity("demo_requested", at=datetime(2026, 1, 5, tzinfo=UTC))
            lead = lead.profile(email="ada@acme.example", first_name="Ada", last_name="Lovelace")
            rings = Lifecycle(load("b2b"), observers=[Bell()])
            reply = rings.advance(lead, at=datetime(2026, 1, 6, tzinfo=UTC))

        Prints:
            42 is now iql
        """

    @hookspec
    def lifecycle_cli(self) -> Iterable[click.Command]:  # type: ignore[empty-body]  # a specification
        """Give commands to add to the command line.

        The plugin stands in the entry-point group `lifecycle.cli`, so that no command of ours has to import it.

        Called:
            When `lifecycle` is given a command that it does not know, or asked for its help.

        Where it breaks:
            Our own commands work as ever. The help names the plugin and what broke, and so does the error where its
            command was asked for. A command that has the name of one of ours, or of another plugin's, is left out, and
            both owners are named. A command that breaks while it runs ends with code 4 and the name of its plugin.

        Example:
            import click

            from lifecycle import hookimpl


            @click.command("greet")
            @click.argument("name")
            def greet(name):
                \"\"\"Greet somebody.\"\"\"
                click.echo(f"Good morning, {name}")


            @hookimpl
            def lifecycle_cli():
                return [greet]


            [command] = lifecycle_cli()
            command.main(["Ada"], standalone_mode=False)

        Prints:
            Good morning, Ada
        """
