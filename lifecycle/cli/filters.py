"""The options by which commands say which records or refusals are wanted, how many, and as known when."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import click

from lifecycle.cli.options import COUNT, INSTANT, LEAD, SETTLED, TEXT
from lifecycle.cli.screen import Screen
from lifecycle.criteria import Outcome
from lifecycle.decision import Kind, Result
from lifecycle.query import Filter

if TYPE_CHECKING:
    from lifecycle.store.reading import Reading

__all__ = ["KEPT", "as_of_option", "filter_options", "known", "known_options", "page_options"]

_Command = TypeVar("_Command", bound=Callable[..., Any])

PER_PAGE: Final = 100
"""How many entries a command shows unless another number is asked for: what a person looks through."""

KEPT: Final = tuple(result.value for result in Result if result is not Result.GRANTED)
"""The results that refusals have."""


def _choice(values: type[Kind | Outcome]) -> click.Choice[str]:
    return click.Choice([one.value for one in values])


_OPTIONS: Final = {
    "lead": click.option("--lead", type=LEAD, help="Of this lead."),
    "subject": click.option(
        "--subject", type=TEXT, metavar="NAME", help="Of this subject, which remains after an erasure."
    ),
    "source": click.option("--source", type=TEXT, metavar="STAGE", help="Out of this stage; `(new)` for entries."),
    "target": click.option("--target", type=TEXT, metavar="STAGE", help="Into this stage."),
    "stage": click.option(
        "--stage", type=TEXT, metavar="STAGE", help="Asked of leads in this stage; `(new)` for outside."
    ),
    "trigger": click.option("--trigger", type=TEXT, help="By this trigger."),
    "actor": click.option(
        "--actor", type=TEXT, metavar="ROLE:ID", help="Asked by this actor; `system` for what moved by itself."
    ),
    "kind": click.option("--kind", type=_choice(Kind), help="How it came about."),
    "definition": click.option(
        "--definition", type=TEXT, metavar="NAME", help="Decided by the definition of this name."
    ),
    "version": click.option(
        "--version", type=TEXT, metavar="VERSION", help="Decided by this version of the definition."
    ),
    "atom": click.option("--atom", type=TEXT, help="With this atom in the condition, for instance `interest >= 50`."),
    "outcome": click.option("--outcome", type=_choice(Outcome), help="With that atom being this; needs --atom."),
    "result": click.option("--result", type=click.Choice(KEPT), help="Not granted in this way."),
    "blocker": click.option("--blocker", type=TEXT, metavar="ATOM", help="With this atom in the way."),
    "since": click.option(
        "--since", type=INSTANT, help="True at this instant or later; a date is its beginning in UTC."
    ),
    "until": click.option(
        "--until",
        type=INSTANT,
        help="True before this instant; a date is its beginning in UTC, so that day is left out.",
    ),
}
_ENUMS: Final = {"kind": Kind, "outcome": Outcome, "result": Result}


def filter_options(*names: str) -> Callable[[_Command], _Command]:
    """Give a command options for a filter, which it gets as `where`."""

    def decorate(command: _Command) -> _Command:
        @functools.wraps(command)
        def filtered(**given: Any) -> Any:
            said = {name: given.pop(name) for name in names}
            return command(where=_filter(said), **given)

        return functools.reduce(lambda made, name: _OPTIONS[name](made), reversed(names), cast("_Command", filtered))

    return decorate


def _filter(said: dict[str, Any]) -> Filter:
    for name, values in _ENUMS.items():
        if said.get(name) is not None:
            said[name] = values(said[name])
    if "stage" in said:
        said["source"] = said.pop("stage")
    return Filter(**said)


def page_options(command: _Command) -> _Command:
    """Give a command the options `--limit` and `--after`."""
    made = click.option(
        "--after", metavar="CURSOR", help="Go on behind the page that gave this cursor, with the same filter."
    )(command)
    return click.option("--limit", type=COUNT, default=PER_PAGE, show_default=True, help="So many at most.")(made)


as_of_option: Final = click.option(
    "--as-of", type=INSTANT, help="Only what was true at this instant; a date is its beginning in UTC."
)
"""Gives a command the option `--as-of`."""


def known_options(command: _Command) -> _Command:
    """Give a command the options `--recorded-as-of` and `--position`."""
    made = click.option(
        "--position",
        type=click.IntRange(min=0),
        help="Only what had been sealed up to this position, which gives the same answer for ever.",
    )(command)
    return click.option(
        "--recorded-as-of",
        type=SETTLED,
        help="Only what was known at this instant: what had been sealed. The position it stands for is named. A date "
        "is its beginning in UTC.",
    )(made)


def known(view: Reading, screen: Screen, recorded_as_of: datetime | None, position: int | None) -> int | None:
    """Give the position that is asked for, and name it; None for everything.

    Raises:
        UsageError: both an instant and a position are given.
        NotSealedError: the instant is later than the last checkpoint, or the position beyond it.
    """
    from lifecycle.store.positions import resolved  # noqa: PLC0415 - loads SQLAlchemy

    if recorded_as_of is not None and position is not None:
        raise click.UsageError("--position says already as of when: leave out --recorded-as-of")
    found = resolved(view.connection, recorded_as_of, position)
    if found is not None:
        screen.note(f"as known at position {found:,}", "dim")
    return found
