"""Tests how each kind of parameter is read, refused, and declared as a read."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any, Literal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle import parameters
from lifecycle.parameters import bound_parameters, convert_plain, converter_of, declared_reads, fields_of

names = st.text("abc_", min_size=1, max_size=5)


def holding(field: Any) -> type[Any]:
    """Return a class whose one parameter is `value`."""
    return attrs.make_class("Holding", {"value": field}, frozen=True)


def read(field: Any, value: object) -> Any:
    """Return what a parameter becomes."""
    return holding(field)(value=value).value


def shout(text: str) -> str:
    """Read a text that is not x."""
    if text == "x":
        raise ValueError("x is no text to shout")
    return text.upper()


def fixed(**more: Any) -> Any:
    """Return a field of one of two texts."""
    return parameters.fixed_text(choices=["up", "down"], **more)


FIELDS: dict[str, Any] = {
    "profile_field": parameters.profile_field,
    "answer": parameters.answer,
    "kinds": parameters.kinds,
    "points": parameters.points,
    "texts": parameters.texts,
    "duration": parameters.duration,
    "whole": parameters.whole,
    "number": parameters.number,
    "glob": parameters.glob,
    "fixed_text": fixed,
}


class TestHelpers:
    """Each helper converts what it takes and refuses the rest with a reason."""

    @pytest.mark.parametrize(
        ("field", "value", "expected"),
        [
            (parameters.profile_field(), "email", "email"),
            (parameters.answer(), "budget", "budget"),
            (parameters.kinds(), ["b", "a", "b"], ("a", "b")),
            (parameters.points(), {"b": 2, "a": -1}, {"a": -1, "b": 2}),
            (parameters.texts(), ("b", "a"), ("a", "b")),
            (parameters.texts(each=shout), ["b", "a", "B"], ("A", "B")),
            (fixed(), "up", "up"),
            (parameters.duration(), "2 weeks", timedelta(weeks=2)),
            (parameters.duration(), timedelta(hours=1), timedelta(hours=1)),
            (parameters.whole(), -3, -3),
            (parameters.whole(minimum=3), 3, 3),
            (parameters.number(), 3, 3),
            (parameters.number(), Decimal("0.50"), Decimal("0.50")),
            (parameters.number(), 0.1, Decimal("0.1")),
            (parameters.glob(), "Head of *", "head of *"),
        ],
    )
    def test_takes(self, field: Any, value: object, expected: object) -> None:
        """What a definition may hold becomes what a criterion works with."""
        found = read(field, value)

        assert expected == found
        assert type(expected) is type(found)

    @pytest.mark.parametrize(
        ("field", "value", "message"),
        [
            (parameters.profile_field(), "", "must be a non-empty text, not ''"),
            (parameters.answer(), 5, "must be a non-empty text, not 5"),
            (parameters.kinds(), "demo", r"must be a list of texts, not 'demo'; write \[\"demo\"\]"),
            (parameters.kinds(), 5, "must be a list of texts, not 5$"),
            (parameters.kinds(), ["a", 5], "must be a non-empty text, not 5"),
            (parameters.kinds(), [], "must name at least one"),
            (parameters.points(), [], "must be a table of kinds and points"),
            (parameters.points(), {}, "must be a table of kinds and points"),
            (parameters.points(), {"a": 1.5}, "must be a whole number, not 1.5"),
            (parameters.points(), {"a": True}, "must be a whole number, not True"),
            (parameters.points(), {" ": 1}, "must be a non-empty text"),
            (parameters.texts(), [], "must name at least one"),
            (parameters.texts(each=shout), ["a", "x"], "x is no text to shout"),
            (fixed(), "left", "must be one of up, down, not 'left'"),
            (fixed(), ["up"], "must be one of up, down"),
            (parameters.duration(), 30, "must be a duration such as '30 days', not 30"),
            (parameters.duration(), "1 month", "no fixed length"),
            (parameters.whole(), True, "must be a whole number, not True"),
            (parameters.whole(), 1.0, "must be a whole number, not 1.0"),
            (parameters.whole(), "1", "must be a whole number, not '1'"),
            (parameters.whole(minimum=3), 2, "must be at least 3, not 2"),
            (parameters.number(), True, "must be a number, not True"),
            (parameters.number(), "1", "must be a number, not '1'"),
            (parameters.number(), float("nan"), "must be a number, not nan"),
            (parameters.number(), Decimal("Infinity"), "must be a number, not Decimal"),
            (parameters.glob(), " ", "must be a non-empty text"),
        ],
    )
    def test_refuses(self, field: Any, value: object, message: str) -> None:
        """The error says what is wanted and what was given."""
        with pytest.raises(ValueError, match=message):
            read(field, value)

    @pytest.mark.parametrize("make", FIELDS.values(), ids=FIELDS)
    def test_may_be_left_out_only_with_a_default(self, make: Any) -> None:
        """None stands for a parameter that was left out, and is a value only where it is the default."""
        assert None is holding(make(default=None))().value
        assert None is read(make(default=None), None)
        with pytest.raises(TypeError):
            holding(make())()
        with pytest.raises(ValueError, match="must be"):
            read(make(), None)

    @given(st.lists(names, min_size=1))
    def test_order_and_repetition_of_a_list_mean_nothing(self, items: list[str]) -> None:
        """Two lists of the same texts bind the same criterion."""
        assert read(parameters.kinds(), items) == read(parameters.kinds(), [*reversed(items), items[0]])


class TestTakes:
    """Every helper says what it takes, for those who cannot know it from the annotation."""

    @pytest.mark.parametrize("name", FIELDS)
    def test_named_like_the_helper(self, name: str) -> None:
        """Schemas and generators of values need no second list of helpers."""
        [field] = fields_of(holding(FIELDS[name]()))

        assert name == field.metadata[parameters.TAKES].what

    def test_bounds_and_choices_are_told(self) -> None:
        """What `whole` and `fixed_text` were made with."""
        takes = [
            fields_of(holding(field))[0].metadata[parameters.TAKES] for field in (parameters.whole(minimum=2), fixed())
        ]

        assert [2, None] == [one.minimum for one in takes]
        assert [(), ("up", "down")] == [one.choices for one in takes]


class TestReads:
    """A field says what it makes the criterion read."""

    def test_declared_by_the_helpers(self) -> None:
        """Profile fields, answers and kinds are read; nothing is read by what was left out or has no such meaning."""
        cls: Any = attrs.make_class(
            "Reading",
            kw_only=True,
            attrs={
                "field": parameters.profile_field(),
                "missing": parameters.profile_field(default=None),
                "about": parameters.answer(),
                "kinds": parameters.kinds(),
                "points": parameters.points(),
                "words": parameters.texts(),
                "plain": attrs.field(default="plain"),
            },
        )
        bound = cls(field="email", about="budget", kinds=["demo", "call"], points={"page": 1}, words=["a"])
        expected = {"profile:email", "answer:budget", "activity:demo", "activity:call", "activity:page"}

        assert expected == declared_reads(bound)

    def test_parameters_are_what_can_be_given(self) -> None:
        """A field that the class fills itself is no parameter, of the class or of one that is bound."""
        cls: Any = attrs.make_class("Own", {"given": attrs.field(), "own": attrs.field(init=False, default=3)})

        assert ["given"] == [field.name for field in fields_of(cls)]
        assert {"given": 1} == bound_parameters(cls(1))


class TestBound:
    """A bound criterion's parameters can be written down, defaults included."""

    def test_are_what_canonical_json_has(self) -> None:
        """Lengths of time in words, numbers with a point as written, lists for tuples."""
        cls: Any = attrs.make_class(
            "Bound",
            {
                "within": parameters.duration(),
                "kinds": parameters.kinds(),
                "points": parameters.points(),
                "minimum": parameters.number(),
                "ever": attrs.field(default=False),
                "more": attrs.field(default=None),
            },
        )
        bound = cls(within="P14D", kinds=["b", "a"], points={"b": 1, "a": 2}, minimum=Decimal("0.50"))
        expected = {
            "within": "2 weeks",
            "kinds": ["a", "b"],
            "points": {"a": 2, "b": 1},
            "minimum": "0.50",
            "ever": False,
            "more": None,
        }

        assert expected == bound_parameters(bound)


class TestPlainAnnotations:
    """A plain annotation is enough for a check."""

    @pytest.mark.parametrize(
        ("annotation", "value"),
        [
            (int, 5),
            ("int", 6),
            (str, "x"),
            ("str", ""),
            (bool, True),
            ("bool", False),
            (int | None, None),
            ("int | None", 5),
            ("bool|None", None),
            (str | None, "x"),
        ],
    )
    def test_right_types_pass(self, annotation: object, value: object) -> None:
        """As a type or as text, with or without None."""
        convert = convert_plain(annotation)

        assert convert is not None
        assert value is convert(value)

    @pytest.mark.parametrize("annotation", [tuple[str, ...], "tuple[str, ...]", tuple[str, ...] | None])
    def test_lists_of_texts_keep_their_order(self, annotation: object) -> None:
        """Unlike those of the helpers, whose order means nothing."""
        convert = convert_plain(annotation)

        assert convert is not None
        assert ("b", "a", "b") == convert(["b", "a", "b"])

    @pytest.mark.parametrize(
        ("annotation", "value", "message"),
        [
            (int, True, "must be a whole number, not True"),
            ("int", "5", "must be a whole number, not '5'"),
            (int, None, "must be a whole number, not None"),
            ("int | None", 1.5, "must be a whole number, not 1.5"),
            (str, 5, "must be a text, not 5"),
            (bool, 1, "must be true or false, not 1"),
            ("tuple[str, ...]", "demo", "must be a list of texts, not 'demo'"),
            (tuple[str, ...], [5], "must be a non-empty text, not 5"),
        ],
    )
    def test_wrong_types_do_not(self, annotation: object, value: object, message: str) -> None:
        """Nothing is coerced: true is no number, and 5 is no text."""
        convert = convert_plain(annotation)

        assert convert is not None
        with pytest.raises(ValueError, match=message):
            convert(value)

    @pytest.mark.parametrize("annotation", [None, float, "Decimal", list[int], "int | str", int | str, Literal["a"]])
    def test_nothing_is_checked_where_the_annotation_says_more(self, annotation: object) -> None:
        """Such a field brings its own converter or validator."""
        assert None is convert_plain(annotation)

    def test_converters_that_want_more_than_the_value_are_left_to_attrs(self) -> None:
        """They cannot be tried on a value alone."""

        def convert(value: Any, _: Any) -> Any:
            return value

        fields = fields_of(
            attrs.make_class(
                "Two",
                {
                    "asked": attrs.field(converter=attrs.Converter(convert, takes_self=True)),
                    "bare": attrs.field(),
                    "tried": attrs.field(converter=shout),
                },
            )
        )

        assert [None, None, shout] == [converter_of(field) for field in fields]
