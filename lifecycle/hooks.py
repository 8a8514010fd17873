"""The hook specifications: everything a plugin may implement.

Hooks only collect. Nothing is judged through a hook, and there is no veto hook: a veto is a criterion, written in the
definition, or the definition would no longer say what opens a transition.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, Protocol

import pluggy

from lifecycle.criteria import Criterion

if TYPE_CHECKING:
    from lifecycle.record import Record

__all__ = ["PROJECT", "Hooks", "Observer", "hookimpl", "hookspec"]

PROJECT: Final = "lifecycle"
"""pluggy's project name, and the entry-point group under which plugins are installed."""

hookspec: Final = pluggy.HookspecMarker(PROJECT)
hookimpl: Final = pluggy.HookimplMarker(PROJECT)


class Observer(Protocol):
    """Whoever has the hook for records: a plugin's module, or any object."""

    def lifecycle_after_transition(self, record: Record) -> None:
        """Observe a record after it is durable."""
        ...


class Hooks:
    """The hooks, each with its meaning and the moment at which it is called."""

    @hookspec
    def lifecycle_criteria(self) -> Iterable[type[Criterion]]:  # type: ignore[empty-body]  # a specification
        """Give the criteria this plugin offers; called once, when a registry is frozen.

        Every class carries `@criterion("name", version="1")`. Definitions use them as `plugin.name`.
        """

    @hookspec
    def lifecycle_after_transition(self, record: Record) -> None:
        """Observe a record after it is durable; it cannot be undone, and a failure here is reported, not swallowed."""

    @hookspec
    def lifecycle_cli(self, group: Any) -> None:
        """Add commands to the command line; `group` is the click group of `lifecycle`."""
