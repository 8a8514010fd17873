"""What a check is: a name, what it asks and why, what to do when it fails, and a function that asks it."""

from __future__ import annotations

import enum
from collections.abc import Callable

import attrs

from lifecycle.testing.searching import Effort
from lifecycle.testing.subject import Subject

__all__ = ["Check", "Tier"]


class Tier(enum.Enum):
    """How much a check asks for; whoever passes all checks of a tier, and of those before, has reached it."""

    BRONZE = "bronze"
    """It can be used."""
    SILVER = "silver"
    """It keeps the rules on which the engine relies."""
    GOLD = "gold"
    """It is as good as the first-party ones."""


@attrs.frozen(kw_only=True)
class Check:
    """One thing that is asked of every criterion.

    Attributes:
        name: What results and expected failures call it.
        tier: How much it asks for.
        asks: What it asks, as a sentence.
        why: What goes wrong for whoever uses a criterion that fails it.
        fix: What its author does about it.
        run: Asks it, and gives how many cases were tried; raises `BrokenError` or `NotAsked`.
    """

    name: str
    tier: Tier
    asks: str
    why: str
    fix: str
    run: Callable[[Subject, Effort], int] = attrs.field(repr=False, eq=False)
