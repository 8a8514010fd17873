"""Tables and facts on narrow terminals: nothing is lost, no word is broken, and one wide row is one wide row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import RenderableType
from rich.text import Text

from lifecycle.cli.screen import LONGEST, say, wrapped
from lifecycle.cli.tables import facts_view, shorter, table
from tests.cli.test_screen import shown

HASH = "sha256:" + "0123456789abcdef" * 4
COLUMNS = ("lead", "#no", "!at", "move", "trigger", "by", "how")
ORDINARY = ("L001", 1, "2026-01-05 09:00:00Z", "(new) -> iql", "capture", "system", "automatic")
OVERRIDE = (
    *("L002", 12, "2026-01-06 09:00:00Z", "mql -> disqualified", "qualify_by_hand", "marketing_manager:3"),
    "override, recommended, waived conversation_possible, business_feasible",
)

words = st.text("abc ", max_size=40)


def lines(part: RenderableType, width: int, monkeypatch: pytest.MonkeyPatch) -> Sequence[str]:
    """Give the lines of a part on a terminal of this width."""
    monkeypatch.setenv("COLUMNS", str(width))
    return shown(lambda screen: screen.show({}, part))[0].splitlines()


class TestWrapping:
    """Lines end between words."""

    @given(words, st.integers(1, 20))
    def test_nothing_is_lost_and_lines_keep_to_the_width(self, text: str, width: int) -> None:
        """Law: the words are those of the text, in their order, and only a longer word goes over the edge."""
        made = [line.plain for line in wrapped(Text(text), width)]

        assert text.split() == " ".join(made).split()
        assert all(len(line.rstrip()) <= width or len(line.split()) == 1 for line in made)

    def test_a_word_that_nobody_copies_is_broken(self) -> None:
        """A text without blanks would fill the screen as one line."""
        made = [line.plain for line in wrapped(Text(f"a {'x' * (LONGEST + 5)} b"), 50)]

        assert ["a", "x" * 50, "x" * 50, "xxxxx b"] == [line.rstrip() for line in made]

    def test_wide_letters_take_two_places(self) -> None:
        """A line of them is half as long."""
        made = [line.plain for line in wrapped(Text("\u6f22\u5b57 \u6f22\u5b57"), 5)]

        assert ["\u6f22\u5b57", "\u6f22\u5b57"] == made


class TestTable:
    """Rows of cells."""

    @pytest.mark.parametrize("width", range(10, 110, 7))
    def test_no_cell_is_lost(self, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
        """Whatever the width, every word of every cell is there, whole."""
        made = " ".join(lines(table(COLUMNS, [ORDINARY, OVERRIDE]), width, monkeypatch)).split()

        assert {word for row in (ORDINARY, OVERRIDE) for cell in row for word in str(cell).split()} <= set(made)

    def test_one_wide_row_leaves_the_others_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """It takes lines of its own, and every other row stays a line."""
        made = lines(table(COLUMNS, [*[ORDINARY] * 50, OVERRIDE, *[ORDINARY] * 49]), 80, monkeypatch)

        assert 99 == made.count("L001   1  2026-01-05 09:00:00Z  (new) -> iql  capture  system  automatic")
        assert len(made) <= 104
        assert max(map(len, made)) <= 80

    def test_the_last_column_takes_what_is_left(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """It is wrapped between words; where that takes many lines, the cell goes below its row."""
        rows = [("a" * 20, "short"), ("b" * 20, "one two three"), ("c" * 20, "word " * 12 + "end")]

        assert [
            f"{'a' * 20}  short",
            f"{'b' * 20}  one two",
            f"{'':20}  three",
            "c" * 20,
            "    word word word word word word",
            "    word word word word word word",
            "    end",
        ] == lines(table(("first", "last"), rows, header=False), 34, monkeypatch)

    def test_rows_that_are_all_too_wide_take_two_lines(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """And so do the titles, so that each cell stands below its title."""
        uuid = "01a21395-43aa-76d7-8612-b9d35f0505cf"
        made = lines(table(COLUMNS, [(uuid, *ORDINARY[1:])] * 3), 64, monkeypatch)

        assert ["lead                                  no  at", "    move          trigger  by      how"] == made[:2]
        assert [f"{uuid}   1  2026-01-05 09:00:00Z", "    (new) -> iql  capture  system  automatic"] * 3 == made[2:]

    def test_a_row_becomes_a_list_where_nothing_else_will_do(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Each cell beside its title, or below it."""
        made = lines(table(COLUMNS, [ORDINARY, ORDINARY]), 20, monkeypatch)

        assert ["lead     L001", "no       1", "at       2026-01-05", "         09:00:00Z"] == made[:4]
        assert 1 == made.count("")

    @pytest.mark.parametrize(("width", "cell"), [(40, "a subject that is long"), (20, "(...long)")])
    def test_what_can_be_said_shorter_is_where_there_is_no_room(
        self, monkeypatch: pytest.MonkeyPatch, width: int, cell: str
    ) -> None:
        """And only there."""
        rows = [(shorter("a subject that is long", "(...long)"), "x")]

        assert [f"{cell}  x"] == lines(table(("a", "b"), rows, header=False), width, monkeypatch)

    def test_what_belongs_to_a_row_stands_below_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Moved to the right, under one row of titles for all."""
        rows: list[tuple[Any, ...]] = [(1, "one"), (2, "two")]
        made = table(("#no", "word"), rows, below=[table(("a", "b"), [("x", "y")], header=False), None])

        assert ["no  word", " 1  one", "    x  y", " 2  two"] == lines(made, 80, monkeypatch)


class TestFacts:
    """Names and values."""

    def test_a_value_stands_beside_its_name(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """And is wrapped there."""
        made = facts_view({"name": "b2b", "signed by": "somebody and somebody else"})

        assert ["name       b2b", "signed by  somebody and", "           somebody else"] == lines(made, 26, monkeypatch)

    def test_a_hash_that_does_not_fit_stands_below_its_name(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """On a line of its own, whole; even where the terminal is narrower still."""
        made = facts_view({"definition": f"b2b 1 ({HASH})", "cycle": 1})

        assert ["definition", "  b2b 1", f"  ({HASH})", "cycle       1"] == lines(made, 78, monkeypatch)
        assert f"  ({HASH})" in lines(made, 40, monkeypatch)

    def test_what_nobody_copies_is_wrapped_beside_its_name(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A note without a blank stays in its place."""
        made = lines(facts_view({"note": say("x" * 150)}), 86, monkeypatch)

        assert [f"note  {'x' * 80}", f"      {'x' * 70}"] == made
