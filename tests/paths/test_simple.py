"""The simple paths through a definition."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import attrs
from hypothesis import given
from hypothesis import strategies as st

from lifecycle import Definition, load
from lifecycle.definition import Stage, Transition
from lifecycle.paths import ends_of, simple_paths
from lifecycle.testing.strategies import definitions
from tests.trying import rules

if TYPE_CHECKING:
    from collections.abc import Iterator


def triggers(definition: Definition, *ends: str, most: int = 100) -> list[str]:
    """Return the paths to some stages, each as its triggers."""
    found = simple_paths(definition, ends or ends_of(definition), most=most)
    return [" ".join(step.trigger for step in path) for path in found.paths]


def all_paths(
    definition: Definition, end: str, so_far: tuple[Transition, ...] = ()
) -> Iterator[tuple[Transition, ...]]:
    """Yield the simple paths to a stage by trying everything."""
    stage = so_far[-1].target if so_far else None
    if stage == end:
        yield so_far
        return
    for step in definition.transitions:
        if step.starts_at(stage) and step.target not in {one.target for one in so_far}:
            yield from all_paths(definition, end, (*so_far, step))


def mesh(size: int) -> Definition:
    """Return a definition in which every stage leads to every other."""
    names = [f"s{number}" for number in range(size)]
    entry = Transition(trigger="enter", sources=(), target="s0")
    arrows = [Transition(trigger=f"to_{name}", sources=tuple(names), target=name) for name in names]
    return Definition(
        name="mesh", version="1", stages={name: Stage(id=name) for name in names}, transitions=(entry, *arrows)
    )


class TestPaths:
    """From outside to a stage, and no stage twice."""

    def test_they_end_in_final_stages(self) -> None:
        """Unless somebody asks for others."""
        assert ["capture qualify accept win"] == triggers(rules())
        assert ["capture qualify"] == triggers(rules(), "mql")

    def test_without_a_final_stage_they_end_where_nothing_leads_on(self) -> None:
        """A dead end is an end; a definition that goes round and round has none."""
        assert [(), ("s1",)] == [ends_of(mesh(3)), ends_of(_without_arrows(mesh(2), "s1"))]

    def test_several_ends_are_ends_all(self) -> None:
        """A path does not pass one of them on its way to another."""
        assert ["capture qualify"] == triggers(rules(), "mql", "customer")

    def test_the_shortest_come_first(self) -> None:
        """Few steps are understood first."""
        lengths = [len(path.split()) for path in triggers(load("b2b"))]

        assert 42 == len(lengths)
        assert sorted(lengths) == lengths

    def test_so_many_as_are_asked_for(self) -> None:
        """And it is said whether there are more."""
        found = [simple_paths(load("b2b"), ("customer",), most=most) for most in (5, 42, 43)]

        assert [(5, False), (42, True), (42, True)] == [(len(one.paths), one.complete) for one in found]

    def test_too_many_are_not_looked_for(self) -> None:
        """Eleven stages that all lead to each other have nearly ten million paths; the search ends, and says so."""
        found = simple_paths(mesh(11), ("s10",), most=10**9)

        assert not found.complete
        assert found.paths


def _without_arrows(definition: Definition, stage: str) -> Definition:
    """Return a definition in which nothing leads out of a stage."""
    kept = (attrs.evolve(one, sources=tuple({*one.sources} - {stage})) for one in definition.transitions)
    arrows = tuple(one for one in kept if one.sources or one.trigger == "enter")
    return attrs.evolve(definition, transitions=arrows)


class TestLaws:
    """What holds for every definition."""

    @given(st.data())
    def test_they_are_all_there_are(self, data: st.DataObject) -> None:
        """What trying everything finds is what is found, each once."""
        definition = data.draw(definitions())
        end = data.draw(st.sampled_from(list(definition.stages)))
        found = simple_paths(definition, (end,), most=10_000)

        assert found.complete
        assert len(found.paths) == len(set(found.paths))
        assert set(all_paths(definition, end)) == set(found.paths)

    @given(st.data())
    def test_each_is_a_path_and_simple(self, data: st.DataObject) -> None:
        """Each step leaves the stage that the one before has led to, and no stage comes twice."""
        definition = data.draw(definitions())
        end = data.draw(st.sampled_from(list(definition.stages)))
        for path in simple_paths(definition, (end,), most=50).paths:
            stages = [step.target for step in path]

            assert path[0].starts_at(None)
            assert all(step.starts_at(before.target) for before, step in pairwise(path))
            assert len(stages) == len(set(stages))
            assert end == stages[-1]
