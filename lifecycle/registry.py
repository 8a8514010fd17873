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
from types import MappingProxyType
from typing import Any, Final

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

__all__ = ["RESERVED", "Installed", "Offer", "Registry", "installed", "observer_of"]

RESERVED: Final = frozenset({"use", "unknown_as", "why", "blocks"})
"""What a definition says of a criterion beside its parameters; no parameter can have such a name."""

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
        """Whose criterion it is, with the digest of what else may change a verdict: its package and its lists.

        Raises:
            PluginError: the plugin cannot say what its lists are.
        """
        return Provenance(
            plugin=self.plugin.name,
            criterion=self.about.name,
            version=self.about.version,
            distribution=self.plugin.distribution,
            distribution_version=self.plugin.version,
            fingerprint=digest("lifecycle-criterion-1", _source(self.cls.__module__), *self._lists()),
        )

    def _lists(self) -> list[bytes]:
        try:
            return [] if self.about.lists is None else sorted(line.encode() for line in self.about.lists())
        except Exception as error:
            message = f"{self.plugin}: the lists of {self.about.name!r} broke: {type(error).__name__}: {error}"
            raise PluginError(_UNUSABLE, [Problem(code="plugin-lists", message=message)]) from error

    def bind(self, parameters: Mapping[str, object]) -> tuple[Criterion | None, list[BindingProblem]]:
        """Make the criterion with these parameters, or say everything that is wrong with them."""
        fields = {field.name: field for field in self.parameters}
        problems = [
            (name, "unknown-parameter", f"{self.name} takes no {name!r}{did_you_mean(name, fields)}")
            for name in parameters
            if name not in fields
        ]
        for name, field in fields.items():
            if name in parameters:
                problems.extend(self._wrong(field, parameters[name]))
            elif field.default is attrs.NOTHING:
                problems.append((name, "missing-parameter", f"{self.name} needs {name!r}"))
        if problems:
            return None, problems
        try:
            return self.cls(**parameters), []
        except Exception as error:  # noqa: BLE001 - a stranger's validators: they may raise anything
            return None, [(_field_of(error), "wrong-parameter", f"{self.name}: {_said(error)}")]

    def _wrong(self, field: attrs.Attribute[Any], value: object) -> Iterator[BindingProblem]:
        convert = converter_of(field)
        try:
            if convert is not None:
                convert(value)
        except Exception as error:  # noqa: BLE001 - a stranger's converter: it may raise anything
            yield field.name, "wrong-parameter", f"{field.name!r} of {self.name}: {_said(error)}"


def _field_of(error: Exception) -> str:
    """Give the parameter that a validator of attrs names, or the whole criterion where none is named."""
    named: list[attrs.Attribute[Any]] = [item for item in error.args if isinstance(item, attrs.Attribute)]
    return named[0].name if named else "use"


def _said(error: Exception) -> str:
    """Give what an error says: of a refusal the reason, of anything else also what kind of accident it is."""
    message = str(error.args[0]) if error.args else ""  # the errors of attrs' validators carry more than that
    return message if isinstance(error, (TypeError, ValueError)) else f"{type(error).__name__}: {message}"


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


_UNUSABLE: Final = "plugins cannot be used as they are"


class Registry:
    """The frozen, audited set of criteria that plugins offered."""

    def __init__(self, plugins: Iterable[Installed]) -> None:
        """Import, audit and freeze plugins.

        Raises:
            PluginError: a plugin cannot be imported or does not keep to the hooks; all problems are reported together.
        """
        audit = _Audit(sorted(plugins, key=lambda plugin: (plugin.name, str(plugin))))
        if audit.problems:
            raise PluginError(_UNUSABLE, audit.problems)
        self.offers: Mapping[str, Offer] = MappingProxyType({offer.name: offer for offer in audit.offers})

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
        both.offers = MappingProxyType({**self.offers, **other.offers})
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
        if not plugin.name or "." in plugin.name:
            self._say("plugin-name", f"{plugin}: a plugin's name has no dot, since definitions say plugin.criterion")
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

    def _collect(self, plugin: Installed, offers: Callable[[], Any]) -> None:
        try:
            found: list[object] = list(offers())
        except Exception as error:  # noqa: BLE001 - a stranger's code
            self._say("plugin-criteria", f"{plugin}: lifecycle_criteria broke: {type(error).__name__}: {error}")
            return
        names: set[str] = set()
        for cls in found:
            told = about(cls)
            if not isinstance(cls, type) or told is None:
                called = cls.__qualname__ if isinstance(cls, type) else repr(cls)
                self._say("plugin-criteria", f"{plugin} offers {called}, which is no class under @criterion")
                continue
            offer = Offer(plugin, cls, told)
            wrong = [*_wrong_criterion(offer), *(["is offered twice"] if told.name in names else [])]
            for message in wrong:
                self._say("plugin-criteria", f"{plugin}: the criterion {told.name!r} {message}")
            names.add(told.name)
            self.offers.append(offer)


def _wrong_criterion(offer: Offer) -> Iterator[str]:
    """Give what would only be noticed when somebody uses or judges the criterion."""
    judge = getattr(offer.cls, "judge", None)
    if not callable(judge):
        yield "has no judge(known) method"
    elif not _takes_a_snapshot(judge):
        yield "has a judge method that does not take the snapshot, and nothing else"
    for field in offer.parameters:
        if field.name in RESERVED:
            yield f"has a parameter {field.name!r}, which is a word of definitions"


def _takes_a_snapshot(judge: Callable[..., object]) -> bool:
    try:
        inspect.signature(judge).bind("self", "known")
    except TypeError:
        return False
    return True


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
