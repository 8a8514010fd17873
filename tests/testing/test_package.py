"""The kit is there for those who ask for it, and costs nobody else anything."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points

import pytest

from lifecycle import testing

WITHOUT = """
import sys
sys.modules["{missing}"] = None  # as where it is not installed
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *more: None if name == "{missing}" else found(name, *more)
{program}
"""


def run(program: str, missing: str = "nothing") -> subprocess.CompletedProcess[str]:
    """Run a program of its own, in which a package is missing."""
    source = WITHOUT.format(missing=missing, program=program)
    return subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=False, timeout=100)


def test_nobody_loads_hypothesis_or_pytest_without_asking() -> None:
    """Neither the library nor the first-party plugins, nor the package itself before something of it is used."""
    ended = run(
        "import lifecycle, lifecycle_profile, lifecycle.testing\n"
        "print(sorted({'hypothesis', 'pytest', '_pytest'} & set(sys.modules)))"
    )

    assert "[]" == ended.stdout.strip(), ended.stderr


def test_no_run_of_pytest_is_changed_by_it() -> None:
    """There is no plugin of pytest, which would be loaded everywhere."""
    mine = {point.value for point in entry_points(group="pytest11") if "lifecycle" in point.value}

    assert set() == mine


@pytest.mark.parametrize(
    ("missing", "program"),
    [
        ("hypothesis", "import lifecycle.testing"),
        ("hypothesis", "from lifecycle.testing.strategies import logs"),
        ("pytest", "from lifecycle.testing import criteria_checks"),
    ],
)
def test_a_missing_extra_is_named(missing: str, program: str) -> None:
    """With what to type, and not as a module that nobody has heard of."""
    ended = run(program, missing)

    assert 1 == ended.returncode
    assert f"needs {missing}: pip install 'lead-lifecycle[testing]'" in ended.stderr


def test_without_pytest_the_checks_run_all_the_same() -> None:
    """In a script, a notebook, or on the command line."""
    ended = run("from lifecycle.testing import check_plugin\nprint(check_plugin('channel').counts)", "pytest")

    assert "20 checks: 17 ok, 3 skipped" == ended.stdout.strip(), ended.stderr


def test_every_public_name_is_there() -> None:
    """What is promised can be imported, and nothing else is made up."""
    assert all(getattr(testing, name) is not None for name in testing.__all__)
    with pytest.raises(AttributeError, match="no attribute 'criteria_check'"):
        _ = testing.criteria_check
