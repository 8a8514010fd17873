"""The text of a checkpoint: four lines, perhaps signed; every other text is refused with the line that is wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import attrs
import pytest

from lifecycle.errors import NaiveInstantError, ProofError
from lifecycle.proof import EMPTY, Checkpoint

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
ROOT = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
BODY = f"example.com/leads\n1234\n{ROOT}\n2026-01-05T09:00:00.000000Z\n"
SIGNED = f"{BODY}\n— example.com/leads Az3grlgtzPICa5OS8g==\n— witness.example b0mJ\n"
CHECKPOINT = Checkpoint(origin="example.com/leads", size=1234, root=EMPTY, at=AT)


def line(number: int, text: str) -> str:
    """Return the body with another line; the first is 1."""
    lines = BODY.split("\n")
    return "\n".join([*lines[: number - 1], text, *lines[number:]])


class TestText:
    """What is written, and read back."""

    def test_it_is_four_lines(self) -> None:
        """Origin, size, root, time."""
        assert BODY == str(CHECKPOINT) == CHECKPOINT.body
        assert CHECKPOINT == Checkpoint.parse(BODY)

    def test_an_empty_log_has_one_too(self) -> None:
        """Of size 0."""
        empty = attrs.evolve(CHECKPOINT, size=0)

        assert empty == Checkpoint.parse(str(empty))

    def test_signatures_are_kept_and_not_looked_at(self) -> None:
        """They are part of the text, and not of what they sign."""
        found = Checkpoint.parse(SIGNED)

        assert (SIGNED, BODY) == (str(found), found.body)
        assert attrs.evolve(CHECKPOINT, signatures=found.signatures) == found

    def test_the_time_is_written_in_utc(self) -> None:
        """Wherever the clock stood."""
        there = AT.astimezone(timezone(timedelta(hours=5)))

        assert BODY == str(attrs.evolve(CHECKPOINT, at=there))

    def test_the_same_tree_may_have_been_seen_twice(self) -> None:
        """Neither the time nor a signature makes it another one; origin, size and root do."""
        assert CHECKPOINT.same_tree(attrs.evolve(CHECKPOINT, at=AT + timedelta(days=1), signatures="— a b0==\n"))
        assert not CHECKPOINT.same_tree(attrs.evolve(CHECKPOINT, size=1235))
        assert not CHECKPOINT.same_tree(attrs.evolve(CHECKPOINT, root=bytes(32)))
        assert not CHECKPOINT.same_tree(attrs.evolve(CHECKPOINT, origin="example.com/other"))


class TestRefusing:
    """A text that is no checkpoint."""

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", "line 1 is ''; expected the origin"),
            (line(1, "Our leads"), "line 1 is 'Our leads'; expected the origin, a text without blanks and plus signs"),
            (line(1, "a+b"), r"line 1 is 'a\+b'; expected the origin"),
            (line(1, "a\r"), "line 1 is 'a.r'; expected the origin.*; lines end with a line feed alone"),
            (line(1, "a\ud800"), "line 1 is .*; expected the origin"),
            ("a", "line 2 is missing; expected the size"),
            (line(2, "01"), "line 2 is '01'; expected the size, a whole number in decimal digits"),
            (line(2, "-1"), "line 2 is '-1'; expected the size"),
            (line(2, "1_0"), "line 2 is '1_0'; expected the size"),
            (line(2, "٣"), "line 2 is '٣'; expected the size"),
            (line(2, "1" * 20), "line 2 is '1{20}'; expected the size"),
            ("a\n1", "line 3 is missing; expected the root"),
            (line(3, "abc"), "line 3 is 'abc'; expected the root, the base64 of 32 bytes"),
            (line(3, ROOT[:-1] + "ü"), "line 3 is '.*ü'; expected the root"),
            (line(3, "AAAA"), "line 3 is 'AAAA'; expected the root"),
            (line(3, ROOT[:-2] + "V="), "line 3 is '.*V='; expected the root"),
            (f"a\n1\n{ROOT}", "line 4 is missing; expected the time"),
            (line(4, ""), "line 4 is ''; expected the time, such as 2026-01-05T09:00:00.000000Z"),
            (line(4, "2026-01-05"), "line 4 is '2026-01-05'; expected the time"),
            (line(4, "2026-01-05T09:00:00"), "line 4 is .*; expected the time"),
            (line(4, "2026-01-05T09:00:00+00:00"), "line 4 is .*; expected the time"),
            (BODY[:-1], "its last line does not end with a line feed; add one at the end"),
            (BODY + "more\n", "line 5 is 'more'; expected the end"),
            (BODY + "\n", "line 6 is ''; expected a signature"),
            (BODY + "\nsigned by me\n", "line 6 is 'signed by me'; expected a signature: a dash"),
            (BODY + "\n— key\n", "line 6 is '— key'; expected a signature"),
            (SIGNED + "\n", "line 8 is ''; expected a signature"),
            (SIGNED[:-1], "its last line does not end with a line feed; add one at the end"),
            (line(1, "a " * 500), "line 1 is '(a ){30}...'; expected the origin"),
        ],
    )
    def test_the_line_that_is_wrong_is_named(self, text: str, said: str) -> None:
        """With what was found there, and what was expected."""
        with pytest.raises(ProofError, match=f"this is no checkpoint: {said}"):
            Checkpoint.parse(text)

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"origin": ""}, "'' cannot be the origin of a checkpoint"),
            ({"origin": "Our leads"}, "'Our leads' cannot be the origin of a checkpoint"),
            ({"origin": "a\nb"}, "cannot be the origin of a checkpoint"),
            ({"size": -1}, "-1 cannot be the size of a checkpoint"),
            ({"size": 10**19}, "cannot be the size of a checkpoint"),
            ({"root": b""}, "the root of a checkpoint has 32 bytes, and this one 0"),
        ],
    )
    def test_what_could_not_be_read_back_cannot_be_made(self, change: dict[str, Any], said: str) -> None:
        """A text that nobody can read is of no use."""
        with pytest.raises(ProofError, match=said):
            attrs.evolve(CHECKPOINT, **change)

    def test_a_naive_time_is_refused(self) -> None:
        """As everywhere."""
        with pytest.raises(NaiveInstantError):
            attrs.evolve(CHECKPOINT, at=datetime(2026, 1, 5))
