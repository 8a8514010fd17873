"""The frozen, audited set of criteria that plugins offered.

A registry is an object, never a global. It decides which plugins are wanted before importing any, sorts them by name,
audits each, and reports all problems together, naming the plugin with its distribution and version. What it offers
never changes afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from lifecycle.audit import RESERVED, Audited, audit
from lifecycle.errors import PluginError, Problem
from lifecycle.offer import Offer
from lifecycle.plugin import Plugin, at_hand, installed, of_file

__all__ = ["RESERVED", "Offer", "Plugin", "Registry", "installed"]

_UNUSABLE: Final = "plugins cannot be used as they are"


class Registry:
    """The frozen, audited set of criteria that plugins offered.

    Attributes:
        plugins: The plugins, by name.
        offers: Their criteria, by the names that definitions use.
    """

    def __init__(self, plugins: Iterable[Plugin]) -> None:
        """Import, audit and freeze plugins.

        Raises:
            PluginError: a plugin cannot be imported or does not keep to the hooks; all problems are reported together.
        """
        audited = audit(plugins)
        problems = [problem for one in audited for problem in one.problems]
        if problems:
            raise PluginError(_UNUSABLE, problems)
        self._freeze({one.plugin.name: one for one in audited})

    def _freeze(self, plugins: Mapping[str, Audited]) -> None:
        self.plugins: Mapping[str, Audited] = MappingProxyType(dict(plugins))
        self.offers: Mapping[str, Offer] = MappingProxyType(
            {offer.name: offer for one in plugins.values() for offer in one.offers}
        )

    @classmethod
    def installed(cls, names: Iterable[str] | None = None, *, files: Iterable[str | Path] = ()) -> Registry:
        """Take installed plugins and files: those of these names, or all.

        Args:
            names: The names that are wanted; nothing else is imported.
            files: Python files, each a plugin of the file's name without `.py`.

        Raises:
            PluginError: a plugin of these names is broken or is there twice; names that nobody offers are left out.
        """
        wanted = None if names is None else set(names)
        found = (*installed(), *(of_file(file) for file in files))
        return cls(plugin for plugin in found if wanted is None or plugin.name in wanted)

    @classmethod
    def sound(cls, names: Iterable[str], *, files: Iterable[str | Path] = ()) -> tuple[Registry, tuple[Problem, ...]]:
        """Take those of installed plugins and files that can be used, and give what is wrong with the others.

        For looking at things only: an engine whose rules are incomplete must not start.
        """
        wanted = set(names)
        found = (*installed(), *(of_file(file) for file in files))
        audited = audit(plugin for plugin in found if plugin.name in wanted)
        made = cls(())
        made._freeze({one.plugin.name: one for one in audited if not one.problems})
        return made, tuple(problem for one in audited for problem in one.problems)

    @classmethod
    def of(cls, plugins: Mapping[str, object]) -> Registry:
        """Take plugins at hand, by the names that definitions use: modules, or objects with hook implementations.

        Raises:
            PluginError: a plugin does not keep to the hooks.
        """
        return cls(at_hand(name, plugin) for name, plugin in plugins.items())

    def __or__(self, other: Registry) -> Registry:
        """Give the plugins of both; of one name those of the other win, as for tables."""
        both = Registry(())
        both._freeze({**self.plugins, **other.plugins})
        return both
