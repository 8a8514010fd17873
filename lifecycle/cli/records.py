"""`lifecycle records` and `lifecycle refusals`: looking through what a store keeps of all leads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import attrs
import click

from lifecycle.cli.filters import filter_options, known, known_options, page_options
from lifecycle.cli.inputs import reading
from lifecycle.cli.naming import check_filter
from lifecycle.cli.options import json_option, store_option
from lifecycle.cli.rows import record_row, refusal_row
from lifecycle.cli.screen import Screen, counted
from lifecycle.cli.views import blocking_view, found_records_view, found_refusals_view
from lifecycle.query import Filter, Page, page_of

if TYPE_CHECKING:
    from lifecycle.store.reading import Reading

__all__ = ["records_command", "refusals_command"]

_details_option = click.option(
    "--details", is_flag=True, help="With --json: also what each criterion found, the scores and the notes."
)


@click.command("records", short_help="Find moves, of whatever lead.")
@store_option("The store to look into, for instance sqlite:///history.db.")
@filter_options(
    *("lead", "subject", "source", "target", "trigger", "actor", "kind"),
    *("definition", "version", "atom", "outcome", "since", "until"),
)
@known_options
@page_options
@_details_option
@json_option
def records_command(
    *,
    store: str,
    where: Filter,
    recorded_as_of: datetime | None,
    position: int | None,
    limit: int,
    after: str | None,
    details: bool,
    screen: Screen,
) -> None:
    """Find the records that fit everything that is given, in order of time.

    A page that is not the last names the cursor with which to go on. It stays good whatever is written meanwhile; what
    is dated before it is not shown any more, as it came too late. `lifecycle feed` misses nothing.
    """
    with reading(store) as view:
        sealed = known(view, screen, recorded_as_of, position)
        found = view.records(attrs.evolve(where, position=sealed), after=after, limit=limit + 1, with_details=details)
        page = page_of(found, limit)
        if not page:
            check_filter(view, where)
    rows = [record_row(record, with_details=details) for record in page]
    screen.show({"records": rows, **_page(page, sealed)}, found_records_view(page))
    _note(screen, page, "record")


def _page(page: Page[Any], sealed: int | None) -> Mapping[str, Any]:
    return {"next": page.next, "position": sealed}


def _note(screen: Screen, page: Page[Any], one: str) -> None:
    count = counted(len(page), one)
    if page.next is None:
        screen.note(count, "dim")
    else:
        screen.note(f"{count}; for the next ones:", "dim", copy=f"--after {page.next}")


@click.command("refusals", short_help="Find what was not granted, and what stands in the way.")
@store_option("The store to look into, for instance sqlite:///history.db.")
@filter_options(
    *("lead", "subject", "stage", "trigger", "actor", "kind", "result", "blocker"),
    *("definition", "version", "atom", "outcome", "since", "until"),
)
@click.option("--by", type=click.Choice(("atom",)), help="Count instead: which atom blocks how many leads.")
@known_options
@page_options
@_details_option
@json_option
def refusals_command(
    *,
    store: str,
    where: Filter,
    by: str | None,
    recorded_as_of: datetime | None,
    position: int | None,
    limit: int,
    after: str | None,
    details: bool,
    screen: Screen,
) -> None:
    """Find the refusals that fit everything that is given, in order of time.

    With `--by atom` they are counted: for each atom that stood in the way of a trigger in a stage, how many leads were
    refused for it, how many of them have not moved since, and how many refusals those are.
    """
    if by is not None:
        _check_count()
    with reading(store) as view:
        sealed = known(view, screen, recorded_as_of, position)
        where = attrs.evolve(where, position=sealed)
        if by is not None:
            _count(view, screen, where)
            return
        page = page_of(view.refusals(where, after=after, limit=limit + 1, with_details=details), limit)
        if not page:
            check_filter(view, where)
    rows = [refusal_row(refusal, with_details=details) for refusal in page]
    screen.show({"refusals": rows, **_page(page, sealed)}, found_refusals_view(page))
    _note(screen, page, "refusal")


def _check_count() -> None:
    """Refuse what a count does not know of: it is of everything that fits.

    Raises:
        UsageError: an option was given that would do nothing.
    """
    context = click.get_current_context()
    for name in ("limit", "after", "details"):
        if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--by atom counts everything that fits, in one table: leave out --{name}")


def _count(view: Reading, screen: Screen, where: Filter) -> None:
    found = view.blocking(where)
    if not found:
        check_filter(view, where)
    screen.show({"atoms": [attrs.asdict(one) for one in found], "position": where.position}, blocking_view(found))
