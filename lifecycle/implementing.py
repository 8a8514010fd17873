"""The hooks of a plugin: which ones it has, and why one of them would not do what its author means.

Nothing is touched that is not a function: a property of a stranger's is code, and reading it would run it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import attrs

from lifecycle.accidents import place_of_code
from lifecycle.errors import Place
from lifecycle.hooks import PROJECT, Hooks
from lifecycle.narrowing import is_mapping
from lifecycle.spelling import did_you_mean

__all__ = ["HOOKS", "Implementation", "implementations", "wrong_arguments", "wrong_function"]

HOOKS: Final[Mapping[str, tuple[str, ...]]] = {
    name: tuple(inspect.signature(hook).parameters)[1:]
    for name, hook in vars(Hooks).items()
    if name.startswith(f"{PROJECT}_")
}
"""The arguments of each hook."""

_MARK: Final = f"{PROJECT}_impl"
_VARIABLE: Final = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
_OF_A_CLASS: Final = (staticmethod, classmethod)
_LEFT_OUT: Final = ("wrapper", "hookwrapper", "tryfirst", "trylast")


@attrs.frozen
class Implementation:
    """What a plugin has under the name of a hook, or under a mark of one.

    Attributes:
        name: Its name in the plugin.
        call: The function, ready to be called; None where it is none.
        mark: What `@hookimpl` was told; None where it is missing.
    """

    name: str
    call: Callable[..., Any] | None
    mark: Mapping[str, Any] | None

    @property
    def hook(self) -> str:
        """The name of the hook that is meant."""
        return (self.mark or {}).get("specname") or self.name

    @property
    def place(self) -> Place | None:
        """Where it stands."""
        return place_of_code(self.call)

    def problems(self) -> Iterator[str]:
        """Give why it would not be called, or would not do what its author means."""
        if self.hook not in HOOKS:
            hint = did_you_mean(self.hook, HOOKS) or f"; the hooks are {', '.join(HOOKS)}"
            yield f"has {self.hook!r}, which is no hook{hint}"
        elif self.call is None:
            yield f"has a {self.hook} that is no function, so it would never be called; make it one"
        else:
            yield from self._wrong(self.call)

    def _wrong(self, call: Callable[..., Any]) -> Iterator[str]:
        if self.mark is None:
            other = next((name.removesuffix("_impl") for name in vars(call) if name.endswith("_impl")), None)
            of = "" if other is None else f", only that of {other!r}"
            yield f"has a {self.hook} without @hookimpl{of}, so it would never be called; import it from lifecycle"
        for option in _LEFT_OUT:
            if self.mark is not None and self.mark.get(option):
                yield f"has a {self.hook} with {option}=True, which means nothing here; leave it out"
        yield from (f"has a {self.hook} that {message}" for message in wrong_function(call, steps=self._may_yield))
        yield from (f"has a {self.hook} that {message}" for message in wrong_arguments(call, HOOKS[self.hook]))

    @property
    def _may_yield(self) -> bool:
        return self.hook != "lifecycle_after_transition"


def implementations(plugin: object) -> Iterator[Implementation]:
    """Give whatever in a plugin is marked as a hook, or named like one."""
    for name in dir(plugin):
        static: Any = inspect.getattr_static(plugin, name, None)
        function: Any = getattr(static, "__func__", static) if type(static) in _OF_A_CLASS else static
        callable_ = inspect.isroutine(function)
        mark: Any = getattr(function, _MARK, None) if callable_ else None
        named = name.startswith(f"{PROJECT}_") and not inspect.ismodule(static)
        if named or is_mapping(mark):
            call: Any = getattr(plugin, name) if callable_ else None
            found = Implementation(name, call, mark if is_mapping(mark) else None)
            if found.hook in HOOKS or not (found.mark or {}).get("optionalhook"):  # meant for other versions of ours
                yield found


def wrong_function(call: Callable[..., Any], *, steps: bool = False) -> Iterator[str]:
    """Give why calling a function would not run it.

    Args:
        call: The function.
        steps: Whether it may be a generator, which is walked to its end.
    """
    if inspect.iscoroutinefunction(call) or inspect.isasyncgenfunction(call):
        yield "is async, and nobody would await it; write a plain def"
    elif inspect.isgeneratorfunction(call) and not steps:
        yield "has a yield, so calling it would run nothing; leave the yield out"


def wrong_arguments(call: Callable[..., Any], given: tuple[str, ...]) -> Iterator[str]:
    """Give why a function cannot be called with the arguments that a hook gives, in any version of pluggy."""
    offered = ", ".join(given) or "none"
    for parameter in inspect.signature(call).parameters.values():
        name = parameter.name
        if parameter.kind in _VARIABLE:
            star = "*" if parameter.kind is inspect.Parameter.VAR_POSITIONAL else "**"
            yield f"takes {star}{name}, which nobody fills; name the arguments it wants (offered: {offered})"
        elif name not in given:
            yield f"wants {name!r}, which nobody gives{did_you_mean(name, given)} (offered: {offered})"
        elif parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            yield f"takes {name!r} by keyword only; leave out the `*` before it"
        elif parameter.default is not inspect.Parameter.empty:
            yield f"has a default for {name!r}, which is always given; leave the default out"
