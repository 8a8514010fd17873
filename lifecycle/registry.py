"""Finds, audits, orders and freezes plugins.

A registry is an object, never a global. It decides which plugins are wanted before importing any, sorts them by name,
audits each, and reports all problems together, naming the plugin with its distribution and version. What it offers
never changes afterwards.
"""

from __future__ import annotations

import importlib.metadata
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, cached_property
from importlib import resources
from typing import Any

import attrs
import pluggy

from lifecycle.canonical import digest
from lifecycle.criteria import About, Criterion, about
from lifecycle.definition import Provenance
from lifecycle.errors import PluginError, Problem
from lifecycle.hooks import PROJECT, Hooks
from lifecycle.parameters import converter_of, fields_of
from lifecycle.record import Record
from lifecycle.spelling import did_you_mean

__all__ = ["Installed", "Offer", "Registry", "installed", "observer_of"]

BindingProblem = tuple[str, str, str]
"""A parameter's name, a code and a message."""


@attrs.frozen
class Installed:
    """A plugin that is installed, whether or not anything uses it."""

    name: str
    distribution: str | None
    version: str | None
    load: Callable[[], object] = attrs.field(repr=False, eq=False)

    def __str__(self) -> str:
        """Name the plugin and where it comes from."""
        return self.name if self.distribution is None else f"{self.name} ({self.distribution} {self.version})"


@attrs.frozen(slots=False)
class Offer:
    """One criterion that a plugin offers; `name` is what definitions use."""

    plugin: Installed
    cls: type[Criterion]
    about: About

    @property
    def name(self) -> str:
        """The name in definitions: `plugin.criterion`."""
        return f"{self.plugin.name}.{self.about.name}"

    @property
    def parameters(self) -> tuple[attrs.Attribute[Any], ...]:
        """The parameters that the criterion takes."""
        return fields_of(self.cls)

    @cached_property
    def provenance(self) -> Provenance:
        """Whose criterion it is, with the digest of its module's source and of its data lists."""
        return Provenance(
            plugin=self.plugin.name,
            criterion=self.about.name,
            version=self.about.version,
            distribution=self.plugin.distribution,
            distribution_version=self.plugin.version,
            fingerprint=_fingerprint(self.cls, self.about),
        )

    def bind(self, parameters: Mapping[str, object]) -> tuple[Criterion | None, list[BindingProblem]]:
        """Make the criterion with these parameters, or say everything that is wrong with them."""
        fields = {field.name: field for field in self.parameters}
        problems = [
            (name, "unknown-parameter", f"{self.name} takes no {name!r}{did_you_mean(name, fields)}")
            for name in parameters
            if name not in fields
        ]
        for name, field in fields.items():
            problems.extend(_wrong(self.name, field, parameters))
            if name not in parameters and field.default is attrs.NOTHING:
                problems.append((name, "missing-parameter", f"{self.name} needs {name!r}"))
        if problems:
            return None, problems
        try:
            return self.cls(**parameters), []
        except (TypeError, ValueError) as error:
            return None, [("use", "wrong-parameter", f"{self.name}: {error}")]


def _wrong(owner: str, field: attrs.Attribute[Any], parameters: Mapping[str, object]) -> Iterator[BindingProblem]:
    convert = converter_of(field)
    if field.name not in parameters or convert is None:
        return
    try:
        convert(parameters[field.name])
    except (TypeError, ValueError) as error:
        yield field.name, "wrong-parameter", f"{field.name!r} of {owner}: {error}"


def _fingerprint(cls: type[Criterion], told: About) -> str:
    """Digest what else may change a verdict: the source of the criterion's package, and the lists it depends on."""
    lists = sorted(told.lists()) if told.lists is not None else []
    return digest("lifecycle-criterion-1", _source(cls.__module__), *(line.encode() for line in lists))


@cache
def _source(name: str) -> bytes:
    """Give the source of a module, together with its neighbours in the same package: a helper decides verdicts too.

    Empty for what was typed in at a prompt: there is no file, and the criterion's version is all that tells.
    """
    module = sys.modules.get(name)
    package = getattr(module, "__package__", None)
    try:
        if package:
            files = sorted((item for item in resources.files(package).iterdir()), key=lambda item: item.name)
            return b"\n".join(item.read_bytes() for item in files if item.name.endswith((".py", ".toml")))
        return inspect.getsource(module).encode() if module is not None else b""
    except (ImportError, OSError, TypeError):
        return b""


class Registry:
    """The frozen, audited set of criteria that plugins offered."""

    def __init__(self, plugins: Iterable[Installed]) -> None:
        """Import, audit and freeze plugins.

        Raises:
            PluginError: a plugin cannot be imported or does not keep to the hooks; all problems are reported together.
        """
        audit = _Audit(sorted(plugins, key=lambda plugin: plugin.name))
        if audit.problems:
            raise PluginError("plugins cannot be used as they are", audit.problems)
        self.offers: Mapping[str, Offer] = {offer.name: offer for offer in audit.offers}

    @classmethod
    def installed(cls, names: Iterable[str] | None = None) -> Registry:
        """Take installed plugins: those of these names, or all.

        Raises:
            PluginError: a plugin of these names is broken or is offered twice; names that nobody offers are left out.
        """
        wanted = None if names is None else set(names)
        return cls(plugin for plugin in installed() if wanted is None or plugin.name in wanted)

    @classmethod
    def of(cls, plugins: Mapping[str, object]) -> Registry:
        """Take plugins at hand, by the names that definitions use: modules, or objects with hook implementations.

        Raises:
            PluginError: a plugin does not keep to the hooks.
        """
        return cls(_at_hand(name, plugin) for name, plugin in plugins.items())

    def __or__(self, other: Registry) -> Registry:
        """Give the offers of both; of one name those of the other win, as for tables."""
        both = Registry(())
        both.offers = {**self.offers, **other.offers}
        return both


def installed() -> Iterator[Installed]:
    """Give the installed plugins without importing any."""
    for distribution in importlib.metadata.distributions():
        for entry in distribution.entry_points:
            if entry.group == PROJECT:
                yield Installed(entry.name, distribution.metadata["Name"], distribution.version, entry.load)


def _at_hand(name: str, plugin: object) -> Installed:
    return Installed(name, None, None, lambda: plugin)


class _Audit:
    """Loads and checks plugins one by one; a broken one hides nobody else's problems."""

    def __init__(self, plugins: Iterable[Installed]) -> None:
        self.manager = pluggy.PluginManager(PROJECT)
        self.manager.add_hookspecs(Hooks)
        self.problems: list[Problem] = []
        self.offers: list[Offer] = []
        seen: dict[str, Installed] = {}
        for plugin in plugins:
            twin = seen.setdefault(plugin.name, plugin)
            if twin is plugin:
                self._take(plugin)
            elif twin != plugin:
                self._say("plugin-twice", f"two distributions offer {plugin.name!r}: {twin} and {plugin}")

    def _say(self, code: str, message: str) -> None:
        self.problems.append(Problem(code=code, message=message))

    def _take(self, plugin: Installed) -> None:
        try:
            loaded = plugin.load()
        except Exception as error:  # noqa: BLE001 - a stranger's code: importing it may raise anything
            self._say("plugin-import", f"{plugin} cannot be imported: {type(error).__name__}: {error}")
            return
        wrong = list(_wrong_hooks(plugin, loaded))
        for message in wrong:
            self._say("plugin-hook", message)
        if not wrong:
            self._register(plugin, loaded)

    def _register(self, plugin: Installed, loaded: object) -> None:
        try:
            self.manager.register(loaded, name=plugin.name)
        except (pluggy.PluginValidationError, ValueError) as error:
            self._say("plugin-hook", f"{plugin}: {error}")
            return
        for implementation in self.manager.hook.lifecycle_criteria.get_hookimpls():
            if implementation.plugin_name == plugin.name:
                self._collect(plugin, implementation.function)

    def _collect(self, plugin: Installed, offer: Callable[[], Any]) -> None:
        try:
            found: list[object] = list(offer())
        except Exception as error:  # noqa: BLE001 - a stranger's code
            self._say("plugin-criteria", f"{plugin}: lifecycle_criteria broke: {type(error).__name__}: {error}")
            return
        names: set[str] = set()
        for cls in found:
            told = about(cls)
            if not isinstance(cls, type) or told is None:
                self._say("plugin-criteria", f"{plugin} offers {_called(cls)}, which has no @criterion decorator")
            elif not callable(getattr(cls, "judge", None)):
                self._say("plugin-criteria", f"{plugin} offers {_called(cls)}, which has no judge(known) method")
            elif told.name in names:
                self._say("plugin-criteria", f"{plugin} offers two criteria named {told.name!r}")
            else:
                names.add(told.name)
                self.offers.append(Offer(plugin, cls, told))


def _called(cls: object) -> str:
    return cls.__qualname__ if isinstance(cls, type) else repr(cls)


def _wrong_hooks(plugin: Installed, loaded: object) -> Iterator[str]:
    """Give what pluggy would pass in silence: a misspelt hook, and one without its marker."""
    known = [name for name in vars(Hooks) if name.startswith("lifecycle_")]
    for name in dir(loaded):
        if not name.startswith("lifecycle_") or inspect.ismodule(getattr(loaded, name, None)):
            continue
        if name not in known:
            yield f"{plugin} has {name!r}, which is no hook{did_you_mean(name, known)}"
        elif not hasattr(getattr(loaded, name), f"{PROJECT}_impl"):
            yield f"{plugin}: {name} has no @hookimpl"


def observer_of(plugin: object) -> Callable[[Record], object]:
    """Give the function to call after a transition: a hook implementation's, or the callable itself.

    Raises:
        TypeError: it is neither.
    """
    hook = getattr(plugin, "lifecycle_after_transition", None)
    if callable(hook):
        return lambda record: hook(record=record)
    if callable(plugin):
        return plugin
    message = f"an observer is a callable or a plugin with lifecycle_after_transition, not {plugin!r}"
    raise TypeError(message)
