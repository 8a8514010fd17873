"""`lifecycle check`, `diagram` and `definitions`: looking at a definition, without any lead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import click
from rich.console import RenderableType

from lifecycle.cases.finding import find_tests
from lifecycle.cli.exits import ExitCode, as_unusable, problem_row
from lifecycle.cli.inputs import open_definition, quietly
from lifecycle.cli.options import Chosen, json_option, plugins_option
from lifecycle.cli.rows import definition_row
from lifecycle.cli.schemas import schema_command
from lifecycle.cli.screen import Screen, say
from lifecycle.cli.tables import facts_view, table
from lifecycle.definition import Definition
from lifecycle.diagram import FORMATS, Format, diagram
from lifecycle.errors import DefinitionError, Problem, Severity
from lifecycle.loading import check, packaged, source

__all__ = ["check_command", "definitions_group", "diagram_command"]

_STYLES: Final = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}


@click.command("check", short_help="Say what is wrong with a definition.")
@click.argument("definition", metavar="DEFINITION")
@plugins_option
@click.option("--strict", is_flag=True, help="Exit with 1 on warnings too, not only on errors.")
@json_option
def check_command(*, definition: str, chosen: Chosen, strict: bool, screen: Screen) -> int:
    """Say everything that is wrong with DEFINITION, or worth a look, each with its place.

    DEFINITION is the name of a packaged definition or a TOML file. Errors keep it from running; warnings and notes do
    not.
    """
    made, problems = _checked(definition, chosen)
    counts = Counter(problem.severity for problem in problems)
    data = {
        "definition": definition,
        "usable": made is not None,
        **({} if made is None else definition_row(made)),
        "agreement": None if made is None else {"of": made.agreement.of, "signatures": made.agreement.signatures},
        "counts": {severity.value: counts[severity] for severity in Severity},
        "problems": [problem_row(problem) for problem in problems],
    }
    screen.show(data, *_check_view(definition, made, problems, counts))
    wrong = counts[Severity.ERROR] + (counts[Severity.WARNING] if strict else 0)
    return ExitCode.PROBLEMS if wrong else ExitCode.DONE


def _checked(definition: str, chosen: Chosen) -> tuple[Definition | None, Sequence[Problem]]:
    try:
        with quietly():
            return check(definition, files=chosen.files, lock=chosen.lock)
    except DefinitionError as error:
        return None, error.problems
    except OSError as error:
        raise as_unusable(error) from error


def _check_view(
    name: str, made: Definition | None, problems: Sequence[Problem], counts: Mapping[Severity, int]
) -> Iterator[RenderableType]:
    for problem in problems:
        yield say(problem, _STYLES[problem.severity])
    if made is not None:
        signed = ", ".join(f"{party} ({who})" for party, who in made.agreement.signatures.items())
        yield facts_view(
            {"name": made.name, "version": made.version, "hash": made.hash, "signed by": signed or "nobody"}
        )
    told = ", ".join(
        f"{counts[severity]} {severity.value}{'' if counts[severity] == 1 else 's'}" for severity in Severity
    )
    usable = say("can be used", "bold green") if made is not None else say("cannot be used", "bold red")
    yield say(f"{name} ").append_text(usable).append_text(say(f": {told}"))


@click.command("diagram", short_help="Draw a definition.")
@click.argument("definition", metavar="DEFINITION")
@plugins_option
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="mermaid", show_default=True, help="The language."
)
@click.option(
    "--output", "-o", default="-", show_default=True, metavar="FILE", help="Where to; `-` is standard output."
)
@json_option
def diagram_command(*, definition: str, chosen: Chosen, form: Format, output: str, screen: Screen) -> None:
    """Draw DEFINITION: its stages, and the transitions between them.

    Mermaid and DOT are text for those programs; SVG is a picture, and needs the `diagram` extra.
    """
    text = diagram(open_definition(definition, chosen), form)
    data = {"definition": definition, "format": form, "output": None if output == "-" else output}
    if output != "-":
        Path(output).write_text(text, encoding="utf-8")
        screen.note(f"written to {output}", "dim")
        screen.show(data)
    else:
        screen.show_text({**data, "diagram": text}, text)


@click.group("definitions")
def definitions_group() -> None:
    """Look at the definitions that come along."""


@definitions_group.command("list", short_help="List the packaged definitions.")
@json_option
def list_command(*, screen: Screen) -> None:
    """List the packaged definitions."""
    found = [open_definition(name) for name in packaged()]
    rows = [(one.name, one.version, " -> ".join(one.path), one.hash) for one in found]
    data = {"definitions": [{**definition_row(one), "path": one.path} for one in found]}
    screen.show(data, table(("!name", "version", "path", "hash"), rows))


@definitions_group.command("show", short_help="Print the text of a definition.")
@click.argument("name")
@click.option("--tests", is_flag=True, help="Its tests instead, to start your own from: > mine.tests.toml.")
@json_option
def show_command(*, name: str, tests: bool, screen: Screen) -> None:
    """Print the text of a definition: the packaged one of this NAME, or a file.

    To start from it: `lifecycle definitions show b2b > mine.toml`.
    """
    try:
        text, file = find_tests(name, ())[0] if tests else source(name)
    except OSError as error:
        raise as_unusable(error) from error
    if screen.json or not screen.out.is_terminal:
        screen.show_text({"name": name, "file": file, "text": text}, text)
    else:
        from rich.syntax import Syntax  # noqa: PLC0415 - loads pygments

        screen.show({}, Syntax(text, "toml", background_color="default"))


definitions_group.add_command(schema_command)
