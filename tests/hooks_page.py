"""Writes docs/reference/hooks.md from the hook specifications: `python -m tests.hooks_page`.

Signatures come from the functions, everything else from their docstrings, examples included, which run as tests.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from textwrap import dedent, fill
from typing import Any, Final

from lifecycle.hooks import PROJECT, Hooks

__all__ = ["PARTS", "hooks", "page", "parts", "signature"]

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = ROOT / "docs" / "reference" / "hooks.md"
PARTS: Final = ("Called", "Where it breaks", "Example", "Prints")
"""What the docstring of every hook has below its first paragraphs."""

_HEAD: Final = """\
# Hooks

All that a plugin may implement, generated from `lifecycle/hooks.py`. There are three hooks, and none decides anything
but the first, which is asked before the first lead is judged. A veto is a criterion, and stands in the definition;
see [why hooks only collect](../explanation/hooks-only-collect.md).

A function is a hook of a plugin when it has the name of the hook and stands under `@hookimpl`, which comes from
`lifecycle`. A plugin is a module, or an object with such methods. What is misspelt, unmarked, `async`, or wants an
argument that is not in the signature below is refused before anything is judged, and so are defaults, `*` and `**` in
its arguments and the options `wrapper`, `tryfirst` and `trylast`: nothing depends on an order. An argument may be
left out. `@hookimpl(specname="lifecycle_criteria")` gives a function another name, and `@hookimpl(optionalhook=True)`
marks a hook that only other versions have. Codes and cures are in [errors](errors.md#problems); what will change is
announced as [deprecation](../explanation/deprecation.md) says.

Nothing here is a sandbox: a plugin is code, and runs with the rights of the program. Whatever it raises is contained,
`SystemExit` included. What hangs, kills the process or changes other modules is not.
"""


def hooks() -> Mapping[str, Callable[..., Any]]:
    """Return the hook specifications by name, in their order."""
    return {name: hook for name, hook in vars(Hooks).items() if name.startswith(f"{PROJECT}_")}


def signature(name: str, hook: Callable[..., Any]) -> str:
    """Return a hook as a plugin writes it."""
    found = inspect.signature(hook)
    arguments = [f"{parameter.name}: {parameter.annotation}" for parameter in list(found.parameters.values())[1:]]
    return f"{name}({', '.join(arguments)}) -> {found.return_annotation}"


def parts(hook: Callable[..., Any]) -> Mapping[str, str]:
    """Return the parts of a hook's docstring; what comes before the first of them is `""`."""
    text = inspect.getdoc(hook) or ""
    pieces = re.split(rf"^({'|'.join(PARTS)}):\n", text, flags=re.MULTILINE)
    return {name: dedent(part).strip() for name, part in zip(["", *pieces[1::2]], pieces[::2], strict=True)}


def page() -> str:
    """Return the page."""
    return "\n".join([_HEAD, *(line for name, hook in hooks().items() for line in _section(name, hook))])


def _section(name: str, hook: Callable[..., Any]) -> Iterator[str]:
    told = parts(hook)
    yield f"## {name}\n"
    yield f"    {signature(name, hook)}\n"
    yield _flowing(told[""])
    yield _flowing(f"**Called.** {told['Called']}")
    yield _flowing(f"**Where it breaks.** {told['Where it breaks']}")
    yield f"```python\n{told['Example']}\n```\n"
    yield f"```output\n{told['Prints']}\n```\n"


def _flowing(text: str) -> str:
    paragraphs = (" ".join(paragraph.split()) for paragraph in text.split("\n\n"))
    return "\n\n".join(fill(one, 120, break_long_words=False, break_on_hyphens=False) for one in paragraphs) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page().rstrip() + "\n", encoding="utf-8")
    sys.stdout.write(f"written: {PAGE}\n")
