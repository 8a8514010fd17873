"""The kit under pytest, and by itself: what is collected, expected failures, and what must not go unnoticed."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import lifecycle_engagement
import pytest

from lifecycle import Lead, hookimpl
from lifecycle.errors import CallerError, PluginError
from lifecycle.testing import CHECKS, CriterionConformance, Example, Status, Tier, check_plugin, criteria_checks
from lifecycle.testing import suite as suites
from lifecycle.testing.checks import Check
from lifecycle.testing.searching import Effort, NotAsked
from lifecycle.testing.suite import Suite
from tests.testing.saboteurs import Always, Clock, Mistaken

ONE_CHECK = tuple(check for check in CHECKS if check.name == "documented")
REASON = "the clock is only looked at"


def quick(plugin: object, monkeypatch: pytest.MonkeyPatch, *checks: str, **how: Any) -> Any:
    """Return the report of a few checks."""
    monkeypatch.setattr(suites, "CHECKS", tuple(check for check in CHECKS if check.name in checks))
    return check_plugin(plugin, **how)


def statuses(report: Any) -> Mapping[str, Status]:
    """Return what came of each check."""
    return {result.check.name: result.status for result in report.results}


class TestWhatIsChecked:
    """A plugin may be named in several ways."""

    @pytest.mark.parametrize("plugin", ["engagement", lifecycle_engagement])
    def test_an_installed_plugin_and_its_module_are_the_same(
        self, plugin: object, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Every criterion is asked every check."""
        report = quick(plugin, monkeypatch, "documented", "signature")

        assert "engagement" == report.plugin
        assert "8 checks: 8 ok" == report.counts
        assert {"engagement.count", "engagement.duration", "engagement.happened", "engagement.points"} == set(
            report.tiers()
        )

    def test_one_class_is_a_plugin_of_one_criterion(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """It is named after its module."""
        assert ["saboteurs.always"] == list(quick(Always, monkeypatch, "documented").tiers())

    def test_a_file_is_a_plugin(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """It is named after the file."""
        file = tmp_path / "mine.py"
        file.write_text(PLUGIN)

        assert ["mine.sized"] == list(quick(str(file), monkeypatch, "documented").tiers())

    def test_a_name_that_nobody_has_is_refused(self) -> None:
        """A plugin that is not there must not look healthy."""
        with pytest.raises(CallerError, match="no plugin 'engagment' is installed, did you mean 'engagement'"):
            criteria_checks("engagment")

    def test_a_plugin_without_criteria_is_refused(self) -> None:
        """Nothing was checked, and that is no success."""
        with pytest.raises(CallerError, match="offers no criterion"):
            check_plugin(SimpleNamespace(lifecycle_after_transition=watching))

    @pytest.mark.parametrize("kind", [Path, str])
    def test_a_file_without_criteria_is_named_as_it_was_given(self, tmp_path: Path, kind: type[Any]) -> None:
        """Whoever gave it finds it again."""
        file = tmp_path / "mine.py"
        file.write_text(OBSERVER)

        with pytest.raises(CallerError, match=re.escape(f"the plugin {str(file)!r} offers no criterion")):
            check_plugin(kind(file))

    def test_a_broken_plugin_is_refused(self, tmp_path: Path) -> None:
        """The problems are those that a definition would meet."""
        file = tmp_path / "broken.py"
        file.write_text("raise RuntimeError('boom')")

        with pytest.raises(PluginError, match="boom"):
            check_plugin(file)


@hookimpl(specname="lifecycle_after_transition")
def watching(record: object) -> None:
    """Watch, and offer nothing."""


class TestExpectedFailures:
    """A failure may be expected, with a reason, and then it has to happen."""

    @pytest.mark.parametrize("name", ["pure", "looking_at_the_clock.pure"])
    def test_is_no_failure_and_is_shown(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """For every criterion, or for one."""
        report = quick(Clock, monkeypatch, "pure", expected_failures={name: REASON})

        assert 0 == report.exit_code
        assert {"pure": Status.EXPECTED} == statuses(report)
        assert REASON in report.table()

    def test_that_passes_is_a_failure(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whoever repairs a criterion takes it out of the list."""
        report = quick(Clock, monkeypatch, "documented", expected_failures={"documented": REASON})

        assert {"documented": Status.FAILED} == statuses(report)
        assert f"was expected to fail ({REASON}) and passes" in report.failures[0].message

    def test_that_has_nothing_to_ask_is_a_failure(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """It did not fail either."""
        report = quick(Clock, monkeypatch, "monotone", expected_failures={"monotone": REASON})

        assert "has nothing to ask" in report.failures[0].message

    @pytest.mark.parametrize(
        ("expected", "complaint"),
        [
            ({"pur": REASON}, "expected_failures names 'pur', which is no check, did you mean 'pure'?"),
            ({"other.pure": REASON}, "expected_failures names 'other.pure', which is no check"),
            ({"pure": " "}, "expected_failures gives no reason for 'pure'"),
        ],
    )
    def test_without_a_reason_or_of_no_check_is_a_failure(
        self, expected: Mapping[str, str], complaint: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A name that means nothing would hide that the check runs after all."""
        report = quick(Clock, monkeypatch, "pure", expected_failures=expected)

        assert 1 == report.exit_code
        assert complaint in "\n".join(report.complaints)


class TestExamples:
    """Examples belong to a criterion, and hold."""

    def test_an_example_of_nothing_that_is_offered_is_a_failure(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Nobody would ever look at it."""
        lost = Example(outcome="met", lead=Lead("1"), criterion="cuont")
        report = quick("engagement", monkeypatch, "documented", examples=[lost])

        assert ["an example is for 'cuont', which is not offered, did you mean 'count'?"] == list(report.complaints)
        assert 1 == report.exit_code

    def test_an_example_says_which_criterion_it_is_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where there are several; of a single one it is clear."""
        vague = Example(outcome="unknown", lead=Lead("1"), parameters={"minimum": 1})

        assert "does not say which" in quick("engagement", monkeypatch, "documented", examples=[vague]).complaints[0]
        assert [] == quick(Mistaken, monkeypatch, "documented", examples=[vague]).complaints

    def test_wrong_parameters_of_an_example_are_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """As they would be for a definition."""
        wrong = Example(outcome="met", lead=Lead("1"), parameters={"minimum": "3"})
        report = quick(Mistaken, monkeypatch, "examples", examples=[wrong])

        assert "an example has wrong parameters: 'minimum' of saboteurs.mistaken" in report.failures[0].message


class TestEarlyReturns:
    """A check that does not look at anything is red."""

    @staticmethod
    def lazy(run: Any) -> Check:
        """Return a check that does nothing."""
        return Check(name="lazy", tier=Tier.BRONZE, asks="Nothing.", why="No reason.", fix="Nothing.", run=run)

    def test_a_check_without_a_case_is_a_failure(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """It returned before it had asked anything."""

        def at_once(_subject: object, _effort: Effort) -> int:
            return 0

        monkeypatch.setattr(suites, "CHECKS", (self.lazy(at_once),))

        assert "the check tried no case at all" == check_plugin(Clock).failures[0].message

    def test_a_check_that_has_nothing_to_ask_says_why(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """It is counted, and it is no success."""

        def nothing(_subject: object, _effort: Effort) -> int:
            raise NotAsked("it reads nothing")

        monkeypatch.setattr(suites, "CHECKS", (self.lazy(nothing),))
        report = check_plugin(Clock)

        assert ("1 checks: 1 skipped", "it reads nothing") == (report.counts, report.results[0].message)


PLUGIN = '''
from lifecycle import criterion, hookimpl, met_if, parameters, unknown

@criterion("sized", version="1")
class Sized:
    """At least so many employees."""

    minimum: int
    field: str = parameters.profile_field(default="employees")

    def judge(self, known):
        size = known.profile(self.field)
        return unknown("not known") if type(size) is not int else met_if(size >= self.minimum, f"{size}", size=size)

@hookimpl
def lifecycle_criteria():
    return [Sized]
'''
OBSERVER = """
from lifecycle import hookimpl

@hookimpl
def lifecycle_after_transition(record):
    pass
"""
TESTS = """
import pytest
import acme
from lifecycle.testing import CriterionConformance, criteria_checks

test_conformance = criteria_checks(acme)

class TestAcme(CriterionConformance):
    plugin = acme
    expected_failures = {"sized.budget": "it is not slow", "sized.pure": " "}

    @pytest.fixture(autouse=True)
    def noted(self, request):
        print("around", request.node.name)
        yield

    def test_something_else(self):
        assert acme.Sized
"""


class TestUnderPytest:
    """Two lines in a file of tests are enough."""

    @pytest.mark.slow
    def test_each_check_is_a_test_and_the_number_is_one_more(self, tmp_path: Path) -> None:
        """Readable names, fixtures around each, and complaints in the last one."""
        (tmp_path / "acme.py").write_text(PLUGIN)
        (tmp_path / "test_acme.py").write_text(TESTS)
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rA", "-q", str(tmp_path)]

        ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=110)

        assert "PASSED test_acme.py::test_conformance[sized-same_meaning]" in ended.stdout
        assert "PASSED test_acme.py::test_conformance[20-checks]" in ended.stdout
        assert "around test_conformance[sized-total]" in ended.stdout
        assert "PASSED test_acme.py::TestAcme::test_something_else" in ended.stdout
        assert "FAILED test_acme.py::TestAcme::test_conformance[sized-budget]" in ended.stdout
        assert "FAILED test_acme.py::TestAcme::test_conformance[20-checks]" in ended.stdout
        assert "expected_failures gives no reason for 'sized.pure'" in ended.stdout

    def test_nobody_replaces_the_checks_in_silence(self) -> None:
        """A class that brings its own test of that name would check nothing."""
        with pytest.raises(TypeError, match="replaces test_conformance: use expected_failures"):
            type("TestLazy", (CriterionConformance,), {"test_conformance": None})

    def test_a_class_may_be_given_a_function(self) -> None:
        """For a plugin that has to be made first."""
        made: Any = type("TestMade", (CriterionConformance,), {"plugin": staticmethod(lambda: Clock)})

        assert "saboteurs" == made._suite().plugin

    def test_what_is_found_is_what_pytest_says(self) -> None:
        """The message of a failure is the one of the report."""
        suite = Suite.of(Clock)
        [subject] = suite.subjects
        [pure] = [check for check in CHECKS if check.name == "pure"]
        run, asked = asked_of_the_clock()

        with pytest.raises(pytest.fail.Exception) as found:
            run(asked)

        assert str(suite.ask(subject, pure)) == str(found.value)

    def test_a_failure_that_is_expected_is_one_to_pytest_too(self) -> None:
        """It is counted apart, and shown with its reason."""
        run, asked = asked_of_the_clock(expected_failures={"pure": REASON})

        with pytest.raises(pytest.xfail.Exception) as found:
            run(asked)

        assert REASON == str(found.value)


def asked_of_the_clock(**how: Any) -> tuple[Any, Any]:
    """Return the test that pytest runs, and what it asks for one check of a criterion that looks at the clock."""
    run: Any = criteria_checks(Clock, **how)
    [asked] = [mark.args[1] for mark in run.pytestmark]
    [one] = [one for one in asked if str(one) == "looking_at_the_clock-pure"]
    return run, one
