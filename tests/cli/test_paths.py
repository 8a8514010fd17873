"""`paths`: every way through a definition."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.run import run
from tests.trying import RULES

MAGIC = """
from lifecycle import hookimpl, criterion, parameters, met_if

@criterion("word", version="1")
class Word:
    field: str = parameters.profile_field()

    def judge(self, known):
        return met_if(known.profile(self.field) == "abracadabra", "the word")

@hookimpl
def lifecycle_criteria():
    return [Word]
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A definition in a folder of its own."""
    path = tmp_path / "rules.toml"
    path.write_text(RULES, encoding="utf-8")
    return path


class TestPaths:
    """What people see, and how it ends."""

    def test_each_step_has_its_day_who_and_facts(self, rules: Path) -> None:
        """One path, a step a line."""
        ran = run("paths", rules)

        assert 0 == ran.code
        assert [
            "capture, qualify, accept, win: customer",
            '(new) -> iql day 0 by itself email = "ada@acme.example"',
            "iql -> mql day 1 by itself demo_requested",
            'mql -> sal day 2 asked by sales channel = "referral"; conversation_possible = true',
            "sal -> customer day 3 asked by anybody site_visited { seconds = 600 }",
            "",
            "1 path to customer",
        ] == [" ".join(line.split()) for line in ran.lines]

    def test_ends_may_be_chosen(self, rules: Path) -> None:
        """One stage or several; a slip of the pen is told."""
        assert "capture, qualify: mql" in run("paths", rules, "--to", "mql").out
        ran = run("paths", rules, "--to", "mqll")

        assert 2 == ran.code
        assert "rules has no stage 'mqll', did you mean 'mql'?" in ran.err

    def test_without_an_end_one_has_to_be_chosen(self, rules: Path) -> None:
        """A definition that goes round and round."""
        text = RULES.replace("customer = { final = true }", "customer = {}")
        back = '\n[[transitions]]\ntrigger = "back"\nfrom = ["customer"]\nto = "iql"\n'
        rules.write_text(text + back, encoding="utf-8")
        ran = run("paths", rules)

        assert 2 == ran.code
        assert "no stage of rules is final: say where paths end, with --to" in ran.err

    def test_too_many_are_cut_and_said_to_be(self) -> None:
        """The shortest, and a note."""
        ran = run("paths", "b2b", "--most", 2)

        assert "2 paths to customer, and more" == ran.lines[-1]
        assert "there are more paths than these 2, the shortest (see --most)" in ran.err

    def test_what_is_not_found_is_said(self, rules: Path) -> None:
        """A stranger's criterion that does not say what it looks for; the exit code is 1."""
        (rules.parent / "magic.py").write_text(MAGIC, encoding="utf-8")
        asked = 'asked = { use = "engagement.happened", kinds = ["demo_requested"] }'
        text = RULES.replace(asked, 'asked = { use = "magic.word", field = "word" }').replace(" or interest >= 20", "")
        rules.write_text(text, encoding="utf-8")
        ran = run("paths", rules, "--plugin", rules.parent / "magic.py")

        assert 1 == ran.code
        assert "no facts were found with which asked is met, as qualify needs" in ran.out
        assert "1 path to customer; of 1 not all facts were found" == ran.lines[-1]


class TestCases:
    """The same as a test file."""

    @pytest.mark.parametrize("name", ["product_led", "short_cycle"])
    def test_it_passes_when_it_is_run(self, tmp_path: Path, name: str) -> None:
        """Written to a file that `test` is given."""
        target = tmp_path / "paths.tests.toml"

        assert f"written to {target}\n" == run("paths", name, "--cases", "--output", target).err
        assert "13 passed, 0 failed" == run("test", name, target).lines[-1]

    def test_it_goes_to_standard_output_as_well(self, rules: Path) -> None:
        """Exactly the text, to be written somewhere."""
        ran = run("paths", rules, "--cases")

        assert ran.out.startswith("# Paths through rules version 1 to customer: all on which no stage comes")
        assert "[[cases]]" in ran.out
        assert {"output": None, "cases": ran.out} == run("paths", rules, "--cases", "--json").document


def test_programs_read_the_same(rules: Path) -> None:
    """One document: each path with its steps."""
    found = run("paths", rules, "--json").document
    [path] = found["paths"]
    accept = path["steps"][2]

    assert (["customer"], True, None) == (found["to"], found["complete"], path["stuck"])
    assert ["iql", "mql", "sal", "customer"] == path["stages"]
    assert ("accept", "mql", "sal", 2, ["sales"]) == tuple(
        accept[key] for key in ("trigger", "source", "target", "day", "asked_by")
    )
    assert {"type": "channel", "name": "referral", "value": None, "times": 1} == accept["facts"][0]
