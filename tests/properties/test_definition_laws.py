"""Laws of a definition that has been read, and of what is said about it before it runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lifecycle.definition import Definition
from lifecycle.errors import DefinitionError, Severity
from lifecycle.lint import lint
from lifecycle.loading import read_definition
from lifecycle.machine import OUTSIDE, Machine
from lifecycle.testing.documents import definition_tables, definitions, plugins, toml_text
from tests.properties.cases import few


def reached(definition: Definition) -> set[str]:
    """Give the stages that some way leads to, by walking in every direction until nothing is new."""
    found: set[str] = set()
    for _ in definition.stages:
        found |= {way.target for way in definition.transitions if not way.sources or found & set(way.sources)}
    return found


@st.composite
def cut(draw: st.DrawFn) -> dict[str, Any]:
    """Give the data of a definition that has lost some of its transitions."""
    table = draw(definition_tables())
    ways = table["transitions"]
    kept = draw(st.lists(st.sampled_from(range(len(ways))), unique=True, min_size=1))
    return {**table, "transitions": [ways[index] for index in sorted(kept)]}


class TestReach:
    """Every stage can be reached."""

    @few
    @given(definitions())
    def test_a_definition_that_checks_clean_has_no_unreachable_stage(self, definition: Definition) -> None:
        """Law: a definition that checks clean has no unreachable stage."""
        assert not [problem for problem in lint(definition) if problem.severity is Severity.ERROR]
        assert set(definition.stages) == reached(definition)

    @few
    @given(cut())
    def test_a_stage_that_no_way_leads_to_is_an_error(self, table: Mapping[str, Any]) -> None:
        """Law: a definition that checks clean has no unreachable stage; the others say which stage that is."""
        stages = {stage: set[str]() for stage in table["stages"]}
        entered = {way["to"] for way in table["transitions"] if "from" not in way}
        for way in table["transitions"]:
            for source in way.get("from", ()):
                stages[source].add(way["to"])
        for _ in stages:
            entered |= {target for stage in entered for target in stages[stage]}
        lost = set(stages) - entered
        try:
            definition = read_definition(toml_text(table), plugins=plugins())
        except DefinitionError as error:
            codes = [problem for problem in error.problems if problem.code == "unreachable-stage"]
            assert lost == {str(problem.path[1]) for problem in codes}
        else:
            assert set() == lost
            assert set(definition.stages) == reached(definition)


class TestMachine:
    """The machine is the definition's table, and nothing more."""

    @few
    @given(definitions())
    def test_the_edges_are_those_of_the_definition(self, definition: Definition) -> None:
        """Law: no stage is reached except by a defined transition: the machine has exactly the definition's edges."""
        expected = {
            (way.trigger, source, way.target) for way in definition.transitions for source in way.sources or (OUTSIDE,)
        }
        assert expected == Machine(definition).edges()

    @few
    @given(definitions())
    def test_a_definition_read_again_is_the_same(self, definition: Definition) -> None:
        """Law: encode/decode round trips: the kept text, read again, gives the same rules under the same digests."""
        again = read_definition(definition.text, plugins=plugins())
        assert (definition.hash, definition.rules_digest) == (again.hash, again.rules_digest)
        assert definition == again
