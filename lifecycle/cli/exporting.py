"""`lifecycle export`: what a store keeps, as JSON lines, CSV or Parquet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from lifecycle.cli.formats import FORMATS, opened, write
from lifecycle.cli.inputs import EVERY, reading
from lifecycle.cli.options import LEAD, json_option, store_option
from lifecycle.cli.rows import COLUMNS, erasure_row, record_row, refusal_row
from lifecycle.cli.screen import Screen, counted
from lifecycle.errors import UnknownLeadError

if TYPE_CHECKING:
    from lifecycle.store.reading import Reading

__all__ = ["export_command"]

Row = Mapping[str, Any]


@click.command("export", short_help="Write out what a store keeps.")
@store_option("The store to export from, for instance sqlite:///history.db.")
@click.option("--what", type=click.Choice(list(COLUMNS)), help="What to export.  [default: records; with --lead, all]")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="jsonl", show_default=True, help="How.")
@click.option(
    "--output",
    "-o",
    default="-",
    show_default=True,
    metavar="FILE",
    help="Where to; `-` is standard output. A file that exists is replaced once all is written.",
)
@click.option("--lead", type=LEAD, help="Only what is held on this lead: records and refusals, details included.")
@json_option
def export_command(*, store: str, what: str | None, form: str, output: str, lead: str | None, screen: Screen) -> None:
    """Write out records, refusals, erasures or definitions, one a line.

    With --lead and without --what it is everything that is held on a person: the subject under which the store knows
    the lead, all records and all refusals, with their details. In CSV and Parquet the values that are lists or tables
    are JSON.
    """
    _check(what, form, output, lead, as_document=screen.json)
    with reading(store) as view:
        _check_known(view, lead)
        rows = _rows(view, what, lead)
        with opened(output, avoid=view.connection.engine.url.database) as file:
            told = _counted(rows, screen, quiet=output == "-")
            count = write(form, told, _columns(what, lead), file)
    screen.note(f"{counted(count, 'row')} written" + ("" if output == "-" else f" to {output}"), "dim")
    if screen.json:
        screen.show({"rows": count, "what": what, "format": form, "output": output, "lead": lead})


def _check(what: str | None, form: str, output: str, lead: str | None, *, as_document: bool) -> None:
    if as_document and output == "-":
        raise click.UsageError(
            "--json keeps standard output for its one document: say where to export to with --output"
        )
    if form == "parquet" and output == "-":
        raise click.UsageError("Parquet is for files: say where to export to with --output")
    if lead is not None and what in {"definitions", "erasures"}:
        raise click.UsageError(f"{what} name no lead: leave out --lead")
    if lead is not None and what is None and form != "jsonl":
        raise click.UsageError("one table holds one kind of rows: say --what records or --what refusals, or take jsonl")


def _check_known(view: Reading, lead: str | None) -> None:
    """See to it that a lead is known: "nothing is held" must not be the answer to a slip.

    Raises:
        UnknownLeadError: the store does not know it.
    """
    if lead is not None and view.subject_of(lead) is None:
        raise UnknownLeadError(lead=lead)


def _rows(view: Reading, what: str | None, lead: str | None) -> Iterator[Row]:
    if lead is None:
        yield from _of_all(view, what or "records")
        return
    if what is None:
        yield {"what": "subject", "lead": lead, "subject": view.subject_of(lead)}
    label = what is None
    if what != "refusals":
        rows = (record_row(record, with_details=True) for record in view.history(lead, with_details=True))
        yield from (({"what": "record", **row} if label else row) for row in rows)
    if what != "records":
        rows = (refusal_row(refusal, with_details=True) for refusal in view.refusals(lead, with_details=True))
        yield from (({"what": "refusal", **row} if label else row) for row in rows)


def _of_all(view: Reading, what: str) -> Iterator[Row]:
    from lifecycle.store.erasing import erasures_of  # noqa: PLC0415 - loads SQLAlchemy

    if what == "records":
        return (record_row(record) for record in view.records())
    if what == "refusals":
        return (refusal_row(refusal) for refusal in view.refusals())
    return (erasure_row(erasure) for erasure in erasures_of(view)) if what == "erasures" else view.definitions()


def _counted(rows: Iterable[Row], screen: Screen, *, quiet: bool) -> Iterator[Row]:
    """Show how many rows have been written, unless they go to the terminal themselves."""
    if quiet:
        yield from rows
        return
    with screen.progress("exporting") as tell:
        for number, row in enumerate(rows, 1):
            if number % EVERY == 0:
                tell(number, None)
            yield row


def _columns(what: str | None, lead: str | None) -> Sequence[str]:
    columns = COLUMNS[what or "records"]
    return columns if lead is None else (*columns, "detail")
