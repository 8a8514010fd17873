"""Patterns with `*` and `?`, matched in bounded time: at worst the length of the text times that of the pattern.

Only the last `*` is ever tried again, further to the right: whatever an earlier one could match, the last one can
match as well. So there is no pattern that a text can slow down without bound, as there is for regular expressions.
"""

from __future__ import annotations

__all__ = ["matches"]


def matches(text: str, pattern: str) -> bool:
    """Say whether the whole text fits the pattern: `*` is any text, also none, and `?` is one character."""
    here = at = 0  # positions in the text and in the pattern
    star, resumed = -1, 0  # where the last `*` stands in the pattern, and up to where it reaches in the text
    while here < len(text):
        if at < len(pattern) and pattern[at] == "*":
            star, resumed = at, here
            at += 1
        elif at < len(pattern) and pattern[at] in {"?", text[here]}:
            here, at = here + 1, at + 1
        elif star >= 0:
            resumed += 1
            here, at = resumed, star + 1
        else:
            return False
    return not pattern[at:].strip("*")
