"""`lifecycle erase`, `hold`, `holds`, `release`, `redact`: what is done to personal data, and that it is written down.

What these acts print never has the subject beside the lead: a log of it would be the map that has just been erased.
Commands that look show both while the store knows both (`show`, `feed`, `holds`, and others with `--json`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from lifecycle.cli.exits import ExitCode, Failure
from lifecycle.cli.inputs import open_store
from lifecycle.cli.options import INSTANT, LEAD, json_option, lead_argument, store_option
from lifecycle.cli.rows import erasure_row
from lifecycle.cli.screen import Screen, counted, moment, say
from lifecycle.cli.views import holds_view
from lifecycle.erasure import Erasure
from lifecycle.service import utc_now

if TYPE_CHECKING:
    from lifecycle.store.sql import Store

__all__ = ["erase_command", "hold_command", "holds_command", "redact_command", "release_command"]

Row = Mapping[str, Any]

_STORE = "The store, for instance sqlite:///history.db."
_SWEPT = (
    "Nothing of what was deleted is left in the files. If other programs write to them too, run it once more with "
    "--vacuum: what those moved may lie there twice."
)
_VACUUMED = "The file was written anew: nothing of what was deleted is left."


def _basis_option(help_text: str, *, required: bool = True) -> Callable[[Any], Any]:
    return click.option("--basis", metavar="CODE", required=required, help=help_text)


def _actor_option(*, required: bool = True) -> Callable[[Any], Any]:
    return click.option(
        "--actor", metavar="ROLE:ID", required=required, help="Who does it: an internal id, kept for good."
    )


@contextmanager
def _opened(url: str) -> Generator[Store]:
    """Open a store, and say of a basis or an actor that is none that the command cannot be carried out."""
    store = open_store(url, create=False)
    try:
        yield store
    except ValueError as error:
        raise Failure(ExitCode.USAGE, str(error)) from error
    finally:
        store.close()


@click.command("erase", short_help="Erase a person: what happened stays, and names nobody.")
@click.argument("lead", type=LEAD, required=False)
@store_option(_STORE)
@_basis_option("Why, as a code such as gdpr_17: it is kept for good, and must not name anybody.", required=False)
@_actor_option(required=False)
@click.option(
    "--subjects",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    help="After a restore: do again what these lines say, of `lifecycle export --what erasures`, or subjects.",
)
@click.option("--dry-run", is_flag=True, help="Only say what of LEAD would be erased; nothing is.")
@click.option("--sweep", is_flag=True, help="Only rid the files of what was deleted while somebody was reading.")
@click.option(
    "--vacuum", is_flag=True, help="With --sweep: write a SQLite file anew, if other programs write to it too."
)
@json_option
def erase_command(
    *,
    lead: str | None,
    store: str,
    basis: str | None,
    actor: str | None,
    subjects: Path | None,
    dry_run: bool,
    sweep: bool,
    vacuum: bool,
    screen: Screen,
) -> ExitCode:
    """Erase LEAD: your id of it, what was found and noted, and its command keys.

    Records and refusals stay, and say no more of whom they are, so that every count and every proof still holds. A lead
    that is held is not erased. What is erased does not come back: try it with --dry-run first. A second time the lead
    is not known. Erase it in your own system first, and see docs/how-to/erase-a-person.md for copies and backups.
    """
    _check([lead is not None, subjects is not None, sweep], dry_run=dry_run and lead is None, vacuum=vacuum)
    if sweep:
        return _swept(store, screen, vacuum=vacuum)
    who = _needed("--actor", actor)
    if subjects is not None:
        return _done_again(store, _lines(subjects), basis, who, screen)
    why = _needed("--basis", basis)
    with _opened(store) as opened:
        if dry_run:
            _foreseen(opened, str(lead), why, who, screen)
            return ExitCode.DONE
        done = opened.erase(str(lead), basis=why, actor=who, now=utc_now())
    screen.show({**_row(done.erasure), "remains": done.remains, "dry_run": False}, say(_erased(done.erasure)))
    _note(screen, done.remains)
    return ExitCode.DONE


def _foreseen(store: Store, lead: str, basis: str, actor: str, screen: Screen) -> None:
    from lifecycle.store.erasing import foresee  # noqa: PLC0415 - loads SQLAlchemy

    with store.reading() as view:
        entry = foresee(view, lead, basis=basis, actor=actor, now=utc_now())
    parts = say(_erased(entry, dry_run=True)), say("Nothing is erased: this was a dry run.")
    screen.show({**_row(entry), "remains": None, "dry_run": True}, *parts)


def _check(wanted: Sequence[bool], *, dry_run: bool, vacuum: bool) -> None:
    if sum(wanted) != 1:
        raise click.UsageError("say whom to erase: LEAD, or --subjects FILE after a restore; or only --sweep")
    if dry_run:
        raise click.UsageError("--dry-run says what of one lead would be erased: name it")
    if vacuum and not wanted[-1]:
        raise click.UsageError("--vacuum goes with --sweep, after the erasure")


def _swept(store: str, screen: Screen, *, vacuum: bool) -> ExitCode:
    with _opened(store) as opened:
        remains = opened.sweep(vacuum=vacuum)
    parts = [] if remains else [say(_VACUUMED if vacuum else _SWEPT)]
    screen.show({"remains": remains}, *parts)
    _note(screen, remains)
    return ExitCode.DONE


def _lines(path: Path) -> Sequence[str]:
    if str(path) == "-":
        return sys.stdin.readlines()
    return path.read_text("utf-8", errors="replace").splitlines()


def _done_again(store: str, lines: Sequence[str], basis: str | None, actor: str, screen: Screen) -> ExitCode:
    with _opened(store) as opened:
        found = opened.erase_subjects(lines, basis=basis, actor=actor, now=utc_now())
    data = {"done": [erasure_row(entry) for entry in found.done], "known": found.known, "held": found.held}
    text = f"Done again: {len(found.done):,}. There was nothing to do for {found.known:,}."
    screen.show({**data, "remains": found.remains}, say(text))
    for subject in found.held:
        screen.note(f"{subject} is held, and was not erased", "yellow")
    _note(screen, found.remains)
    return ExitCode.REJECTED if found.held else ExitCode.DONE


@click.command("hold", short_help="Keep everything of a lead, whoever wants it erased.")
@lead_argument
@store_option(_STORE)
@_basis_option("Why, as a code; several holds of different codes stand side by side.")
@_actor_option()
@json_option
def hold_command(*, lead: str, store: str, basis: str, actor: str, screen: Screen) -> None:
    """Hold LEAD: nothing of it is erased or redacted until this hold is released."""
    with _opened(store) as opened:
        entry = opened.hold(lead, basis=basis, actor=actor, now=utc_now())
    screen.show({"lead": lead, **_row(entry)}, say(f"Held: {lead}, on the basis {entry.basis}."))


@click.command("release", short_help="End a hold.")
@lead_argument
@store_option(_STORE)
@_basis_option("The code that the hold was given.")
@_actor_option()
@json_option
def release_command(*, lead: str, store: str, basis: str, actor: str, screen: Screen) -> None:
    """Release LEAD from the hold of this basis; holds of other bases go on."""
    with _opened(store) as opened:
        entry = opened.release(lead, basis=basis, actor=actor, now=utc_now())
    screen.show({"lead": lead, **_row(entry)}, say(f"Released: {lead}, from the hold on the basis {entry.basis}."))


@click.command("holds", short_help="List who is held, and why.")
@store_option(_STORE)
@json_option
def holds_command(*, store: str, screen: Screen) -> None:
    """List the holds that have not been released, the oldest first: whom, on which basis, since when, and by whom."""
    with _opened(store) as opened:
        found = opened.holds()
    screen.show({"holds": [attrs.asdict(one) for one in found]}, holds_view(found))
    leads = len({one.subject for one in found})
    screen.note(f"{counted(len(found), 'hold')} on {counted(leads, 'lead')}", "dim")


@click.command("redact", short_help="Delete the details of long ago.")
@click.option(
    "--before",
    type=INSTANT,
    required=True,
    help="Details of what was decided before this instant go; a date is its beginning in UTC, so that day stays.",
)
@store_option(_STORE)
@_basis_option("Why, as a code such as retention.")
@_actor_option()
@json_option
def redact_command(*, before: datetime, store: str, basis: str, actor: str, screen: Screen) -> None:
    """Delete messages, evidence, scores and notes of what was decided before an instant.

    Leads stay known, and records and refusals stay. Leads that are held are passed over.
    """
    with _opened(store) as opened:
        done = opened.redact(before, basis=basis, actor=actor, now=utc_now())
    screen.show({**_row(done.erasure), "remains": done.remains}, say(_redacted(done.erasure)))
    _note(screen, done.remains)


# --- What is shown ---------------------------------------------------------------------------------------------------


def _needed(option: str, value: str | None) -> str:
    if value is None:
        raise click.UsageError(f"Missing option '{option}'.")
    return value


def _row(entry: Erasure) -> Row:
    """Give an entry without the subject."""
    return {name: value for name, value in erasure_row(entry).items() if name != "subject"}


def _note(screen: Screen, remains: str | None) -> None:
    if remains is not None:
        screen.note(f"what was deleted: {remains}", "yellow")


def _erased(entry: Erasure, *, dry_run: bool = False) -> str:
    keys = _count(entry, "commands", "command key")
    gone = f"{'Would be erased' if dry_run else 'Erased'}: the id of the lead, {_details(entry)}, and {keys}."
    stay = [_numbers("record", entry.records), _numbers("refusal", entry.refusals)]
    return f"{gone} What stays names nobody: {' and '.join(text for text in stay if text)}."


def _redacted(entry: Erasure) -> str:
    held = f" {_count(entry, 'held', 'held lead')} passed over." if entry.counts["held"] else ""
    return f"Redacted: {_details(entry)} of before {moment(entry.before)}.{held}"


def _details(entry: Erasure) -> str:
    records, refusals = _count(entry, "details", "record"), _count(entry, "refusal_details", "refusal")
    return f"the details of {records} and {refusals}"


def _count(entry: Erasure, name: str, what: str) -> str:
    return counted(entry.counts[name], what)


def _numbers(what: str, numbers: tuple[int, int] | None) -> str:
    if numbers is None:
        return ""
    first, last = numbers
    return f"{what} {first}" if first == last else f"{what}s {first} to {last}"
