"""The checks under pytest: in two lines, or as a class that fixtures can be added to.

    from lifecycle.testing import criteria_checks

    test_conformance = criteria_checks("acme")

Each criterion and each check are a test of their own. One more says how many there are, and complains about expected
failures and examples that name nothing; it fails where a check was left out.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar, Final

import attrs

from lifecycle.testing.checks import CHECKS, Check
from lifecycle.testing.report import Status
from lifecycle.testing.subject import BUDGET, Example, Subject
from lifecycle.testing.suite import Suite

try:
    import pytest
except ModuleNotFoundError as error:
    message = "criteria_checks needs pytest: pip install 'lead-lifecycle[testing]'; check_plugin does without"
    raise ModuleNotFoundError(message) from error

__all__ = ["CriterionConformance", "criteria_checks"]

_NOBODY: Final[Mapping[str, str]] = {}


@attrs.frozen
class _Asked:
    """One test: a check of one criterion, or the last one, about all of them."""

    suite: Suite
    subject: Subject | None = None
    check: Check | None = None

    def __str__(self) -> str:
        """Give what pytest calls it: `count-total`, or `80-checks`."""
        if self.subject is None or self.check is None:
            return f"{len(self.suite.pairs)}-checks"
        return f"{self.subject.name}-{self.check.name}"

    def run(self) -> None:
        """Ask it, and tell pytest what came of it."""
        if self.subject is None or self.check is None:
            _all_there(self.suite)
            return
        result = self.suite.ask(self.subject, self.check)
        if result.status is Status.FAILED:
            pytest.fail(str(result), pytrace=False)
        if result.status is Status.EXPECTED:
            pytest.xfail(result.message.partition("\n")[0])
        if result.status is Status.SKIPPED:
            pytest.skip(f"nothing to ask: {result.message}")


def _all_there(suite: Suite) -> None:
    if suite.complaints:
        pytest.fail("\n".join(suite.complaints), pytrace=False)
    expected = len(suite.subjects) * len(CHECKS)
    assert expected == len(suite.pairs) > 0, "a check was left out"


def _everything(suite: Suite) -> list[_Asked]:
    return [*(_Asked(suite, subject, check) for subject, check in suite.pairs), _Asked(suite)]


def criteria_checks(
    plugin: object,
    *,
    examples: Iterable[Example] = (),
    expected_failures: Mapping[str, str] = _NOBODY,
    budget: timedelta = BUDGET,
    thorough: bool = False,
) -> Callable[..., None]:
    """Give a test for pytest that runs every check on every criterion of a plugin.

    Args:
        plugin: What is checked: an installed plugin by its name, the path of a file, a module, or one class.
        examples: Leads of which the author knows what is found.
        expected_failures: Checks that are known to fail, each with the reason; `"check"` is meant for every criterion,
            and `"criterion.check"` for one. One that does not fail is a failure.
        budget: How long one judgement may take.
        thorough: Whether to try many more cases, and other ones each time.

    Raises:
        CallerError: no such plugin is installed, or it offers no criterion.
        PluginError: the plugin is broken.
    """
    suite = Suite.of(plugin, examples=examples, expected_failures=expected_failures, budget=budget, thorough=thorough)

    @pytest.mark.parametrize("asked", _everything(suite), ids=str)
    def conformance(asked: _Asked) -> None:
        """The criterion does what the check asks."""
        asked.run()

    return conformance


class CriterionConformance:
    """The same as a class of tests, so that fixtures of its own surround each check.

        class TestAcme(CriterionConformance):
            plugin = "acme"
            expected_failures = {"monotone": "a band on purpose, see the documentation"}

            @pytest.fixture(autouse=True)
            def small_list(self, monkeypatch):
                monkeypatch.setattr(acme.lists, "domains", lambda: frozenset({"acme.example"}))

    Attributes:
        plugin: What is checked: an installed plugin by its name, the path of a file, a module, one class, or a
            function without arguments that gives one of these.
        examples: Leads of which the author knows what is found.
        expected_failures: Checks that are known to fail, each with the reason.
        budget: How long one judgement may take.
        thorough: Whether to try many more cases, and other ones each time.
    """

    plugin: ClassVar[Any] = None
    examples: ClassVar[Sequence[Example]] = ()
    expected_failures: ClassVar[Mapping[str, str]] = _NOBODY
    budget: ClassVar[timedelta] = BUDGET
    thorough: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        """Refuse to have the checks replaced in silence.

        Raises:
            TypeError: a class replaces them.
        """
        replaced = {"test_conformance", "pytest_generate_tests"} & cls.__dict__.keys()
        if replaced:
            raise TypeError(
                f"{cls.__name__} replaces {', '.join(sorted(replaced))}: use expected_failures, with a reason"
            )

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Make a test of every criterion and check."""
        if "asked" in metafunc.fixturenames:
            metafunc.parametrize("asked", _everything(self._suite()), ids=str)

    def test_conformance(self, asked: _Asked) -> None:
        """The criterion does what the check asks."""
        asked.run()

    @classmethod
    def _suite(cls) -> Suite:
        return Suite.of(
            cls.plugin() if inspect.isfunction(cls.plugin) else cls.plugin,
            examples=cls.examples,
            expected_failures=cls.expected_failures,
            budget=cls.budget,
            thorough=cls.thorough,
        )
