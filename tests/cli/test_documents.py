"""`check`, `diagram` and `definitions`: looking at a definition."""

from __future__ import annotations

import pytest

from lifecycle.diagram import diagram
from lifecycle.loading import load, packaged
from tests.cli.run import run
from tests.cli.world import World

SIGNED = (
    '\n[agreement]\nof = "HASH"\nmarketing = { by = "M", on = 2026-01-15 }\nsales = { by = "S", on = 2026-01-15 }\n'
)


class TestCheck:
    """What is wrong with a definition, or worth a look."""

    def test_problems_have_severity_file_line_and_column(self, world: World) -> None:
        """For people as compilers write it, for machines in fields."""
        text = world.definition.read_text().replace('when = "talked"', 'when = "talkd"')
        line = text.splitlines().index('when = "talkd"') + 1
        world.write("tiny.toml", text)

        ran = run("check", world.definition)
        found = run("check", world.definition, "--json")

        assert ran.code == found.code == 1
        message = "no criterion or condition is named 'talkd', did you mean 'talked'?"
        assert f"{world.definition}:{line}:1: error: {message} [unknown-name]" in ran.out
        assert f"{world.definition} cannot be used: 1 error" in ran.out
        [error] = [problem for problem in found.document["problems"] if problem["severity"] == "error"]
        assert (str(world.definition), line, 1, "unknown-name") == tuple(
            error[key] for key in ("file", "line", "column", "code")
        )
        assert found.document["usable"] is False

    def test_a_definition_without_errors_succeeds(self, world: World) -> None:
        """Warnings and notes are said, with the hash and who has signed."""
        ran = run("check", world.definition)

        assert ran.code == 0
        assert "nobody has signed" in ran.out
        assert "signed by nobody" in ran.words
        assert f"hash {load(world.definition).hash}" in ran.words
        assert "can be used: 0 errors, 1 warning, 0 notes" in ran.out

    def test_strict_fails_on_warnings_too(self, world: World) -> None:
        """For those who want a clean definition, not only one that runs."""
        signed = world.write(
            "signed.toml", world.definition.read_text() + SIGNED.replace("HASH", load(world.definition).hash)
        )

        assert [1, 0] == [run("check", path, "--strict").code for path in (world.definition, signed)]

    def test_signatures_are_printed(self, world: World) -> None:
        """Whether the text is the one that was signed is told as well."""
        world.write("tiny.toml", world.definition.read_text() + SIGNED.replace("HASH", "sha256:00"))

        ran = run("check", world.definition)

        assert "signed by marketing (M, 2026-01-15), sales (S, 2026-01-15)" in ran.words
        assert "another text was signed: sha256:00" in ran.out

    def test_a_packaged_definition_has_a_name(self) -> None:
        """No path is needed for what comes along."""
        found = run("check", "b2b", "--json")

        assert found.code == 0
        assert ("b2b", True, 0) == (found.document["name"], found.document["usable"], found.document["counts"]["error"])

    def test_what_is_no_text_is_a_problem_of_the_file(self, world: World) -> None:
        """A file in another encoding is checked as well, and found wanting."""
        world.definition.write_bytes(b'name = "\xff"')

        ran = run("check", world.definition)

        assert ran.code == 1
        assert "is not UTF-8" in ran.out


class TestDiagram:
    """A definition as a picture."""

    @pytest.mark.parametrize("form", ["mermaid", "dot"])
    def test_it_is_printed_as_it_is(self, world: World, form: str) -> None:
        """What other programs read is exactly what the library draws."""
        ran = run("diagram", world.definition, "--format", form)

        assert diagram(load(world.definition), form) == ran.out  # type: ignore[arg-type]  # one of the two above
        assert {"definition": str(world.definition), "format": form, "output": None, "diagram": ran.out} == run(
            "diagram", world.definition, "--format", form, "--json"
        ).document

    def test_mermaid_is_the_default(self, world: World) -> None:
        """It shows in many places without a program of its own."""
        assert "stateDiagram-v2" in run("diagram", world.definition).out

    def test_it_can_go_to_a_file(self, world: World) -> None:
        """Then standard output stays free, and a note says where it is."""
        target = world.folder / "tiny.svg"

        ran = run("diagram", world.definition, "--format", "svg", "--output", target)
        found = run("diagram", world.definition, "--output", target, "--json").document

        assert ("", f"written to {target}\n") == (ran.out, ran.err)
        assert str(target) == found["output"]
        assert target.read_text().startswith("---")

    def test_svg_is_a_picture(self, world: World) -> None:
        """With the `diagram` extra."""
        pytest.importorskip("mermaidx", reason="needs the `diagram` extra")

        assert "<svg" in run("diagram", world.definition, "--format", "svg").out


class TestDefinitions:
    """What comes along."""

    def test_list_names_each(self) -> None:
        """Name, version, path and hash."""
        ran = run("definitions", "list")
        found = run("definitions", "list", "--json").document["definitions"]

        assert list(packaged()) == [one["name"] for one in found]
        assert f"b2b 1 iql -> mql -> sal -> sql -> sqo -> customer {load('b2b').hash}" in ran.words

    def test_show_prints_the_text(self) -> None:
        """Byte for byte, so that it can be the start of one's own."""
        ran = run("definitions", "show", "b2b")

        assert load("b2b").text == ran.out
        assert {"name": "b2b", "file": "b2b.toml", "text": ran.out} == run(
            "definitions", "show", "b2b", "--json"
        ).document

    def test_show_takes_a_file_too(self, world: World) -> None:
        """A file is shown even where it could not be used."""
        world.write("tiny.toml", "no [definition")

        assert "no [definition" == run("definitions", "show", world.definition).out

    def test_show_is_coloured_on_a_terminal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The same text, easier to read."""
        monkeypatch.setenv("FORCE_COLOR", "1")

        out = run("definitions", "show", "b2b").out

        assert "\x1b[" in out
        assert "The B2B lead lifecycle" in out

    def test_an_unknown_name_is_unusable(self) -> None:
        """What was probably meant is said."""
        ran = run("definitions", "show", "b2c")

        assert ran.code == 4
        assert "did you mean 'b2b'?" in ran.err
