"""Runs the Python examples in README.md and docs/ as tests, each page in an empty folder of its own."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

_STARTED_IN = "_started_in"
_FOLDER = "_folder"


def _enter(namespace: dict[str, Any]) -> None:
    """Move to an empty folder, so that an example may write files."""
    namespace[_FOLDER] = tempfile.TemporaryDirectory(prefix="lifecycle-docs-", ignore_cleanup_errors=True)
    namespace[_STARTED_IN] = Path.cwd()
    os.chdir(namespace[_FOLDER].name)


def _leave(namespace: dict[str, Any]) -> None:
    """Return to where the tests started."""
    os.chdir(namespace[_STARTED_IN])
    namespace[_FOLDER].cleanup()


pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(), SkipParser()],
    patterns=["README.md", "docs/**/*.md"],
    excludes=["docs/changes/*"],
    setup=_enter,
    teardown=_leave,
).pytest()
