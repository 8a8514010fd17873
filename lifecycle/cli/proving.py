"""`lifecycle seal`, `verify`, `prove` and `feed`: the sealed log, and whether it can be believed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from rich.console import RenderableType

from lifecycle.cli.exits import ExitCode, Failure
from lifecycle.cli.formats import opened
from lifecycle.cli.inputs import open_store
from lifecycle.cli.options import COUNT, COUNT_OR_NONE, ENTRY, json_option, store_option
from lifecycle.cli.rows import erasure_row, record_row, refusal_row
from lifecycle.cli.screen import Screen, as_json, counted, heading, indented, say
from lifecycle.errors import Problem, ProofError, Severity
from lifecycle.proof import Checkpoint, check_bundle
from lifecycle.record import Record, Refusal
from lifecycle.service import utc_now

if TYPE_CHECKING:
    from lifecycle.store.feeding import Sealed
    from lifecycle.store.sql import Store
    from lifecycle.store.verify import Finding, Report

__all__ = ["feed_command", "prove_command", "seal_command", "verify_command"]

Row = Mapping[str, Any]
Made = tuple[Row, str, str]
"""What was made: as data, as a text, and in words for who has the text in a file."""

FEW: Final = 5
"""How many findings of a code are shown."""

_SEVERITIES: Final = tuple(Severity)
_STYLES: Final = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}
_LAYERS: Final = ("chain", "commitment", "tree", "outside", "rules", "structure")
"""The order of findings: what can be least explained first."""

_checkpoint_file = click.Path(exists=True, dir_okay=False, path_type=Path)
_output_option = click.option(
    "--output",
    "-o",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to, else it is shown.",
)


# --- seal ------------------------------------------------------------------------------------------------------------


@click.command("seal", short_help="Number what has been written, and make a checkpoint.")
@store_option("The store, for instance sqlite:///history.db.")
@_output_option
@json_option
def seal_command(*, store: str, output: Path | None, screen: Screen) -> None:
    """Give a position to what has been written since the last time, and make a checkpoint over all of it.

    The checkpoint proves something only where whoever keeps the store cannot change it: publish it, or have somebody
    else keep it. Run this every minute, for instance.
    """

    def sealed(kept: Store) -> Made:
        made = kept.seal(now=utc_now())
        are = "is" if made.size == 1 else "are"
        return _checkpoint_row(made), str(made), f"{counted(made.size, 'entry', 'entries')} {are} sealed"

    _put(store, sealed, output, screen)


def _checkpoint_row(checkpoint: Checkpoint) -> Row:
    return {
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "root": checkpoint.root.hex(),
        "at": checkpoint.at,
        "text": str(checkpoint),
    }


def _put(url: str, make: Callable[[Store], Made], output: Path | None, screen: Screen) -> None:
    """Show a text, or write it to a file, which takes its name once all is written.

    The file is opened before anything is made: what is sealed cannot be taken back because it could not be told.
    """
    store = open_store(url, create=False)
    try:
        if output is None or str(output) == "-":
            data, text, _ = make(store)
            screen.show_text(data, text)
            return
        with opened(str(output), avoid=store.engine.url.database) as file:
            data, text, done = make(store)
            file.write(text.encode("utf-8"))
    finally:
        store.close()
    screen.note(f"{done}; written to {output}", "dim")
    if screen.json:
        screen.show(data)


# --- verify ----------------------------------------------------------------------------------------------------------


@click.command("verify", short_help="Check that nothing in a store was changed.")
@store_option("The store, for instance sqlite:///history.db.")
@click.option(
    "--checkpoint",
    "checkpoints",
    metavar="FILE",
    multiple=True,
    type=_checkpoint_file,
    help="A checkpoint that was kept elsewhere since its day; may be given several times.",
)
@json_option
def verify_command(*, store: str, checkpoints: tuple[Path, ...], screen: Screen) -> ExitCode:
    """Check a store: how it is made, its definitions, every history, what was erased, and the sealed log.

    Without --checkpoint this shows mistakes, and changes by somebody who did not know better: whoever owns the database
    can write all of it anew. Exit code 1 says that something is wrong.
    """
    outside = [_read(path) for path in checkpoints]
    looked_into = open_store(store, create=False)
    try:
        report = looked_into.verify(*outside)
    finally:
        looked_into.close()
    screen.show(_report_row(report, outside), *_report_view(report, outside))
    return ExitCode.DONE if report.ok else ExitCode.PROBLEMS


def _read(path: Path) -> Checkpoint:
    try:
        return Checkpoint.parse(path.read_text(encoding="utf-8"))
    except (ProofError, UnicodeDecodeError) as error:
        why = str(error).removeprefix("this is no checkpoint: ")
        raise Failure(ExitCode.USAGE, f"{path} is no checkpoint: {why}") from error


def _report_row(report: Report, outside: list[Checkpoint]) -> Row:
    return {
        "ok": report.ok,
        "entries": report.entries,
        "sealed": report.sealed,
        "waiting": report.waiting,
        "checkpoints": len(outside),
        "counts": report.counts,
        "findings": [_finding_row(finding) for finding in report.findings],
    }


def _finding_row(finding: Finding) -> Row:
    return {
        "severity": finding.severity,
        "code": finding.code,
        "shown_by": finding.layer,
        "message": finding.message,
        "kind": finding.kind,
        "lead": finding.lead,
        "subject": finding.subject,
        "number": finding.number,
        "advice": finding.advice,
    }


def _report_view(report: Report, outside: list[Checkpoint]) -> Iterator[RenderableType]:
    looked_at = ", ".join(f"{kind}s {count:,}" for kind, count in report.entries.items())
    yield say(f"looked at: {looked_at}; sealed {report.sealed:,}, waiting to be sealed {report.waiting:,}")
    if report.findings:
        yield heading("Findings")
        for code, found in _by_code(report.findings).items():
            yield from _code_view(found, report.counts[code])
    if not report.ok:
        are = "is" if report.wrong == 1 else "are"
        yield say(f"{counted(report.wrong, 'thing')} {are} wrong.", "bold red")
    elif outside:
        yield say("Nothing is wrong, and every checkpoint given is of this log.", "green")
    else:
        yield say("Nothing is wrong, as far as can be seen without a checkpoint that was kept elsewhere.", "green")


def _by_code(findings: Iterable[Finding]) -> Mapping[str, Sequence[Finding]]:
    """Group findings: errors first, and what was done to entries before what is wrong with the tables."""
    found: dict[str, list[Finding]] = {}
    for one in sorted(findings, key=lambda one: (_SEVERITIES.index(one.severity), _LAYERS.index(one.layer.value))):
        found.setdefault(one.code, []).append(one)
    return found


def _code_view(found: Sequence[Finding], count: int) -> Iterator[RenderableType]:
    """Give the findings of one code: how many, some of them, and what to do."""
    first = found[0]
    title = say(f"{first.severity.value} {first.code}", _STYLES[first.severity])
    yield title.append_text(say(f": {count:,} (shown by: {first.layer.value})"))
    for one in found[:FEW]:
        whose = "" if one.lead is None else f"lead {one.lead}: "
        yield indented(say(f"{whose}{one.message}"))
    if count > FEW:
        yield indented(say(f"... and {count - FEW:,} more (--json gives all, up to a thousand)", "dim"))
    yield indented(say(f"what to do: {first.advice}"))


# --- prove -----------------------------------------------------------------------------------------------------------


@click.command("prove", short_help="Make a proof that an entry was sealed.")
@click.argument("entry", type=ENTRY, required=False)
@store_option("The store, for instance sqlite:///history.db.")
@click.option("--refusal", is_flag=True, help="Of a refusal, and not of a record.")
@click.option("--erasure", metavar="NUMBER", type=COUNT, help="Of an erasure, a hold, its release or a redaction.")
@click.option(
    "--checkpoint",
    metavar="FILE",
    type=_checkpoint_file,
    help="An older checkpoint, kept by whoever is to be convinced: the proof starts from it.",
)
@_output_option
@json_option
def prove_command(
    *,
    entry: tuple[str, int] | None,
    store: str,
    refusal: bool,
    erasure: int | None,
    checkpoint: Path | None,
    output: Path | None,
    screen: Screen,
) -> None:
    """Make a proof that an entry was sealed, for somebody who trusts a checkpoint and not us.

    ENTRY is LEAD/SEQUENCE, and of a refusal LEAD/NUMBER; LEAD is your id or the subject. The proof is a JSON file,
    which docs/reference/check_proof.py checks without anything of ours. It holds the entry itself, which names no lead
    and has no free text.
    """
    name, number, kind = _asked(entry, erasure, "refusal" if refusal else "record")
    older = None if checkpoint is None else _read(checkpoint)

    def proved(kept: Store) -> Made:
        data = _proof(kept, name, number, kind, older)
        size = int(data["checkpoint"].splitlines()[1])
        text = json.dumps(data, indent=2, ensure_ascii=True) + "\n"
        return data, text, f"the proof is for a checkpoint of {counted(size, 'entry', 'entries')}"

    _put(store, proved, output, screen)


def _asked(entry: tuple[str, int] | None, erasure: int | None, kind: str) -> tuple[str | None, int, str]:
    """Give the lead, the number and the kind of what is to be proved."""
    if entry is not None and erasure is None:
        return *entry, kind
    if entry is None and erasure is not None and kind == "record":
        return None, erasure, "erasure"
    raise click.UsageError("say what to prove: ENTRY, which is LEAD/SEQUENCE, or --erasure NUMBER")


def _proof(store: Store, name: str | None, number: int, kind: str, older: Checkpoint | None) -> Row:
    """Make a proof that starts from an older checkpoint, where that is older than the last one.

    Raises:
        Failure: the store does not agree with the checkpoint.
    """
    last = store.checkpoint()
    since = older if older is not None and 0 < older.size < last.size else None
    bundle = store.prove(name, number, kind, size=last.size, since=since)  # whatever is sealed meanwhile
    problems = [] if older is None else check_bundle(bundle, [older])
    if problems:
        raise Failure(
            ExitCode.PROBLEMS,
            "there is no proof that agrees with the checkpoint given",
            problems=tuple(Problem(code="proof", message=problem) for problem in problems),
        )
    return bundle.to_mapping()


# --- feed ------------------------------------------------------------------------------------------------------------


@click.command("feed", short_help="Give what was sealed, in its order, as JSON lines.")
@store_option("The store, for instance sqlite:///history.db.")
@click.option(
    "--after", metavar="POSITION", type=click.IntRange(min=0), default=0, help="The last position known.  [default: 0]"
)
@click.option("--limit", type=COUNT_OR_NONE, help="So many at most.")
@click.option("--details", is_flag=True, help="Also what each criterion found, the scores and the notes.")
@json_option
def feed_command(*, store: str, after: int, limit: int | None, details: bool, screen: Screen) -> None:
    """Give records, refusals and erasures in the order of their positions, one JSON object a line.

    Whoever keeps the position of the last line together with what was made of it sees each entry exactly once. What has
    not been sealed is not there yet: see `lifecycle seal`.
    """
    followed = open_store(store, create=False)
    try:
        rows = (_fed(sealed, details=details) for sealed in followed.feed(after, limit=limit, with_details=details))
        if screen.json:
            found = list(rows)
            screen.show({"entries": found, "last": found[-1]["position"] if found else after})
            return
        for row in rows:
            sys.stdout.write(as_json(row, ascii_only=True) + "\n")
    finally:
        followed.close()


def _fed(sealed: Sealed, *, details: bool) -> Row:
    entry = sealed.entry
    if isinstance(entry, Record):
        row = record_row(entry, with_details=details)
    elif isinstance(entry, Refusal):
        row = refusal_row(entry, with_details=details)
    else:
        row = erasure_row(entry)
    return {"position": sealed.position, "what": sealed.kind, **row}
