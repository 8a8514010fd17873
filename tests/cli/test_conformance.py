"""`plugins test`: the checks of the kit without pytest."""

from __future__ import annotations

from pathlib import Path

import pytest

from lifecycle import testing
from lifecycle.testing import CHECKS
from lifecycle.testing import suite as suites
from tests.cli.run import run

PLUGIN = '''
from lifecycle import criterion, hookimpl, met_if, parameters, unknown

@criterion("named", version="1")
class Named:
    """The industry is this one."""

    word: str
    field: str = parameters.profile_field(default="industry")

    def judge(self, known):
        told = known.profile(self.field)
        return unknown("not known") if told is None else met_if(told == self.word, "the word or not")

@hookimpl
def lifecycle_criteria():
    return [Named]
'''


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four of the checks: a healthy criterion passes two, fails none and is not asked the third."""
    names = {"documented", "total", "monotone", "same_meaning"}
    monkeypatch.setattr(suites, "CHECKS", tuple(check for check in CHECKS if check.name in names))


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    """A plugin of one file, whose criterion compares capitals."""
    file = tmp_path / "acme.py"
    file.write_text(PLUGIN)
    return file


@pytest.mark.usefixtures("few")
class TestPluginsTest:
    """Each criterion with its tier, each failure with what to do."""

    def test_a_healthy_plugin_ends_with_0(self) -> None:
        """One line for each criterion, and the number of checks."""
        ran = run("plugins", "test", "sales")

        assert 0 == ran.code
        assert "sales.confirmed gold 4 checks: 3 ok, 1 skipped" in ran.words
        assert ran.words.endswith("sales: 8 checks: 6 ok, 2 skipped")

    def test_a_failure_ends_with_1_and_says_everything(self, acme: Path) -> None:
        """The case, what was asked, why, and what to do."""
        ran = run("plugins", "test", acme)

        assert 1 == ran.code
        assert "acme.named silver 4 checks: 2 ok, 1 failed, 1 skipped" in ran.words
        assert "acme.named: same_meaning failed in capitals: unmet (the word or not)" in ran.words
        assert "what to do: Compare `unicodedata.normalize" in ran.words

    def test_a_long_text_in_a_case_is_cut(self, acme: Path) -> None:
        """The screen would be full of it; the document has it whole."""
        acme.write_text(PLUGIN.replace('"the word or not"', '"x" * 500 + told'))
        ran = run("plugins", "test", acme)
        messages = [row["message"] for row in run("plugins", "test", acme, "--json").document["checks"]]

        assert 1 == ran.code
        assert f"({'x' * 59}..." in ran.out
        assert any("x" * 500 in message for message in messages)

    def test_all_shows_every_check(self) -> None:
        """With how many cases were tried, or why there was nothing to ask."""
        words = run("plugins", "test", "channel", "--all").words

        assert "channel.one_of total ok 25" in words
        assert "channel.one_of monotone skipped 0 it does not declare that more is never less" in words

    def test_the_document_has_everything(self, acme: Path) -> None:
        """And the exit code is the same."""
        ran = run("plugins", "test", acme, "--json")

        assert (1, 1, "acme", {"acme.named": "silver"}) == (
            ran.code,
            *(ran.document[key] for key in ("exit_code", "plugin", "tiers")),
        )
        assert ["documented", "total", "same_meaning", "monotone"] == [row["check"] for row in ran.document["checks"]]

    def test_thorough_tries_more(self) -> None:
        """A thousand cases of each check."""
        rows = run("plugins", "test", "channel", "--thorough", "--json").document["checks"]

        assert [1_000] == [row["cases"] for row in rows if row["check"] == "total"]


class TestMistakes:
    """What cannot be checked is said, and is no success."""

    def test_a_name_that_nobody_has(self) -> None:
        """The nearest one is offered."""
        ran = run("plugins", "test", "engagment")

        assert 2 == ran.code
        assert "no plugin 'engagment' is installed, did you mean 'engagement'?" in ran.err

    def test_a_broken_plugin(self, tmp_path: Path) -> None:
        """As a definition that names it would meet it."""
        file = tmp_path / "crash.py"
        file.write_text("raise RuntimeError('boom')")

        ran = run("plugins", "test", file)

        assert 4 == ran.code
        assert "boom" in ran.err

    def test_a_missing_extra(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """It says what to install."""
        message = "lifecycle.testing needs hypothesis: pip install 'lead-lifecycle[testing]'"

        def missing(name: str) -> object:
            raise ModuleNotFoundError(message)

        monkeypatch.setattr(testing, "__getattr__", missing)

        ran = run("plugins", "test", "sales")

        assert (2, message) == (ran.code, ran.err.strip())
