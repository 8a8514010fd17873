"""Tests how tables, lists and sets are told apart."""

from __future__ import annotations

from types import MappingProxyType

import pytest

from lifecycle.narrowing import is_iterable, is_list, is_mapping, is_set

CASES: list[tuple[object, str]] = [
    ({}, "table walked"),
    (MappingProxyType(dict[str, int]()), "table walked"),
    ([], "list walked"),
    ((), "list walked"),
    (set[int](), "set walked"),
    (frozenset[int](), "set walked"),
    (dict[str, int]().keys(), "set walked"),
    (iter(()), "walked"),
    ("text", ""),
    (b"bytes", ""),
    (bytearray(), ""),
    (None, ""),
    (5, ""),
]


@pytest.mark.parametrize(("value", "expected"), CASES, ids=lambda value: type(value).__name__)
def test_each_kind_is_told_apart(value: object, expected: str) -> None:
    """A value is a table, a list, a set or none of them; texts and bytes are taken whole."""
    kinds = {"table": is_mapping, "list": is_list, "set": is_set, "walked": is_iterable}

    assert expected == " ".join(name for name, is_one in kinds.items() if is_one(value))
