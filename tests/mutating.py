"""Makes small mistakes in a module on purpose, one at a time, and shows those that no test notices.

    python dev.py mutate conditions lint
    python dev.py mutate lint --only MOST_LEAVES

Each mutant changes one place of the module's text: a comparison, a junction, a sign, a number, a truth, a name in
quotes, a returned value, a condition, a statement. Left alone are sentences (strings with a space in them, and all
f-strings), docstrings, assertions, annotations, decorators and `__all__`. Every mutant is tried in a forked process of
its own, so that imports are paid once; this needs POSIX. A mutant is *killed* when a test fails or runs far too long.
A *survivor* is a missing test, or stands with its reason in docs/reference/mutation-testing.md.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import re
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs
import pytest

from lifecycle.narrowing import is_list

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import CodeType, ModuleType

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = ROOT / "docs" / "reference" / "mutation-testing.md"
TESTS: Final[Mapping[str, Sequence[str]]] = {
    "conditions": ("conditions", "changes"),
    "decision": ("decision", "explaining", "course"),
    "lint": ("lint", "possibilities"),
    "record": ("record", "detail", "history"),
}
"""Which tests hold each module, the ones that most likely notice first."""

ENTRY: Final = re.compile(r"^- `(?P<before>.+)` as `(?P<after>.+)`: (?P<why>.+)$", re.MULTILINE)
"""A survivor on the page."""

PATIENCE: Final = 4
"""A mutant is killed when it takes this many times the processor time of the tests of the module as it stands."""

MEMORY: Final = 4 * 2**30
"""Bytes that a mutant may take, so that one that never stops collecting ends."""

COMPARISONS: Final[Mapping[type[ast.cmpop], tuple[str, str]]] = {
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Is: (r"is", "is not"),
    ast.IsNot: (r"is\s+not", "is"),
    ast.In: ("in", "not in"),
    ast.NotIn: (r"not\s+in", "in"),
}
OPERATORS: Final[Mapping[type[ast.operator], tuple[str, str]]] = {
    ast.Add: (r"\+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: (r"\*", "+"),
    ast.BitAnd: ("&", "|"),
    ast.BitOr: (r"\|", "&"),
}
TURNED: Final = (ast.Eq, ast.NotEq, ast.Is, ast.IsNot, ast.In, ast.NotIn)
"""Comparisons whose own mutant is their opposite."""


@attrs.frozen
class Mutant:
    """One changed place: the line as it stands and as it is instead, and the whole text with the change."""

    before: str
    after: str
    text: str = attrs.field(repr=False)

    def __str__(self) -> str:
        """Give it as it stands on the page."""
        return f"- `{self.before}` as `{self.after}`"


class Finder(ast.NodeVisitor):
    """Collects the changes of a module: where each starts and ends in its text, and what stands there instead."""

    def __init__(self, text: str) -> None:
        """Keep where each line starts, in bytes, as the positions of a tree are counted."""
        self.text = text.encode()
        self.starts = [0]
        for line in self.text.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        self.changes: dict[tuple[int, int, str], None] = {}
        self.visit(ast.parse(text))

    def visit(self, node: ast.AST) -> None:
        """Look at a node and all below it, except for what is left alone."""
        if isinstance(node, ast.JoinedStr | ast.Assert):
            return
        for change in self._of(node):
            self.changes[change] = None
        for name, value in ast.iter_fields(node):
            if name in {"annotation", "returns", "decorator_list"} or _left_alone(node):
                continue
            for child in value if is_list(value) else [value]:
                if isinstance(child, ast.AST):
                    self.visit(child)

    def _of(self, node: ast.AST) -> Iterator[tuple[int, int, str]]:
        if isinstance(node, ast.Compare):
            for left, sign, right in zip([node.left, *node.comparators], node.ops, node.comparators, strict=False):
                yield from self._between(left, right, *COMPARISONS[type(sign)])
        elif isinstance(node, ast.BoolOp):
            old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
            for left, right in zip(node.values, node.values[1:], strict=False):
                yield from self._between(left, right, old, new)
        elif isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
            yield from self._between(node.left, node.right, *OPERATORS[type(node.op)])
        elif isinstance(node, ast.AugAssign) and type(node.op) in OPERATORS:
            yield from self._between(node.target, node.value, *OPERATORS[type(node.op)])
            yield self._instead(node, "pass")
        elif isinstance(node, ast.UnaryOp):
            start, end = self._place(node)
            yield start, end, f"({self._source(node.operand)})"
        elif isinstance(node, ast.Constant):
            yield from self._constant(node)
        else:
            yield from self._statement(node)

    def _statement(self, node: ast.AST) -> Iterator[tuple[int, int, str]]:
        if isinstance(node, ast.If | ast.While | ast.IfExp):
            yield from self._negated(node.test)
        elif isinstance(node, ast.comprehension):
            for test in node.ifs:
                yield from self._negated(test)
        elif isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
            yield self._instead(node.value, "None")
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield | ast.YieldFrom):
            yield self._instead(node, "yield from ()")
        elif (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)) or isinstance(
            node, ast.Raise | ast.Continue | ast.Break
        ):
            yield self._instead(node, "pass")

    def _constant(self, node: ast.Constant) -> Iterator[tuple[int, int, str]]:
        value = node.value
        if isinstance(value, bool):
            yield self._instead(node, str(not value))
        elif isinstance(value, int):
            yield self._instead(node, str(value + 1))
        elif isinstance(value, str) and " " not in value:
            yield self._instead(node, f'"{value}X"' if '"' not in value else repr(f"{value}X"))

    def _negated(self, test: ast.expr) -> Iterator[tuple[int, int, str]]:
        turned = isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], TURNED)
        if not turned and not isinstance(test, ast.UnaryOp):
            yield self._instead(test, f"not ({self._source(test)})")

    def _between(self, left: ast.expr, right: ast.expr, old: str, new: str) -> Iterator[tuple[int, int, str]]:
        start, end = self._place(left)[1], self._place(right)[0]
        found = re.search(old, self.text[start:end].decode())
        assert found is not None, "the sign stands between the two"
        yield start + found.start(), start + found.end(), new

    def _instead(self, node: ast.AST, new: str) -> tuple[int, int, str]:
        return (*self._place(node), new)

    def _source(self, node: ast.expr) -> str:
        start, end = self._place(node)
        return self.text[start:end].decode()

    def _place(self, node: ast.AST) -> tuple[int, int]:
        assert isinstance(node, ast.expr | ast.stmt), "what has a place"
        assert node.end_lineno is not None, "given by the parser"
        assert node.end_col_offset is not None, "given by the parser"
        return self.starts[node.lineno - 1] + node.col_offset, self.starts[node.end_lineno - 1] + node.end_col_offset


def _left_alone(node: ast.AST) -> bool:
    """Tell docstrings and `__all__`."""
    if isinstance(node, ast.Assign):
        return any(isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets)
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def path_of(module: str) -> Path:
    """Return the file of a module of the library."""
    return ROOT / "lifecycle" / f"{module}.py"


def mutants(text: str) -> list[Mutant]:
    """Return every mutant of a text, in its order."""
    found: list[Mutant] = []
    whole = text.encode()
    for start, end, new in sorted(Finder(text).changes):
        mutated = (whole[:start] + new.encode() + whole[end:]).decode()
        line = whole[:start].count(b"\n")
        before, after = text.splitlines()[line].strip(), mutated.splitlines()[line].strip()
        found.append(Mutant(before, after, mutated))
    return found


def explained(module: str) -> dict[tuple[str, str], str]:
    """Return the survivors of a module that the page explains, each with its reason."""
    _, _, rest = PAGE.read_text(encoding="utf-8").partition(f"## lifecycle/{module}.py\n")
    section, _, _ = rest.partition("\n## ")
    return {(entry["before"], entry["after"]): entry["why"] for entry in ENTRY.finditer(section)}


# --- Trying ----------------------------------------------------------------------------------------------------------


class Text(importlib.machinery.SourceFileLoader):
    """Loads a module from another text than its file's."""

    def __init__(self, module: str, text: str) -> None:
        """Stand in for the module's file."""
        super().__init__(f"lifecycle.{module}", str(path_of(module)))
        self.text = text

    def get_code(self, fullname: str) -> CodeType:
        """Compile the text."""
        return compile(self.text, self.path, "exec")


@attrs.frozen
class Planted(importlib.abc.MetaPathFinder):
    """Has one module loaded by a loader of its own."""

    loader: Text

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Answer for this module only."""
        if fullname != self.loader.name:
            return None
        return importlib.util.spec_from_file_location(fullname, self.loader.path, loader=self.loader)


class ExamplesFirst:
    """Runs the tests with one example before those with many: most mutants fall at once."""

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave the order as it is otherwise."""
        items.sort(key=lambda item: hasattr(getattr(item, "obj", None), "hypothesis"))


def run_tests(module: str) -> int:
    """Run the tests of a module in this process, silently, and return pytest's exit code."""
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    chosen = [str(ROOT / "tests" / f"test_{name}.py") for name in TESTS[module]]
    fixed = (
        "-x",
        "-q",
        "--tb=no",
        "--assert=plain",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "-p",
        "no:faulthandler",
    )
    return int(pytest.main([*chosen, *fixed, "-o", "timeout=0", "--rootdir", str(ROOT)], plugins=[ExamplesFirst()]))


def start(module: str, text: str, seconds: float) -> int:
    """Try a text in a process of its own, and return its id; its exit code is 0 when no test noticed."""
    child = os.fork()
    if child:
        return child
    code = 1
    with contextlib.suppress(BaseException):
        import resource  # not everywhere, and neither is `fork`

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        signal.setitimer(signal.ITIMER_PROF, seconds)
        sys.meta_path.insert(0, Planted(Text(module, text)))
        code = run_tests(module)
    os._exit(code)


def survivors(module: str, found: Sequence[Mutant], seconds: float, jobs: int) -> Iterator[Mutant]:
    """Try every mutant, some at a time, and yield those that no test noticed."""
    running: dict[int, Mutant] = {}
    waiting = list(reversed(found))
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant = waiting.pop()
            running[start(module, mutant.text, seconds)] = mutant
        child, status = os.wait()
        mutant = running.pop(child)
        if status == 0:
            yield mutant


def warm_up() -> None:
    """Import what every mutant needs, and forget what is ours, so that each process imports that afresh."""
    sys.path[:0] = [str(ROOT), str(ROOT / "plugins")]
    for name in ("hypothesis", "tests.conftest", "lifecycle.service"):
        importlib.import_module(name)
    for name in [name for name in sys.modules if name.partition(".")[0].startswith(("lifecycle", "tests"))]:
        del sys.modules[name]


def clean_run(module: str) -> float:
    """Run the tests on the module as it stands, and return the seconds of processor time."""
    before = os.times()
    _, status = os.waitpid(start(module, path_of(module).read_text(encoding="utf-8"), 600), 0)
    if status:
        raise SystemExit(f"the tests of lifecycle/{module}.py fail on the module as it stands")
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def report(module: str, jobs: int, only: str) -> bool:
    """Try the mutants of a module, print what survived, and say whether the page explains all of it."""
    began = time.monotonic()
    seconds = clean_run(module)
    found = [one for one in mutants(path_of(module).read_text(encoding="utf-8")) if only in one.before]
    known = {entry: why for entry, why in explained(module).items() if only in entry[0]}
    alive: set[tuple[str, str]] = set()
    count = 0
    for mutant in survivors(module, found, PATIENCE * seconds + 2, jobs):
        count += 1
        alive.add((mutant.before, mutant.after))
        say(f"{mutant}: {known.get((mutant.before, mutant.after), 'NOT EXPLAINED')}")
    for before, after in sorted(known.keys() - alive):
        say(f"explained on the page, and killed: `{before}` as `{after}`")
    killed, took = len(found) - count, time.monotonic() - began
    say(f"lifecycle/{module}.py: {len(found)} mutants, {killed} killed, {count} survived ({took:.0f} s)")
    return alive <= known.keys()


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(arguments: Sequence[str]) -> int:
    """Try the modules that are named, or all that are listed; 1 when a survivor is not explained."""
    parser = argparse.ArgumentParser(prog="dev.py mutate", description="Show the mistakes that no test notices.")
    parser.add_argument("module", nargs="*", help=f"one of {', '.join(TESTS)}; all where none is named")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many to try at a time")
    parser.add_argument("--only", default="", metavar="TEXT", help="try only lines that hold this text")
    chosen = parser.parse_args(arguments)
    if unknown := set(chosen.module) - TESTS.keys():
        parser.error(f"no tests are listed for {', '.join(sorted(unknown))}")
    warm_up()
    fine = [report(module, chosen.jobs, chosen.only) for module in chosen.module or TESTS]
    return 0 if all(fine) else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
