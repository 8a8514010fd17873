"""What `import lifecycle` may load: little, so that a program that uses it starts at once."""

from __future__ import annotations

import subprocess
import sys

# Of other projects, by their top name. Everything else that the base install brings loads when it is used.
MAY_LOAD = {"attr", "attrs", "lifecycle", "pluggy"}

# Of Python itself: slow to load, or a sign that an edge has leaked into the core.
MUST_NOT_LOAD = {"asyncio", "http", "multiprocessing", "sqlite3", "unittest", "urllib.request", "xml"}

PROGRAM = """
import sys
before = set(sys.modules)
import lifecycle
print("\\n".join(sorted(set(sys.modules) - before)))
"""


def loaded() -> set[str]:
    """Return the modules that `import lifecycle` loads in a fresh Python."""
    command = [sys.executable, "-I", "-c", PROGRAM]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


def test_import_loads_no_other_project_than_the_light_ones() -> None:
    """The package and its light foundations, nothing else, come with the import."""
    others = {name.partition(".")[0] for name in loaded()} - set(sys.stdlib_module_names)
    settings_of_the_build = {name for name in others if name.startswith("_sysconfigdata_")}  # Python's: zoneinfo asks

    assert set() == others - settings_of_the_build - MAY_LOAD


def test_import_loads_nothing_slow_of_python_itself() -> None:
    """Databases, networks and event loops load when they are used."""
    assert set() == loaded() & MUST_NOT_LOAD
