"""What is asked of a lead, and by whom."""

from __future__ import annotations

import re
from typing import Final

import attrs

__all__ = ["SYSTEM", "Request", "check_actor"]

SYSTEM: Final = "system"
"""The actor of automatic moves."""

_ACTOR: Final = re.compile(r"[^\s:@]+:[^\s@]+")
"""Without the sign of an address: records are kept for good, and actors are not erased."""


@attrs.frozen(kw_only=True)
class Request:
    """One thing asked of a lead by somebody.

    Args:
        trigger: The name of what is asked.
        actor: `role:id`, an internal id and never a name or an address; the library trusts it.
        reason: A reason code of the transition.
        note: Free text; it is kept apart from the record, so that it can be erased.
        override: Asks to waive what does not hold; only roles in `override_by` may.

    Raises:
        ValueError: the actor is not `role:id`, or the trigger is blank.
    """

    trigger: str
    actor: str
    reason: str | None = None
    note: str | None = None
    override: bool = False

    def __attrs_post_init__(self) -> None:
        """Refuse what nobody could be asked by."""
        if not self.trigger.strip():
            message = "a request names a trigger"
            raise ValueError(message)
        check_actor(self.actor)

    @property
    def role(self) -> str:
        """The role of the actor: what stands before the colon."""
        return self.actor.partition(":")[0]


def check_actor(actor: str) -> None:
    """See to it that an actor is `role:id`, and the id no address.

    Raises:
        ValueError: it is not.
    """
    if not _ACTOR.fullmatch(actor):
        # What was given may be somebody's name, so it is not said.
        message = "an actor is role:id, for instance sales:17, and the id is internal: no address"
        raise ValueError(message)
