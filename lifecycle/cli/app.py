"""The command `lifecycle`: its command groups, and the one place where every command ends."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from importlib.metadata import version
from typing import Final

import click

from lifecycle.cli.additions import OpenGroup
from lifecycle.cli.asking import explain_command, fire_command
from lifecycle.cli.demo import demo_command
from lifecycle.cli.documents import check_command, definitions_group, diagram_command
from lifecycle.cli.erasing import erase_command, hold_command, holds_command, redact_command, release_command
from lifecycle.cli.exits import ExitCode, Failure, as_failure
from lifecycle.cli.exporting import export_command
from lifecycle.cli.histories import history_command, leads_command
from lifecycle.cli.paths import paths_command
from lifecycle.cli.plugins import plugins_group
from lifecycle.cli.proving import feed_command, prove_command, seal_command, verify_command
from lifecycle.cli.records import records_command, refusals_command
from lifecycle.cli.replaying import replay_command
from lifecycle.cli.screen import Screen
from lifecycle.cli.showing import show_command
from lifecycle.cli.storing import store_group
from lifecycle.cli.trying import try_command

__all__ = ["lifecycle", "main"]


EXIT_CODES: Final = """\
\b
Exit codes:
    0  done; a refused request is a result
    1  a check found problems
    2  the command cannot be carried out as given
    3  rows of the input were refused, and the rest is done
    4  a definition or a plugin cannot be used
    5  the store cannot do what was asked
  130  interrupted
"""


@click.group(
    "lifecycle",
    cls=OpenGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=EXIT_CODES,
)
@click.version_option(version("lead-lifecycle"), prog_name="lifecycle")
def lifecycle() -> None:
    """Move leads through the stages of an agreed definition, and say why.

    New here? `lifecycle demo` shows it on leads that it makes up, and says what to type next.
    """


for _command in (
    demo_command,
    replay_command,
    explain_command,
    fire_command,
    history_command,
    show_command,
    leads_command,
    records_command,
    refusals_command,
    export_command,
    seal_command,
    verify_command,
    prove_command,
    feed_command,
    erase_command,
    hold_command,
    holds_command,
    release_command,
    redact_command,
    check_command,
    try_command,
    paths_command,
    diagram_command,
    definitions_group,
    plugins_group,
    store_group,
):
    lifecycle.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command, and give its exit code; a mistake of the user's never shows a traceback."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        code = lifecycle.main(given, prog_name="lifecycle", standalone_mode=False) or ExitCode.DONE
        sys.stdout.flush()  # here, where a broken pipe is still ours to be quiet about
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return ExitCode.USAGE
    except (click.Abort, KeyboardInterrupt):
        return _fail(Failure(ExitCode.INTERRUPTED, "interrupted"), given)
    except Exception as error:  # noqa: BLE001 - the last resort: whatever else went wrong is our mistake
        return _fail(as_failure(error) or _bug(error), given, error)
    return code


def _bug(error: Exception) -> Failure:
    traceback.print_exc()
    return Failure(ExitCode.BUG, f"{type(error).__name__}: this is a mistake of the program; please report it")


def _fail(failure: Failure, given: Sequence[str], error: Exception | None = None) -> int:
    """Say why a command ends early; with `--json` that is the one document."""
    if failure.code is ExitCode.BROKEN_PIPE:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # keeps Python from complaining at its end
        return failure.code
    screen = Screen(json="--json" in given)
    if isinstance(error, click.UsageError) and error.ctx is not None:
        screen.note(f"usage: see {error.ctx.command_path} --help", "dim")
    for number, line in enumerate(failure.lines()):
        screen.note(line, "" if number else "bold red")
    if screen.json:
        screen.show(failure.data())
    return failure.code
