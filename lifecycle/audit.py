"""Loads plugins and says everything that is wrong with them, each problem with the plugin, its file and the cure.

What pluggy lets pass in silence is a problem here: a misspelt hook, a forgotten marker, an argument that nobody gives.
Whatever a plugin does while it is loaded is contained, ending the program included; only Ctrl-C is not.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final

import attrs
import pluggy

from lifecycle.accidents import Accident, attempt, place_of_code
from lifecycle.criteria import about
from lifecycle.errors import Place, Problem
from lifecycle.hooks import PROJECT, Hooks
from lifecycle.implementing import HOOKS, Implementation, implementations, wrong_function
from lifecycle.offer import Offer
from lifecycle.plugin import COMMANDS, Plugin, installed

__all__ = ["RESERVED", "Audited", "audit"]

RESERVED: Final = frozenset({"use", "unknown_as", "why", "blocks"})
"""What a definition says of a criterion beside its parameters; no parameter can have such a name."""

_NOTHING: Final[Mapping[str, Callable[..., Any]]] = MappingProxyType({})


@attrs.frozen(kw_only=True)
class Audited:
    """A plugin that has been loaded, or has not let itself be loaded.

    Attributes:
        plugin: The plugin.
        others: What else bears its name, from other distributions.
        hooks: Its hooks, ready to be called.
        offers: Its criteria.
        problems: What is wrong with it; then nothing of it is used.
        seconds: How long it took to load it and to look at it.
    """

    plugin: Plugin
    others: tuple[Plugin, ...] = ()
    hooks: Mapping[str, Callable[..., Any]] = _NOTHING
    offers: tuple[Offer, ...] = ()
    problems: tuple[Problem, ...] = ()
    seconds: float = 0.0


def audit(plugins: Iterable[Plugin]) -> tuple[Audited, ...]:
    """Load and look at plugins, one for each name and in the order of names; a broken one hides no other's problems."""
    ordered = sorted(plugins, key=lambda plugin: (plugin.name, str(plugin), plugin.value or ""))
    return tuple(_audited(tuple(dict.fromkeys(same))) for _, same in groupby(ordered, key=attrgetter("name")))


def _audited(same: tuple[Plugin, ...]) -> Audited:
    """Look at what bears one name; where there are several, none of them is run."""
    plugin, *others = same
    if others:
        named = " and ".join(f"{one}, {one.file or 'at hand'}" for one in same)
        message = f"{len(same)} plugins are named {plugin.name!r}: {named}; uninstall or rename all but one"
        return Audited(plugin=plugin, others=tuple(others), problems=(Problem(code="plugin-twice", message=message),))
    started = time.perf_counter()
    found = _Audit(plugin)
    seconds = time.perf_counter() - started
    return Audited(
        plugin=plugin,
        hooks=MappingProxyType(found.hooks),
        offers=tuple(found.offers),
        problems=tuple(found.problems),
        seconds=seconds,
    )


class _Audit:
    """Loads one plugin and looks at it."""

    def __init__(self, plugin: Plugin) -> None:
        self.plugin = plugin
        self.problems: list[Problem] = []
        self.offers: list[Offer] = []
        self.hooks: dict[str, Callable[..., Any]] = {}
        if not plugin.name.strip() or "." in plugin.name:
            cure = "the file" if plugin.path else "its entry point" if plugin.value else "it"
            self._say("plugin-name", f"cannot be meant by a definition, which says plugin.criterion; rename {cure}")
        loaded = self._tried("plugin-import", "cannot be imported", plugin.load)
        if not self.problems:
            self._examine(loaded)

    def _say(self, code: str, message: str, place: Place | None = None) -> None:
        file, path = self.plugin.file, self.plugin.path
        where = place or (Place(file) if file is not None else None)
        if where is not None and path is not None and where.file == str(path.resolve()):
            where = attrs.evolve(where, file=str(path))  # as it was given
        self.problems.append(Problem(code=code, message=f"{self.plugin} {message}", place=where))

    def _tried(self, code: str, what: str, act: Callable[[], Any]) -> Any:
        """Run a stranger's code, and say what it broke."""
        made, error = attempt(act)
        if error is not None:
            accident = Accident(self.plugin, error)
            if code == "plugin-import" and accident.missing:
                code, what = "plugin-unavailable", "is unavailable"
            self._say(code, f"{what}: {accident.text}{accident.cure}", accident.place)
        return made

    def _examine(self, loaded: object) -> None:
        if inspect.isclass(loaded) or loaded is None:
            what = f"the class {loaded.__qualname__}" if inspect.isclass(loaded) else "None"
            self._say("plugin-hook", f"is {what}, whose hooks nobody could call; name a module or an instance instead")
            return
        found = self._tried("plugin-hook", "cannot be looked at", lambda: list(implementations(loaded)))
        for one in found or ():
            for message in one.problems():
                self._say("plugin-hook", message, one.place)
            if one.hook in self.hooks:
                self._say("plugin-hook", f"implements {one.hook} twice; leave one", one.place)
            elif one.call is not None and one.hook in HOOKS:
                self.hooks[one.hook] = one.call
        if not self.problems:
            self._hold_to_its_group()
        if not self.problems:
            self._collect(found)

    def _hold_to_its_group(self) -> None:
        """Say so where a hook would never be called, because nothing is installed under the group that is asked."""
        plugin = self.plugin
        if not self.hooks:
            cure = "name the module that has them in the entry point" if plugin.value else "mark them with @hookimpl"
            self._say("plugin-hook", f"has no hooks; {cure}")
        elif plugin.group == COMMANDS and "lifecycle_cli" not in self.hooks:
            self._say("plugin-hook", f"is in the group {COMMANDS!r} and has no lifecycle_cli")
        elif "lifecycle_cli" in self.hooks and not self._adds_commands():
            message = f"has lifecycle_cli, which is called for entry points in the group {COMMANDS!r} only"
            cure = "install it to add commands" if plugin.group is None else "name it there too"
            self._say("plugin-hook", f"{message}; {cure}")

    def _adds_commands(self) -> bool:
        """Say whether somebody asks for its commands; of what is at hand nobody knows where it will be installed."""
        plugin = self.plugin
        at_hand = plugin.group is None and plugin.path is None
        return plugin.group == COMMANDS or at_hand or any(plugin.name == one.name for one in installed(COMMANDS))

    def _collect(self, found: Iterable[Implementation]) -> None:
        manager = pluggy.PluginManager(PROJECT)
        manager.add_hookspecs(Hooks)
        holder = _Holder()  # and not the plugin itself, whose properties and `==` are a stranger's code as well
        for one in found:
            setattr(holder, one.hook, one.call)
        manager.register(holder, name=self.plugin.name or None)
        for implementation in manager.hook.lifecycle_criteria.get_hookimpls():
            self._offered_by(implementation.function)

    def _offered_by(self, give: Callable[[], Any]) -> None:
        offered = self._tried("plugin-criteria", "broke in lifecycle_criteria", lambda: _listed(give()))
        for cls in offered or ():
            self._take(cls)

    def _take(self, cls: object) -> None:
        told = about(cls)
        if not isinstance(cls, type) or told is None:
            called = cls.__qualname__ if isinstance(cls, type) else repr(cls)
            self._say("plugin-criteria", f"offers {called}, which is no class under @criterion", _place_of(cls))
            return
        offer = Offer(self.plugin, cls, told)
        twice = any(told.name == other.about.name for other in self.offers)
        for message in (*_wrong_criterion(offer), *(["is offered twice; rename one"] if twice else [])):
            self._say("plugin-criteria", f"offers the criterion {told.name!r}, which {message}", _place_of(cls))
        self._tried("plugin-lists", f"cannot say what the lists of {told.name!r} are", lambda: offer.provenance)
        self.offers.append(offer)


class _Holder:
    """Holds the hooks of a plugin, and is equal to nothing but itself."""


def _listed(offered: Any) -> list[object]:
    """Give what a hook returned as a list; a generator runs here, where whatever it raises is contained.

    Raises:
        TypeError: it is no list.
    """
    if offered is None or isinstance(offered, (type, str)):
        message = f"it gave {offered!r}, and not a list of classes; is a `return [...]` missing?"
        raise TypeError(message)
    return list(offered)


def _place_of(cls: object) -> Place | None:
    return place_of_code(getattr(cls, "judge", None)) if isinstance(cls, type) else None


def _wrong_criterion(offer: Offer) -> Iterator[str]:
    """Give what would only be noticed when somebody uses or judges the criterion."""
    told: Mapping[str, Any] = {"name": offer.about.name, "version": offer.about.version}  # whatever the types say
    for what, text in told.items():
        if not isinstance(text, str) or not text.strip():
            yield f"needs a text as its {what}, not {text!r}"
    judge = getattr(offer.cls, "judge", None)
    if not callable(judge):
        yield "has no judge(known) method"
    elif not _takes_a_snapshot(judge):
        yield "has a judge method that does not take the snapshot, and nothing else; write judge(self, known)"
    else:
        yield from (f"has a judge method that {message}" for message in wrong_function(judge))
    for field in offer.parameters:
        if field.name in RESERVED:
            yield f"has a parameter {field.name!r}, which is a word of definitions; rename it"


def _takes_a_snapshot(judge: Callable[..., object]) -> bool:
    try:
        inspect.signature(judge).bind("self", "known")
    except TypeError:
        return False
    return True
