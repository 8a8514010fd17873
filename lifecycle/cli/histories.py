"""`lifecycle history` and `lifecycle leads`: looking into a store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

import click
from rich.console import RenderableType
from rich.text import Text

from lifecycle.cli.filters import as_of_option, known, known_options
from lifecycle.cli.inputs import reading
from lifecycle.cli.naming import check_names
from lifecycle.cli.options import COUNT, TEXT, json_option, lead_argument, store_option
from lifecycle.cli.rows import record_row, refusal_row, standing_row
from lifecycle.cli.screen import Screen, heading, moment, say
from lifecycle.cli.tables import facts_view
from lifecycle.cli.views import history_view, leads_view, refusals_view, verdicts_view
from lifecycle.history import fold
from lifecycle.query import Filter
from lifecycle.record import Record, Refusal

__all__ = ["history_command", "leads_command"]


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

    A lead that the store does not know has an empty history.
    """
    with reading(store) as view:
        sealed = known(view, screen, recorded_as_of, position)
        records = view.history(lead, as_of=as_of, position=sealed, with_details=details)
        found = view.refusals(Filter(lead=lead, position=sealed), with_details=details)
        refusals = tuple(refusal for refusal in found if as_of is None or refusal.at <= as_of)
        is_known = view.subject_of(lead) is not None
    journey = fold(records)
    data = {
        "lead": lead,
        "stage": journey.stage,
        "since": journey.since,
        "cycle": journey.cycle,
        "position": sealed,
        "records": [record_row(record, with_details=details) for record in records],
        "refusals": [refusal_row(refusal, with_details=details) for refusal in refusals],
    }
    if not records and not refusals:
        screen.note(_nothing(sealed, is_known=is_known), "yellow")
    screen.show(data, *_view(lead, records, refusals, details=details))


def _nothing(position: int | None, *, is_known: bool) -> str:
    if position is not None:
        return f"nothing of this lead was known at position {position:,}"
    return "nothing had happened to this lead by then" if is_known else "the store knows no such lead"


def _view(
    lead: str, records: Sequence[Record], refusals: Sequence[Refusal], *, details: bool
) -> Iterator[RenderableType]:
    journey = fold(records)
    yield Text.assemble("lead ", say(lead, "bold"))
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
    screen.note(f"{len(found):,} leads{': ' if summary else ''}{summary}", "dim")
    if more:
        screen.note("there are more: raise --limit, or leave it out", "dim")


def _check_score(score: str | None, sort: str) -> None:
    if score is not None and sort != "score":
        raise click.UsageError("--score says by which score to sort: add --sort score")
