"""TOML files whose values know their places, and what is said of wrong ones."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

import attrs
import pytest

from lifecycle.document import Document, Path
from lifecycle.errors import DocumentError, Place
from lifecycle.spelling import did_you_mean
from lifecycle.times import parse_duration


def as_duration(value: object) -> dt.timedelta:
    """Read a duration as a converter of a shape would."""
    try:
        return value if isinstance(value, dt.timedelta) else parse_duration(str(value))
    except ValueError as error:
        message = f"{value!r} is too long"
        failed = ValueError(message)
        failed.add_note("as some libraries do")
        raise failed from error


def no_reason(_: object) -> object:
    """Fail without a word."""
    raise ZeroDivisionError


@attrs.frozen(kw_only=True)
class Arrow:
    """A shape with every kind of field."""

    to: str
    from_: tuple[str, ...] = attrs.field(default=(), metadata={"key": "from"})
    ttl: int | None = None
    by: Sequence[str] = ()
    tags: list[str] = attrs.field(factory=list[str])
    share: Decimal | None = None
    sure: bool = False
    on: dt.date | None = None
    sla: dt.timedelta | None = attrs.field(default=None, converter=attrs.converters.optional(as_duration))
    weight: int = attrs.field(default=1, validator=attrs.validators.gt(0))
    kind: Literal["plain", "new_cycle"] = "plain"
    then: str | int | Arrow = "x"
    broken: object = attrs.field(default=None, converter=attrs.converters.optional(no_reason))
    made: int = attrs.field(init=False, default=3)

    def __attrs_post_init__(self) -> None:
        """Refuse a name that only the whole can refuse."""
        if self.to == self.then:
            message = "goes where it goes already"
            raise ValueError(message)


@attrs.frozen
class Whole:
    """A document of arrows."""

    arrows: tuple[Arrow, ...] = ()
    named: Mapping[str, Arrow] = attrs.field(factory=dict[str, Arrow])
    free: Mapping[str, Any] = attrs.field(factory=dict[str, Any])


def structured(text: str) -> tuple[Whole | None, list[str]]:
    """Structure a text as `Whole`; give each problem in one line."""
    document = Document.parse(text, file="f.toml")
    made, problems = document.structure(Whole, document.data)
    return made, [str(problem) for problem in problems]


class TestParse:
    """Reading the text."""

    def test_numbers_with_a_point_stay_as_written(self) -> None:
        """A number with a point becomes a Decimal with all its digits, a whole number an int."""
        data = Document.parse("a = 0.50\nb = 1\nc = 1_0.5", file="f.toml").data

        assert (str(data["a"]), data["b"], data["c"]) == ("0.50", 1, Decimal("10.5"))

    def test_a_byte_order_mark_is_no_error(self) -> None:
        """Some editors start a file with a mark, which is passed over."""
        assert Document.parse("\ufeffa = 1", file="f.toml").data == {"a": 1}

    @pytest.mark.parametrize(
        ("text", "place", "message"),
        [
            ("a = 1\nb =", Place("f.toml", 2, 4), "Invalid value"),
            ("a = 1\na = 2", Place("f.toml", 2, 6), "Cannot overwrite a value"),
            ("a = [1,\n", Place("f.toml", 2, 1), "Invalid value"),
            ("a = 1e99999999999999999999", Place("f.toml"), "the number 1e99999999999999999999 is out of range"),
            ("a = " + "[" * 9_000, Place("f.toml"), "lists or tables are nested too deeply"),
        ],
    )
    def test_a_syntax_error_names_its_place(self, text: str, place: Place, message: str) -> None:
        """What is not TOML is refused with line and column, as far as they are known."""
        with pytest.raises(DocumentError, match=r"f\.toml is not a TOML file") as caught:
            Document.parse(text, file="f.toml")

        (problem,) = caught.value.problems
        assert (problem.code, problem.place, problem.message) == ("toml-syntax", place, message)


class TestPlace:
    """Where a value stands."""

    TEXT = """\
# a comment
top = 1
[table."quoted key"]
"ä" = [1, {deep.er = 2 }, # why
     3]
[[rows]]
[[rows]]
x.y = { z = 0 }
[rows.inner]
w = 1
[[rows.list]]
v = 1
"""

    @pytest.mark.parametrize(
        ("path", "line", "column"),
        [
            (("top",), 2, 1),
            (("table",), 3, 2),
            (("table", "quoted key"), 3, 8),
            (("table", "quoted key", "ä"), 4, 1),
            (("table", "quoted key", "ä", 0), 4, 8),
            (("table", "quoted key", "ä", 1, "deep"), 4, 12),
            (("table", "quoted key", "ä", 1, "deep", "er"), 4, 17),
            (("table", "quoted key", "ä", 2), 5, 6),
            (("rows",), 6, 3),
            (("rows", 0), 6, 3),
            (("rows", 1), 7, 3),
            (("rows", 1, "x", "y", "z"), 8, 9),
            (("rows", 1, "inner", "w"), 10, 1),
            (("rows", 1, "list", 0, "v"), 12, 1),
            (("rows", 1, "missing"), 7, 3),
        ],
    )
    def test_a_value_stands_where_its_key_does(self, path: Path, line: int, column: int) -> None:
        """Keys, elements of lists and tables have line and column; what is missing has those of what is around it."""
        assert Document.parse(self.TEXT, file="f.toml").place(path) == Place("f.toml", line, column)

    @pytest.mark.parametrize("path", [(), ("nowhere",)])
    def test_what_is_nowhere_has_the_file(self, path: Path) -> None:
        """The document itself, and a key missing at its top, have the file for a place."""
        assert Document.parse(self.TEXT, file="f.toml").place(path) == Place("f.toml")

    def test_without_tree_sitter_the_file_is_the_place(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """An install that cannot find positions still says which file it is."""
        monkeypatch.delitem(sys.modules, "lifecycle._positions", raising=False)
        monkeypatch.delattr("lifecycle._positions", raising=False)
        monkeypatch.setitem(sys.modules, "tree_sitter", None)

        assert Document.parse("a = 1", file="f.toml").place(("a",)) == Place("f.toml")


class TestStructure:
    """Making attrs classes of tables."""

    def test_a_right_document_becomes_its_shape(self) -> None:
        """Tables become attrs classes, keys that are Python keywords included."""
        made, problems = structured(
            """
            [[arrows]]
            to = "a"
            from = ["x", "y"]
            by = ["sales"]
            tags = ["t"]
            ttl = 5
            share = 0.5
            sure = true
            on = 2026-01-05
            sla = "2 days"
            kind = "new_cycle"
            then = { to = "b", then = 3 }
            [named]
            n = { to = "c" }
            [free]
            any = [1, "two"]
            """
        )

        arrow = Arrow(
            to="a",
            from_=("x", "y"),
            by=("sales",),
            tags=["t"],
            ttl=5,
            share=Decimal("0.5"),
            sure=True,
            on=dt.date(2026, 1, 5),
            sla=dt.timedelta(days=2),
            kind="new_cycle",
            then=Arrow(to="b", then=3),
        )
        assert (made, problems) == (Whole((arrow,), {"n": Arrow(to="c")}, {"any": [1, "two"]}), [])

    def test_a_default_that_is_none_may_be_handed_over(self) -> None:
        """None is allowed where the type says so."""
        made, problems = Document("f.toml", "", {}).structure(Arrow, {"to": "a", "ttl": None})

        assert (made, problems) == (Arrow(to="a"), [])

    def test_all_problems_come_at_once(self) -> None:
        """Ten mistakes in one document give ten problems, each with its place."""
        made, problems = structured(
            "[[arrows]]\n"
            'from = ["a", 3]\n'
            "ttll = 5\n"
            "weight = 0\n"
            "[[arrows]]\n"
            'to = "x"\n'
            "ttl = true\n"
            'sla = "2 months"\n'
            'kind = "plane"\n'
            "then = 1.50\n"
            "sure = 1\n"
            "[named]\n"
            "n = { to = 5 }\n"
            "m = 5\n"
        )

        assert made is None
        assert problems == [
            "f.toml:1:3: error: 'to' is missing [missing-key]",
            "f.toml:2:14: error: must be a text, not 3 [wrong-type]",
            "f.toml:3:1: error: unknown key 'ttll', did you mean 'ttl'? [unknown-key]",
            "f.toml:7:1: error: must be a whole number, not true [wrong-type]",
            "f.toml:11:1: error: must be true or false, not 1 [wrong-type]",
            "f.toml:8:1: error: '2 months' is too long [invalid-value]",
            "f.toml:9:1: error: must be 'plain' or 'new_cycle', not 'plane', did you mean 'plain'? [wrong-type]",
            "f.toml:10:1: error: must be a text or a whole number or a table, not 1.50 [wrong-type]",
            "f.toml:13:7: error: must be a text, not 5 [wrong-type]",
            "f.toml:14:1: error: must be a table, not 5 [wrong-type]",
        ]

    @pytest.mark.parametrize(
        ("field", "said"),
        [
            ("by = 'sales'", "must be a list, not 'sales'; write [\"sales\"] [wrong-type]"),
            ("ttl = [1]", "must be a whole number, not a list [wrong-type]"),
            ("ttl = {}", "must be a whole number, not a table [wrong-type]"),
            ("on = 2026-01-05T00:00:00Z", "must be a date, not 2026-01-05 00:00:00+00:00 [wrong-type]"),
            ("share = 1", "must be a number with a point, not 1 [wrong-type]"),
            ("weight = 0", "'weight' must be > 0: 0 [invalid-value]"),
            ("then = 'a'", "goes where it goes already [invalid-value]"),
            ("broken = 1", "ZeroDivisionError [invalid-value]"),
            ("made = 1", "unknown key 'made' [unknown-key]"),
            ("from_ = ['a']", "unknown key 'from_', did you mean 'from'? [unknown-key]"),
        ],
    )
    def test_each_kind_of_mistake_is_told(self, field: str, said: str) -> None:
        """The message says what is wanted and what stands there, and nothing is coerced."""
        _, problems = structured(f"[[arrows]]\nto = 'a'\n{field}\n")

        assert [problem.partition("error: ")[2] for problem in problems] == [said]

    def test_a_document_of_another_kind_is_refused_whole(self) -> None:
        """A value that is no table at all is one problem, at the path that the caller gave."""
        document = Document.parse("a = { b = 1 }", file="f.toml")

        _, (problem,) = document.structure(Whole, 1, ("a", "b"))

        assert (problem.path, problem.place) == (("a", "b"), Place("f.toml", 1, 7))


class TestDidYouMean:
    """Near misses of names."""

    def test_the_nearest_name_is_offered(self) -> None:
        """A near miss gets an offer, and a name like nothing gets none."""
        assert did_you_mean("ttll", ["ttl", "to"]) == ", did you mean 'ttl'?"
        assert did_you_mean("zzz", ["ttl", "to"]) == ""
