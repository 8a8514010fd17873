"""Distributions with a plugin, put into a folder of their own on the path: found as those that pip installs."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from textwrap import dedent

import attrs
import pytest

from lifecycle.hooks import PROJECT

GOOD = """
from lifecycle import criterion, hookimpl, unknown

@criterion("good", version="1")
class Good:
    field: str = "x"
    def judge(self, known):
        return unknown("nothing")

@hookimpl
def lifecycle_criteria():
    return [Good]
"""
"""The source of a plugin that offers the criterion `good`."""


@attrs.frozen
class Site:
    """A folder for distributions, and the path for as long as the test runs."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch

    def on_path(self, folder: Path) -> None:
        """Put a folder in front of the path."""
        self.monkeypatch.setattr(sys, "dont_write_bytecode", True)
        self.monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
        importlib.invalidate_caches()

    def install(self, plugin: str, source: str = GOOD, *, distribution: str | None = None, version: str = "1.0") -> str:
        """Install a distribution with one plugin, and give the name of its module."""
        name = distribution or f"dist-{plugin}"
        module = f"{self.folder.name}_{name}".replace("-", "_")
        home = self.folder / name
        info = home / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir(parents=True)
        (home / f"{module}.py").write_text(dedent(source), encoding="utf-8")
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
        (info / "entry_points.txt").write_text(f"[{PROJECT}]\n{plugin} = {module}\n", encoding="utf-8")
        self.on_path(home)
        return module

    def entry(self, distribution: str, text: str) -> None:
        """Write a distribution's list of entry points anew."""
        (self._info(distribution) / "entry_points.txt").write_text(text, encoding="utf-8")

    def metadata(self, distribution: str, more: str) -> None:
        """Add lines to a distribution's metadata."""
        path = self._info(distribution) / "METADATA"
        path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")

    def _info(self, distribution: str) -> Path:
        [info] = (self.folder / distribution).glob("*.dist-info")
        importlib.invalidate_caches()
        return info

    def package(self, name: str, helper: str) -> str:
        """Write a package with that plugin and a helper beside it, and give its name."""
        package = self.folder / f"{self.folder.name}_{name}"
        package.mkdir()
        (package / "__init__.py").write_text(GOOD, encoding="utf-8")
        (package / "helper.py").write_text(helper, encoding="utf-8")
        (package / "notes.txt").write_text(name, encoding="utf-8")
        self.on_path(self.folder)
        return package.name
