"""The state machine: a granted decision moves a cursor, or nothing happens."""

# pyright: reportPrivateUsage=false
# Some tests look at what the class keeps to itself.

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle import load
from lifecycle.decision import Decision, Kind, Result
from lifecycle.journey import Journey
from lifecycle.loading import packaged
from lifecycle.machine import OUTSIDE, Machine
from tests.made import arrow, day, made

if TYPE_CHECKING:
    from lifecycle.definition import Definition

DEFINITION = made(
    arrow("qualify", "iql", "mql"),
    arrow("accept", "iql mql", "sal"),
    arrow("recycle", "mql sal", "recycled"),
    arrow("wake", "recycled", "iql"),
)


MACHINE = Machine(DEFINITION)


def granted(trigger: str, source: str | None, target: str) -> Decision:
    """Return a granted decision on a move."""
    return Decision(
        result=Result.GRANTED,
        kind=Kind.REQUESTED,
        trigger=trigger,
        at=day(1),
        actor="sales:17",
        journey=Journey(stage=source),
        target=target,
    )


def table(definition: Definition) -> set[tuple[str, str, str]]:
    """Return the arrows of a definition as the machine names them."""
    return {
        (transition.trigger, source, transition.target)
        for transition in definition.transitions
        for source in transition.sources or (OUTSIDE,)
    }


@pytest.mark.parametrize("name", packaged())
def test_its_edges_are_the_arrows_of_the_definition(name: str) -> None:
    """No edge is missing, and none is there that nobody agreed on."""
    definition = load(name)

    assert table(definition) == Machine(definition).edges()


def test_it_has_no_triggers_of_its_own() -> None:
    """`transitions` would add `to_STAGE`, which goes round every condition."""
    machine = Machine(DEFINITION)._machine

    assert {"enter", "qualify", "accept", "recycle", "wake"} == machine.events.keys()


def test_it_has_no_callbacks() -> None:
    """Nothing runs after a move, so that nothing can fail after it; on each edge stands one condition."""
    machine = Machine(DEFINITION)._machine
    edges = [
        edge for event in machine.events.values() for of_source in event.transitions.values() for edge in of_source
    ]

    assert [] == [callback for edge in edges for callback in (*edge.prepare, *edge.before, *edge.after)]
    assert {1} == {len(edge.conditions) for edge in edges}
    assert [] == [callback for state in machine.states.values() for callback in (*state.on_enter, *state.on_exit)]
    assert ([], [], [], [], [], []) == (
        *(machine.before_state_change, machine.after_state_change, machine.prepare_event),
        *(machine.finalize_event, machine.on_exception, machine.on_final),
    )


@pytest.mark.parametrize(("trigger", "source", "target"), sorted(table(DEFINITION)))
def test_a_granted_decision_moves(trigger: str, source: str, target: str) -> None:
    """Along every edge, the entry included."""
    decision = granted(trigger, None if source == OUTSIDE else source, target)

    assert target == Machine(DEFINITION).move(decision)


@pytest.mark.parametrize("result", [result for result in Result if result is not Result.GRANTED])
def test_a_decision_that_is_not_granted_moves_nothing(result: Result) -> None:
    """Whatever the reason, the machine refuses loudly."""
    decision = attrs.evolve(granted("qualify", "iql", "mql"), result=result)

    with pytest.raises(ValueError, match=f"no move from iql by qualify is granted \\({result.value}\\)"):
        Machine(DEFINITION).move(decision)


NAMES = st.sampled_from([OUTSIDE, "iql", "mql", "sal", "recycled", "nowhere"])


@given(
    trigger=st.sampled_from(["enter", "qualify", "accept", "recycle", "wake", "to_sal"]),
    source=NAMES,
    target=NAMES,
    result=st.sampled_from(Result),
)
def test_it_moves_along_the_table_and_nowhere_else(trigger: str, source: str, target: str, result: Result) -> None:
    """Law: a decision moves exactly if it is granted and its arrow stands in the definition."""
    decision = attrs.evolve(granted(trigger, None if source == OUTSIDE else source, target), result=result)

    if result is Result.GRANTED and (trigger, source, target) in table(DEFINITION):
        assert target == MACHINE.move(decision)
    else:
        with pytest.raises(ValueError, match="no move from"):
            MACHINE.move(decision)


@pytest.mark.parametrize(
    ("trigger", "source", "target"),
    [
        ("qualify", "mql", "mql"),
        ("qualify", None, "mql"),
        ("qualify", "iql", "sal"),
        ("qualify", "iql", "nowhere"),
        ("enter", "iql", "iql"),
        ("to_sal", "iql", "sal"),
        ("nonsense", "iql", "mql"),
        ("qualify", "nowhere", "mql"),
    ],
)
def test_an_edge_that_is_not_in_the_table_is_loud(trigger: str, source: str | None, target: str) -> None:
    """A granted decision of another definition is a bug, and never a silent False."""
    with pytest.raises(ValueError, match="no move from"):
        Machine(DEFINITION).move(granted(trigger, source, target))


@pytest.mark.parametrize("trigger", ["state", "states", "initial", "model", "trigger", "to", "is_mql", "may_accept"])
def test_triggers_may_be_named_as_the_library_names_its_own_things(trigger: str) -> None:
    """The words of a document do not meet the attributes of a state machine."""
    machine = Machine(made(arrow(trigger, "iql", "mql")))

    assert "mql" == machine.move(granted(trigger, "iql", "mql"))


def test_threads_share_one_machine() -> None:
    """Nothing in it changes: many threads move along different edges, and each gets its own answer."""
    machine = Machine(DEFINITION)
    edges = sorted(table(DEFINITION)) * 40

    def walk(worker: int) -> list[tuple[str, str]]:
        wrong = list[tuple[str, str]]()
        for trigger, source, target in edges[worker:] + edges[:worker]:
            found = machine.move(granted(trigger, None if source == OUTSIDE else source, target))
            wrong += [(found, target)] if found != target else []
            with pytest.raises(ValueError, match="no move"):
                machine.move(granted(trigger, "nowhere", target))
        return wrong

    with ThreadPoolExecutor(8) as threads:
        assert [[]] * 8 == list(threads.map(walk, range(8)))
    assert table(DEFINITION) == machine.edges()
