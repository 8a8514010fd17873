"""Criteria about the channel in which a lead was gathered."""

from __future__ import annotations

import unicodedata

from lifecycle import Criterion, Snapshot, Verdict, criterion, hookimpl, met_if, parameters, unknown

__all__ = ["OneOf", "lifecycle_criteria"]


@criterion("one_of", version="2", also_reads=["channel"])
class OneOf:
    """The lead was gathered in one of these channels; upper and lower case do not matter."""

    channels: tuple[str, ...] = parameters.texts()

    def judge(self, known: Snapshot) -> Verdict:
        """Compare the first channel reported, which stays the lead's channel."""
        channel = known.channel
        if channel is None:
            return unknown("the channel is not known")
        found = _folded(channel) in {_folded(name) for name in self.channels}
        return met_if(found, f"gathered in {channel}", channel=channel)


def _folded(name: str) -> str:
    """Leave out what nobody means: case, blanks around it, and whether an accent is a letter of its own."""
    return unicodedata.normalize("NFC", name.strip().casefold())


@hookimpl
def lifecycle_criteria() -> list[type[Criterion]]:
    """Offer the criteria of this plugin."""
    return [OneOf]
