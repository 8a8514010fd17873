"""Telling observers of records that are durable: each is named, and what one of them breaks stops nobody."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import attrs

from lifecycle.accidents import Accident, attempt
from lifecycle.errors import PluginError, Problem
from lifecycle.hooks import Observer
from lifecycle.implementing import HOOKS, wrong_arguments, wrong_function
from lifecycle.plugin import Plugin, at_hand, installed
from lifecycle.record import Record
from lifecycle.registry import Registry
from lifecycle.spelling import did_you_mean

__all__ = ["Listed", "Observing", "observing", "tell"]

Listed = Observer | Callable[[Record], object] | str
"""What may be listed as an observer: whoever has the hook, a callable, or the name of an installed plugin."""

HOOK: Final = "lifecycle_after_transition"

_log: Final = logging.getLogger(__name__)


@attrs.frozen
class Observing:
    """An observer that is ready to be told, with the plugin that it comes from."""

    plugin: Plugin
    call: Callable[[Record], object]


def observing(listed: Iterable[Listed | Observing], *, files: Iterable[str | Path] = ()) -> tuple[Observing, ...]:
    """Get observers ready; of the installed plugins only those that are listed by name are imported.

    Args:
        listed: Plugins with the hook, callables, or names of installed plugins; those that are ready stay as they are.
        files: Python files that may be listed by name too.

    Raises:
        PluginError: a plugin that is listed by name is broken, is not there, or observes nothing.
        TypeError: something else is no observer, or could not be told of a record.
    """
    wanted = list(listed)
    named = _named([one for one in wanted if isinstance(one, str)], list(files))
    return tuple(named[one] if isinstance(one, str) else _ready(one) for one in wanted)


def _named(names: Sequence[str], files: Sequence[str | Path]) -> dict[str, Observing]:
    if not names:
        return {}
    registry = Registry.installed(names, files=files)
    problems = list(_missing(names, registry, files))
    if problems:
        raise PluginError("observers cannot be told", problems)
    found = {name: registry.plugins[name] for name in names}
    return {name: Observing(one.plugin, _telling(one.hooks[HOOK])) for name, one in found.items()}


def _missing(names: Sequence[str], registry: Registry, files: Sequence[str | Path]) -> Iterator[Problem]:
    known = [*(one.name for one in installed()), *(Path(file).stem for file in files)]
    for name in names:
        one = registry.plugins.get(name)
        if one is None:
            message = f"no plugin is named {name!r}{did_you_mean(name, known)}"
            yield Problem(code="unknown-observer", message=message)
        elif HOOK not in one.hooks:
            yield Problem(code="unknown-observer", message=f"{one.plugin} observes nothing: it has no {HOOK}")


def _ready(observer: object) -> Observing:
    if isinstance(observer, Observing):
        return observer
    hook: Any = getattr(observer, HOOK, None)
    call: Any = hook if callable(hook) else observer
    plugin = at_hand(_name_of(observer), observer)
    if not callable(call):
        message = f"an observer is a callable, a plugin with {HOOK} or the name of one, not {observer!r}"
        raise TypeError(message)
    wrong = [*wrong_function(call), *(wrong_arguments(call, HOOKS[HOOK]) if call is hook else ())]
    if wrong:
        message = f"the observer {plugin} {'; and it '.join(wrong)}"
        raise TypeError(message)
    return Observing(plugin, _telling(call) if call is hook else call)


def _name_of(observer: object) -> str:
    if inspect.ismodule(observer):
        return observer.__name__
    named = observer if inspect.isroutine(observer) or inspect.isclass(observer) else type(observer)
    return f"{named.__module__}.{named.__qualname__}"


def _telling(hook: Callable[..., object]) -> Callable[[Record], object]:
    """Call a hook as pluggy would: with the arguments that it names."""
    if inspect.signature(hook).parameters:
        return lambda record: hook(record=record)
    return lambda _: hook()


def tell(observers: Iterable[Observing], records: Sequence[Record]) -> tuple[str, ...]:
    """Tell each observer of each record, and give what broke, each with its plugin; it has been logged already."""
    broken: list[str] = []
    for record in records:
        for one in observers:
            _, error = attempt(partial(one.call, record))
            if error is not None:
                said = f"the observer {one.plugin} broke after a record was written"
                _log.error("%s (sequence %d)", said, record.sequence, exc_info=error)
                broken.append(f"{said}: {Accident(one.plugin, error).text}")
    return tuple(broken)
