"""Criteria about what sales has learned by talking with the lead.

An answer may be yes, no or not known, and these are three different things: a lead that nobody has asked about its
budget is not a lead without a budget. So a missing answer is UNKNOWN here, never UNMET.
"""

from __future__ import annotations

from typing import Any, Final

from lifecycle import Criterion, Snapshot, Verdict, criterion, hookimpl, met_if, parameters, unknown

__all__ = ["Confirmed", "Known", "lifecycle_criteria"]

_YES: Final = frozenset({"yes", "y", "true"})
_NO: Final = frozenset({"no", "n", "false"})


@criterion("known", version="1", never=["unmet"])
class Known:
    """Sales knows the answer, whatever it is; `no` is an answer as well. Good for a time frame, a size, a budget.

    `ever = true` also counts an answer of an earlier cycle.
    """

    answer: str = parameters.answer()
    ever: bool = False

    def judge(self, known: Snapshot) -> Verdict:
        """Look whether there is an answer."""
        given = known.answer(self.answer, ever=self.ever)
        if given is None:
            return unknown(f"{self.answer} is not known")
        return met_if(True, f"{self.answer} is known", answer=given)  # noqa: FBT003 - a verdict that is always met


@criterion("confirmed", version="1")
class Confirmed:
    """Sales has confirmed it with yes; no is UNMET, and nothing said is UNKNOWN.

    `ever = true` also counts an answer of an earlier cycle.
    """

    answer: str = parameters.answer()
    ever: bool = False

    def judge(self, known: Snapshot) -> Verdict:
        """Read the answer as yes or no."""
        given = known.answer(self.answer, ever=self.ever)
        if given is None:
            return unknown(f"{self.answer} is not known")
        yes = _yes_or_no(given)
        if yes is None:
            return unknown(f"{self.answer} is answered neither yes nor no", answer=given)
        return met_if(yes, f"{self.answer}: {'yes' if yes else 'no'}", answer=given)


def _yes_or_no(given: Any) -> bool | None:
    """Read true, false, and the texts that say so; None for anything else."""
    if isinstance(given, bool):
        return given
    word = given.strip().casefold() if isinstance(given, str) else ""
    return True if word in _YES else False if word in _NO else None


@hookimpl
def lifecycle_criteria() -> list[type[Criterion]]:
    """Offer the criteria of this plugin."""
    return [Confirmed, Known]
