"""Badges: their colours say who somebody is."""

from __future__ import annotations

from unicodedata import normalize

from lifecycle import Snapshot, Verdict, criterion, met_if, parameters, unknown

__all__ = ["Badge"]


@criterion("badge", version="3")
class Badge:
    """The badge is of one of these colours, however they are spelled."""

    colours: tuple[str, ...] = parameters.texts()
    field: str = parameters.profile_field(default="badge_colour")

    def judge(self, known: Snapshot) -> Verdict:
        """Compare the colour that was scanned."""
        colour = known.profile(self.field)
        if not isinstance(colour, str) or not colour.strip():
            return unknown("nobody has scanned the badge")
        wanted = {_plain(one) for one in self.colours}
        return met_if(_plain(colour) in wanted, f"a {colour} badge", colour=colour)


def _plain(text: str) -> str:
    return normalize("NFC", text.strip().casefold())
