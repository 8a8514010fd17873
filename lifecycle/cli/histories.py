"""`lifecycle history` and `lifecycle leads`: looking into a store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

import attrs
import click
from rich.console import RenderableType
from rich.text import Text

from lifecycle.cli.filters import as_of_option, known, known_options
from lifecycle.cli.inputs import reading
from lifecycle.cli.naming import check_names, has_subject
from lifecycle.cli.options import COUNT, TEXT, json_option, lead_argument, store_option
from lifecycle.cli.rows import record_row, refusal_row, standing_row
from lifecycle.cli.screen import Screen, counted, heading, moment, say
from lifecycle.cli.tables import facts_view
from lifecycle.cli.views import history_view, leads_view, refusals_view, verdicts_view
from lifecycle.errors import UnknownLeadError
from lifecycle.history import fold
from lifecycle.query import Filter
from lifecycle.record import Record, Refusal

if TYPE_CHECKING:
    from lifecycle.store.reading import Reading

__all__ = ["history_command", "leads_command"]

_Entry = TypeVar("_Entry", Record, Refusal)


@click.command("history", short_help="Show how a lead came to where it stands.")
@lead_argument
@store_option("The store to look into, for instance sqlite:///history.db.")
@click.option("--details", is_flag=True, help="Also what each criterion found, the scores and the notes.")
@as_of_option
@known_options
@json_option
def history_command(
    *,
    lead: str,
    store: str,
    details: bool,
    as_of: datetime | None,
    recorded_as_of: datetime | None,
    position: int | None,
    screen: Screen,
) -> None:
    """Show how LEAD came to where it stands, and what it was not granted.

    Once a lead is erased, what remains is found by its subject.
    """
    with reading(store) as view:
        sealed = known(view, screen, recorded_as_of, position)
        where = attrs.evolve(_named(view, lead), position=sealed)
        records = _until(as_of, next(view.histories(where, with_details=details), ()))
        refusals = _until(as_of, view.refusals(where, with_details=details))
        name = lead if where.lead is not None else view.lead_of(lead)
    journey = fold(records)
    data = {
        "lead": name,
        "stage": journey.stage,
        "since": journey.since,
        "cycle": journey.cycle,
        "position": sealed,
        "records": [record_row(record, with_details=details) for record in records],
        "refusals": [refusal_row(refusal, with_details=details) for refusal in refusals],
    }
    if not records and not refusals:
        screen.note(_nothing(sealed), "yellow")
    title = ("erased lead, subject ", lead) if name is None else ("lead ", name)
    screen.show(data, *_view(title, records, refusals, details=details))


def _named(view: Reading, name: str) -> Filter:
    """Give the filter for a lead by its id, or by the subject.

    Raises:
        UnknownLeadError: the store knows neither.
    """
    if view.subject_of(name) is not None:
        return Filter(lead=name)
    if not has_subject(view, name):
        raise UnknownLeadError(lead=name)
    return Filter(subject=name)


def _until(as_of: datetime | None, entries: Iterable[_Entry]) -> tuple[_Entry, ...]:
    return tuple(entry for entry in entries if as_of is None or entry.at <= as_of)


def _nothing(position: int | None) -> str:
    if position is not None:
        return f"nothing of this lead was known at position {position:,}"
    return "nothing had happened to this lead by then"


def _view(
    title: tuple[str, str], records: Sequence[Record], refusals: Sequence[Refusal], *, details: bool
) -> Iterator[RenderableType]:
    journey = fold(records)
    yield Text.assemble(title[0], say(title[1], "bold"))
    if journey.stage is not None:
        yield facts_view({"stage": journey.stage, "since": moment(journey.since), "cycle": journey.cycle})
    if records:
        below = [verdicts_view(record.detail) for record in records] if details else ()
        yield from (heading("History"), history_view(records, below))
    if refusals:
        below = [verdicts_view(refusal.detail) for refusal in refusals] if details else ()
        yield from (heading("Not granted"), refusals_view(refusals, below))


@click.command("leads", short_help="List the leads of a store with their stages.")
@store_option("The store to look into, for instance sqlite:///history.db.")
@click.option("--stage", type=TEXT, help="Only the leads that stand in this stage.")
@click.option(
    "--sort",
    type=click.Choice(("lead", "since", "score")),
    default="lead",
    show_default=True,
    help="By id; who has stood there longest; or the highest score first.",
)
@click.option("--score", metavar="NAME", type=TEXT, help="Which score, where there are several; with --sort score.")
@click.option("--limit", type=COUNT, help="So many at most.  [default: all]")
@as_of_option
@known_options
@json_option
def leads_command(
    *,
    store: str,
    stage: str | None,
    sort: str,
    score: str | None,
    limit: int | None,
    as_of: datetime | None,
    recorded_as_of: datetime | None,
    position: int | None,
    screen: Screen,
) -> None:
    """List the leads of a store, each with its stage and since when it stands there.

    A score is the one of the last record of the lead whose details have it, and is shown with the instant of that: it
    is not judged anew. Leads of which none is known, or whose details have been erased, come last.
    """
    from lifecycle.store.standing import Order  # noqa: PLC0415 - loads SQLAlchemy

    _check_score(score, sort)
    with reading(store) as view:
        sealed = known(view, screen, recorded_as_of, position)
        asked = None if limit is None else limit + 1
        found = list(view.leads(stage=stage, order=Order(sort), score=score, limit=asked, as_of=as_of, position=sealed))
        if not found:
            check_names(view, ("stage", stage))
        if not any(one.score for one in found):
            check_names(view, ("score", score))
    more = limit is not None and len(found) > limit
    found = found[:limit]
    rows = [standing_row(one, with_score=sort == "score") for one in found]
    screen.show({"leads": rows, "more": more, "position": sealed}, leads_view(found, with_score=sort == "score"))
    counts = Counter(one.stage for one in found)
    summary = ", ".join(f"{in_stage} {count:,}" for in_stage, count in sorted(counts.items()))
    screen.note(f"{counted(len(found), 'lead')}{': ' if summary else ''}{summary}", "dim")
    if more:
        screen.note("there are more: raise --limit, or leave it out", "dim")


def _check_score(score: str | None, sort: str) -> None:
    if score is not None and sort != "score":
        raise click.UsageError("--score says by which score to sort: add --sort score")
