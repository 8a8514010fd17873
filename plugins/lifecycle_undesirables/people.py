"""Criteria about who the lead is and what it wants."""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Final

from lifecycle import Snapshot, Verdict, criterion, met_if, parameters, unknown

__all__ = ["OptedOut", "Title"]

_YES: Final = frozenset({"yes", "y", "true"})
_NO: Final = frozenset({"no", "n", "false"})


@criterion("title", version="2")
class Title:
    """The job title has one of these words or phrases, as whole words, whatever their case."""

    words: tuple[str, ...] = parameters.texts()
    field: str = parameters.profile_field(default="title")

    def judge(self, known: Snapshot) -> Verdict:
        """Look for each phrase between the words of the title."""
        title = known.profile(self.field)
        if title is None:
            return unknown(f"{self.field} is not known")
        spaced = _spaced(str(title))
        found = [word for word in self.words if _spaced(word).strip() and _spaced(word) in spaced]
        return met_if(found, f"{self.field} is {title}", title=title, words=found)


@criterion("opted_out", version="1")
class OptedOut:
    """The lead does not want to be contacted: the profile field says yes, or one of the kinds of activities happened.

    All cycles count unless `ever = false`: who has said no has not said yes by coming round again. Without `kinds`, a
    missing field is unknown.
    """

    field: str = parameters.profile_field(default="opted_out")
    kinds: tuple[str, ...] | None = parameters.kinds(default=None)
    ever: bool = True

    def judge(self, known: Snapshot) -> Verdict:
        """Look at the field, then at what happened."""
        value = known.profile(self.field)
        says = _yes_or_no(value)
        done = known.activities(self.kinds, ever=self.ever).last if self.kinds else None
        if says or done is not None:
            message = f"{self.field} says yes" if done is None else f"{done.kind} at {done.at.isoformat()}"
            return met_if(True, message, value=value, kind=None if done is None else done.kind)  # noqa: FBT003
        if says is None and (value is not None or not self.kinds):
            return unknown(
                f"{self.field} {'is not known' if value is None else 'says neither yes nor no'}", value=value
            )
        return met_if(False, "has not opted out", value=value)  # noqa: FBT003 - a verdict that is never met


def _spaced(text: str) -> str:
    """Put one blank around each word, so that a phrase between blanks is a phrase of whole words.

    An accent that is a letter of its own would end a word.
    """
    words = re.findall(r"\w+", unicodedata.normalize("NFC", text.casefold()))
    return f" {' '.join(words)} "


def _yes_or_no(value: Any) -> bool | None:
    """Read true, false, and the texts that say so; None for anything else."""
    if isinstance(value, bool):
        return value
    word = value.strip().casefold() if isinstance(value, str) else ""
    return True if word in _YES else False if word in _NO else None
