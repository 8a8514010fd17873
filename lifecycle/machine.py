"""The state machine: a granted decision moves a cursor, or nothing happens.

The only user of `transitions`. One machine is built per definition and shared by all leads and threads; nothing in it
ever changes. The criteria have been judged before it is asked, and it proves legality again from its own table: the one
condition on every edge reads the decision. There are no callbacks, so nothing can fail after the move, and no automatic
`to_stage` triggers, which would go round every condition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from lifecycle.decision import Decision
from lifecycle.definition import Definition

if TYPE_CHECKING:
    from transitions import EventData

__all__ = ["OUTSIDE", "Machine"]

OUTSIDE: Final = "(new)"
"""The state of a lead before its entry; no stage id can be spelled like it."""


@attrs.define(eq=False)
class _Cursor:
    """A throw-away holder of one state; `transitions` writes into it and into nothing else.

    The field is not named `state`, because no trigger may be named as it is, and `state` is a likely trigger.
    """

    cursor_state: str


def _decided(event: EventData) -> bool:
    """Open exactly the edge that the decision granted."""
    decision: Decision = event.kwargs["decision"]
    edge = event.transition
    return decision.granted and edge is not None and edge.dest == decision.target


class Machine:
    """The table of one definition as a state machine; immutable and safe to share between threads."""

    __slots__ = ("_machine",)

    def __init__(self, definition: Definition) -> None:
        from transitions import Machine as _Machine  # noqa: PLC0415 - loads transitions

        self._machine: Final = _Machine(
            model=None,
            states=[OUTSIDE, *definition.stages],
            initial=OUTSIDE,
            model_attribute="cursor_state",
            transitions=[
                {
                    "trigger": transition.trigger,
                    "source": list(transition.sources) or OUTSIDE,
                    "dest": transition.target,
                    "conditions": _decided,
                }
                for transition in definition.transitions
            ],
            auto_transitions=False,
            send_event=True,
            queued=False,
        )

    def move(self, decision: Decision) -> str:
        """Give the stage that a granted decision leads to.

        Raises:
            ValueError: the decision is not granted, or the table has no such edge: a decision of another definition.
        """
        cursor = _Cursor(decision.source or OUTSIDE)
        event = self._machine.events.get(decision.trigger)
        known = event is not None and cursor.cursor_state in event.transitions
        if event is None or not known or event.trigger(cursor, decision=decision) is not True:
            message = f"no move from {cursor.cursor_state} by {decision.trigger} is granted ({decision.result.value})"
            raise ValueError(message)
        return cursor.cursor_state

    def edges(self) -> frozenset[tuple[str, str, str]]:
        """Give every (trigger, source, target) of the table, `OUTSIDE` as the source of entries."""
        return frozenset(
            (name, edge.source, str(edge.dest))
            for name, event in self._machine.events.items()
            for edges in event.transitions.values()
            for edge in edges
        )
