"""`test`: does a definition do what was meant?"""

from __future__ import annotations

from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import pytest

from tests.cli.run import run
from tests.trying import LEAD, RULES, case_of

PASSING: Final = case_of(LEAD, '{ stage = "iql" }', "It enters")
FAILING: Final = case_of(LEAD, '{ stage = "mql" }', "It qualifies")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a definition and one test that passes."""
    (tmp_path / "rules.toml").write_text(RULES, encoding="utf-8")
    (tmp_path / "rules.tests.toml").write_text(PASSING, encoding="utf-8")
    return tmp_path


class TestRuns:
    """What people see, and how it ends."""

    def test_a_definition_that_does_what_was_meant(self, folder: Path) -> None:
        """The files beside it are found; what passed is only counted."""
        ran = run("test", folder / "rules.toml")

        assert (0, "") == (ran.code, ran.err)
        assert "1 passed, 0 failed" == ran.lines[-1]
        assert "It enters" not in ran.out

    def test_all_shows_what_passed_as_well(self, folder: Path) -> None:
        """The names of cases are what was agreed on."""
        assert "ok It enters" in run("test", folder / "rules.toml", "--all").words

    def test_one_that_does_not_says_why(self, folder: Path) -> None:
        """The name, the place, what is and what should be, and what it lacks; the exit code is 1."""
        file = folder / "rules.tests.toml"
        file.write_text(PASSING + FAILING, encoding="utf-8")

        ran = run("test", folder / "rules.toml")

        assert 1 == ran.code
        assert [
            "FAILED  It qualifies",
            f"  {file}:8:12: at the end (day 0) the lead is in iql, and should be in mql",
            "    qualify to mql is closed",
            "      it takes asked (has not happened)",
            "      or interest >= 20 (interest is 0; 20 points away)",
            "    came here on day 0: (new) -> iql by capture",
        ] == ran.lines[:6]
        assert "1 passed, 1 failed" == ran.lines[-1]

    def test_files_may_be_named(self, folder: Path) -> None:
        """Those, and no others."""
        other = folder / "other.toml"
        other.write_text(FAILING, encoding="utf-8")

        assert [0, 1, 1] == [
            run("test", folder / "rules.toml", *files).code
            for files in ([folder / "rules.tests.toml"], [other], [folder / "rules.tests.toml", other])
        ]

    def test_cases_may_be_picked_by_words_of_their_names(self, folder: Path) -> None:
        """Upper and lower case do not matter; nothing picked is a mistake."""
        (folder / "rules.tests.toml").write_text(PASSING + FAILING, encoding="utf-8")

        assert [0, 1, 2] == [
            run("test", folder / "rules.toml", "--case", words).code for words in ("ENTERS", "qualifies", "nothing")
        ]

    def test_packaged_definitions_bring_their_own(self) -> None:
        """No file needs to be named."""
        ran = run("test", "short_cycle", "--coverage-at-least", 100)

        assert 0 == ran.code
        assert "transitions 22 22 100 %" in ran.words


class TestCoverage:
    """How much the cases have seen."""

    def test_it_is_told_with_what_was_not_seen(self, folder: Path) -> None:
        """The first few; `--all` names every one."""
        few, every = run("test", folder / "rules.toml"), run("test", folder / "rules.toml", "--all")

        assert "transitions 1 7 14 % qualify from iql, cool_down from mql" in few.words
        assert "more (--all)" in few.out
        assert "quiet met" in every.out
        assert "more (--all)" not in every.out

    def test_a_line_may_be_drawn(self, folder: Path) -> None:
        """Below it the exit code is 1, though every case passes."""
        codes = [run("test", folder / "rules.toml", "--coverage-at-least", percent).code for percent in (0, 14, 15)]

        assert [0, 0, 1] == codes
        assert "less than 15 % is seen" in run("test", folder / "rules.toml", "--coverage-at-least", 15).out


class TestMistakes:
    """What cannot be run is refused with all that is wrong."""

    def test_all_files_are_told_of_together(self, folder: Path) -> None:
        """Each problem with file, line and column; the exit code is that of a wrong file."""
        for name in ("a", "b"):
            (folder / f"{name}.toml").write_text(PASSING.replace("iql", f"iql_{name}"), encoding="utf-8")

        ran = run("test", folder / "rules.toml", folder / "a.toml", folder / "b.toml")

        assert (2, "") == (ran.code, ran.out)
        assert "the tests of rules cannot be run" == ran.err.splitlines()[0]
        for name in ("a", "b"):
            expected = f"{name}.toml:4:12: error: the definition has no stage 'iql_{name}', did you mean 'iql'?"
            assert expected in ran.err

    def test_no_tests_are_no_success(self, folder: Path) -> None:
        """What to write is said."""
        (folder / "rules.tests.toml").unlink()
        ran = run("test", folder / "rules.toml")

        assert 2 == ran.code
        assert "no file beside it is named rules.tests.toml" in ran.err

    def test_a_file_without_cases_is_none_either(self, folder: Path) -> None:
        """An empty list would pass for ever."""
        (folder / "rules.tests.toml").write_text("cases = []", encoding="utf-8")

        assert 2 == run("test", folder / "rules.toml").code

    def test_a_definition_that_cannot_be_used_comes_first(self, folder: Path) -> None:
        """Nothing can be tested against it."""
        (folder / "rules.toml").write_text("name = 3", encoding="utf-8")

        assert 4 == run("test", folder / "rules.toml").code

    def test_what_is_worth_a_look_is_said_and_does_not_stop_it(self, folder: Path) -> None:
        """On standard error, beside the result."""
        text = case_of(f'{LEAD}, {{ day = 1, activity = "fax_sent" }}', '{ stage = "iql" }')
        (folder / "rules.tests.toml").write_text(text, encoding="utf-8")
        ran = run("test", folder / "rules.toml")

        assert 0 == ran.code
        assert "warning: no criterion of rules names the activity 'fax_sent'" in ran.err


class TestForMachines:
    """The same for programs."""

    def test_one_document(self, folder: Path) -> None:
        """Cases with their misses, and the coverage."""
        (folder / "rules.tests.toml").write_text(PASSING + FAILING, encoding="utf-8")
        found = run("test", folder / "rules.toml", "--json").document

        assert ("rules", 1, 1, []) == (found["definition"]["name"], found["passed"], found["failed"], found["problems"])
        passed, failed = found["cases"]
        assert ("It enters", True, []) == (passed["name"], passed["passed"], passed["misses"])
        [miss] = failed["misses"]
        assert (8, 12, "qualify to mql is closed") == (miss["line"], miss["column"], miss["why"][0])
        assert {"seen": 1, "total": 7, "percent": 14} == {
            key: found["coverage"]["transitions"][key] for key in ("seen", "total", "percent")
        }

    def test_junit_for_build_servers(self, folder: Path) -> None:
        """Beside the result, whatever its form."""
        target = folder / "result.xml"

        assert 0 == run("test", folder / "rules.toml", "--junit", target, "--json").code
        assert "1" == ET.fromstring(target.read_text(encoding="utf-8")).get("tests")
