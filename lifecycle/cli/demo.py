"""`lifecycle demo`: the whole of it on made-up leads, and what to type next."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs
import click
from rich.console import RenderableType

from lifecycle.cli.asking import explained
from lifecycle.cli.demo_data import BEGIN, END, STUCK, WITH_A_PAST, made_up_signals
from lifecycle.cli.exits import ExitCode, Failure
from lifecycle.cli.inputs import Given, open_definition, open_store
from lifecycle.cli.options import json_option
from lifecycle.cli.replaying import run_replay
from lifecycle.cli.rows import explanation_row, funnel_row, record_row, replay_row
from lifecycle.cli.screen import Screen, as_json, heading, say, whole
from lifecycle.cli.views import explanation_view, funnel_view, history_view
from lifecycle.decision import Explanation
from lifecycle.definition import Definition
from lifecycle.funnel import Funnel, funnel
from lifecycle.record import Record
from lifecycle.replay import Replay

if TYPE_CHECKING:
    from lifecycle.store.sql import Store

__all__ = ["MARK", "demo_command", "program"]

DEFINITION: Final = "b2b"
SIGNALS: Final = "signals.jsonl"
HISTORY: Final = "history.db"
MARK: Final = "written-by-lifecycle-demo.txt"
"""The file by which a folder is known to be the demo's own; without it, nothing there is touched."""

_OWN: Final = (SIGNALS, HISTORY, f"{HISTORY}-wal", f"{HISTORY}-shm", MARK)


@attrs.frozen(kw_only=True)
class _Shown:
    """What the demo shows."""

    folder: Path
    signals: int
    definition: Definition
    report: Replay
    figures: Funnel
    history: Sequence[Record]
    explanation: Explanation
    waiting: str


@click.command("demo", short_help="See it at work on leads that it makes up.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default="lifecycle-demo",
    show_default=True,
    help="Where the signals and the store of the demo go; made anew each time.",
)
@json_option
def demo_command(*, folder: Path, screen: Screen) -> None:
    """Show what this is, on leads that it makes up.

    Some two hundred leads live through ninety days by the rules of the packaged definition `b2b`. Their signals and the
    store of their histories stay in a folder, so that every other command can be tried on them.
    """
    _take(folder)
    rows = made_up_signals()
    lines = (as_json(row) + "\n" for row in rows)
    (folder / SIGNALS).write_text("".join(lines), encoding="utf-8")
    store = open_store(str(folder / HISTORY), create=True)
    try:
        shown = _shown(screen, folder, store, rows)
    finally:
        store.close()
    screen.show(_data(shown), *_view(shown))


def _take(folder: Path) -> None:
    """Make the demo's folder, or empty the one it made before."""
    if folder.exists() and not (folder / MARK).is_file() and (not folder.is_dir() or any(folder.iterdir())):
        message = f"{folder} is there already and was not made by the demo: name another one with --folder"
        raise Failure(ExitCode.USAGE, message)
    folder.mkdir(parents=True, exist_ok=True)
    for name in _OWN:
        (folder / name).unlink(missing_ok=True)
    text = "`lifecycle demo` wrote this folder, and makes it anew when it runs again.\n"
    (folder / MARK).write_text(text, encoding="utf-8")


def _shown(screen: Screen, folder: Path, store: Store, rows: Sequence[Mapping[str, Any]]) -> _Shown:
    definition = open_definition(DEFINITION)
    report = run_replay(screen, definition, Given.of([folder / SIGNALS], None), store=store, until=END)
    with store.reading() as view:
        histories = list(view.histories())
        waiting = max(view.leads(stage="mql"), key=lambda standing: standing.since)
    mine = Given.of([folder / SIGNALS], None).of_lead(STUCK, screen)
    return _Shown(
        folder=folder,
        signals=len(rows),
        definition=definition,
        report=report,
        figures=funnel(definition, histories),
        history=next(history for history in histories if history[0].lead == WITH_A_PAST),
        explanation=explained(definition, STUCK, mine, END),
        waiting=str(waiting.lead),
    )


def _data(shown: _Shown) -> Mapping[str, Any]:
    return {
        "folder": str(shown.folder),
        "signals": shown.signals,
        "replay": replay_row(shown.report, shown.definition),
        "funnel": funnel_row(shown.figures),
        "history": [record_row(record) for record in shown.history],
        "explanation": {"lead": STUCK, **explanation_row(shown.explanation)},
        "next": _next(shown),
    }


def _view(shown: _Shown) -> Iterator[RenderableType]:
    report = shown.report
    yield say(
        f"{report.leads} made-up leads, {shown.signals:,} signals over {(END - BEGIN).days} days, judged by the "
        f"packaged definition {DEFINITION}: {report.records:,} moves, and {report.refusals} decisions that were not "
        f"granted. All of it is in {shown.folder}."
    )
    yield heading("1. How far they came")
    yield from funnel_view(shown.definition, shown.figures)
    yield heading(f"2. What happened to {WITH_A_PAST}, which came back")
    yield history_view(shown.history)
    yield heading(f"3. Why {STUCK} is stuck, and what it lacks")
    ahead = shown.explanation.to("mql")[:1]
    yield from explanation_view(shown.definition, attrs.evolve(shown.explanation, ways=ahead), STUCK)
    yield heading("4. What to type next")
    yield from _next_view(shown)


def _next_view(shown: _Shown) -> Iterator[RenderableType]:
    for why, command in _next(shown).items():
        yield say(f"# {why}", "dim")
        yield whole(f"  {command}", "cyan")


def program() -> str:
    """Give what to type for this program: its name where the shell finds it, else its path."""
    own = Path(sys.executable).with_name("lifecycle")
    found = shutil.which("lifecycle")
    if not own.exists() or (found is not None and Path(found).resolve() == own.resolve()):
        return "lifecycle"
    return os.path.relpath(own) if own.is_relative_to(Path.cwd()) else str(own)


def _next(shown: _Shown) -> Mapping[str, str]:
    """Give commands that work on what the demo has left."""
    signals, store = (shlex.quote(str(shown.folder / name)) for name in (SIGNALS, HISTORY))
    command, waiting = shlex.quote(program()), shown.waiting
    asked = f"--actor sales:7 --at {END:%Y-%m-%dT%H:%M:%SZ} --dry-run"
    return {
        "everything that a history rests on": f"{command} history {WITH_A_PAST} --store {store} --details",
        "all that another lead lacks": f"{command} explain {waiting} {signals}",
        "may sales accept it?": f"{command} fire {waiting} accept {signals} --store {store} {asked}",
        "who waits for sales": f"{command} leads --store {store} --stage mql",
        "live the log through once more, and compare": f"{command} replay {signals} --store {store} --check",
        "what was not granted, for a spreadsheet": f"{command} export --store {store} --what refusals --format csv",
        "the rules, in a file that marketing and sales can read": f"{command} definitions show {DEFINITION}",
    }
