"""SQL as its words, so that two texts can be compared that differ in how they are written, and not in what they say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, TypeAlias, Union

__all__ = ["check_words", "tokens", "words"]

_TOKEN: Final = re.compile(
    r"""
    (?P<comment> --[^\n]* | /\*.*?\*/ )
    | (?P<text> '(?:[^']|'')*' )
    | (?P<name> "(?:[^"]|"")*" )
    | (?P<word> \w+ | :: | <= | >= | <> | != | \|\| | \S )
    """,
    re.VERBOSE | re.DOTALL,
)
_SIMPLE: Final = re.compile(r'^"([a-z_][a-z0-9_]*)"$')
_CAST: Final = re.compile(r" :: (?:text|character varying)(?: \[ \])?(?! \()")
_ANY: Final = re.compile(r"= any \( array \[ (.*?) \] \)")
_NO_CALL: Final = frozenset({"and", "or", "not"})

_Group: TypeAlias = list[Union[str, "_Group"]]
"""Words, and what stands in brackets between them."""


def tokens(sql: str) -> list[str]:
    """Cut a text into words: without comments, in small letters, and names without quotes that they do not need."""
    return [
        one.group().lower() if one.lastgroup == "word" else _SIMPLE.sub(r"\1", one.group())
        for one in _TOKEN.finditer(sql)
        if one.lastgroup != "comment"
    ]


def words(sql: str) -> str:
    """Give a text with one blank between its words."""
    return " ".join(tokens(sql))


def check_words(expression: str) -> str:
    """Give the expression of a check, as PostgreSQL says it or as `schema` does, in one form.

    PostgreSQL keeps a check as what it understood, and says it with a bracket around each part and with casts of texts
    to texts. Where they stand depends on its version, and on whether the table came out of a dump.
    """
    plain = _CAST.sub("", words(expression))
    return _ANY.sub(r"in ( \1 )", " ".join(_spelled(_simple(_grouped(iter(tokens(plain)))))))


def _grouped(rest: Iterator[str]) -> _Group:
    """Give words as a tree, a list for each pair of brackets."""
    found: _Group = []
    for one in rest:
        if one == ")":
            break
        found.append(_grouped(rest) if one == "(" else one)
    return found


def _simple(group: _Group) -> _Group:
    """Take brackets away that hold a single word, or nothing but another pair of brackets."""
    found: _Group = []
    for one in group:
        if isinstance(one, str):
            found.append(one)
            continue
        inner = _simple(one)
        found.append(inner[0] if len(inner) == 1 and not _is_function(found[-1:]) else inner)
    first = found[0] if len(found) == 1 else ""
    return found if isinstance(first, str) else first


def _is_function(before: _Group) -> bool:
    """Say whether what stands before a bracket is called with what is in it."""
    return any(isinstance(one, str) and one.isidentifier() and one not in _NO_CALL for one in before)


def _spelled(group: _Group) -> Iterator[str]:
    for one in group:
        if isinstance(one, str):
            yield one
        else:
            yield from ("(", *_spelled(one), ")")
