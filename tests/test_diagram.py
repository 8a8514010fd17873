"""A definition drawn as Mermaid, DOT and SVG: nothing left out, nothing twice, and no text breaks the drawing."""

from __future__ import annotations

import html
import json
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.definition import Definition, Stage, Transition
from lifecycle.diagram import Format, diagram
from lifecycle.errors import CallerError

Move = tuple[str | None, str]

SMALL: Final = Definition(
    name="small",
    version="2",
    stages={
        "iql": Stage(id="iql", label="Information qualified lead"),
        "mql": Stage(id="mql"),
        "customer": Stage(id="customer", final=True),
    },
    transitions=(
        Transition(trigger="capture", sources=(), target="iql", automatic=True),
        Transition(trigger="qualify", sources=("iql",), target="mql", automatic=True, by=("marketing",)),
        Transition(trigger="qualify_by_hand", sources=("iql",), target="mql", by=("marketing", "sales")),
        Transition(trigger="win", sources=("mql", "iql"), target="customer"),
        Transition(trigger="stay", sources=("iql",), target="iql", by=()),
    ),
)
SMALL_MERMAID: Final = """\
---
title: "small, version 2"
---
stateDiagram-v2
    state "iql" as stage_iql
    stage_iql : Information qualified lead
    state "mql" as stage_mql
    state "customer" as stage_customer
    [*] --> stage_iql : capture (automatic)
    stage_iql --> stage_mql : qualify (automatic, marketing)<br>qualify_by_hand (marketing, sales)
    stage_iql --> stage_customer : win (anyone)
    stage_mql --> stage_customer : win (anyone)
    stage_iql --> stage_iql : stay (nobody)
    classDef final stroke-width:4px
    class stage_customer final
"""
SMALL_DOT: Final = r"""digraph lifecycle {
    label="small, version 2"; labelloc=t; node [shape=box, style=rounded];
    entry [shape=point, label=""];
    stage_iql [label="iql\nInformation qualified lead"];
    stage_mql [label="mql"];
    stage_customer [label="customer", peripheries=2];
    entry -> stage_iql [label="capture (automatic)"];
    stage_iql -> stage_mql [label="qualify (automatic, marketing)\nqualify_by_hand (marketing, sales)"];
    stage_iql -> stage_customer [label="win (anyone)"];
    stage_mql -> stage_customer [label="win (anyone)"];
    stage_iql -> stage_iql [label="stay (nobody)"];
}
"""


# --- What a reader of the formats sees --------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Drawing:
    """What stands in a diagram, its own identifiers kept: the lines of each stage and of each arrow."""

    title: str
    stages: Mapping[str, tuple[str, ...]]
    arrows: Mapping[tuple[str, str], tuple[str, ...]]
    final: frozenset[str]


MERMAID_TEXT: Final = r"(?:[^\W_]|[ ,()_-]|#\d+;|<br>)*"
MERMAID: Final = re.compile(
    rf'    state "(?P<name>{MERMAID_TEXT})" as (?P<id>stage_[A-Za-z0-9_]+)'
    rf"|    (?P<named>stage_[A-Za-z0-9_]+) : (?P<label>{MERMAID_TEXT})"
    rf"|    (?P<source>\[\*\]|stage_[A-Za-z0-9_]+) --> (?P<target>stage_[A-Za-z0-9_]+) : (?P<lines>{MERMAID_TEXT})"
    r"|    classDef final stroke-width:4px"
    r"|    class (?P<final>stage_[A-Za-z0-9_,]+) final"
)
DOT_TEXT: Final = r'"(?:[^"\\&]|\\[\\"n]|&amp;)*"'
DOT: Final = re.compile(
    rf"    (?P<id>stage_[A-Za-z0-9_]+) \[label=(?P<label>{DOT_TEXT})(?P<final>, peripheries=2)?\];"
    rf"|    (?P<source>entry|stage_[A-Za-z0-9_]+) -> (?P<target>stage_[A-Za-z0-9_]+) \[label=(?P<lines>{DOT_TEXT})\];"
)
DOT_TITLE: Final = re.compile(rf"    label=({DOT_TEXT}); labelloc=t; node \[shape=box, style=rounded\];")


def matches(pattern: re.Pattern[str], lines: list[str]) -> list[dict[str, str | None]]:
    """Read lines, every one of which must be written as the pattern says."""
    found = [pattern.fullmatch(line) for line in lines]
    wrong = [line for line, match in zip(lines, found, strict=True) if match is None]
    assert [] == wrong
    return [match.groupdict() for match in found if match is not None]


def read_mermaid(text: str) -> Drawing:
    """Read what the Mermaid writer may write, and nothing else."""
    start, title, end, kind, *lines, last = text.split("\n")
    assert ("---", "---", "stateDiagram-v2", "") == (start, end, kind, last)
    found = matches(MERMAID, lines)
    labels = {one["named"]: mermaid_lines(one["label"]) for one in found if one["named"]}
    return Drawing(
        title=json.loads(title.removeprefix("title: ")),
        stages={str(one["id"]): mermaid_lines(one["name"]) + labels.get(one["id"], ()) for one in found if one["id"]},
        arrows=unique(
            [((str(one["source"]), str(one["target"])), mermaid_lines(one["lines"])) for one in found if one["target"]]
        ),
        final=frozenset(name for one in found if one["final"] for name in one["final"].split(",")),
    )


def read_dot(text: str) -> Drawing:
    """Read what the DOT writer may write, and nothing else."""
    first, title, entry, *lines, end, last = text.split("\n")
    assert ("digraph lifecycle {", '    entry [shape=point, label=""];', "}", "") == (first, entry, end, last)
    named = DOT_TITLE.fullmatch(title)
    assert named is not None
    found = matches(DOT, lines)
    return Drawing(
        title=dot_lines(named[1])[0],
        stages={str(one["id"]): dot_lines(one["label"]) for one in found if one["id"]},
        arrows=unique(
            [((str(one["source"]), str(one["target"])), dot_lines(one["lines"])) for one in found if one["target"]]
        ),
        final=frozenset(str(one["id"]) for one in found if one["final"]),
    )


def unique(arrows: list[tuple[tuple[str, str], tuple[str, ...]]]) -> dict[tuple[str, str], tuple[str, ...]]:
    """Give the arrows by their ends, of which no two may be the same."""
    assert [] == [ends for ends, times in Counter(ends for ends, _ in arrows).items() if times > 1]
    return dict(arrows)


def mermaid_lines(text: str | None) -> tuple[str, ...]:
    """Give the lines of a label as Mermaid shows them."""
    return tuple(re.sub(r"#(\d+);", lambda code: chr(int(code[1])), line) for line in (text or "").split("<br>"))


def dot_lines(text: str | None) -> tuple[str, ...]:
    """Give the lines of a label as Graphviz shows them."""
    escapes = {r"\\": "\\", r"\"": '"', r"\n": "\n", "&amp;": "&"}
    return tuple(re.sub(r"\\.|&amp;", lambda found: escapes[found[0]], (text or "")[1:-1]).split("\n"))


READERS: Final[Mapping[Format, Callable[[str], Drawing]]] = {"mermaid": read_mermaid, "dot": read_dot}
ENTRY: Final[Mapping[Format, str]] = {"mermaid": "[*]", "dot": "entry"}
TEXTS: Final[tuple[Format, ...]] = ("mermaid", "dot")


def one_line(text: str) -> str:
    """Put a text on one line, as a diagram has it."""
    return " ".join("".join(" " if unicodedata.category(sign) == "Cc" else sign for sign in text).split())


# --- Definitions that nobody should write -----------------------------------------------------------------------------

hostile = st.text(
    st.sampled_from("aZ9_-.,:;#%&<>\"'`\\/|{}[]()*~=+$^\n\r\t\0\x85\u2028\u200b äß漢🦆"), min_size=1, max_size=12
)
named = hostile.filter(lambda text: bool(one_line(text)))


@st.composite
def definitions(draw: st.DrawFn) -> Definition:
    """Draw a definition with any texts as its names."""
    names = draw(st.lists(named, min_size=1, max_size=5, unique=True))
    stages = {name: Stage(id=name, label=draw(st.none() | hostile), final=draw(st.booleans())) for name in names}
    triggers = draw(st.lists(named, min_size=1, max_size=3, unique=True))
    taken: set[tuple[str, str | None]] = set()
    transitions: list[Transition] = []
    for _ in range(draw(st.integers(0, 8))):
        trigger, target = draw(st.sampled_from(triggers)), draw(st.sampled_from(names))
        sources = tuple(draw(st.lists(st.sampled_from(names), unique=True)))
        starts = {(trigger, source) for source in sources or (None,)}
        if not starts & taken:
            taken |= starts
            automatic = draw(st.booleans())
            transitions.append(Transition(trigger=trigger, sources=sources, target=target, automatic=automatic))
    return Definition(name=draw(named), version=draw(named), stages=stages, transitions=tuple(transitions))


def expected_arrows(definition: Definition) -> Counter[tuple[Move, str]]:
    """Give one line for each transition and source."""
    return Counter(
        (
            (source, transition.target),
            one_line(f"{transition.trigger} ({'automatic' if transition.automatic else 'anyone'})"),
        )
        for transition in definition.transitions
        for source in transition.sources or (None,)
    )


def drawn_arrows(form: Format, definition: Definition, drawing: Drawing) -> dict[Move, tuple[str, ...]]:
    """Give the lines of each arrow by the stages it joins."""
    stage_of: dict[str, str | None] = dict(zip(drawing.stages, definition.stages, strict=False))
    stage_of[ENTRY[form]] = None
    return {(stage_of[source], str(stage_of[target])): lines for (source, target), lines in drawing.arrows.items()}


class TestText:
    """Mermaid and DOT."""

    def test_mermaid_of_a_small_definition(self) -> None:
        """It has a title, entries from [*], and for each transition its trigger and who may ask for it."""
        assert SMALL_MERMAID == diagram(SMALL)

    def test_dot_of_a_small_definition(self) -> None:
        """It says the same, and draws a final stage with a double line."""
        assert SMALL_DOT == diagram(SMALL, "dot")

    @pytest.mark.parametrize("form", TEXTS)
    def test_a_definition_without_final_stages(self, form: Format) -> None:
        """No stage is marked where none is final."""
        open_ended = attrs.evolve(SMALL, stages={name: Stage(id=name) for name in SMALL.stages})

        assert frozenset() == READERS[form](diagram(open_ended, form)).final

    @pytest.mark.parametrize("form", TEXTS)
    @given(definition=definitions())
    def test_every_transition_is_drawn_once_per_source(self, form: Format, definition: Definition) -> None:
        """Law: every transition is drawn exactly once for each stage it leaves, and nothing else is."""
        arrows = drawn_arrows(form, definition, READERS[form](diagram(definition, form)))

        drawn = Counter((move, line) for move, lines in arrows.items() for line in lines)

        assert expected_arrows(definition) == drawn

    @pytest.mark.parametrize("form", TEXTS)
    @given(definition=definitions())
    def test_every_text_is_shown_as_it_is(self, form: Format, definition: Definition) -> None:
        """Law: whatever a stage is called, the diagram is well-formed and shows it, on one line."""
        drawing = READERS[form](diagram(definition, form))
        expected = [
            tuple(text for text in (one_line(stage.id), one_line(stage.label or "")) if text)
            for stage in definition.stages.values()
        ]

        assert expected == list(drawing.stages.values())
        assert [stage.final for stage in definition.stages.values()] == [
            name in drawing.final for name in drawing.stages
        ]

    @given(definition=definitions())
    def test_the_title_is_safe(self, definition: Definition) -> None:
        """Law: name and version stand in the title; in that of Mermaid, which is read as HTML, no sign of HTML does."""
        title = one_line(f"{definition.name}, version {definition.version}")
        lookalikes = title.translate(str.maketrans("<>&", "\u2039\u203a\uff06"))

        assert title == read_dot(diagram(definition, "dot")).title
        assert lookalikes == read_mermaid(diagram(definition, "mermaid")).title

    @given(definition=definitions(), data=st.data())
    def test_it_is_the_same_whatever_the_order_of_sources(self, definition: Definition, data: st.DataObject) -> None:
        """Law: lists that mean the same in any order give the same diagram."""
        shuffled = tuple(
            attrs.evolve(transition, sources=tuple(data.draw(st.permutations(transition.sources))))
            for transition in definition.transitions
        )

        assert diagram(definition) == diagram(attrs.evolve(definition, transitions=shuffled))

    def test_an_unknown_format_is_refused(self) -> None:
        """The error names what there is."""
        with pytest.raises(ValueError, match="'png' is no format of a diagram; there are mermaid, dot, svg"):
            diagram(SMALL, "png")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] - that is the point


class TestCounts:
    """How often leads moved, beside the arrows."""

    @pytest.mark.parametrize("form", TEXTS)
    def test_every_arrow_shows_its_number(self, form: Format) -> None:
        """A number follows the transitions, and is 0 where no lead went."""
        drawing = READERS[form](diagram(SMALL, form, {(None, "iql"): 12, ("iql", "mql"): 3}))

        assert ("capture (automatic)", "12") == drawing.arrows[ENTRY[form], "stage_iql"]
        assert ("qualify (automatic, marketing)", "qualify_by_hand (marketing, sales)", "3") == drawing.arrows[
            "stage_iql", "stage_mql"
        ]
        assert ("win (anyone)", "0") == drawing.arrows["stage_mql", "stage_customer"]

    @pytest.mark.parametrize("form", TEXTS)
    def test_moves_of_another_version_are_shown_as_such(self, form: Format) -> None:
        """A move, or a stage, that the definition does not have is drawn after the others and named so."""
        drawing = READERS[form](diagram(SMALL, form, {("customer", "iql"): 1, ("mql", "1"): 2}))

        assert ("not in this definition", "1") == drawing.arrows["stage_customer", "stage_iql"]
        assert ("not in this definition", "2") == drawing.arrows["stage_mql", "stage_4"]
        assert ("1", "not in this definition") == drawing.stages["stage_4"]

    @pytest.mark.parametrize("form", TEXTS)
    @given(definition=definitions(), data=st.data())
    def test_the_numbers_add_up(self, form: Format, definition: Definition, data: st.DataObject) -> None:
        """Law: no move that was counted is left out, wherever it led: the numbers shown are the counts."""
        stages = st.sampled_from([*definition.stages, "gone", "<gone> too"])
        counts = data.draw(st.dictionaries(st.tuples(st.none() | stages, stages), st.integers(1, 99), max_size=8))

        drawing = READERS[form](diagram(definition, form, counts))

        assert sum(counts.values()) == sum(int(lines[-1]) for lines in drawing.arrows.values())
        assert Counter(counts.values()) == Counter(
            int(lines[-1]) for lines in drawing.arrows.values() if lines[-1] != "0"
        )


class TestSvg:
    """A picture, by the `diagram` extra."""

    def test_it_shows_hostile_names_and_runs_none_of_them(self) -> None:
        """What is written in a definition is text in the picture, and never markup."""
        pytest.importorskip("mermaidx", reason="needs the diagram extra")
        label = 'Lead <script>alert("x")</script> #quot; _no_ 1. & so; on'
        hostile_one = attrs.evolve(SMALL, name="<b>x</b>", stages={**SMALL.stages, "mql": Stage(id="mql", label=label)})

        picture = diagram(hostile_one, "svg", {(None, "iql"): 1234})

        shown = html.unescape(re.sub(r"<[^>]+>", "", picture))
        assert picture.startswith("<svg ")
        assert "<script" not in picture
        assert [1, 1, 1] == [shown.count(text) for text in (label, "\u2039b\u203ax\u2039/b\u203a, version 2", "1234")]

    def test_without_the_extra_it_says_what_to_install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The message is a command to type."""
        monkeypatch.setitem(sys.modules, "mermaidx", None)

        with pytest.raises(CallerError, match=re.escape("pip install 'lead-lifecycle[diagram]'")):
            diagram(SMALL, "svg")
