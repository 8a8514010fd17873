"""`lifecycle export`: what a store keeps, as JSON lines or CSV."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import secrets
import sys
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from lifecycle.cli.inputs import EVERY, reading
from lifecycle.cli.options import LEAD, json_option, store_option
from lifecycle.cli.rows import COLUMNS, record_row, refusal_row
from lifecycle.cli.screen import Screen, as_json

if TYPE_CHECKING:
    from lifecycle.store.reading import Reading

__all__ = ["export_command"]

Row = Mapping[str, Any]


@click.command("export", short_help="Write out what a store keeps.")
@store_option("The store to export from, for instance sqlite:///history.db.")
@click.option("--what", type=click.Choice(list(COLUMNS)), help="What to export.  [default: records; with --lead, all]")
@click.option("--format", "form", type=click.Choice(("jsonl", "csv")), default="jsonl", show_default=True, help="How.")
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
    """Write out records, refusals or definitions, one a line.

    With --lead and without --what it is everything that is held on a person: the subject under which the store knows
    the lead, all records and all refusals, with their details. In CSV the values that are lists or tables are JSON.
    """
    _check(what, form, output, lead, as_document=screen.json)
    with reading(store) as view:
        rows = _rows(view, what, lead)
        with _opened(output, avoid=view.connection.engine.url.database) as file:
            told = _counted(rows, screen, quiet=output == "-")
            count = _write_jsonl(told, file) if form == "jsonl" else _write_csv(told, _header(what, lead), file)
    screen.note(f"{count:,} rows written" + ("" if output == "-" else f" to {output}"), "dim")
    if screen.json:
        screen.show({"rows": count, "what": what, "format": form, "output": output, "lead": lead})


def _check(what: str | None, form: str, output: str, lead: str | None, *, as_document: bool) -> None:
    if as_document and output == "-":
        raise click.UsageError(
            "--json keeps standard output for its one document: say where to export to with --output"
        )
    if lead is not None and what == "definitions":
        raise click.UsageError("definitions are about no lead: leave out --lead")
    if lead is not None and what is None and form == "csv":
        raise click.UsageError(
            "one CSV file holds one kind of rows: say --what records or --what refusals, or take jsonl"
        )


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
    if what == "records":
        return (record_row(record) for record in view.records())
    return (refusal_row(refusal) for refusal in view.refusals()) if what == "refusals" else view.definitions()


# --- Writing ---------------------------------------------------------------------------------------------------------


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


def _write_jsonl(rows: Iterable[Row], file: IO[str]) -> int:
    count = 0
    for row in rows:
        file.write(as_json(row) + "\n")
        count += 1
    return count


def _write_csv(rows: Iterable[Row], header: Sequence[str], file: IO[str]) -> int:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(header)
    count = 0
    for row in rows:
        writer.writerow(_cell(row[name]) for name in header)
        count += 1
    return count


def _header(what: str | None, lead: str | None) -> Sequence[str]:
    columns = COLUMNS[what or "records"]
    return columns if lead is None else (*columns, "detail")


def _cell(value: object) -> str:
    """Write a value into a cell: a text as it is, nothing as nothing, anything else as JSON."""
    made = "" if value is None else as_json(value)
    return json.loads(made) if made.startswith('"') else made


@contextmanager
def _opened(output: str, *, avoid: str | None) -> Generator[IO[str]]:
    """Open what is written to; a file takes its name once all is written, so that none is half there."""
    if output == "-":
        stream = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="")
        try:
            yield stream
        finally:
            stream.detach()
        return
    target = Path(output).resolve()
    if avoid is not None and target.exists() and target.samefile(avoid):
        raise click.UsageError(f"{output} is the store itself: export to another file")
    if target.exists() and not target.is_file():  # a device or a pipe keeps its place
        with target.open("w", encoding="utf-8", newline="") as file:
            yield file
        return
    partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        with partial.open("w", encoding="utf-8", newline="") as file:
            yield file
        partial.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise
