"""The result as JUnit XML."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from lifecycle.cases import run_cases
from lifecycle.cases.junit import junit_xml
from tests.trying import LEAD, case_of, read, rules

TEXT = case_of(LEAD, '{ stage = "iql" }', "it enters") + case_of(LEAD, '{ stage = "mql" }', "<it> & \\u0007 qualifies")


class TestJUnit:
    """A suite with a case each."""

    def test_it_counts_and_names(self) -> None:
        """As a build server shows it."""
        suite = ET.fromstring(junit_xml(run_cases(rules(), read(TEXT).cases)))

        assert ("rules", "2", "1") == (suite.get("name"), suite.get("tests"), suite.get("failures"))
        assert ["it enters", "<it> &  qualifies"] == [case.get("name") for case in suite]
        assert ["1", "5"] == [case.get("line") for case in suite]

    def test_a_failure_says_why(self) -> None:
        """All misses with their places, and what led there."""
        [passed, failed] = ET.fromstring(junit_xml(run_cases(rules(), read(TEXT).cases)))
        [failure] = failed

        assert not list(passed)
        assert "at the end (day 0) the lead is in iql, and should be in mql" == failure.get("message")
        assert "rules.tests.toml:8:12: at the end" in (failure.text or "")
        assert "qualify to mql is closed" in (failure.text or "")

    def test_nothing_is_an_empty_suite(self) -> None:
        """No case is no failure."""
        assert "0" == ET.fromstring(junit_xml([])).get("tests")
