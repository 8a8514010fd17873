"""`lifecycle test`: does a definition do what those who agreed on it meant?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click
from rich.console import RenderableType

from lifecycle.cases import Case, CaseFile, Coverage, Covered, Miss, Ran, coverage_of, read_cases, run_cases
from lifecycle.cases.finding import find_tests
from lifecycle.cases.junit import junit_xml
from lifecycle.cli.exits import ExitCode, problem_row
from lifecycle.cli.inputs import open_definition
from lifecycle.cli.options import Chosen, json_option, plugins_option
from lifecycle.cli.rows import definition_row
from lifecycle.cli.screen import Screen, indented, say
from lifecycle.cli.tables import table
from lifecycle.definition import Definition
from lifecycle.errors import CasesError, Problem

__all__ = ["try_command"]

FEW: Final = 6
"""How many things that no case has seen are named unless all are asked for."""


@click.command("test", short_help="Run the tests of a definition.")
@click.argument("definition", metavar="DEFINITION")
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@plugins_option
@click.option("--case", "-c", "words", metavar="WORDS", help="Only cases in whose names these words stand.")
@click.option("--all", "every", is_flag=True, help="Also the cases that passed, and all that no case has seen.")
@click.option(
    "--coverage-at-least",
    "wanted",
    type=click.IntRange(0, 100),
    metavar="PERCENT",
    help="Exit with 1 where the cases see less of the transitions, criteria or undesirables.",
)
@click.option(
    "--junit",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Also write the result as JUnit XML, for a build server.",
)
@json_option
def try_command(
    *,
    definition: str,
    files: tuple[Path, ...],
    chosen: Chosen,
    words: str | None,
    every: bool,
    wanted: int | None,
    junit: Path | None,
    screen: Screen,
) -> int:
    """Run the cases of test FILES, and say why a lead is not where it should be.

    Without FILES they are those named *.tests.toml beside DEFINITION; a packaged definition brings its own.
    """
    rules = open_definition(definition, chosen)
    read = _read(rules, find_tests(definition, files))
    ran = run_cases(rules, _picked(read, words))
    seen = coverage_of(rules, ran)
    if junit is not None:
        junit.write_text(junit_xml(ran), encoding="utf-8")
    warnings = [problem for file in read for problem in file.warnings]
    for problem in warnings:
        screen.note(str(problem), "yellow")
    enough = wanted is None or seen.reaches(wanted)
    screen.show(_row(rules, read, ran, seen, warnings), *_view(ran, seen, wanted=wanted, every=every))
    return ExitCode.DONE if enough and all(one.passed for one in ran) else ExitCode.PROBLEMS


def _read(rules: Definition, found: Sequence[tuple[str, str]]) -> list[CaseFile]:
    """Read all files, and report what is wrong with any of them together."""
    read, problems = list[CaseFile](), list[Problem]()
    for text, file in found:
        try:
            read.append(read_cases(text, file=file, definition=rules))
        except CasesError as error:
            problems += error.problems
    if problems:
        raise CasesError(f"the tests of {rules.name} cannot be run", problems)
    return read


def _picked(read: Sequence[CaseFile], words: str | None) -> list[Case]:
    """Give the cases in whose names the words stand; none at all would pass for ever."""
    wanted = "" if words is None else words.casefold()
    found = [case for file in read for case in file.cases if wanted in case.name.casefold()]
    if not found:
        raise click.UsageError(f"no case has {words!r} in its name" if words else "there is no case in these files")
    return found


# --- For machines ----------------------------------------------------------------------------------------------------


def _row(
    rules: Definition,
    read: Sequence[CaseFile],
    ran: Sequence[Ran],
    seen: Coverage,
    warnings: Sequence[Problem],
) -> Mapping[str, Any]:
    passed = sum(one.passed for one in ran)
    return {
        "definition": definition_row(rules),
        "files": [file.file for file in read],
        "passed": passed,
        "failed": len(ran) - passed,
        "cases": [_case_row(one) for one in ran],
        "coverage": {part.what: _covered_row(part) for part in seen.parts},
        "problems": [problem_row(problem) for problem in warnings],
    }


def _case_row(one: Ran) -> Mapping[str, Any]:
    return {
        "name": one.case.name,
        "file": one.case.place.file,
        "line": one.case.place.line,
        "passed": one.passed,
        "misses": [_miss_row(miss) for miss in one.misses],
    }


def _miss_row(miss: Miss) -> Mapping[str, Any]:
    place = miss.place
    return {"message": miss.message, "why": miss.why, "file": place.file, "line": place.line, "column": place.column}


def _covered_row(part: Covered) -> Mapping[str, Any]:
    return {"seen": part.seen, "total": part.total, "percent": int(part.percent), "unseen": part.unseen}


# --- For people ------------------------------------------------------------------------------------------------------


def _view(ran: Sequence[Ran], seen: Coverage, *, wanted: int | None, every: bool) -> Iterator[RenderableType]:
    for one in ran:
        if every or not one.passed:
            yield from _case_view(one)
    yield table(
        ("coverage", "#seen", "#of", "#share", "not seen"), [_covered(part, every=every) for part in seen.parts]
    )
    counts = Counter(one.passed for one in ran)
    style = "bold red" if counts[False] else "bold green"
    yield say(f"{counts[True]} passed, {counts[False]} failed", style)
    if wanted is not None and not seen.reaches(wanted):
        yield say(f"less than {wanted} % is seen", "bold red")


def _case_view(one: Ran) -> Iterator[RenderableType]:
    if one.passed:
        yield say("ok      ", "green").append_text(say(one.case.name))
        return
    yield say("FAILED  ", "bold red").append_text(say(one.case.name, "bold"))
    for miss in one.misses:
        yield indented(say(f"{miss.place}: {miss.message}"))
        yield from (indented(say(line, "dim"), 4) for line in miss.why)
    yield say("")


def _covered(part: Covered, *, every: bool) -> Sequence[object]:
    shown = part.unseen if every else part.unseen[:FEW]
    more = f", and {len(part.unseen) - len(shown)} more (--all)" if len(shown) < len(part.unseen) else ""
    return part.what, part.seen, part.total, f"{int(part.percent)} %", ", ".join(shown) + more
