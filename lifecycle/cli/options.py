"""The options that several commands share, and the kinds of values they take."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from functools import wraps
from pathlib import Path
from typing import Any, Final, TypeVar

import attrs
import click

from lifecycle.cli.screen import Screen
from lifecycle.errors import NaiveInstantError
from lifecycle.query import LARGEST
from lifecycle.times import parse_instant

__all__ = [
    "COUNT",
    "COUNT_OR_NONE",
    "ENTRY",
    "EXACT",
    "INSTALLED",
    "INSTANT",
    "LEAD",
    "SETTLED",
    "TEXT",
    "Chosen",
    "definition_option",
    "entry_argument",
    "json_option",
    "lead_argument",
    "mapping_option",
    "plugin_option",
    "plugins_option",
    "signals_argument",
    "store_option",
]

_Command = TypeVar("_Command", bound=Callable[..., Any])
_Decorator = Callable[[_Command], _Command]


class _Exact(click.ParamType[datetime]):
    """An instant with a time zone; the word `now` means the present one."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if value == "now":
            return datetime.now(UTC)
        try:
            return parse_instant(value)
        except NaiveInstantError:
            self.fail(f"{value!r} has no time zone; write {_with_zone(value)} if it is UTC", param, ctx)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class _Instant(_Exact):
    """The same, or a date, which is its beginning in UTC wherever it is written."""

    name = "date|instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            return datetime.combine(date.fromisoformat(str(value).strip()), time(), UTC)
        except ValueError:
            return super().convert(value, param, ctx)


class _Settled(_Instant):
    """An instant of which it may be settled what was known then: of the present one it never is."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if value == "now":
            what = "what is known now can still change: leave the option out, or give an instant before the last seal"
            self.fail(what, param, ctx)
        return super().convert(value, param, ctx)


class _Count(click.ParamType[int]):
    """How many there are, or which of them: a whole number that databases count to."""

    name = "count"

    def __init__(self, least: int) -> None:
        self.least = least

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        number = click.INT.convert(value, param, ctx)
        if not self.least <= number <= LARGEST:
            self.fail(f"{value} is not in the range from {self.least} to {LARGEST}", param, ctx)
        return number


class _Text(click.ParamType[str]):
    """A text that a store can be asked for: no bytes that are none."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        if any("\ud800" <= letter <= "\udfff" for letter in text):
            self.fail(f"{text!r} is no text in UTF-8", param, ctx)
        return text


class _LeadId(_Text):
    """Your id of a lead: a text that a store can keep."""

    name = "lead"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not str(value).strip():
            self.fail("a lead's id is not blank", param, ctx)
        return super().convert(value, param, ctx)


class _EntryName(click.ParamType[tuple[str, int]]):
    """A lead, or what remains of it, and a number: LEAD/SEQUENCE. An id may hold slashes itself."""

    name = "entry"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int]:
        lead, _, number = str(value).rpartition("/")
        if not (lead and number.isascii() and number.isdigit()):
            self.fail(f"{value!r} names no entry; write LEAD/SEQUENCE, for instance 42/3", param, ctx)
        digits = number.lstrip("0") or "0"  # Python reads no number of thousands of digits
        if len(digits) > len(str(LARGEST)) or int(digits) > LARGEST:
            self.fail(f"no lead has so many entries: the largest number is {LARGEST}", param, ctx)
        return LEAD.convert(lead, param, ctx), int(digits)


COUNT: Final = _Count(1)
COUNT_OR_NONE: Final = _Count(0)
EXACT: Final = _Exact()
"""An instant that is written down for good, so that it is said to the second."""

INSTANT: Final = _Instant()
"""An instant up to which, or from which on, something is looked at; a date will do."""

SETTLED: Final = _Settled()
"""The same, and never the present one: what is known now can still change."""

TEXT: Final = _Text()
LEAD: Final = _LeadId()
ENTRY: Final = _EntryName()


def _with_zone(text: str) -> str:
    day_only = len(text.strip()) <= len("2026-01-05")
    return f"{text.strip()}T00:00:00Z" if day_only else f"{text.strip()}Z"


def _screen(_ctx: click.Context, _param: click.Parameter, value: bool) -> Screen:  # noqa: FBT001 - click's signature
    return Screen(json=value)


def json_option(command: _Command) -> _Command:
    """Give a command the option `--json`, and with it its screen."""
    return click.option(
        "--json",
        "screen",
        is_flag=True,
        callback=_screen,
        help="Give the result as one JSON document; notes and progress go to standard error.",
    )(command)


def definition_option(command: _Command) -> _Command:
    """Give a command the option `--definition`."""
    return click.option(
        "--definition",
        "-d",
        metavar="NAME|FILE",
        default="b2b",
        show_default=True,
        help="The rules: a packaged definition (see `lifecycle definitions list`) or a TOML file.",
    )(command)


@attrs.frozen
class Chosen:
    """Which plugins a definition may use beside the installed ones, and the lock that they have to keep to."""

    files: tuple[Path, ...] = ()
    lock: Path | None = None


INSTALLED: Final = Chosen()
"""The installed plugins, whatever state they are in."""


def plugin_option(command: _Command) -> _Command:
    """Give a command the option `--plugin`, as `plugin_files`."""
    return click.option(
        "--plugin",
        "plugin_files",
        metavar="FILE",
        multiple=True,
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="A plugin of one Python file, named like it; may be given several times.",
    )(command)


def plugins_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options `--plugin` and `--lock`, as `chosen`."""

    @wraps(command)
    def with_plugins(*arguments: Any, plugin_files: tuple[Path, ...], lock: Path | None, **options: Any) -> Any:
        return command(*arguments, chosen=Chosen(plugin_files, lock), **options)

    return click.option(
        "--lock",
        metavar="FILE",
        envvar="LIFECYCLE_LOCK",
        show_envvar=True,
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Refuse plugins that are not as this file says (see `lifecycle plugins lock`).",
    )(plugin_option(with_plugins))


def mapping_option(command: _Command) -> _Command:
    """Give a command the option `--map`."""
    return click.option(
        "--map",
        "mapping",
        metavar="FILE",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="What the columns of tables mean (TOML); needed for CSV and Parquet, not for JSONL.",
    )(command)


def store_option(help_text: str, *, required: bool = True) -> _Decorator[Any]:
    """Give a command the option `--store`."""
    return click.option("--store", "-s", metavar="URL", required=required, help=help_text)


def lead_argument(command: _Command) -> _Command:
    """Give a command the argument LEAD."""
    return click.argument("lead", type=LEAD)(command)


def entry_argument(command: _Command) -> _Command:
    """Give a command the argument ENTRY, which is LEAD/SEQUENCE."""
    return click.argument("entry", type=ENTRY)(command)


def signals_argument(command: _Command) -> _Command:
    """Give a command the argument SIGNALS: one file or more."""
    return click.argument(
        "signals",
        nargs=-1,
        required=True,
        type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    )(command)
