"""Runs the command line as a user would: in this process, or as the installed command."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from lifecycle.cli import main

COMMAND = Path(sys.executable).parent / ("lifecycle.exe" if os.name == "nt" else "lifecycle")


@attrs.frozen
class Ran:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.out)

    @property
    def words(self) -> str:
        """Standard output without the blanks that align columns."""
        return " ".join(self.out.split())

    @property
    def lines(self) -> list[str]:
        """The lines on standard output."""
        return self.out.splitlines()


def run(*arguments: object) -> Ran:
    """Run a command in this process, with pipes where a terminal would be."""
    out, err = io.BytesIO(), io.BytesIO()
    streams = [io.TextIOWrapper(buffer, encoding="utf-8", write_through=True) for buffer in (out, err)]
    with contextlib.redirect_stdout(streams[0]), contextlib.redirect_stderr(streams[1]):
        code = main([str(argument) for argument in arguments])
        streams[0].flush()
    return Ran(code, out.getvalue().decode(), err.getvalue().decode())


def start(
    *arguments: object,
    where: Path,
    stdin: int | None = None,
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start the installed command as a process of its own."""
    command = [str(COMMAND), *(str(argument) for argument in arguments)]
    return subprocess.Popen(command, cwd=where, stdin=stdin, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
