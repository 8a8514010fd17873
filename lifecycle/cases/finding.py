"""Where the test files of a definition are: beside it, or among the packaged ones."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Final

from lifecycle.errors import CasesError, Place, Problem
from lifecycle.loading import packaged

__all__ = ["SUFFIX", "find_tests"]

SUFFIX: Final = ".tests.toml"
"""How the name of a test file ends."""


def find_tests(name_or_path: str | Path, files: Sequence[str | Path] = ()) -> list[tuple[str, str]]:
    """Give the test files of a definition, each as its text and its name.

    Beside a definition's file all files `*.tests.toml` are its tests, but for those that are named after another
    definition there: `b2b.tests.toml` belongs to `b2b.toml`.

    Args:
        name_or_path: The name of a packaged definition, or the path of a file.
        files: The test files, where they are named.

    Raises:
        CasesError: a file is not a text.
        FileNotFoundError: there is no test file, or one that is named is missing.
    """
    if files:
        return [_read(Path(file)) for file in files]
    if str(name_or_path) in packaged():
        name = f"{name_or_path}{SUFFIX}"
        return [((resources.files("lifecycle") / "definitions" / name).read_text(encoding="utf-8"), name)]
    path = Path(name_or_path)
    found = [_read(file) for file in sorted(path.parent.glob(f"*{SUFFIX}")) if _is_about(file, path)]
    if not found:
        message = f"{path} has no tests: no file beside it is named {path.stem}{SUFFIX}, or {SUFFIX} at its end"
        raise FileNotFoundError(message)
    return found


def _is_about(file: Path, definition: Path) -> bool:
    """Say whether a test file is named after the definition, or after none."""
    parts = file.name.removesuffix(SUFFIX).split(".")
    named = [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
    after = next((name for name in named if file.with_name(f"{name}.toml").is_file()), None)
    return after in (None, definition.name.removesuffix(".toml"))


def _read(path: Path) -> tuple[str, str]:
    try:
        return path.read_text(encoding="utf-8"), str(path)
    except UnicodeDecodeError as error:
        place = Place(str(path), error.object.count(b"\n", 0, error.start) + 1)
        problem = Problem(code="not-utf-8", message="this line is not UTF-8", place=place)
        raise CasesError(f"{path} is not a text file", [problem]) from error
