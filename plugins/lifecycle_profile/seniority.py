"""How senior a job title is, by a published ladder; the words and their sources are in `seniority.toml`.

A title that says nothing certain is UNKNOWN. That is most of the worth of this criterion: a guess would qualify
assistants.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from lifecycle import Snapshot, Verdict, criterion, met_if, parameters, unknown

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["LADDER", "Seniority"]

LADDER: Final = ("contributor", "manager", "head", "director", "vp", "c_level")
"""The rungs, from the bottom."""

_Phrase = tuple[str, ...]


def _lists() -> list[str]:
    return [f"seniority.toml {sha256(_text()).hexdigest()}"]


@criterion("seniority", version="2", lists=_lists)
class Seniority:
    """The job title stands at this rung or higher: contributor, manager, head, director, vp, c_level.

    Unknown where the title does not say it for certain, as in "assistant to the CEO".
    """

    at_least: str = parameters.fixed_text(choices=LADDER)
    field: str = parameters.profile_field(default="title")

    def judge(self, known: Snapshot) -> Verdict:
        """Find the highest rung that the title names."""
        title = known.profile(self.field)
        if title is None:
            return unknown(f"{self.field} is not known")
        rung = _rung(str(title))
        if rung is None:
            return unknown(f"{self.field} does not say how senior: {title!r}", title=title)
        return met_if(LADDER.index(rung) >= LADDER.index(self.at_least), f"{title} is {rung}", title=title, rung=rung)


def _rung(title: str) -> str | None:
    """Give the highest rung named in a title; None where there is none, or where it may be somebody else's."""
    words = _words(title)
    rungs, doubts = _phrases()
    highest = max((rungs[phrase] for phrase in _found(words, rungs)), key=LADDER.index, default=None)
    doubtful = highest != LADDER[0] and _found(words, doubts)
    return None if doubtful else highest


def _found(words: _Phrase, wanted: Collection[_Phrase]) -> list[_Phrase]:
    """Find wanted phrases among the words, the longest first where they overlap."""
    longest = max(map(len, wanted))
    found: list[_Phrase] = []
    at = 0
    while at < len(words):
        sizes = range(min(longest, len(words) - at), 0, -1)
        phrase = next((words[at : at + size] for size in sizes if words[at : at + size] in wanted), None)
        found += [] if phrase is None else [phrase]
        at += 1 if phrase is None else len(phrase)
    return found


def _words(text: str) -> _Phrase:
    """Give the words; an accent that is a letter of its own would end one."""
    return tuple(re.findall(r"\w+", unicodedata.normalize("NFC", text.casefold())))


@cache
def _phrases() -> tuple[dict[_Phrase, str], frozenset[_Phrase]]:
    """Give the rung of each phrase, and the phrases that make a title doubtful."""
    data: dict[str, list[str]] = tomllib.loads(_text().decode())
    rungs = {_words(phrase): rung for rung in LADDER for phrase in data[rung]}
    return rungs, frozenset(map(_words, data["doubtful"]))


@cache
def _text() -> bytes:
    return files("lifecycle_profile").joinpath("seniority.toml").read_bytes()
