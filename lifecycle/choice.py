"""Where the criteria of a definition come from, chosen by the names that it uses and before anything is imported."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import attrs

from lifecycle.lock import Lock, read_lock
from lifecycle.plugin import installed
from lifecycle.registry import Registry

__all__ = ["Choice"]


@attrs.frozen
class Choice:
    """A registry at hand, or else the installed plugins and the files that are named; with a lock, only as it says."""

    at_hand: Registry | None
    files: tuple[Path, ...] = ()
    lock: Lock | None = None

    @classmethod
    def of(
        cls, plugins: Registry | None = None, *, files: Iterable[str | Path] = (), lock: str | Path | None = None
    ) -> Choice:
        """Take what a caller gives.

        Raises:
            DocumentError: the lock is none.
            FileNotFoundError: there is no such lock.
            ValueError: both a registry and files are given.
        """
        paths = tuple(Path(file) for file in files)
        if plugins is not None and paths:
            raise ValueError("files stand beside the installed plugins; give them or a registry of your own, not both")
        return cls(plugins, paths, None if lock is None else read_lock(lock))

    def registry(self, names: Iterable[str]) -> Registry:
        """Give the registry of plugins of these names; nothing else is imported.

        Raises:
            PluginError: a plugin is broken, or not as it was locked.
        """
        wanted = set(names)
        found = Registry.installed(wanted, files=self.files) if self.at_hand is None else self.at_hand
        if self.lock is not None:
            self.lock.verify(plugin for name, plugin in found.plugins.items() if name in wanted)
        return found

    def names(self) -> set[str]:
        """Give the names of all plugins there are, without importing any."""
        if self.at_hand is not None:
            return set(self.at_hand.plugins)
        return {*(one.name for one in installed()), *(file.stem for file in self.files)}
