"""For the tests of those who write definitions and plugins; needs the extra `testing`.

Two lines check every criterion of a plugin against the rules that the engine relies on:

    from lifecycle.testing import criteria_checks

    test_conformance = criteria_checks("acme")

`check_plugin` does the same without pytest, and `CriterionConformance` is a class to add fixtures to.
`lifecycle.testing.strategies` generates leads, definitions and logs for hypothesis; `lifecycle.testing.unruly` offers
criteria that make life hard. Whoever does not import this package never loads hypothesis.
"""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if find_spec("hypothesis") is None:
    raise ModuleNotFoundError("lifecycle.testing needs hypothesis: pip install 'lead-lifecycle[testing]'")

if TYPE_CHECKING:
    from lifecycle.testing.checks import CHECKS, Check, Tier
    from lifecycle.testing.conformance import CriterionConformance, criteria_checks
    from lifecycle.testing.report import Report, Result, Status
    from lifecycle.testing.subject import Example
    from lifecycle.testing.suite import check_plugin

__all__ = [
    "CHECKS",
    "Check",
    "CriterionConformance",
    "Example",
    "Report",
    "Result",
    "Status",
    "Tier",
    "check_plugin",
    "criteria_checks",
]

_PLACES = {
    "CHECKS": "checks",
    "Check": "checks",
    "CriterionConformance": "conformance",
    "Example": "subject",
    "Report": "report",
    "Result": "report",
    "Status": "report",
    "Tier": "checks",
    "check_plugin": "suite",
    "criteria_checks": "conformance",
}


def __getattr__(name: str) -> Any:
    """Load the kit when it is first asked for.

    Raises:
        AttributeError: there is no such name.
    """
    if name in _PLACES:
        from importlib import import_module  # noqa: PLC0415 - only where something is asked for

        return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
