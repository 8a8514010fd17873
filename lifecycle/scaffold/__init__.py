"""A new plugin's project, complete and green from its first run: the files of `template/` with the name filled in.

Whoever starts from it changes the criterion, and keeps the rest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib.metadata import distribution, version
from pathlib import Path, PurePosixPath
from string import Template
from types import MappingProxyType
from typing import Final

from lifecycle.errors import CallerError

__all__ = ["FILES", "project", "requirement"]

_TEMPLATE: Final = Path(__file__).with_name("template")
_DISTRIBUTION: Final = "lead-lifecycle"
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")

FILES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "pyproject.toml": "pyproject.toml.txt",
        "README.md": "README.md.txt",
        ".gitignore": "gitignore.txt",
        ".github/workflows/tests.yml": "workflows/tests.yml.txt",
        "lifecycle_$name/__init__.py": "package/__init__.py.txt",
        "lifecycle_$name/py.typed": "package/py.typed.txt",
        "tests/test_$name.py": "tests/test_plugin.py.txt",
        "example.toml": "example.toml.txt",
        "example.tests.toml": "example.tests.toml.txt",
    }
)
"""Where each file of a project comes from; `$name` stands for the plugin's name."""


def project(name: str) -> Mapping[PurePosixPath, str]:
    """Give the files of a new plugin's project, by their place in its folder.

    Args:
        name: The plugin's name, which definitions write before the dot.

    Raises:
        CallerError: it cannot be the name of a plugin.
    """
    if not _NAME.fullmatch(name):
        raise CallerError(
            f"{name!r} cannot be the name of a plugin: definitions write it before a dot, and its package is named "
            "after it; use small letters, digits and single underscores, such as acme or trade_fair"
        )
    words = {"name": name, "dashed": name.replace("_", "-"), "version": version(_DISTRIBUTION)}
    return {
        PurePosixPath(Template(path).substitute(words)): Template(
            (_TEMPLATE / source).read_text(encoding="utf-8")
        ).substitute(words)
        for path, source in FILES.items()
    }


def requirement() -> str | None:
    """Say what pip has to be told to install this library where it was installed from: a folder or a repository.

    Returns:
        A requirement; None where it came from a registry or a file, as then its name alone says enough.
    """
    source = json.loads(distribution(_DISTRIBUTION).read_text("direct_url.json") or "{}")
    if "vcs_info" in source:
        vcs = source["vcs_info"]
        return f"{_DISTRIBUTION} @ {vcs['vcs']}+{source['url']}@{vcs['commit_id']}"
    return f"{_DISTRIBUTION} @ {source['url']}" if "dir_info" in source else None
