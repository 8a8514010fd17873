"""What the user sees: text taken literally, one document, and bars on terminals only."""

from __future__ import annotations

import contextlib
import io
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.cli.screen import Screen, as_json, moment, say
from lifecycle.cli.tables import table
from tests.cli.run import run
from tests.cli.world import SIGNALS, World, signal

NASTY = "\x1b[31mred\x1b[0m [bold]x[/bold] :smile: \x07\u009b2J"


def shown(show: Callable[[Screen], Any], *, json: bool = False, encoding: str = "utf-8") -> tuple[str, str]:
    """Give what a screen wrote on standard output and standard error."""
    out, err = io.BytesIO(), io.BytesIO()
    streams = [io.TextIOWrapper(buffer, encoding=encoding, write_through=True) for buffer in (out, err)]
    with contextlib.redirect_stdout(streams[0]), contextlib.redirect_stderr(streams[1]):
        show(Screen(json=json))
        streams[0].flush()
    return out.getvalue().decode(encoding), err.getvalue().decode(encoding)


@given(st.text())
def test_no_text_can_command_a_terminal(text: str) -> None:
    """Law: whatever a lead is called, no control character of it reaches the terminal."""
    controls = [letter for letter in say(text).plain if not letter.isprintable() and letter in "\x1b\x07\x08\r\x9b\x7f"]

    assert [] == controls


def test_data_is_never_taken_for_markup(world: World) -> None:
    """A lead may be called anything, and is shown so."""
    world.log([*SIGNALS, signal(NASTY, "05T09:00", "profile", email="x@acme.example")])
    world.filled()

    listed = run("leads", "--store", world.store)
    found = run("history", NASTY, "--store", world.store)

    assert "\\x1b[31mred\\x1b[0m [bold]x[/bold] :smile: \\x07\\x9b2J" in listed.out
    assert "\\x1b[31mred" in found.out
    assert "\x1b" not in listed.out + found.out
    assert NASTY in [row["lead"] for row in run("leads", "--store", world.store, "--json").document["leads"]]


def test_a_document_is_alone_on_standard_output() -> None:
    """Notes go to standard error, and parts for people are left out."""

    def show(screen: Screen) -> None:
        screen.note("by the way")
        screen.show({"a": 1}, "for people")

    out, err = shown(show, json=True)

    assert {"a": 1} == json.loads(out)
    assert "by the way\n" == err


def test_a_pipe_gets_each_line_whole_and_without_padding() -> None:
    """Nothing is cut at the width of a terminal that is not there, and no blanks trail."""
    long = "word " * 60 + "end"

    out, _ = shown(lambda screen: screen.show({}, table(("a", "b"), [("x", long), ("y", "z")]), say("")))

    assert ["a  b", f"x  {long}", "y  z", ""] == out.splitlines()


def test_a_given_width_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """COLUMNS is what a user says who knows better; no line is longer, and nothing is lost."""
    monkeypatch.setenv("COLUMNS", "40")

    out, _ = shown(lambda screen: screen.show({}, table(("a", "b"), [("x", "word " * 30)])))

    assert max(len(line) for line in out.splitlines()) <= 40
    assert 30 == out.count("word")


def test_a_long_table_is_fast() -> None:
    """Rows in which nothing wraps cost microseconds: a store of many leads can be listed."""
    rows = [(f"lead-{number}", "iql") for number in range(20_000)]
    begin = time.process_time()

    out, _ = shown(lambda screen: screen.show({}, table(("lead", "stage"), rows)))

    assert 20_001 == len(out.splitlines())
    assert time.process_time() - begin < 5


@pytest.mark.parametrize("width", ["30", "60", "80"])
def test_narrow_terminals_lose_nothing(world: World, monkeypatch: pytest.MonkeyPatch, width: str) -> None:
    """Cells are folded, not cut: what stands there is there."""
    world.filled()
    monkeypatch.setenv("COLUMNS", width)

    ran = run("history", "zoe", "--store", world.store)

    assert "2026-01-08 09:00:00Z" in ran.out
    assert all(text in "".join(ran.out.split()) for text in ("capture", "sales:7", "zoe"))
    assert "\u2026" not in ran.out


def test_letters_that_the_terminal_lacks_are_spelled_out() -> None:
    """A terminal of another age ends no command."""
    out, _ = shown(lambda screen: screen.show({}, say("Zo\u00eb \u2588")), encoding="ascii")

    assert "Zo\\xeb \\u2588\n" == out


def test_a_stream_that_is_no_file_will_do() -> None:
    """A program that calls the command line may put anything in the place of standard output."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        Screen().show({}, say("Zo\u00eb"))

    assert "Zo\u00eb\n" == out.getvalue()


@pytest.mark.parametrize(("encoding", "written"), [("utf-8", "Zo\u00eb"), ("ascii", "Zo\\u00eb")])
def test_a_document_is_json_in_every_encoding(encoding: str, written: str) -> None:
    """In ASCII, JSON has an escape of its own."""
    out, _ = shown(lambda screen: screen.show({"name": "Zo\u00eb"}), json=True, encoding=encoding)

    assert written in out
    assert {"name": "Zo\u00eb"} == json.loads(out)


def test_json_keeps_the_order_of_keys_and_writes_instants_in_utc() -> None:
    """The order is that of the documentation, at every depth; shares stay numbers."""
    at = datetime(2026, 1, 5, 10, tzinfo=UTC)

    text = as_json({"z": 1, "a": [{"y": (2,), "b": at}], "share": 0.5, "rest": timedelta(days=2)})

    assert '{"z": 1, "a": [{"y": [2], "b": "2026-01-05T10:00:00.000000Z"}], "share": 0.5, "rest": "2 days"}' == text


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (None, "-"),
        (datetime(2026, 1, 5, 10, tzinfo=UTC), "2026-01-05 10:00:00Z"),
        (datetime(2026, 1, 5, 10, 0, 0, 1, tzinfo=UTC), "2026-01-05 10:00:00.000001Z"),
    ],
)
def test_instants_are_short_where_they_can_be(at: datetime | None, text: str) -> None:
    """To the second, and to the microsecond where there is one."""
    assert text == moment(at)


def test_colours_are_for_terminals_and_no_color_is_respected(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe gets none; a terminal does, unless its user wants none."""
    plain = world.replay().out
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "200")
    coloured = world.replay().out
    monkeypatch.setenv("NO_COLOR", "1")
    without = world.replay().out

    assert "\x1b[" not in plain
    assert "\x1b[" in coloured
    assert not any(f"\x1b[3{colour}m" in without for colour in range(8))


def test_progress_is_shown_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bar in a pipe would be noise; on a terminal it leaves nothing behind."""

    def work(screen: Screen) -> None:
        with screen.progress("working") as tell:
            tell(1, None)
            tell(2, 3)

    assert ("", "") == shown(work)
    monkeypatch.setenv("FORCE_COLOR", "1")
    out, err = shown(work)

    assert "" == out
    assert "working" in err
