"""`definitions schema` and `definitions show --tests`."""

from __future__ import annotations

from pathlib import Path

from lifecycle.cases.finding import find_tests
from lifecycle.schemas import mapping_schema
from tests.cli.run import run
from tests.cli.test_paths import MAGIC


class TestSchema:
    """What an editor is given."""

    def test_the_one_of_definitions_knows_what_is_installed(self, tmp_path: Path) -> None:
        """And the plugins of one file that are named."""
        (tmp_path / "magic.py").write_text(MAGIC, encoding="utf-8")
        plain = run("definitions", "schema").document
        more = run("definitions", "schema", "definition", "--plugin", tmp_path / "magic.py", "--json").document

        assert "criterion:profile.present" in plain["definitions"]
        assert {"criterion:magic.word", "undesirable:magic.word"} == more["definitions"].keys() - plain[
            "definitions"
        ].keys()

    def test_a_broken_plugin_stops_nobody(self, tmp_path: Path) -> None:
        """It is named beside the schema of the others."""
        (tmp_path / "broken.py").write_text("raise RuntimeError('at import')", encoding="utf-8")
        ran = run("definitions", "schema", "--plugin", tmp_path / "broken.py")

        assert 0 == ran.code
        assert "at import" in ran.err
        assert "criterion:profile.present" in ran.document["definitions"]

    def test_mappings_and_tests_have_theirs(self) -> None:
        """By name."""
        assert mapping_schema() == run("definitions", "schema", "mapping").document
        assert "A test file of Lead Lifecycle" == run("definitions", "schema", "tests").document["title"]

    def test_that_of_tests_may_be_for_one_definition(self) -> None:
        """Then its own names are completed."""
        plain, of_b2b = (run("definitions", "schema", "tests", *more) for more in ([], ["-d", "b2b"]))

        assert "pricing_page_visited" not in plain.out
        assert "pricing_page_visited" in of_b2b.out

    def test_the_others_are_for_none(self) -> None:
        """An option that would do nothing is refused."""
        assert 2 == run("definitions", "schema", "mapping", "-d", "b2b").code


def test_tests_of_a_packaged_definition_are_shown() -> None:
    """To start one's own from."""
    [(text, file)] = find_tests("b2b", ())

    assert text == run("definitions", "show", "b2b", "--tests").out
    assert file == run("definitions", "show", "b2b", "--tests", "--json").document["file"]
