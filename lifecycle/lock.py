"""A lock: in which state each plugin is to be, written to a file and compared when a definition is read.

The lock covers what decides: the criteria, with their plugins. Observers and commands decide nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import attrs

from lifecycle.audit import Audited
from lifecycle.document import Document
from lifecycle.document import Path as Way
from lifecycle.errors import DocumentError, Place, PluginError, Problem
from lifecycle.spelling import did_you_mean

__all__ = ["FORMAT", "Lock", "lock_text", "read_lock"]

FORMAT: Final = "lifecycle-lock-1"

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")

_HEAD: Final = """\
# The plugins that decide, as they were when `lifecycle plugins lock` wrote this file.
# Give it to a command with --lock, or to load(..., lock=...): what differs is refused.
"""


@attrs.frozen(kw_only=True)
class _CriterionShape:
    """One criterion of a plugin."""

    version: str
    fingerprint: str


@attrs.frozen(kw_only=True)
class _PluginShape:
    """One plugin; a file has no distribution."""

    distribution: str | None = None
    version: str | None = None
    criteria: dict[str, _CriterionShape] = attrs.field(factory=dict[str, _CriterionShape])


@attrs.frozen(kw_only=True)
class _LockShape:
    """The whole file."""

    format: str
    plugins: dict[str, _PluginShape] = attrs.field(factory=dict[str, _PluginShape])


@attrs.frozen
class Lock:
    """A lock that has been read, with the document that it stands in."""

    document: Document
    plugins: Mapping[str, _PluginShape]

    def verify(self, plugins: Iterable[Audited]) -> None:
        """Compare plugins with the lock; what the lock names besides is none of its business.

        Raises:
            PluginError: something differs; all differences of all plugins are reported together.
        """
        problems = [problem for one in plugins for problem in self._differences(one)]
        if problems:
            raise PluginError(f"the plugins are not those of {self.document.file}", problems)

    def _differences(self, found: Audited) -> Iterator[Problem]:
        name = found.plugin.name
        wanted = self.plugins.get(name)
        if wanted is None:
            hint = did_you_mean(name, self.plugins) or "; lock the plugins again, if it is to be used"
            place = Place(self.document.file)
            yield Problem(code="not-locked", message=f"{found.plugin} is not in the lock{hint}", place=place)
            return
        yield from self._compared(found, wanted)

    def _compared(self, found: Audited, wanted: _PluginShape) -> Iterator[Problem]:
        plugin, way = found.plugin, ("plugins", found.plugin.name)
        if wanted.distribution != plugin.distribution:
            told = f"{_or_none(plugin.distribution)}, locked is {_or_none(wanted.distribution)}"
            yield self._say(f"{plugin}: the distribution is {told}", (*way, "distribution"))
        if wanted.version != plugin.version:
            told = f"{_or_none(plugin.version)}, locked is {_or_none(wanted.version)}"
            yield self._say(f"{plugin}: the version is {told}", (*way, "version"))
        yield from self._criteria_compared(found, wanted)

    def _criteria_compared(self, found: Audited, wanted: _PluginShape) -> Iterator[Problem]:
        plugin = found.plugin
        offered = {offer.about.name: offer.provenance for offer in found.offers}
        for name in sorted(offered.keys() | wanted.criteria.keys()):
            where = ("plugins", plugin.name, "criteria", name)
            if name not in offered:
                yield self._say(f"{plugin} offers no {name!r} any more", where)
            elif name not in wanted.criteria:
                yield self._say(f"{plugin} offers {name!r}, which it did not when it was locked", where)
            else:
                was, now = wanted.criteria[name], offered[name]
                if was.version != now.version:
                    yield self._say(f"{plugin}: {name!r} has version {now.version}, locked is {was.version}", where)
                elif was.fingerprint != now.fingerprint:
                    yield self._say(f"{plugin}: the code or the lists of {name!r} are not those locked", where)

    def _say(self, message: str, way: Way) -> Problem:
        return self.document.problem("not-as-locked", message, way)


def _or_none(value: str | None) -> str:
    return "none" if value is None else value


def read_lock(path: str | Path) -> Lock:
    """Read a lock.

    Raises:
        DocumentError: the file is no lock; every problem is reported with its place.
        FileNotFoundError: there is no such file.
    """
    document = Document.parse(Path(path).read_text(encoding="utf-8"), file=str(path))
    made, problems = document.structure(_LockShape, document.data)
    if made is not None and made.format != FORMAT:
        message = f"a lock of this version says {FORMAT!r}, not {made.format!r}"
        problems = [document.problem("invalid-value", message, ("format",))]
    if made is None or problems:
        raise DocumentError(f"{path} is no lock of plugins:", problems)
    return Lock(document, made.plugins)


def lock_text(plugins: Iterable[Audited]) -> str:
    """Write plugins as a lock: the same state gives the same text, in the order of names."""
    parts = [f"{_HEAD}format = {_text(FORMAT)}\n"]
    parts.extend(_plugin_text(one) for one in sorted(plugins, key=lambda one: one.plugin.name))
    return "\n".join(parts)


def _plugin_text(one: Audited) -> str:
    table = f"plugins.{_key(one.plugin.name)}"
    keys = {"distribution": one.plugin.distribution, "version": one.plugin.version}
    lines = [f"[{table}]", *(f"{key} = {_text(value)}" for key, value in keys.items() if value is not None)]
    offers = sorted(one.offers, key=lambda offer: offer.about.name)
    lines += [f"[{table}.criteria]"] if offers else []
    for offer in offers:
        told = offer.provenance
        row = f"version = {_text(told.version)}, fingerprint = {_text(told.fingerprint)}"
        lines.append(f"{_key(told.criterion)} = {{ {row} }}")
    return "\n".join(lines) + "\n"


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)


def _text(value: Any) -> str:
    """Write a text as TOML does, which is as JSON does."""
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
