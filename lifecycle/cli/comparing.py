"""`lifecycle plugins diff`: what an upgrade changed in the rules of a store, and whom the old ones have judged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click
from rich.console import RenderableType

from lifecycle.cli.exits import ExitCode, problem_row
from lifecycle.cli.inputs import open_definition, quietly, reading
from lifecycle.cli.options import Chosen, json_option, plugin_option, store_option
from lifecycle.cli.screen import Screen, heading, indented, moment, say
from lifecycle.cli.tables import table

if TYPE_CHECKING:
    from lifecycle.rules import Difference
    from lifecycle.store.judged import KeptRules
    from lifecycle.upgrade import Compared

__all__ = ["diff_command"]

Leads = Mapping[str, list[Mapping[str, Any]]]
"""By rules digest, the leads that were judged by it."""


@click.command("diff", short_help="Say what an upgrade of plugins changed.")
@store_option("The store whose rules are compared.")
@click.option(
    "--definition",
    "-d",
    metavar="NAME|FILE",
    help="Compare with this definition, and only what was used under its name.  [default: the texts in the store]",
)
@plugin_option
@click.option("--leads", "listed", is_flag=True, help="Also list the leads that each set of rules has judged.")
@json_option
def diff_command(
    *, store: str, definition: str | None, plugin_files: tuple[Path, ...], listed: bool, screen: Screen
) -> int:
    """Compare the rules that a store has been used with, with what they would be today.

    Of each set of rules it says how many leads were judged by it, and of each criterion what differs now: plugin,
    versions, code or lists, parameters, defaults. The exit code is 1 where something differs.
    """
    from lifecycle.upgrade import compare  # noqa: PLC0415 - loads SQLAlchemy

    rules = None if definition is None else open_definition(definition, Chosen(plugin_files))
    with reading(store) as view:
        kept = view.rules(None if rules is None else rules.name)
        leads = {one.digest: _leads(view.judged_by(one.digest)) for one in kept} if listed else {}
    with quietly():
        found = compare(kept, rules, files=plugin_files)
    screen.show({"rules": [_row(one, leads) for one in found]}, *_view(found, leads))
    return ExitCode.PROBLEMS if any(one.differences for one in found) else ExitCode.DONE


def _leads(found: Iterable[tuple[str | None, str]]) -> list[Mapping[str, Any]]:
    return [{"lead": lead, "subject": subject} for lead, subject in found]


def _row(one: Compared, leads: Leads) -> Mapping[str, Any]:
    rules = one.rules
    facts = ("digest", "definition", "version", "hash", "recorded_at", "records", "refusals")
    return {
        **{name: getattr(rules, name) for name in facts},
        "lead_count": rules.leads,
        "leads": leads.get(rules.digest),
        "same": not one.differences,
        "differences": [attrs.asdict(difference) for difference in one.differences],
        "problems": [problem_row(problem) for problem in one.problems],
    }


def _view(found: Iterable[Compared], leads: Leads) -> Iterator[RenderableType]:
    for one in found:
        yield heading(f"{one.rules.definition}, version {one.rules.version}, since {moment(one.rules.recorded_at)}")
        yield say(one.rules.digest, "dim")
        yield say(_judged(one.rules))
        if not one.differences:
            yield say("the same today", "green")
        else:
            yield table(("criterion", "uses", "what", "then", "today"), map(_cells, one.differences))
        yield from (say(problem, "red") for problem in one.problems)
        if any("no plugin is named" in problem.message for problem in one.problems):
            yield say("a plugin that is a file has to be given: --plugin FILE", "dim")
        for row in leads.get(one.rules.digest, ()):
            yield indented(say(row["lead"] if row["lead"] is not None else f"(erased) {row['subject']}"))


def _judged(rules: KeptRules) -> str:
    return f"{rules.leads:,} leads judged: {rules.records:,} records, {rules.refusals:,} refusals"


def _cells(one: Difference) -> tuple[object, ...]:
    if one.what == "fingerprint":
        return one.criterion, one.use, "code or lists", _start(one.before), _start(one.after)
    if one.what in {"new", "gone"}:
        return one.criterion, one.use, say(one.what, "bold"), None, None
    kind = "default of " if one.default else ""
    what = one.what.replace("_", " ") if one.parameter is None else f"{kind}{one.parameter}"
    return one.criterion, one.use, what, _written(one.before), _written(one.after)


def _start(fingerprint: Any) -> str:
    return str(fingerprint).partition(":")[2][:12]


def _written(value: Any) -> str | None:
    return None if value is None else str(value)
