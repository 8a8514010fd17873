"""`lifecycle replay`: live a log through, and keep or compare the histories it comes to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import RenderableType

from lifecycle.cli.exits import ExitCode, Failure
from lifecycle.cli.inputs import Given, keeping, open_definition, refused_lines
from lifecycle.cli.options import (
    INSTANT,
    Chosen,
    definition_option,
    json_option,
    mapping_option,
    plugins_option,
    signals_argument,
    store_option,
)
from lifecycle.cli.rows import replay_row
from lifecycle.cli.screen import Progress, Screen, heading, moment, say
from lifecycle.cli.tables import facts_view, table
from lifecycle.cli.views import moves_view
from lifecycle.definition import Definition
from lifecycle.replay import Replay, replay

if TYPE_CHECKING:
    from lifecycle.store.sql import Store

__all__ = ["replay_command", "run_replay"]

FIRST = 20
"""How many differences are printed."""


@click.command("replay", short_help="Live a log through, and count what it comes to.")
@signals_argument
@definition_option
@plugins_option
@mapping_option
@store_option("Keep the histories there, for instance sqlite:///history.db; made if missing.", required=False)
@click.option(
    "--until",
    type=INSTANT,
    help="The last instant to judge, inclusive; a date is its beginning in UTC, so that little of the day is judged.  "
    "[default: the greatest instant of the input]",
)
@click.option("--check", is_flag=True, help="Write nothing; compare with the store, and exit with 1 on differences.")
@json_option
def replay_command(
    *,
    signals: tuple[Path, ...],
    definition: str,
    chosen: Chosen,
    mapping: Path | None,
    store: str | None,
    until: datetime | None,
    check: bool,
    screen: Screen,
) -> int:
    """Live a log through, lead by lead, and count what it comes to.

    SIGNALS are files of signals: JSONL, one signal a line, or with --map tables (CSV, Parquet). `-` is standard input.

    Without --store it is a trial that keeps nothing. With --store each lead's history is written whole. Of a lead that
    the store knows, the histories are compared: what is missing at the end is added, and a lead whose stored history
    differs is left alone and reported.
    """
    _check(store, check=check)
    rules = open_definition(definition, chosen)
    given = Given.of(signals, mapping)
    opened = nullcontext() if store is None else keeping(store, rules, screen, create=not check)
    with opened as kept:
        report = run_replay(screen, rules, given, store=kept, until=until, check=check)
    data = {**replay_row(report, rules), "until_given": until is not None, "rows": given.data(), "store": None}
    if kept is not None:
        data["store"] = _stored(report, check=check)
    screen.show(data, *_view(report, rules, given, until_given=until is not None, kept=kept is not None, check=check))
    return ExitCode.PROBLEMS if check and report.differences else given.code


def _check(store: str | None, *, check: bool) -> None:
    if check and store is None:
        raise click.UsageError("--check compares with a store: say which with --store")


def run_replay(
    screen: Screen,
    definition: Definition,
    given: Given,
    *,
    store: Store | None,
    until: datetime | None = None,
    check: bool = False,
) -> Replay:
    """Replay with a progress bar; an interrupt says what has been kept.

    Raises:
        Failure: it was interrupted.
        LifecycleError: the signals or the store cannot be used.
    """
    done = 0
    tell: Progress | None = None
    with ExitStack() as bars:

        def told(leads: int, total: int) -> None:
            nonlocal done, tell
            done = leads
            tell = tell or bars.enter_context(screen.progress("replaying"))  # not before: the reading has a bar too
            tell(leads, total)

        try:
            signals = given.signals(screen)
            now = datetime.now(UTC)
            return replay(definition, signals, until=until, store=store, check=check, now=now, progress=told)
        except KeyboardInterrupt:
            raise Failure(ExitCode.INTERRUPTED, _interrupted(done, kept=store is not None and not check)) from None


def _interrupted(done: int, *, kept: bool) -> str:
    if not kept:
        return "interrupted; nothing was to be kept"
    return f"interrupted; {done:,} leads are kept, each of them whole, and the same command again completes the rest"


def _stored(report: Replay, *, check: bool) -> Mapping[str, Any]:
    differences = [{"lead": one.lead, "sequence": one.sequence, "what": one.what} for one in report.differences]
    return {
        "checked_only": check,
        "added": report.added,
        "completed": report.completed,
        "unchanged": report.unchanged,
        "differing": report.differing,
        "differences": differences,
    }


def _view(
    report: Replay, rules: Definition, given: Given, *, until_given: bool, kept: bool, check: bool
) -> Iterator[RenderableType]:
    yield facts_view(_facts(report, rules, given, until_given=until_given))
    for line in refused_lines(given.tally.refusals):
        yield say(line, "yellow")
    row = replay_row(report, rules)
    if report.records:
        yield from (heading("Transitions"), moves_view(row["transitions"]))
        stages = [(stage, f"{count:,}") for stage, count in row["stages"].items()]
        yield from (heading("Where the leads stand"), table(("stage", "#leads"), stages))
    if report.results:
        results = [(result, f"{count:,}") for result, count in row["refusals"].items()]
        yield from (heading("Not granted"), table(("result", "#count"), results))
    if kept:
        yield heading("Compared with the store" if check else "Kept in the store")
        yield from _kept_view(report, check=check)


def _facts(report: Replay, rules: Definition, given: Given, *, until_given: bool) -> Mapping[str, object]:
    tally = given.tally
    why = "as given" if until_given else "the greatest instant of the input"
    later = f", and {report.later:,} later than that" if report.later else ""
    return {
        "definition": f"{rules.name}, version {rules.version}",
        "rows": f"{tally.read:,} read: {tally.used:,} used, {tally.filtered:,} filtered, {tally.repeated:,} repeated, "
        f"{tally.refused:,} refused",
        "until": f"{moment(report.until)} ({why})" if report.until is not None else "nothing in the input is dated",
        "signals": f"{report.signals:,}{later}",
        "leads": f"{report.leads:,}, of which {report.entered:,} entered the lifecycle",
        "clashes": f"{report.clashes:,} facts contradict another of the same instant; the later row counts",
        "records": f"{report.records:,}",
        "history digest": report.history_digest or "-",
    }


def _kept_view(report: Replay, *, check: bool) -> Iterator[RenderableType]:
    words = ("to add", "to complete") if check else ("added", "completed")
    counts = (report.added, report.completed, report.unchanged, report.differing)
    rows = [(word, f"{count:,}") for word, count in zip((*words, "unchanged", "differing"), counts, strict=True)]
    yield table(("leads", "#count"), rows)
    for one in report.differences[:FIRST]:
        yield say(f"  lead {one.lead}, {one}", "yellow")
    if report.differing > FIRST:
        yield say(f"  ... and {report.differing - FIRST:,} more", "yellow")
    if report.differences and not check:
        yield say("Leads that differ were left alone: what is stored stays as it is.")
