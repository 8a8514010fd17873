"""`lifecycle paths`: every way through a definition, and what it takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import RenderableType

from lifecycle.cli.exits import ExitCode, Failure
from lifecycle.cli.inputs import open_definition
from lifecycle.cli.options import Chosen, json_option, plugins_option
from lifecycle.cli.rows import definition_row
from lifecycle.cli.screen import Screen, indented, say
from lifecycle.cli.tables import table
from lifecycle.cli.views import move_view
from lifecycle.definition import Definition
from lifecycle.paths import Fact, Paths, Stride, Walk, Walker, cases_toml, ends_of, fact_text, name_of, simple_paths
from lifecycle.spelling import did_you_mean

__all__ = ["paths_command"]


@click.command("paths", short_help="Give every way through a definition.")
@click.argument("definition", metavar="DEFINITION")
@plugins_option
@click.option("--to", "ends", metavar="STAGE", multiple=True, help="Where paths end; the final stages if left out.")
@click.option(
    "--most",
    type=click.IntRange(1, 10_000),
    default=100,
    show_default=True,
    metavar="NUMBER",
    help="How many paths, the shortest first.",
)
@click.option("--cases", "as_cases", is_flag=True, help="Write them as a test file for `lifecycle test`.")
@click.option(
    "--output", "-o", default="-", show_default=True, metavar="FILE", help="Where to; `-` is standard output."
)
@json_option
def paths_command(
    *,
    definition: str,
    chosen: Chosen,
    ends: tuple[str, ...],
    most: int,
    as_cases: bool,
    output: str,
    screen: Screen,
) -> int:
    """Give the paths through DEFINITION on which no stage comes twice, with the fewest facts found for each step.

    Each path has been lived through: the engine made these moves and no other. Where no facts were found for a step,
    for instance because a plugin's criterion does not say what it looks for, that is said, and the exit code is 1.
    """
    rules = open_definition(definition, chosen)
    wanted = _ends(rules, ends)
    found = simple_paths(rules, wanted, most=most)
    walker = Walker(rules)
    walks = [walker.walk(path) for path in found.paths]
    if as_cases or output != "-":
        _write(cases_toml(walks, about=_about(rules, wanted, found)), output, screen)
    else:
        screen.show(_row(rules, wanted, found, walks), *_view(walks, wanted, found))
    if not found.complete:
        screen.note(f"there are more paths than these {len(walks)}, the shortest (see --most)", "yellow")
    return ExitCode.PROBLEMS if any(walk.stuck is not None for walk in walks) else ExitCode.DONE


def _ends(rules: Definition, ends: Sequence[str]) -> tuple[str, ...]:
    for stage in ends:
        if stage not in rules.stages:
            hint = did_you_mean(stage, rules.stages)
            raise click.BadParameter(f"{rules.name} has no stage {stage!r}{hint}", param_hint="--to")
    found = tuple(ends) or ends_of(rules)
    if not found:
        raise Failure(ExitCode.USAGE, f"no stage of {rules.name} is final: say where paths end, with --to")
    return found


def _about(rules: Definition, ends: Sequence[str], found: Paths) -> Iterator[str]:
    count = "all" if found.complete else f"the shortest {len(found.paths)}"
    yield f"Paths through {rules.name} version {rules.version} to {', '.join(ends)}: {count} on which no stage comes"
    yield "twice, with the fewest facts found for each step. Made by `lifecycle paths --cases`."


def _write(text: str, output: str, screen: Screen) -> None:
    if output == "-":
        screen.show_text({"output": None, "cases": text}, text)
        return
    Path(output).write_text(text, encoding="utf-8")
    screen.note(f"written to {output}", "dim")
    screen.show({"output": output})


# --- For machines ----------------------------------------------------------------------------------------------------


def _row(rules: Definition, ends: Sequence[str], found: Paths, walks: Sequence[Walk]) -> Mapping[str, Any]:
    return {
        "definition": definition_row(rules),
        "to": ends,
        "complete": found.complete,
        "paths": [
            {
                "name": name_of(walk),
                "stages": [step.target for step in walk.path],
                "steps": [_stride_row(stride) for stride in walk.strides],
                "stuck": walk.stuck,
            }
            for walk in walks
        ],
    }


def _stride_row(stride: Stride) -> Mapping[str, Any]:
    request = stride.request
    return {
        "trigger": stride.transition.trigger,
        "source": stride.source,
        "target": stride.transition.target,
        "day": stride.day,
        "facts": [_fact_row(fact) for fact in stride.facts],
        "automatic": request is None,
        "asked_by": None if request is None else stride.transition.by,
        "reason": None if request is None else request.reason,
    }


def _fact_row(fact: Fact) -> Mapping[str, Any]:
    return {"type": fact.category, "name": fact.name, "value": fact.value, "times": fact.times}


# --- For people ------------------------------------------------------------------------------------------------------


def _view(walks: Sequence[Walk], ends: Sequence[str], found: Paths) -> Iterator[RenderableType]:
    for walk in walks:
        yield say(name_of(walk), "bold")
        yield indented(table(("move", "!day", "who", "facts"), map(_stride, walk.strides), header=False))
        if walk.stuck is not None:
            yield indented(say(walk.stuck, "bold yellow"))
        yield say("")
    stuck = sum(walk.stuck is not None for walk in walks)
    more = "" if found.complete else ", and more"
    without = f"; of {stuck} not all facts were found" if stuck else ""
    count = "1 path" if len(walks) == 1 else f"{len(walks)} paths"
    yield say(f"{count} to {', '.join(ends)}{more}{without}", "bold")


def _stride(stride: Stride) -> tuple[object, ...]:
    facts = "; ".join(fact_text(fact) for fact in stride.facts)
    return (
        move_view(stride.source, stride.transition.target),
        f"day {stride.day}",
        _who(stride),
        facts or "nothing more",
    )


def _who(stride: Stride) -> str:
    if stride.request is None:
        return "by itself"
    roles = stride.transition.by
    reason = "" if stride.request.reason is None else f", {stride.request.reason}"
    return f"asked by {'anybody' if roles is None else ' or '.join(roles)}{reason}"
