"""`lifecycle plugins test`: every check of the conformance kit on the criteria of a plugin, without pytest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import click
from rich.console import RenderableType

from lifecycle.cli.exits import ExitCode, Failure
from lifecycle.cli.options import json_option
from lifecycle.cli.screen import LONGEST, Screen, heading, indented, say
from lifecycle.cli.tables import table

if TYPE_CHECKING:
    from lifecycle.testing.report import Report, Result

__all__ = ["test_command"]

_SHOWN: Final = 60
_STYLES = {"ok": "green", "failed": "bold red", "expected": "yellow", "skipped": "dim"}


@click.command("test", short_help="Check that a plugin's criteria keep to the rules.")
@click.argument("name")
@click.option("--all", "every", is_flag=True, help="Also the checks that passed or had nothing to ask.")
@click.option("--thorough", is_flag=True, help="Try many more cases, and other ones each time.")
@json_option
def test_command(*, name: str, every: bool, thorough: bool, screen: Screen) -> int:
    """Run every check of the conformance kit on the criteria of the installed plugin NAME.

    It needs the extra `testing`. What each check asks and why is in the documentation, under conformance checks.
    """
    report = _checked(name, thorough=thorough)
    screen.show(report.document(), *_view(report, every=every))
    return ExitCode.PROBLEMS if report.exit_code else ExitCode.DONE


def _checked(name: str, *, thorough: bool) -> Report:
    try:
        from lifecycle.testing import check_plugin  # noqa: PLC0415 - loads hypothesis, which is an extra
    except ModuleNotFoundError as error:
        raise Failure(ExitCode.USAGE, str(error)) from error
    return check_plugin(name, thorough=thorough)


def _view(report: Report, *, every: bool) -> Iterator[RenderableType]:
    yield table(("criterion", "tier", "checks"), _summary(report))
    if every:
        yield heading("Checks")
        yield table(("criterion", "check", "status", "cases", ""), map(_row, report.results))
    for result in report.failures:
        first, *rest = str(result).splitlines()
        yield heading(first)
        yield from (indented(say(_cut(line.removeprefix("  ")))) for line in rest)
    yield heading(f"{report.plugin}: {report.counts}")


def _cut(line: str) -> str:
    """Cut words that would fill the screen: the smallest case may hold a very long text."""
    return " ".join(word if len(word) <= LONGEST else f"{word[:_SHOWN]}..." for word in line.split(" "))


def _summary(report: Report) -> Iterator[Sequence[object]]:
    for criterion, tier in report.tiers().items():
        style = "bold red" if tier is None else ""
        yield criterion, say("none" if tier is None else tier.value, style), report.counts_of(criterion)


def _row(result: Result) -> Sequence[Any]:
    status = result.status.value
    said = result.message.partition("\n")[0]
    return result.criterion, result.check.name, say(status, _STYLES[status]), result.cases, say(said, "dim")
