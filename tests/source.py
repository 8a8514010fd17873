"""Reads the project's own source as syntax trees, for the tests that hold it to its rules."""

from __future__ import annotations

import ast
from functools import cache
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Function = ast.FunctionDef | ast.AsyncFunctionDef
Documented = Function | ast.ClassDef


@attrs.frozen
class Module:
    """One file of Python."""

    path: str
    text: str
    tree: ast.Module

    @property
    def is_public(self) -> bool:
        """Whether no part of its path is private; `__init__` and `__main__` are not."""
        return not any(part.startswith("_") and not part.startswith("__") for part in self.path.split("/"))


def modules(root: Path, *folders: str) -> list[Module]:
    """Return the Python files in folders of the repository, sorted by path."""
    return [module for folder in folders for module in _modules(root, folder)]


@cache
def _modules(root: Path, folder: str) -> tuple[Module, ...]:
    """Parse a folder once: it takes longer than to look through it."""
    found: list[Module] = []
    for path in sorted((root / folder).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        found.append(Module(path.relative_to(root).as_posix(), text, ast.parse(text, filename=str(path))))
    return tuple(found)


def imported_by(file: Path, *, python: tuple[int, int]) -> set[str]:
    """Return the names of the packages that a file imports, as a version of Python reads it."""
    tree = ast.parse(file.read_text(encoding="utf-8"), feature_version=python)
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
    froms = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {name.split(".")[0] for name in [*(alias.name for node in imports for alias in node.names), *froms]}


def functions(module: Module) -> Iterator[tuple[str, Function]]:
    """Yield every function of a module, nested ones and methods included, with its full name."""
    for name, node in _named(module.tree, ""):
        if isinstance(node, Function):
            yield name, node


def public(module: Module) -> Iterator[tuple[str, Documented]]:
    """Yield the classes, functions and methods that another module may use, with their full names."""
    for name, node in _named(module.tree, "", into_functions=False):
        if not any(part.startswith("_") for part in name.split(".")):
            yield name, node


def length(function: Function) -> int:
    """Count the lines of a function from `def` to its end, docstring left out."""
    total = (function.end_lineno or function.lineno) - function.lineno + 1
    if ast.get_docstring(function) is None:
        return total
    text = function.body[0]
    return total - ((text.end_lineno or text.lineno) - text.lineno + 1)


def raised(function: Function) -> set[str]:
    """Return the names of the classes that a function itself raises; nested functions speak for themselves."""
    names: set[str] = set()
    for node in _own_nodes(function):
        if isinstance(node, ast.Raise) and node.exc is not None:
            made = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            name = made.attr if isinstance(made, ast.Attribute) else getattr(made, "id", "")
            if name.endswith("Error"):
                names.add(name)
    return names


def imported(module: Module) -> set[str]:
    """Return the full names of the modules and of the names that a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def decorators(node: Documented) -> set[str]:
    """Return the last part of the name of each decorator."""
    used = (item.func if isinstance(item, ast.Call) else item for item in node.decorator_list)
    return {item.attr if isinstance(item, ast.Attribute) else getattr(item, "id", "") for item in used}


def _named(parent: ast.AST, prefix: str, *, into_functions: bool = True) -> Iterator[tuple[str, Documented]]:
    for node in ast.iter_child_nodes(parent):
        if isinstance(node, Documented):
            name = f"{prefix}{node.name}"
            yield name, node
            if into_functions or isinstance(node, ast.ClassDef):
                yield from _named(node, f"{name}.", into_functions=into_functions)
        elif not isinstance(node, ast.expr):
            yield from _named(node, prefix, into_functions=into_functions)


def _own_nodes(function: Function) -> Iterator[ast.AST]:
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, Documented | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))
