"""Runs the pages of the documentation as they stand: files, Python and commands, in the order of the page.

What a fence means:

* `python` is run; the blocks of one page share their names.
* `output` is what the Python block before it printed.
* A language and a file name (`toml first.toml`) is a file that the reader saves.
* `console` holds commands: a line that starts with `$ lifecycle` is run, and what stands below it is what it printed.
  Other commands are not run. A comment `# exit code 1` says that the command ends so; otherwise it ends with 0.

In what is printed `...` stands for any text. Every page starts in an empty folder of its own.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs
from sybil import Document, Region
from sybil.parsers.markdown import SkipParser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sybil import Example

__all__ = ["ON_POSTGRESQL", "PARSERS", "Command", "Fence", "commands", "enter", "fences", "leave", "pages", "run_page"]

ON_POSTGRESQL: Final = tuple(
    f"docs/how-to/{name}.md" for name in ("run-on-postgresql", "use-with-django", "use-with-fastapi")
)
"""Pages that need a server, and a process of their own: see `tests/test_docs_on_postgresql.py`."""

WIDTH: Final = 100
"""The width of the terminal in which commands are shown: the pages keep it, so that nothing wraps."""

_FENCE: Final = re.compile(
    r"^(?P<indent> *)```(?P<language>[a-z]+)(?: (?P<file>\S+))?\n(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
_EXIT: Final = re.compile(r"\s+# exit code (\d+)$")
_PRINTED: Final = "_printed"
_FOLDER: Final = "_folder"
_STARTED_IN: Final = "_started_in"


@attrs.frozen
class Fence:
    """One fenced block of a page; `line` is that of its first line of text."""

    language: str
    file: str | None
    text: str
    line: int
    start: int
    end: int


@attrs.frozen
class Command:
    """One command of a `console` block, with what the page says that it prints and how it ends."""

    text: str
    shown: str
    code: int = 0

    @property
    def arguments(self) -> list[str]:
        """The words after `lifecycle`."""
        return shlex.split(self.text)[1:]


def pages(root: Path) -> list[Path]:
    """Return the pages whose examples are run."""
    found = [root / "README.md", *sorted((root / "docs").rglob("*.md"))]
    return [path for path in found if "changes" not in path.relative_to(root).parts]


def fences(text: str) -> Iterator[Fence]:
    """Yield the fenced blocks of a page that name a language."""
    for match in _FENCE.finditer(text):
        indent = match["indent"]
        lines = [line.removeprefix(indent) for line in match["text"].splitlines(keepends=True)]
        line = text.count("\n", 0, match.start("text")) + 1
        yield Fence(match["language"], match["file"], "".join(lines), line, match.start(), match.end())


def commands(text: str) -> Iterator[Command]:
    """Yield the commands of a `console` block that are ours."""
    for part in re.split(r"^\$ ", text.replace("\\\n", " "), flags=re.MULTILINE)[1:]:
        first, _, shown = part.partition("\n")
        code = _EXIT.search(first)
        if first.startswith("lifecycle "):
            yield Command(_EXIT.sub("", first), shown.strip("\n"), int(code[1]) if code else 0)


def enter(namespace: dict[str, Any]) -> None:
    """Move to an empty folder, so that an example may write files."""
    namespace[_FOLDER] = tempfile.TemporaryDirectory(prefix="lifecycle-docs-", ignore_cleanup_errors=True)
    namespace[_STARTED_IN] = Path.cwd()
    os.chdir(namespace[_FOLDER].name)
    sys.path.insert(0, namespace[_FOLDER].name)


def leave(namespace: dict[str, Any]) -> None:
    """Return to where the tests started, and forget the modules that the page saved."""
    os.chdir(namespace[_STARTED_IN])
    folder = namespace[_FOLDER].name
    sys.path.remove(folder)
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(folder):
            del sys.modules[name]
    namespace[_FOLDER].cleanup()


def run_page(path: Path) -> int:
    """Run a page from its first line to its last, and return how many examples it has."""
    document = Document.parse(str(path), *PARSERS)
    enter(document.namespace)
    try:
        examples = list(document.examples())
        for example in examples:
            example.evaluate()
    finally:
        leave(document.namespace)
    return len(examples)


# --- What sybil is given ---------------------------------------------------------------------------------------------


def _parse(document: Document) -> Iterator[Region]:
    for fence in fences(document.text):
        if fence.file is not None:
            yield Region(fence.start, fence.end, fence, _save)
        elif fence.language in _RUNNERS:
            yield Region(fence.start, fence.end, fence, _RUNNERS[fence.language])


def _save(example: Example) -> None:
    fence: Fence = example.parsed
    path = Path(str(fence.file))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(fence.text, encoding="utf-8")


def _run_python(example: Example) -> None:
    fence: Fence = example.parsed
    source = "\n" * (fence.line - 1) + fence.text  # so that a traceback names the line of the page
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(source, example.path, "exec", dont_inherit=True), example.namespace)
    example.namespace[_PRINTED] = printed.getvalue()


def _compare_output(example: Example) -> str | None:
    fence: Fence = example.parsed
    return _difference(fence.text, example.namespace.get(_PRINTED, ""))


def _run_commands(example: Example) -> str | None:
    fence: Fence = example.parsed
    for command in commands(fence.text):
        code, printed = _run(command.arguments)
        if code != command.code:
            return f"$ {command.text}\nended with {code}, not {command.code}, and printed:\n{printed}"
        difference = _difference(command.shown, printed) if command.shown else None
        if difference is not None:
            return f"$ {command.text}\n{difference}"
    return None


def _run(arguments: list[str]) -> tuple[int, str]:
    """Run a command of ours as a terminal of a known width would show it."""
    plain = {"COLUMNS": str(WIDTH), "NO_COLOR": "1", "TERM": "dumb", "PYTHONUTF8": "1"}
    ended = subprocess.run(
        [sys.executable, "-m", "lifecycle", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **plain},
        encoding="utf-8",
        check=False,
    )
    return ended.returncode, ended.stdout


def _difference(shown: str, printed: str) -> str | None:
    """Say how a page and the truth differ; ends of lines and of the whole do not count."""
    wanted, got = (_trimmed(text) for text in (shown, printed))
    checker = doctest.OutputChecker()
    if checker.check_output(wanted, got, doctest.ELLIPSIS):
        return None
    return checker.output_difference(doctest.Example("", wanted), got, doctest.REPORT_NDIFF)


def _trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines()) + "\n"


_RUNNERS: Final = {
    "python": _run_python,
    "output": _compare_output,
    "console": _run_commands,
}

PARSERS: Final = (_parse, SkipParser())
