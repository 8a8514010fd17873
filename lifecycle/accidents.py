"""Running a stranger's code: whatever it raises is caught, and told with the plugin's file, the line and a cure."""

from __future__ import annotations

import importlib.metadata
import inspect
import re
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import attrs

from lifecycle.errors import Place
from lifecycle.plugin import Plugin

__all__ = ["Accident", "attempt", "place_of_code"]

_T = TypeVar("_T")


def attempt(act: Callable[[], _T]) -> tuple[_T | None, BaseException | None]:
    """Run a stranger's code, and give what it gave or what it raised; only Ctrl-C is let through.

    Raises:
        KeyboardInterrupt: somebody pressed Ctrl-C.
    """
    try:
        return act(), None
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - a plugin that ends the program must not end ours
        return None, error


@attrs.frozen
class Accident:
    """Something that a plugin raised."""

    plugin: Plugin
    error: BaseException

    @property
    def text(self) -> str:
        """What kind of accident it is, and what it says."""
        words, broken = attempt(lambda: str(self.error))
        kind = type(self.error).__name__
        return kind if broken is not None or not words else f"{kind}: {words}"

    @property
    def missing(self) -> bool:
        """Whether it is a module that is not installed, and no mistake of the plugin's."""
        error = self.error
        return isinstance(error, ModuleNotFoundError) and error.name is not None and not self._of_its_own(error.name)

    def _of_its_own(self, module: str) -> bool:
        return f"{self.plugin.module}.".startswith(f"{module}.")

    @property
    def cure(self) -> str:
        """What can be done about it, where that can be told."""
        if self.missing:
            return self._install()
        if isinstance(self.error, ModuleNotFoundError):
            return "; its installation is out of date: install it again"
        if self.plugin.value is not None and isinstance(self.error, AttributeError) and not any(self._lines()):
            return f"; its entry point is {self.plugin.value!r}: correct it, and install it again"
        return ""

    def _install(self) -> str:
        name = str(getattr(self.error, "name", None)).partition(".")[0]
        extra = _extra_with(self.plugin.distribution, name)
        if extra is not None:
            return f"; install it with pip install '{self.plugin.distribution}[{extra}]'"
        return f"; install what brings the module {name!r}"

    @property
    def place(self) -> Place | None:
        """Where in the plugin it happened: the last line of its own that was run."""
        if isinstance(self.error, SyntaxError) and self.error.filename:
            return Place(self.error.filename, self.error.lineno)
        return next(self._lines(), None if self.plugin.file is None else Place(self.plugin.file))

    def _lines(self) -> Iterator[Place]:
        file = self.plugin.file
        if file is None:
            return
        own = Path(file).resolve()
        for frame in reversed(traceback.extract_tb(self.error.__traceback__)):
            here = Path(frame.filename)
            if here.is_absolute() and (here == own or (own.name == "__init__.py" and own.parent in here.parents)):
                yield Place(frame.filename, frame.lineno)


def _extra_with(distribution: str | None, module: str) -> str | None:
    """Give the extra of a distribution that asks for a module's distribution, if they have one name."""
    if distribution is None:
        return None
    requires, _ = attempt(lambda: importlib.metadata.requires(distribution))
    for line in requires or ():
        asked = re.match(r"[\w.-]+", line)
        extra = re.search(r"extra\s*==\s*['\"]([^'\"]+)['\"]", line)
        if asked and extra and _normal(asked[0]) == _normal(module):
            return extra[1]
    return None


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def place_of_code(function: object) -> Place | None:
    """Give where a function stands; None where it has no code of its own."""
    code = getattr(inspect.unwrap(function) if callable(function) else None, "__code__", None)
    return None if code is None else Place(code.co_filename, code.co_firstlineno)
