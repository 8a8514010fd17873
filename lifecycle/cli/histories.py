"""`lifecycle history` and `lifecycle leads`: looking into a store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import click
from rich.console import RenderableType
from rich.text import Text

from lifecycle.cli.inputs import reading
from lifecycle.cli.options import json_option, lead_argument, store_option
from lifecycle.cli.rows import record_row, refusal_row
from lifecycle.cli.screen import Screen, heading, moment, say, table
from lifecycle.cli.views import facts_view, history_view, refusals_view, verdicts_view
from lifecycle.history import fold
from lifecycle.record import Record, Refusal

__all__ = ["history_command", "leads_command"]


@click.command("history", short_help="Show how a lead came to where it stands.")
@lead_argument
@store_option("The store to look into, for instance sqlite:///history.db.")
@click.option("--details", is_flag=True, help="Also what each criterion found, the scores and the notes.")
@json_option
def history_command(*, lead: str, store: str, details: bool, screen: Screen) -> None:
    """Show how LEAD came to where it stands, and what it was not granted.

    A lead that the store does not know has an empty history.
    """
    with reading(store) as view:
        records = view.history(lead, with_details=details)
        refusals = tuple(view.refusals(lead, with_details=details))
    journey = fold(records)
    data = {
        "lead": lead,
        "stage": journey.stage,
        "since": journey.since,
        "cycle": journey.cycle,
        "records": [record_row(record, with_details=details) for record in records],
        "refusals": [refusal_row(refusal, with_details=details) for refusal in refusals],
    }
    if not records and not refusals:
        screen.note("the store knows no such lead", "yellow")
    screen.show(data, *_view(lead, records, refusals, details=details))


def _view(
    lead: str, records: Sequence[Record], refusals: Sequence[Refusal], *, details: bool
) -> Iterator[RenderableType]:
    journey = fold(records)
    yield Text.assemble("lead ", say(lead, "bold"))
    if journey.stage is not None:
        yield facts_view({"stage": journey.stage, "since": moment(journey.since), "cycle": journey.cycle})
    if records:
        yield heading("History")
    if details:
        for record in records:
            yield from (history_view([record]), verdicts_view(record.detail))
    elif records:
        yield history_view(records)
    if refusals:
        yield heading("Not granted")
    if details:
        for refusal in refusals:
            yield from (refusals_view([refusal]), verdicts_view(refusal.detail))
    elif refusals:
        yield refusals_view(refusals)


@click.command("leads", short_help="List the leads of a store with their stages.")
@store_option("The store to look into, for instance sqlite:///history.db.")
@click.option("--stage", help="Only the leads that stand in this stage.")
@json_option
def leads_command(*, store: str, stage: str | None, screen: Screen) -> None:
    """List the leads of a store, each with its stage and since when it stands there."""
    with reading(store) as view:
        found = list(view.leads(stage=stage))
    data = {"leads": [{"lead": lead, "stage": in_stage, "since": since} for lead, in_stage, since in found]}
    rows = ((say(None, "dim") if lead is None else lead, in_stage, moment(since)) for lead, in_stage, since in found)
    counts = Counter(in_stage for _, in_stage, _ in found)
    screen.show(data, table(("lead", "stage", "!since"), rows))
    summary = ", ".join(f"{in_stage} {count:,}" for in_stage, count in sorted(counts.items()))
    screen.note(f"{len(found):,} leads{': ' if summary else ''}{summary}", "dim")
