"""Commands that plugins add: they are listed and run, and no command of ours depends on them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.cli.run import run
from tests.installing import Site

GREETING = """
import click
from lifecycle import hookimpl

@click.command("greet")
@click.argument("name")
@click.option("--json", is_flag=True, help="Nothing.")
def greet(name, json):
    \"\"\"Greet somebody.\"\"\"
    if name == "nobody":
        raise LookupError("there is nobody")
    if name == "missing":
        raise click.UsageError("who?")
    click.echo(f"Good morning, {name}")
    return name if name != "three" else 3

@hookimpl
def lifecycle_cli():
    return [greet]
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A folder for distributions."""
    return Site(tmp_path, monkeypatch)


def install(site: Site, name: str = "acme", source: str = GREETING) -> str:
    """Install a plugin that adds commands, and return its module."""
    module = site.install(name, source)
    site.entry(f"dist-{name}", f"[lifecycle.cli]\n{name} = {module}\n")
    return module


def offering(body: str) -> str:
    """Return the source of a plugin whose hook has this body."""
    return f"import click\nfrom lifecycle import hookimpl\n@hookimpl\ndef lifecycle_cli():\n    {body}\n"


class TestAdded:
    """An installed plugin adds its commands to ours."""

    def test_it_is_listed_last_and_runs(self, site: Site) -> None:
        """With its own help and arguments."""
        install(site)
        commands = run("--help").out.partition("Commands:")[2].partition("Exit codes")[0].split("\n")

        assert "greet        Greet somebody." == [line.strip() for line in commands if line.strip()][-1]
        assert (0, "Good morning, Ada\n") == (run("greet", "Ada").code, run("greet", "Ada").out)
        assert "Greet somebody." in run("greet", "--help").out

    def test_a_whole_number_is_its_exit_code(self, site: Site) -> None:
        """Anything else that it returns means that it is done."""
        install(site)

        assert (0, 3) == (run("greet", "Ada").code, run("greet", "three").code)

    def test_a_wrong_argument_is_a_mistake_of_usage(self, site: Site) -> None:
        """As for ours."""
        install(site)

        assert (2, "who?") == (run("greet", "missing").code, run("greet", "missing").err.strip().splitlines()[-1])
        assert 2 == run("greet").code

    def test_the_list_of_plugins_shows_it(self, site: Site) -> None:
        """Beside the criteria of other plugins."""
        install(site)

        assert "acme dist-acme 1.0 ok adds commands" in run("plugins", "list").words
        assert "hooks lifecycle_cli" in run("plugins", "show", "acme").words


class TestContained:
    """What a plugin breaks is named, and ours go on working."""

    @pytest.mark.parametrize("command", [["definitions", "list"], ["check", "b2b"], ["check", "--help"], ["--version"]])
    def test_our_commands_load_no_plugin(self, site: Site, command: list[str]) -> None:
        """So nothing that is installed makes them slower, or breaks them."""
        module = install(site, source="raise SystemExit(1)")

        assert (0, "") == (run(*command).code, run(*command).err)
        assert module not in sys.modules

    @pytest.mark.parametrize(
        ("source", "message"),
        [
            ("1 / 0", "cannot be imported: ZeroDivisionError: division by zero"),
            ("import sys\nsys.exit(1)", "cannot be imported: SystemExit: 1"),
            (offering("raise OSError('no file')"), "broke in lifecycle_cli: OSError: no file"),
            (offering("raise SystemExit"), "broke in lifecycle_cli: SystemExit"),
            (offering("pass"), "broke in lifecycle_cli: TypeError: 'NoneType' object is not iterable"),
            (offering("return [5]"), "adds 5, which is no click command with a name"),
            (offering("return [click.Command(None)]"), "which is no click command with a name"),
            (offering("return [click.Command('check')]"), "adds the command 'check', which is one of ours; rename it"),
            (offering("return [click.Command('x', help=5)]"), "adds the command 'x', whose help broke: "),
            (
                "from lifecycle import hookimpl\n@hookimpl\ndef lifecycle_cli(group): pass",
                "wants 'group', which nobody",
            ),
            ("x = 1", "acme (dist-acme 1.0) has no hooks; name the module that has them in the entry point"),
        ],
    )
    def test_a_fault_is_named_where_it_matters(self, site: Site, source: str, message: str) -> None:
        """In the help, and where a command is not found that might have been its own; `check` is still ours."""
        module = install(site, source=source)
        shown = run("--help")
        failed = run("greet")

        assert (0, 2, 0) == (shown.code, failed.code, run("check", "b2b").code)
        assert message in shown.words
        assert message in " ".join(failed.err.split())
        assert "acme (dist-acme 1.0)" in shown.words
        assert f"{module}.py" in failed.err
        assert "No such command 'greet'" in failed.err

    def test_two_plugins_with_one_command(self, site: Site) -> None:
        """Neither wins in silence, whichever is found first."""
        install(site)
        install(site, "zeta")
        ran = run("greet", "Ada")

        assert 2 == ran.code
        both = "acme (dist-acme 1.0) adds the command 'greet', and so does zeta (dist-zeta 1.0); none of them is used"
        assert both in " ".join(ran.err.split())

    def test_one_broken_plugin_hides_no_other(self, site: Site) -> None:
        """Its neighbour's command runs, and nothing is said of what does not matter."""
        install(site)
        install(site, "broken", "1 / 0")

        assert (0, "Good morning, Ada\n", "") == (
            run("greet", "Ada").code,
            run("greet", "Ada").out,
            run("greet", "Ada").err,
        )

    def test_a_command_that_breaks_is_the_plugins(self, site: Site) -> None:
        """It is no mistake of this program; the traceback is for its author."""
        module = install(site)
        ran = run("greet", "nobody")

        assert 4 == ran.code
        assert "the command 'greet' of the plugin acme (dist-acme 1.0) broke" in ran.err
        assert (
            f"{module}.py:11: error: acme (dist-acme 1.0) broke in its command 'greet': LookupError: there is nobody"
            in ran.err
        )
        assert "Traceback" in ran.err
        assert "mistake of the program" not in ran.err

    def test_with_json_it_is_one_document(self, site: Site) -> None:
        """For programs that call it."""
        install(site)
        [problem] = run("greet", "nobody", "--json").document["error"]["problems"]

        assert ("plugin-command", 11) == (problem["code"], problem["line"])
