"""Tests the canonical form against the rules of RFC 8785, and what goes beyond them."""

from __future__ import annotations

import enum
import hashlib
import json
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.canonical import canonical_bytes, digest, encoded, encoded_texts, plain

EXACT = 2**53

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
scalars = st.none() | st.booleans() | st.integers(-EXACT, EXACT) | texts
values: st.SearchStrategy[Any] = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=12
)


class Colour(enum.Enum):
    """An enumeration of numbers and texts."""

    RED = "red"
    THREE = 3


class Word(str, enum.Enum):  # noqa: UP042 - this older form writes itself otherwise than StrEnum
    """An enumeration whose members are texts as well."""

    MET = "met"


class Number(enum.IntEnum):
    """An enumeration whose members are numbers as well."""

    ONE = 1


class Odd:
    """Something that JSON does not have."""

    def __str__(self) -> str:
        """Say what it is."""
        return "odd"


def written(value: object) -> str:
    """Return the canonical form as text."""
    return canonical_bytes(value).decode()


class TestJson:
    """The form is the JSON of RFC 8785."""

    @given(values)
    def test_is_json_of_the_same_value(self, value: Any) -> None:
        """Any reader of JSON reads the value back."""
        assert value == json.loads(canonical_bytes(value))

    @given(values)
    def test_is_stable(self, value: Any) -> None:
        """The form of what was read back is the same form."""
        assert canonical_bytes(value) == canonical_bytes(json.loads(canonical_bytes(value)))

    @given(values)
    def test_what_is_plain_is_written_as_it_is(self, value: Any) -> None:
        """Law: to write the plain form is to write the value, also after JSON has carried it."""
        assert canonical_bytes(value) == encoded(plain(value))
        assert canonical_bytes(value) == encoded(json.loads(canonical_bytes(value)))

    @given(st.dictionaries(texts, values, max_size=6), st.randoms(use_true_random=False))
    def test_order_of_keys_does_not_matter(self, table: dict[str, Any], random: Any) -> None:
        """Tables that are equal have equal forms."""
        keys = list(table)
        random.shuffle(keys)

        assert canonical_bytes(table) == canonical_bytes({key: table[key] for key in keys})

    @given(values, values)
    def test_different_values_differ(self, one: Any, other: Any) -> None:
        """Equal forms mean equal values, so that a digest stands for one value."""
        assert (json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)) is (
            canonical_bytes(one) == canonical_bytes(other)
        )

    def test_keys_are_sorted_by_utf_16(self) -> None:
        """Section 3.2.3: by code unit, in which an emoji is a surrogate pair and comes before U+FB33."""
        keys = ["€", "\r", "\ufb33", "1", "😀", "\x80", "ö"]
        expected = ["\r", "1", "\x80", "ö", "€", "😀", "\ufb33"]

        assert expected == list(json.loads(canonical_bytes(dict.fromkeys(keys, 0))))

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ('€$\u000f\nA\'B"\\"/', '"€$\\u000f\\nA\'B\\"\\\\\\"/"'),
            ("\b\t\n\f\r", '"\\b\\t\\n\\f\\r"'),
            ("\x00\x1f", '"\\u0000\\u001f"'),
            ("\x7f\u2028", '"\x7f\u2028"'),
        ],
    )
    def test_only_what_must_be_is_escaped(self, text: str, expected: str) -> None:
        """Section 3.2.2.2: quotes, backslashes and control characters; everything else is UTF-8."""
        assert expected == written(text)

    def test_no_spaces(self) -> None:
        """Section 3.2.1: nothing stands between the parts."""
        assert '{"a":[1,true,null],"b":{}}' == written({"b": {}, "a": [1, True, None]})


class TestNumbers:
    """Whole numbers stay numbers as long as every reader is exact; all others are texts."""

    @pytest.mark.parametrize("number", [0, -1, EXACT, -EXACT])
    def test_exact_ones_are_numbers(self, number: int) -> None:
        """Up to 2^53 a reader that knows only floats is exact."""
        assert str(number) == written(number)

    @pytest.mark.parametrize("number", [EXACT + 1, -EXACT - 1, 10**40])
    def test_larger_ones_are_texts(self, number: int) -> None:
        """Beyond 2^53 they would be rounded somewhere."""
        assert f'"{number}"' == written(number)

    @pytest.mark.parametrize(
        ("number", "expected"),
        [
            (Decimal("0.50"), '"0.50"'),
            (Decimal("5E+3"), '"5E+3"'),
            (0.1, '"0.1"'),
            (1e22, '"1e+22"'),
            (float("nan"), '"nan"'),
            (float("-inf"), '"-inf"'),
        ],
    )
    def test_numbers_with_a_point_are_texts(self, number: object, expected: str) -> None:
        """A decimal keeps its digits, a float has its shortest form, and nothing is refused."""
        assert expected == written(number)

    def test_truth_is_no_number(self) -> None:
        """To Python true is 1; here it is not."""
        assert written([True, False]) != written([1, 0])


class TestOthers:
    """What JSON does not have is written in one way."""

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (datetime(2026, 1, 5, 11, tzinfo=timezone(timedelta(hours=1))), '"2026-01-05T10:00:00.000000Z"'),
            (datetime(2026, 1, 5, 11), '"2026-01-05T11:00:00"'),
            (datetime.min.replace(tzinfo=timezone(timedelta(hours=1))), '"0001-01-01T00:00:00+01:00"'),
            (date(2026, 1, 5), '"2026-01-05"'),
            (timedelta(days=14), '"2 weeks"'),
            (Colour.RED, '"red"'),
            (Colour.THREE, "3"),
            (Word.MET, '"met"'),
            (Number.ONE, "1"),
            (b"bytes", "\"b'bytes'\""),
            (Odd(), '"odd"'),
        ],
    )
    def test_forms(self, value: object, expected: str) -> None:
        """Instants in UTC as far as they can be, lengths of time in words, members of enumerations by their value."""
        assert expected == written(value)

    @given(st.frozensets(texts | st.integers(0, 99), max_size=6))
    def test_sets_are_sorted_lists(self, items: frozenset[Any]) -> None:
        """A set has no order, so the form gives it one: that of the canonical forms of its members."""
        found = json.loads(canonical_bytes(items))

        assert items == set(found)
        assert sorted(json.dumps(item, ensure_ascii=False) for item in items) == [
            json.dumps(item, ensure_ascii=False) for item in found
        ]

    def test_whatever_can_be_walked_is_a_list(self) -> None:
        """Tuples, generators and views too."""
        assert "[[1],[2,3],[4]]" == written(((1,), (number for number in (2, 3)), {4: 0}.keys()))

    @pytest.mark.parametrize("text", ["\ud800", "a\udfffb"])
    def test_lone_surrogates_become_question_marks(self, text: str) -> None:
        """UTF-8 cannot write half of a pair; a broken input must not stop a record from being written."""
        assert written(text.encode("utf-8", "replace").decode()) == written(text)
        assert "?" in plain(text)

    def test_keys_are_texts(self) -> None:
        """JSON has no other keys."""
        assert {"1": 1, "None": 2, "?": 3} == plain({1: 1, None: 2, "\ud800": 3})


class TestDigest:
    """A digest stands for its parts, in order, under its domain."""

    def test_is_sha_256_over_lengths_and_parts(self) -> None:
        """Whoever has the parts can compute it without us."""
        expected = hashlib.sha256(b"lifecycle-test-1\n2:ab0:1:c").hexdigest()

        assert f"sha256:{expected}" == digest("lifecycle-test-1", b"ab", b"", b"c")

    @given(st.lists(st.binary(max_size=3), max_size=4), st.lists(st.binary(max_size=3), max_size=4))
    def test_parts_do_not_run_together(self, one: list[bytes], other: list[bytes]) -> None:
        """`ab, c` is not `a, bc`."""
        assert (one == other) is (digest("x", *one) == digest("x", *other))

    @given(st.lists(st.binary(max_size=3), max_size=4))
    def test_domains_keep_apart(self, parts: list[bytes]) -> None:
        """A digest of one thing is never a digest of another."""
        assert digest("one", *parts) != digest("other", *parts)


@given(st.dictionaries(texts, texts))
def test_a_table_of_texts_is_written_as_any_other(table: dict[str, str]) -> None:
    """Law: the quicker way gives the same bytes, whatever the texts hold, and in the order they are in."""
    assert encoded(table) == encoded_texts(table)
