"""Holds the project to its rules: packaging that agrees with itself, floors, sizes, and what must be documented."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

import pytest

from tests import source

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

pytestmark = pytest.mark.checkout

LONGEST_FILE = 400
LONGEST_FUNCTION = 50

# Longer ones, each with the reason why it stays whole: "path" or "path:function" -> reason.
LONG_FILES: Mapping[str, str] = {}
LONG_FUNCTIONS: Mapping[str, str] = {}

# The floor that reads no clock, draws no random number and touches no file; what it needs comes as an argument.
PURE = {
    *("spelling", "narrowing", "canonical", "document", "_positions", "_structuring", "shapes", "possibilities"),
    *("facts", "changes", "request", "judgement", "detail", "history", "rules"),
    *("errors", "times", "lead", "journey", "criteria", "parameters", "conditions", "definition", "lint"),
    *("decision", "machine", "course", "record", "erasure", "plan", "diagram", "funnel", "query"),
    *(f"cases/{name}" for name in ("__init__", "case", "shapes", "names", "reading", "running", "telling")),
    *("cases/coverage", "cases/junit"),
    *(f"paths/{name}" for name in ("__init__", "facts", "simple", "opening", "walking", "writing")),
    *(f"schemas/{name}" for name in ("__init__", "making", "definition", "mapping", "cases")),
    *("proof/__init__", "proof/tree", "proof/frontier", "proof/checkpoint", "proof/bundle"),
}
EDGES = {"logging", "os", "pathlib", "random", "secrets", "socket", "sqlite3", "subprocess", "tempfile", "time", "uuid"}
CLOCK_READERS = {"now", "today", "utcnow"}

# Their docstrings are written once, where the protocol or the base class stands.
INHERITED = {"override", "overload", "setter"}

# Settings and addresses that tie an install to one place. In pieces, or this file would name them.
ADDRESSES = (
    *("index" + "-url", "find" + "-links", "extra" + "-index"),
    *("pypi" + ".org", "python" + "hosted", "npm" + "js"),
)


@pytest.fixture(scope="module")
def settings(checkout: Path) -> dict[str, Any]:
    """The contents of pyproject.toml."""
    return tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def code(checkout: Path) -> list[source.Module]:
    """The files that are shipped."""
    return source.modules(checkout, "lifecycle", "plugins")


def plugin_folders(checkout: Path) -> set[str]:
    """Return the names of the packages in plugins/."""
    return {path.name for path in (checkout / "plugins").iterdir() if (path / "__init__.py").exists()}


def locked(path: Path) -> dict[str, str]:
    """Return the releases that a lock pins, by distribution."""
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", path.read_text(encoding="utf-8"), re.MULTILINE))


def distribution(requirement: str) -> str:
    """Return the normal name of the distribution that a requirement asks for."""
    [name] = re.findall(r"^[A-Za-z0-9._-]+", requirement)
    return re.sub(r"[-_.]+", "-", name).lower()


class TestPackaging:
    """One distribution ships lifecycle and the packages of plugins/."""

    def test_folders_packages_and_entry_points_agree(self, checkout: Path, settings: dict[str, Any]) -> None:
        """A plugin is in plugins/, in the wheel's packages and in the entry points, or in none of them."""
        packages = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
        declared = settings["project"]["entry-points"]["lifecycle"]

        assert plugin_folders(checkout)
        assert {"lifecycle", *(f"plugins/{name}" for name in plugin_folders(checkout))} == set(packages)
        assert plugin_folders(checkout) == set(declared.values())

    def test_entry_points_bear_the_names_of_their_packages(self, settings: dict[str, Any]) -> None:
        """The plugin `profile` is the package `lifecycle_profile`."""
        declared = settings["project"]["entry-points"]["lifecycle"]

        assert {name: f"lifecycle_{name}" for name in declared} == declared

    def test_installed_entry_points_are_the_declared_ones(self, settings: dict[str, Any]) -> None:
        """The install is not stale."""
        installed = {
            point.name: point.value
            for point in entry_points(group="lifecycle")
            if point.dist and point.dist.name == "lead-lifecycle"
        }

        assert settings["project"]["entry-points"]["lifecycle"] == installed

    def test_every_package_is_typed(self, checkout: Path) -> None:
        """Type checkers of our users read our annotations."""
        packages = [checkout / "lifecycle", *(checkout / "plugins" / name for name in plugin_folders(checkout))]

        assert [] == [path.name for path in packages if not (path / "py.typed").exists()]

    def test_locks_hold_every_dependency(self, checkout: Path, settings: dict[str, Any]) -> None:
        """A dependency that no lock pins would be missing after `dev.py demo`; each lock holds the one before it."""
        run, test, lint = (locked(checkout / "requirements" / f"{level}.txt") for level in ("run", "test", "lint"))
        project = settings["project"]
        extras = [line for name, lines in project["optional-dependencies"].items() if name != "all" for line in lines]

        assert set() == {distribution(line) for line in project["dependencies"]} - run.keys()
        assert set() == {distribution(line) for line in extras} - test.keys()
        assert set() == run.items() - test.items()
        assert set() == test.items() - lint.items()

    def test_importlinter_knows_every_package(self, checkout: Path, settings: dict[str, Any]) -> None:
        """A plugin that the floors do not know would be free of them."""
        assert {"lifecycle", *plugin_folders(checkout)} == set(settings["tool"]["importlinter"]["root_packages"])

    def test_coverage_measures_every_package(self, checkout: Path, settings: dict[str, Any]) -> None:
        """A plugin that is not measured would look covered."""
        assert {"lifecycle", *plugin_folders(checkout)} == set(settings["tool"]["coverage"]["run"]["source_pkgs"])

    def test_no_tracked_file_says_where_packages_come_from(self, checkout: Path) -> None:
        """Where packages are fetched from is a setting of each machine."""
        if not (checkout / ".git").exists():
            pytest.skip("not a git checkout")
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=checkout, capture_output=True, text=True, check=True)
        guilty: list[str] = []
        for name in filter(None, listed.stdout.split("\0")):
            path = checkout / name
            text = path.read_bytes().decode("utf-8", "replace").lower() if path.is_file() else ""
            guilty += [f"{name}: {address}" for address in ADDRESSES if address in text]

        assert [] == guilty


class TestFloors:
    """What may import what, as far as import-linter cannot say it."""

    def test_nobody_imports_the_checkout(self, checkout: Path) -> None:
        """`plugins.lifecycle_x` would be a second copy of `lifecycle_x`, and exists in a checkout only."""
        found = source.modules(checkout, "lifecycle", "plugins", "tests")
        guilty = [
            module.path for module in found for name in source.imported(module) if name.split(".")[0] == "plugins"
        ]

        assert [] == guilty

    def test_nobody_inside_imports_the_root(self, code: list[source.Module], checkout: Path) -> None:
        """The root gathers the public names for others; inside, each name comes from its own module."""
        inner = {f"lifecycle.{path.stem}" for path in (checkout / "lifecycle").iterdir()}
        guilty: list[str] = []
        for module in code:
            if not module.path.startswith("lifecycle/") or module.path == "lifecycle/__init__.py":
                continue
            for name in source.imported(module):
                root = name == "lifecycle" or (name.count(".") == 1 and name.startswith("lifecycle."))
                if root and name not in inner:
                    guilty.append(f"{module.path}: {name}")

        assert [] == guilty

    def test_plugins_use_public_names_only(self, code: list[source.Module]) -> None:
        """First-party plugins see what every plugin author sees: `from lifecycle import ...`."""
        guilty: list[str] = []
        for module in code:
            if not module.path.startswith("plugins/"):
                continue
            for node in ast.walk(module.tree):
                asked = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                asked += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                guilty += [f"{module.path}: {name}" for name in asked if name.startswith("lifecycle.")]

        assert [] == guilty

    def test_the_pure_floor_touches_nothing(self, code: list[source.Module]) -> None:
        """No clock, no randomness, no files: the same input gives the same output, anywhere and at any time."""
        guilty: list[str] = []
        for module in code:
            if module.path.removeprefix("lifecycle/").removesuffix(".py") not in PURE:
                continue
            guilty += [f"{module.path}: {name}" for name in source.imported(module) if name.split(".")[0] in EDGES]
            guilty += [
                f"{module.path}:{node.lineno}: {node.func.attr}()"
                for node in ast.walk(module.tree)
                if isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in CLOCK_READERS
            ]

        assert [] == guilty


class TestSizes:
    """A file is read in one sitting; a function does one thing."""

    def test_no_file_is_long(self, checkout: Path) -> None:
        """Past the limit, a file is split by concept, or its reason is given above."""
        found = source.modules(checkout, "lifecycle", "plugins", "tests")
        lengths = {module.path: len(module.text.splitlines()) for module in found}
        long = {path: lines for path, lines in lengths.items() if lines > LONGEST_FILE}

        assert set(LONG_FILES) == set(long), long

    def test_no_function_is_long(self, checkout: Path) -> None:
        """Past the limit, a function is split, or its reason is given above."""
        found = source.modules(checkout, "lifecycle", "plugins", "tests")
        long = {
            f"{module.path}:{name}": source.length(function)
            for module in found
            for name, function in source.functions(module)
            if source.length(function) > LONGEST_FUNCTION
        }

        assert set(LONG_FUNCTIONS) == set(long), long


class TestDocumentation:
    """What others may use says what it is for and how it fails."""

    def test_modules_say_their_rules_and_their_names(self, code: list[source.Module]) -> None:
        """Each public module opens with a docstring and lists its public names."""
        bare: list[str] = []
        for module in filter(lambda module: module.is_public, code):
            if ast.get_docstring(module.tree) is None:
                bare.append(f"{module.path}: no docstring")
            if any(source.public(module)) and not _assigns(module.tree, "__all__"):
                bare.append(f"{module.path}: no __all__")

        assert [] == bare

    def test_public_names_have_docstrings(self, code: list[source.Module]) -> None:
        """Each public class, function and method says what it is for."""
        bare = [
            f"{module.path}: {name}"
            for module in code
            if module.is_public
            for name, node in source.public(module)
            if ast.get_docstring(node) is None and not source.decorators(node) & INHERITED
        ]

        assert [] == bare

    def test_raising_functions_name_their_errors(self, code: list[source.Module]) -> None:
        """A public function that raises has a Raises section with each error that it raises itself."""
        silent: list[str] = []
        for module in filter(lambda module: module.is_public, code):
            for name, node in source.public(module):
                if isinstance(node, ast.ClassDef):
                    continue
                _, _, section = (ast.get_docstring(node) or "").partition("Raises:")
                silent += [f"{module.path}: {name}: {error}" for error in source.raised(node) if error not in section]

        assert [] == silent


def _assigns(tree: ast.Module, name: str) -> bool:
    targets = [target for node in tree.body if isinstance(node, ast.Assign) for target in node.targets]
    targets += [node.target for node in tree.body if isinstance(node, ast.AnnAssign)]
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)
