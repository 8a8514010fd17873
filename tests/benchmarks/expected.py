"""What the generated logs come to: asserted in each run, so that no figure is ever that of a wrong result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["EXPECTED", "LONG_LEAD"]

EXPECTED: Final[Mapping[tuple[str, int], int]] = {
    ("sparse", 2_000): 43,
    ("dense", 2_000): 277,
    ("sparse", 10_000): 165,
    ("dense", 10_000): 1_458,
    ("sparse", 100_000): 1_943,
    ("dense", 100_000): 14_082,
    ("sparse", 1_000_000): 19_630,
    ("dense", 1_000_000): 140_042,
}
"""By shape and size: how many records. Their digest names the plugins' code, so it only compares programs."""

LONG_LEAD: Final = 2
"""A lead that is judged all the time enters and, at its very end, qualifies."""
