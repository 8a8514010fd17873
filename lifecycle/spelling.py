"""What was probably meant by a name that nobody knows."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["did_you_mean"]


def did_you_mean(name: object, choices: Iterable[str]) -> str:
    """Give `, did you mean 'ttl'?` for the choice that is most like `name`, or nothing where none is."""
    close = get_close_matches(str(name), list(choices), n=1)
    return f", did you mean {close[0]!r}?" if close else ""
