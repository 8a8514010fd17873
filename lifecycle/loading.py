"""TOML text to a `Definition`, with every problem at once, each with its place in the file."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import resources
from pathlib import Path

from lifecycle.choice import Choice
from lifecycle.definition import Definition
from lifecycle.errors import DefinitionError, Place, Problem, Severity
from lifecycle.reader import Reader
from lifecycle.registry import Registry
from lifecycle.spelling import did_you_mean

__all__ = ["check", "load", "packaged", "read_anyhow", "read_definition", "read_unbound", "source"]


def packaged() -> tuple[str, ...]:
    """Give the names of the definitions that come with the library."""
    parts = (file.name.partition(".") for file in (resources.files("lifecycle") / "definitions").iterdir())
    return tuple(sorted(stem for stem, _, ending in parts if ending == "toml"))  # the tests of one: NAME.tests.toml


def load(
    name_or_path: str | Path,
    plugins: Registry | None = None,
    *,
    files: Iterable[str | Path] = (),
    lock: str | Path | None = None,
) -> Definition:
    """Read a packaged definition (`"b2b"`) or a file, and bind its criteria.

    Args:
        name_or_path: The name of a packaged definition, or the path of a TOML file.
        plugins: Where criteria come from; None means the installed plugins that the definition names.
        files: Python files that are plugins too, each of the file's name without `.py`; without `plugins` only.
        lock: The path of a lock; plugins that are not as it says are refused.

    Raises:
        DefinitionError: the definition cannot be used; every problem is reported with its place.
        PluginError: a plugin that the definition names is broken, or not as it was locked.
        DocumentError: the lock is none.
        FileNotFoundError: there is no such definition or file.
        ValueError: both `plugins` and `files` are given.
    """
    definition, problems = check(name_or_path, plugins, files=files, lock=lock)
    return _usable(definition, problems, str(name_or_path))


def read_definition(text: str, *, file: str = "<text>", plugins: Registry | None = None) -> Definition:
    """Read a definition from its text, and bind its criteria.

    Raises:
        DefinitionError: the definition cannot be used; every problem is reported with its place.
        PluginError: a plugin that the definition names is broken.
    """
    definition, problems = Reader(text, file, Choice.of(plugins)).read()
    return _usable(definition, problems, file)


def read_unbound(text: str, *, file: str = "<text>") -> Definition:
    """Read a definition without its plugins: everything is there but criteria that judge.

    Raises:
        DefinitionError: the text cannot be read.
    """
    definition, problems = Reader(text, file, Choice.of(Registry(()))).read_anyhow()
    wrong = [problem for problem in problems if problem.code != "unknown-criterion"]
    return _usable(None if wrong else definition, wrong, file)


def read_anyhow(text: str, *, file: str = "<text>", plugins: Registry) -> tuple[Definition | None, list[Problem]]:
    """Read a definition as far as plugins carry it, to compare it; a criterion that nobody offers judges nothing.

    Its problems name those criteria in their paths. There is no definition where the text cannot be read at all.
    """
    return Reader(text, file, Choice.of(plugins)).read_anyhow()


def check(
    name_or_path: str | Path,
    plugins: Registry | None = None,
    *,
    files: Iterable[str | Path] = (),
    lock: str | Path | None = None,
) -> tuple[Definition | None, list[Problem]]:
    """Read a definition and give it, if it can be used, with everything worth saying about it.

    Args:
        name_or_path: The name of a packaged definition, or the path of a TOML file.
        plugins: Where criteria come from; None means the installed plugins that the definition names.
        files: Python files that are plugins too; without `plugins` only.
        lock: The path of a lock.

    Raises:
        DefinitionError: the file is not a text file.
        PluginError: a plugin that the definition names is broken, or not as it was locked.
        DocumentError: the lock is none.
        FileNotFoundError: there is no such definition or file.
        ValueError: both `plugins` and `files` are given.
    """
    text, file = source(name_or_path)
    return Reader(text, file, Choice.of(plugins, files=files, lock=lock)).read()


def _usable(definition: Definition | None, problems: Iterable[Problem], name: str) -> Definition:
    if definition is None:
        errors = [problem for problem in problems if problem.severity is Severity.ERROR]
        count = f"{len(errors)} errors" if len(errors) > 1 else "an error"
        raise DefinitionError(f"the definition {name} cannot be used, it has {count}:", problems)
    return definition


def source(name_or_path: str | Path) -> tuple[str, str]:
    """Give the text of a packaged definition or of a file, as it is written, and its name.

    Raises:
        DefinitionError: the file is not a text.
        FileNotFoundError: there is no such definition or file.
    """
    names = packaged()
    if str(name_or_path) in names:
        file = resources.files("lifecycle") / "definitions" / f"{name_or_path}.toml"
        return file.read_text(encoding="utf-8"), f"{name_or_path}.toml"
    path = Path(name_or_path)
    if not path.is_file():
        hint = did_you_mean(name_or_path, names) or f"; packaged are {', '.join(names)}"
        message = f"no definition and no file is named {str(name_or_path)!r}{hint}"
        raise FileNotFoundError(message)
    try:
        return path.read_text(encoding="utf-8"), str(path)
    except UnicodeDecodeError as error:
        place = Place(str(path), error.object.count(b"\n", 0, error.start) + 1)
        problem = Problem(code="not-utf-8", message="this line is not UTF-8", place=place)
        raise DefinitionError(f"{path} is not a text file", [problem]) from error
