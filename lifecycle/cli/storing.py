"""`lifecycle store`: making a store on a server, and bringing an old one up to date."""

from __future__ import annotations

import click

from lifecycle.cli.options import json_option, store_option
from lifecycle.cli.screen import Screen, say

__all__ = ["store_group"]

_sql_option = click.option("--sql", is_flag=True, help="Only print the statements, for somebody else to run.")


@click.group("store", short_help="Make a store, or bring an old one up to date.")
def store_group() -> None:
    """Make a store on a server, or bring one that an older version made up to date.

    A store in SQLite is made by whatever writes into it first.
    """


@store_group.command("init", short_help="Make the tables of a store.")
@store_option("Where, for instance postgresql://user@host/database?schema=lifecycle.")
@_sql_option
@json_option
def init_command(*, store: str, sql: bool, screen: Screen) -> None:
    """Make the tables of a store, with all that guards them; where they are there already, nothing is done."""
    from lifecycle.store import migrating  # noqa: PLC0415 - loads SQLAlchemy

    if sql:
        _print(screen, migrating.statements(store, fresh=True))
        return
    made = migrating.init(store)
    screen.show({"made": made}, say("The store is made." if made else "The store is there already; nothing was done."))


@store_group.command("upgrade", short_help="Bring the tables of a store up to date.")
@store_option("The store, for instance postgresql://user@host/database.")
@_sql_option
@json_option
def upgrade_command(*, store: str, sql: bool, screen: Screen) -> None:
    """Bring the tables of a store that an older version made to what this version knows: all of it, or nothing."""
    from lifecycle.store import migrating  # noqa: PLC0415 - loads SQLAlchemy

    if sql:
        _print(screen, migrating.statements(store, fresh=False))
        return
    before, after = migrating.upgrade(store)
    done = f"The tables went from revision {before} to {after}."
    screen.show(
        {"before": before, "after": after},
        say(done if before != after else f"The tables are at revision {after} already; nothing was done to them."),
    )


def _print(screen: Screen, statements: str) -> None:
    if screen.json:
        screen.show({"sql": statements})
    else:
        click.echo(statements, nl=False)
