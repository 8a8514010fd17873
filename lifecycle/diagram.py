"""A definition as a picture: its stages and transitions, with or without how often each move was made.

Mermaid and DOT are written here, as text; SVG is Mermaid drawn by the `diagram` extra, which loads when it is asked
for. One arrow stands for all transitions between the same two stages, with a line of its label for each, because moves
are counted by where they lead from and to. The same definition and counts always give the same text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from typing import Any, Final, Literal

import attrs

from lifecycle.definition import Definition, Stage, Transition
from lifecycle.errors import CallerError

__all__ = ["FORMATS", "Format", "diagram"]

Format = Literal["mermaid", "dot", "svg"]
Move = tuple[str | None, str]
"""Where a move leads from and to; a source of None is the entry into the lifecycle."""

FORMATS: Final[tuple[Format, ...]] = ("mermaid", "dot", "svg")

_FOREIGN: Final = "not in this definition"
"""The label of moves that were counted and that the definition, in this version, does not have."""

_PLAIN_ID: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_SPACE: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
# Letters and digits of every script stand as they are, and so do hyphens and underscores inside a word: elsewhere both
# are Markdown, which Mermaid reads in the names of states.
_MERMAID_SPECIAL: Final = re.compile(r"[^\w ,()-]|(?<![^\W_])[-_]|[-_](?![^\W_])")
# A title is the one text of Mermaid in which nothing can be escaped, and it is read as HTML.
_TITLE_LOOKALIKES: Final = str.maketrans({"<": "\u2039", ">": "\u203a", "&": "\uff06"})
_DOT_ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "&": "&amp;"})


@attrs.frozen(kw_only=True)
class _Arrow:
    """All that leads from one stage to another: a line for each transition, and how often a lead went that way."""

    source: str | None
    target: str
    lines: tuple[str, ...]
    count: int | None

    @property
    def label(self) -> tuple[str, ...]:
        return self.lines if self.count is None else (*self.lines, str(self.count))


@attrs.frozen(kw_only=True)
class _Node:
    """One stage: an identifier that every format can spell, and what is written in it."""

    id: str
    label: tuple[str, ...]
    final: bool


def diagram(
    definition: Definition,
    format: Format = "mermaid",  # noqa: A002 - the word of the command line
    counts: Mapping[Move, int] | None = None,
) -> str:
    """Draw a definition.

    Args:
        definition: What to draw.
        format: `mermaid` and `dot` are text for those programs; `svg` is a picture and needs the `diagram` extra.
        counts: How often leads moved, by (source, target). Then every arrow shows its number, 0 included, and moves
            that the definition does not have are drawn too, and named as such.

    Raises:
        CallerError: `svg` is asked for and the `diagram` extra is not installed.
        ValueError: the format is none of these.
    """
    if format == "svg":
        return _svg(diagram(definition, "mermaid", counts))
    writers: Mapping[str, Callable[[str, Mapping[str, _Node], Iterable[_Arrow]], Iterator[str]]]
    writers = {"mermaid": _mermaid, "dot": _dot}
    if format not in writers:
        raise ValueError(f"{format!r} is no format of a diagram; there are {', '.join(FORMATS)}")
    title = _one_line(f"{definition.name}, version {definition.version}")
    arrows = _arrows(definition, counts)
    lines = writers[format](title, _nodes(definition, arrows), arrows)
    return "\n".join([*lines, ""])


def _arrows(definition: Definition, counts: Mapping[Move, int] | None) -> list[_Arrow]:
    """Give the arrows in file order, and after them the moves that were counted and are not in the definition."""
    lines: dict[Move, list[str]] = {}
    for transition in definition.transitions:
        for source in _starts(definition, transition):
            lines.setdefault((source, transition.target), []).append(_described(transition))
    for move in sorted(counts or (), key=lambda move: (move[0] or "", move[1])):
        lines.setdefault(move, [_FOREIGN])
    shown = dict.fromkeys(lines) if counts is None else {move: counts.get(move, 0) for move in lines}
    return [_Arrow(source=move[0], target=move[1], lines=tuple(lines[move]), count=shown[move]) for move in lines]


def _starts(definition: Definition, transition: Transition) -> list[str | None]:
    return [stage for stage in (None, *definition.stages) if transition.starts_at(stage)]


def _described(transition: Transition) -> str:
    """Give `accept (sales, sales_manager)`: the trigger, and who or what pulls it."""
    roles = "anyone" if transition.by is None else ", ".join(transition.by) or "nobody"
    who = roles if not transition.automatic else "automatic" if not transition.by else f"automatic, {roles}"
    return _one_line(f"{transition.trigger} ({who})")


def _nodes(definition: Definition, arrows: Iterable[_Arrow]) -> Mapping[str, _Node]:
    """Give the stages in file order, and after them those that only the counts name."""
    ends = dict.fromkeys(stage for arrow in arrows for stage in (arrow.source, arrow.target) if stage is not None)
    stages = {**{stage: Stage(id=stage, label=_FOREIGN) for stage in ends}, **definition.stages}
    order = [*definition.stages, *(stage for stage in ends if stage not in definition.stages)]
    return {stage: _node(stages[stage], number) for number, stage in enumerate(order, start=1)}


def _node(stage: Stage, number: int) -> _Node:
    name, label = _one_line(stage.id), _one_line(stage.label or "")
    plain = stage.id if _PLAIN_ID.fullmatch(stage.id) else str(number)
    return _Node(id=f"stage_{plain}", label=(name, label) if label else (name,), final=stage.final)


def _one_line(text: str) -> str:
    return _SPACE.sub(" ", text).strip()


# --- Mermaid ----------------------------------------------------------------------------------------------------------


def _mermaid(title: str, nodes: Mapping[str, _Node], arrows: Iterable[_Arrow]) -> Iterator[str]:
    yield from ("---", f"title: {json.dumps(title.translate(_TITLE_LOOKALIKES))}", "---", "stateDiagram-v2")
    for node in nodes.values():
        name, *label = node.label
        yield f'    state "{_mermaid_text([name])}" as {node.id}'
        if label:  # a line of its own: with a break in the name, Mermaid would take escaped signs for Markdown
            yield f"    {node.id} : {_mermaid_text(label)}"
    for arrow in arrows:
        source = "[*]" if arrow.source is None else nodes[arrow.source].id
        yield f"    {source} --> {nodes[arrow.target].id} : {_mermaid_text(arrow.label)}"
    final = [node.id for node in nodes.values() if node.final]
    if final:
        yield "    classDef final stroke-width:4px"
        yield f"    class {','.join(final)} final"


def _mermaid_text(lines: Iterable[str]) -> str:
    return "<br>".join(_MERMAID_SPECIAL.sub(lambda found: f"#{ord(found[0])};", line) for line in lines)


def _svg(mermaid: str) -> str:
    try:
        mermaidx: Any = import_module("mermaidx")  # heavy and optional
    except ImportError as error:
        raise CallerError("a diagram as SVG needs mermaidx: pip install 'lead-lifecycle[diagram]'") from error
    picture: str = mermaidx.render(mermaid).svg()
    return picture


# --- DOT --------------------------------------------------------------------------------------------------------------


def _dot(title: str, nodes: Mapping[str, _Node], arrows: Iterable[_Arrow]) -> Iterator[str]:
    yield "digraph lifecycle {"
    yield f"    label={_dot_text([title])}; labelloc=t; node [shape=box, style=rounded];"
    yield '    entry [shape=point, label=""];'
    for node in nodes.values():
        final = ", peripheries=2" if node.final else ""
        yield f"    {node.id} [label={_dot_text(node.label)}{final}];"
    for arrow in arrows:
        source = "entry" if arrow.source is None else nodes[arrow.source].id
        yield f"    {source} -> {nodes[arrow.target].id} [label={_dot_text(arrow.label)}];"
    yield "}"


def _dot_text(lines: Iterable[str]) -> str:
    text = "\\n".join(line.translate(_DOT_ESCAPES) for line in lines)
    return f'"{text}"'
