"""The command as a whole: help, version, exit codes, and what it may load."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import click
import pytest

from lifecycle.cli.app import lifecycle
from lifecycle.cli.rows import COLUMNS
from tests.cli.run import run
from tests.cli.world import World

# Heavy, and needed by some commands only.
HEAVY = {"sqlalchemy", "pyarrow", "sqlite3", "transitions", "rich.progress", "tree_sitter", "mermaidx", "pygments"}

PROGRAM = """
import sys
before = set(sys.modules)
from lifecycle.cli import main
main(["--help"])
print(*sorted(set(sys.modules) - before), file=sys.stderr)
"""


def commands(
    group: click.Group = lifecycle, path: tuple[str, ...] = ("lifecycle",)
) -> Iterator[tuple[str, click.Command]]:
    """Yield every command that does something, with its full name."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


COMMANDS = dict(commands())


class TestHelp:
    """A newcomer finds the way."""

    def test_commands_stand_in_the_order_of_need(self) -> None:
        """The demo first, then what one does with a log, then looking into a store, then definitions and plugins."""
        lines = run("--help").out.partition("Commands:")[2].splitlines()
        names = [line.split()[0] for line in lines if re.match(r"  [a-z]", line)]

        assert [
            *("demo", "replay", "explain", "fire", "history", "show", "leads", "records", "refusals", "export"),
            *("seal", "verify", "prove", "feed", "erase", "hold", "holds", "release", "redact"),
            *("check", "test", "paths", "diagram", "definitions", "plugins", "store"),
        ] == names

    def test_nothing_at_all_shows_the_help(self) -> None:
        """It is a mistake of usage, and the help is the advice."""
        ran = run()

        assert (2, "") == (ran.code, ran.out)
        assert "Exit codes:" in ran.err

    @pytest.mark.parametrize("name", COMMANDS)
    def test_every_command_explains_itself(self, name: str) -> None:
        """A sentence for the list, a text of its own, and a sentence for each option."""
        command = COMMANDS[name]
        options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]

        assert command.help
        assert not command.get_short_help_str(limit=60).endswith("...")
        assert [] == [option.name for option in options if not option.help]
        assert 0 == run(*name.split()[1:], "--help").code

    @pytest.mark.parametrize("name", COMMANDS)
    def test_every_command_has_json(self, name: str) -> None:
        """What people can read, programs can read too."""
        assert "--json" in {text for parameter in COMMANDS[name].params for text in parameter.opts}

    def test_version_is_the_installed_one(self) -> None:
        """The distribution's, with the name of the command."""
        assert f"lifecycle, version {version('lead-lifecycle')}\n" == run("--version").out

    @pytest.mark.parametrize("width", ["40", "80", "120"])
    def test_help_fits_the_terminal(self, monkeypatch: pytest.MonkeyPatch, width: str) -> None:
        """Lines are no longer than a narrow terminal is wide, but for names that cannot be broken."""
        monkeypatch.setenv("COLUMNS", width)

        assert [] == [line for line in run("--help").lines if len(line) > max(int(width), 62)]


@pytest.fixture(scope="module")
def sections(checkout: Path) -> dict[str, str]:
    """The text of each section of the reference, by its heading."""
    text = (checkout / "docs" / "reference" / "command-line.md").read_text(encoding="utf-8")
    parts = re.split(r"^## `?(.*?)`?$", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.checkout
class TestReference:
    """docs/reference/command-line.md and the commands say the same."""

    def test_every_command_has_a_section_and_every_section_a_command(self, sections: dict[str, str]) -> None:
        """Nothing is undocumented, and nothing is documented that is not there."""
        assert COMMANDS.keys() == {name for name in sections if name.startswith("lifecycle ")}

    @pytest.mark.parametrize("name", COMMANDS)
    def test_every_option_and_argument_is_in_its_section(self, sections: dict[str, str], name: str) -> None:
        """In every spelling, and no other ones."""
        params = COMMANDS[name].params
        spelled = {text for parameter in params if isinstance(parameter, click.Option) for text in parameter.opts}
        cells = re.findall(r"^\| (`-[^|]*) \|", sections[name], flags=re.MULTILINE)
        documented = set(re.findall(r"`(--?[a-z-]+)`", " ".join(cells)))
        arguments = [parameter for parameter in params if isinstance(parameter, click.Argument)]

        assert spelled - {"--json"} == documented
        assert [] == [one.name for one in arguments if str(one.name).upper() not in sections[name]]

    def test_exported_keys_are_documented_in_their_order(self, sections: dict[str, str]) -> None:
        """Whoever reads an export finds every key of it."""
        rows = dict(re.findall(r"^\| (\w+) \| (\w+, .*) \|$", sections["lifecycle export"], flags=re.MULTILINE))
        documented = {what: tuple(keys.split(", ")) for what, keys in rows.items()}

        assert COLUMNS == documented

    def test_every_exit_code_is_documented(self, sections: dict[str, str]) -> None:
        """With the number that a script tests for."""
        documented = re.findall(r"^\| (\d+) ", sections["Exit codes"], flags=re.MULTILINE)

        assert ["0", "1", "2", "3", "4", "5", "70", "130", "141"] == documented


class TestEnds:
    """How commands end that do not end well."""

    def test_an_unknown_command_is_told_where_to_look(self) -> None:
        """A mistake of usage, without a traceback."""
        ran = run("reply")

        assert ran.code == 2
        assert "reply" in ran.err
        assert "lifecycle --help" in ran.err

    def test_a_missing_argument_names_the_command_that_lacks_it(self) -> None:
        """So that the right help is found."""
        ran = run("explain")

        assert (2, "usage: see lifecycle explain --help\nMissing argument 'LEAD'.\n") == (ran.code, ran.err)

    def test_a_mistake_of_usage_is_a_document_too(self) -> None:
        """With `--json` nothing but one document stands on standard output, however the command ends."""
        error = run("explain", "--json").document["error"]

        assert {"exit_code": 2, "message": "Missing argument 'LEAD'.", "lead": None, "problems": []} == error

    def test_our_own_mistakes_are_told_as_such(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """With a traceback to report, and an exit code that stands for nothing else."""

        def broken(*_: object, **__: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr("lifecycle.cli.replaying.replay", broken)
        ran = world.replay()

        assert ran.code == 70
        assert "Traceback" in ran.err
        assert "ZeroDivisionError: this is a mistake of the program; please report it" in ran.err

    def test_an_interrupt_ends_with_130(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whatever is being done."""

        def interrupted(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr("lifecycle.cli.histories.reading", interrupted)

        assert (130, True) == (run("leads", "-s", world.store).code, "interrupted" in run("leads", "-s", "x").err)


def test_help_loads_nothing_heavy() -> None:
    """Neither databases nor tables of data are needed to say what there is."""
    ended = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)

    assert "Usage: lifecycle" in ended.stdout
    assert set() == HEAVY & set(ended.stderr.split())


def test_the_package_runs_as_a_module() -> None:
    """`python -m lifecycle` is the same command, under the same name."""
    ended = subprocess.run([sys.executable, "-m", "lifecycle", "--help"], capture_output=True, text=True, check=True)

    assert run("--help").out == ended.stdout
