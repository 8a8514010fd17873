"""`lifecycle show`: everything that is known of one decision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click
from rich.console import RenderableType
from rich.text import Text

from lifecycle.cli.inputs import reading
from lifecycle.cli.options import entry_argument, json_option, store_option
from lifecycle.cli.rows import record_row, refusal_row
from lifecycle.cli.screen import Screen, Verbatim, as_json, heading, moment, say
from lifecycle.cli.tables import facts_view, table
from lifecycle.cli.views import how_view, move_view, outcome_view
from lifecycle.errors import StoreError
from lifecycle.record import Record, Refusal
from lifecycle.times import parse_instant

if TYPE_CHECKING:
    from lifecycle.store.reading import Reading

__all__ = ["show_command"]


@click.command("show", short_help="Show everything that is known of one decision.")
@entry_argument
@store_option("The store to look into, for instance sqlite:///history.db.")
@click.option("--refusal", is_flag=True, help="The number is that of a refusal, not of a record.")
@json_option
def show_command(*, entry: tuple[str, int], store: str, refusal: bool, screen: Screen) -> None:
    """Show everything that is known of one record: what was found, the scores, and the text that was agreed then.

    ENTRY is LEAD/SEQUENCE, for instance 42/3. Once a lead is erased, what remains is found by SUBJECT/SEQUENCE.
    """
    name, number = entry
    with reading(store) as view:
        found = _found(view, name, number, refusal=refusal)
        definition, rules = _rules(view, found)
    row = record_row(found, with_details=True) if isinstance(found, Record) else refusal_row(found, with_details=True)
    what = "record" if isinstance(found, Record) else "refusal"
    screen.show({what: row, "definition": definition, "rules": rules}, *_view(found, definition))


def _found(view: Reading, name: str, number: int, *, refusal: bool) -> Record | Refusal:
    from lifecycle.store.entries import RECORDS, REFUSALS  # noqa: PLC0415 - loads SQLAlchemy

    found = view.entry(REFUSALS, name, number) if refusal else view.entry(RECORDS, name, number)
    if found is None:
        raise StoreError(f"the store has no {'refusal' if refusal else 'record'} {number} of this lead or subject")
    return found


def _rules(view: Reading, found: Record | Refusal) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Give the definition that was agreed then, and the plugins and parameters that it was run with."""
    for one in view.definitions():
        for rules in one["rules"]:
            if rules["digest"] == found.rules_digest:
                return {name: one[name] for name in ("name", "version", "hash", "text")}, rules
    raise StoreError(f"the rules {found.rules_digest} are not there; run `lifecycle verify`")


# --- For people ------------------------------------------------------------------------------------------------------


def _view(entry: Record | Refusal, definition: Mapping[str, Any]) -> Iterator[RenderableType | Verbatim]:
    yield _title(entry)
    yield facts_view(dict(_facts(entry, definition)))
    yield heading("What was found")
    yield from _findings(entry)
    yield heading("Envelope")
    yield facts_view(dict(_envelope(entry)))
    yield heading("The definition agreed then")
    yield Verbatim(definition["text"])


def _title(entry: Record | Refusal) -> Text:
    assert entry.envelope is not None, "a stored entry has an envelope"
    whose = ("erased lead, subject ", entry.envelope.subject) if entry.lead is None else ("lead ", entry.lead)
    what = f", record {entry.sequence}" if isinstance(entry, Record) else f", refusal {entry.number}"
    return Text.assemble(whose[0], say(whose[1], "bold"), what)


def _facts(entry: Record | Refusal, definition: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    if isinstance(entry, Record):
        yield "move", move_view(entry.source, entry.target)
    else:
        yield "in", entry.stage or "(new)"
        yield "result", say(entry.result.value, "yellow")
        yield "in the way", ", ".join(entry.blockers) or None
    yield "trigger", entry.trigger
    yield "at", moment(entry.at)
    yield "by", entry.actor
    yield "how", how_view(entry) if isinstance(entry, Record) else entry.kind.value
    yield "cycle", entry.cycle
    if isinstance(entry, Record) and entry.dimensions:
        yield "dimensions", as_json(entry.dimensions)
    yield "definition", f"{definition['name']} {definition['version']} ({definition['hash']})"


def _findings(entry: Record | Refusal) -> Iterator[RenderableType]:
    """Give verdicts and scores; where they have been erased, what the atoms were is still known."""
    detail = entry.detail
    if entry.atoms:
        rows = ((atom, outcome_view(outcome.value)) for atom, outcome in entry.atoms.items())
        yield table(("atom", "was"), rows)
    if detail is None:
        yield say("the details have been erased: what each criterion said, the scores, and the note", "dim")
        return
    if detail["verdicts"]:
        yield Text()
        yield table(("criterion", "found", "why", "evidence", "amount", "holds until"), _verdicts(detail))
    if detail["scores"]:
        yield Text()
        yield table(("score", "#points", "of"), _scores(detail))
    said = {"not allowed": "; ".join(detail["forbidden"]), "reason given": detail["reason"], "note": detail["note"]}
    if any(said.values()):
        yield Text()
        yield facts_view({name: text for name, text in said.items() if text})


def _verdicts(detail: Mapping[str, Any]) -> Iterator[tuple[object, ...]]:
    for name, verdict in detail["verdicts"].items():
        evidence = ", ".join(f"{key} {value}" for key, value in verdict["evidence"].items())
        yield (
            name,
            outcome_view(verdict["outcome"]),
            verdict["message"],
            evidence or None,
            verdict["amount"],
            None if verdict["holds_until"] is None else moment(parse_instant(verdict["holds_until"])),
        )


def _scores(detail: Mapping[str, Any]) -> Iterator[tuple[object, ...]]:
    for name, score in detail["scores"].items():
        parts = (f"{criterion} {_points(low, high)}" for criterion, low, high in score["breakdown"])
        yield name, _points(score["low"], score["high"]), ", ".join(parts)


def _points(low: object, high: object) -> str:
    return f"{low}" if low == high else f"{low} to {high}"


def _envelope(entry: Record | Refusal) -> Iterator[tuple[str, object]]:
    envelope = entry.envelope
    assert envelope is not None, "a stored entry has an envelope"
    yield "subject", envelope.subject
    yield "recorded at", moment(envelope.recorded_at)
    yield "position", "not sealed yet" if envelope.position is None else f"{envelope.position:,}"
    yield "format", envelope.format
    yield "commitment", envelope.commitment
    yield "previous", envelope.previous or None
    yield "digest", envelope.digest
