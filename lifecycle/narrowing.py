"""Telling tables, lists and sets apart in data that came from outside, in a way that type checkers follow.

After `isinstance(value, Mapping)` a checker has a mapping of it knows not what; these say that anything may be inside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, TypeGuard

__all__ = ["is_iterable", "is_list", "is_mapping", "is_set"]


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
