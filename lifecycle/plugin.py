"""Where plugins come from: installed distributions, files, and objects at hand. Nothing is imported here.

A `Plugin` is known by its name before its code runs, so that what is not wanted is never imported.
"""

from __future__ import annotations

import importlib.machinery
import importlib.metadata
import importlib.util
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Final

import attrs

from lifecycle.hooks import PROJECT

__all__ = ["COMMANDS", "Plugin", "at_hand", "installed", "of_file"]

COMMANDS: Final = f"{PROJECT}.cli"
"""The entry-point group of plugins that add commands to the command line."""

FILES: Final = "lifecycle_plugin_file"
"""The module of the plugin `acme.py` is called `lifecycle_plugin_file_acme`, so that it stands in for no other."""


@attrs.frozen
class Plugin:
    """A plugin that may be used, whether or not anything uses it.

    Attributes:
        name: What definitions write before the dot.
        distribution: The distribution that brings it; None for a file, and for an object at hand.
        version: The version of that distribution.
        value: What its entry point names: `module` or `module:object`.
        path: The file, of a plugin that is one.
        group: The group of its entry point.
        load: Runs its code, and gives what has the hooks.
    """

    name: str
    distribution: str | None = None
    version: str | None = None
    value: str | None = None
    path: Path | None = None
    group: str | None = None
    load: Callable[[], object] = attrs.field(kw_only=True, repr=False, eq=False)

    def __str__(self) -> str:
        """Name the plugin and where it comes from."""
        name = self.name or "(nameless)"
        if self.distribution is not None:
            return f"{name} ({self.distribution} {self.version})"
        return name if self.path is None else f"{name} (file {self.path.name})"

    @property
    def module(self) -> str | None:
        """The module that its entry point names."""
        return None if self.value is None else self.value.partition(":")[0].strip()

    @property
    def file(self) -> str | None:
        """The file of its code, as far as it can be told without running it."""
        if self.path is not None:
            return str(self.path)
        return None if self.module is None else _file_of(self.module)


def at_hand(name: str, plugin: object) -> Plugin:
    """Give a module, or an object with hook implementations, as a plugin of this name."""
    return Plugin(name, load=lambda: plugin)


def of_file(path: str | Path) -> Plugin:
    """Give a Python file as a plugin; its name is the file's, without `.py`."""
    file = Path(path)
    return Plugin(file.stem, path=file, load=lambda: _run(file))


def _run(file: Path) -> ModuleType:
    """Run a file as a module of its own; it can be looked up while it is there, as attrs and pickle do."""
    name = f"{FILES}_{file.stem}"
    loader = importlib.machinery.SourceFileLoader(name, str(file.resolve()))
    spec = importlib.util.spec_from_file_location(name, loader.path, loader=loader)
    assert spec is not None, "there is a loader"
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def installed(group: str = PROJECT) -> Iterator[Plugin]:
    """Give the installed plugins, without importing any.

    A distribution whose list of entry points cannot be read is given as a plugin of its own name, which cannot be
    loaded, if that list speaks of us; what is wrong with others is none of our business.
    """
    for distribution in importlib.metadata.distributions():
        yield from _of_distribution(distribution, group)


def _of_distribution(distribution: importlib.metadata.Distribution, group: str) -> Iterator[Plugin]:
    name, version = _named(distribution)
    try:
        entries = [entry for entry in distribution.entry_points if entry.group == group]
    except Exception as error:  # noqa: BLE001 - a stranger's file: it may hold anything
        if _speaks_of(distribution, group):
            yield Plugin(name, name, version, group=group, load=_raising(error))
        return
    for entry in entries:
        yield Plugin(entry.name, name, version, entry.value, group=group, load=entry.load)


def _named(distribution: importlib.metadata.Distribution) -> tuple[str, str]:
    """Give a distribution's name and version, however broken its metadata is."""
    try:
        told = distribution.metadata
        return str(told["Name"] or "(unnamed)"), str(told["Version"] or "(no version)")
    except Exception:  # noqa: BLE001 - a stranger's file, and Pythons differ in what they raise for a missing one
        return "(unnamed)", "(no version)"


def _speaks_of(distribution: importlib.metadata.Distribution, group: str) -> bool:
    text = distribution.read_text("entry_points.txt") or ""
    return re.search(rf"^\s*\[\s*{re.escape(group)}\s*\]", text, re.MULTILINE) is not None


def _raising(error: Exception) -> Callable[[], object]:
    def load() -> object:
        message = f"its entry points cannot be read: {type(error).__name__}: {error}"
        raise ValueError(message)

    return load


def _file_of(module: str) -> str | None:
    """Give the file of a module that may not have been imported, importing none."""
    first, *rest = module.split(".")
    try:
        spec = importlib.util.find_spec(first)
        for part in rest:
            inside = None if spec is None else spec.submodule_search_locations
            spec = None if inside is None else importlib.machinery.PathFinder.find_spec(part, list(inside))
    except (ImportError, ValueError):  # a module that somebody put together by hand has no specification
        return None
    return spec.origin if spec is not None and spec.has_location else None
