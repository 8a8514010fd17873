"""Telling tables, lists and sets apart in data that came from outside, in a way that type checkers follow.

After `isinstance(value, Mapping)` a checker has a mapping of it knows not what; these say that anything may be inside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, TypeGuard

__all__ = ["check_type", "is_iterable", "is_list", "is_mapping", "is_set"]


def is_mapping(value: object) -> TypeGuard[Mapping[str, Any]]:
    """Say whether the value is a table. Its keys are taken for text, as they are in TOML and JSON."""
    return isinstance(value, Mapping)


def is_list(value: object) -> TypeGuard[Sequence[Any]]:
    """Say whether the value is a list or a tuple; a text is neither."""
    return isinstance(value, (list, tuple))


def is_set(value: object) -> TypeGuard[AbstractSet[Any]]:
    """Say whether the value is a set, frozen or not."""
    return isinstance(value, AbstractSet)


def is_iterable(value: object) -> TypeGuard[Iterable[Any]]:
    """Say whether the value holds others that can be walked; texts and bytes are taken whole."""
    return isinstance(value, Iterable) and not isinstance(value, (str, bytes, bytearray))


def check_type(value: object, wanted: type, advice: str) -> None:
    """Refuse a likely slip in words: without a type checker its first sign would be an attribute that is missing.

    The value itself is not shown: it may be somebody's id.

    Raises:
        TypeError: the value is of another type.
    """
    if not isinstance(value, wanted):
        message = f"this is a {type(value).__name__}, not a {wanted.__name__}; {advice}"
        raise TypeError(message)
