"""Criteria about the value of any profile field."""

from __future__ import annotations

import unicodedata
from decimal import Decimal, InvalidOperation
from typing import Any

from lifecycle import Snapshot, Verdict, criterion, met_if, parameters, unknown
from lifecycle_profile.wildcard import matches

__all__ = ["InRange", "Matches", "OneOf", "Present"]


@criterion("one_of", version="2")
class OneOf:
    """The profile field has one of these values; upper and lower case do not matter."""

    field: str = parameters.profile_field()
    values: tuple[str, ...] = parameters.texts()

    def judge(self, known: Snapshot) -> Verdict:
        """Compare the texts."""
        value = known.profile(self.field)
        if value is None:
            return unknown(f"{self.field} is not known")
        wanted = {_folded(wanted) for wanted in self.values}
        return met_if(_folded(value) in wanted, f"{self.field} is {_text(value)}", value=value)


@criterion("present", version="1", never=["unknown"])
class Present:
    """The profile field is known, whatever its value. Never unknown: that we know nothing is the answer."""

    field: str = parameters.profile_field()

    def judge(self, known: Snapshot) -> Verdict:
        """Look whether there is a value."""
        value = known.profile(self.field)
        return met_if(value is not None, f"{self.field} is {'not known' if value is None else 'known'}")


@criterion("in_range", version="1")
class InRange:
    """The profile field is a number from `minimum` to `maximum`, both included; one of them may be left out.

    A text that says a number is read as one (`"250"`, `"99.5"`); any other text is unknown.
    """

    field: str = parameters.profile_field()
    minimum: int | Decimal | None = parameters.number(default=None)
    maximum: int | Decimal | None = parameters.number(default=None)

    def __attrs_post_init__(self) -> None:
        """Refuse a range without a bound, and one that holds nothing."""
        if self.minimum is None and self.maximum is None:
            raise ValueError("needs a minimum, a maximum or both")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError(f"minimum {self.minimum} is greater than maximum {self.maximum}")

    def judge(self, known: Snapshot) -> Verdict:
        """Read the number and compare it."""
        value = known.profile(self.field)
        if value is None:
            return unknown(f"{self.field} is not known")
        number = _number(value)
        if number is None:
            return unknown(f"{self.field} is not a number: {value!r}", value=value)
        inside = (self.minimum is None or number >= self.minimum) and (self.maximum is None or number <= self.maximum)
        return met_if(inside, f"{self.field} is {value}", value=value)


@criterion("matches", version="2")
class Matches:
    """The profile field fits a pattern in which `*` is any text and `?` one character; case does not matter.

    The whole value has to fit: `*engineer*` finds the word anywhere.
    """

    field: str = parameters.profile_field()
    pattern: str = parameters.glob()

    def judge(self, known: Snapshot) -> Verdict:
        """Match the whole value."""
        value = known.profile(self.field)
        if value is None:
            return unknown(f"{self.field} is not known")
        return met_if(
            matches(_folded(value), unicodedata.normalize("NFC", self.pattern)),
            f"{self.field} is {_text(value)}",
            value=value,
        )


def _text(value: Any) -> str:
    """Write a value as a definition would: true and false are small."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _folded(value: Any) -> str:
    """Leave out what nobody means: case, blanks around it, and whether an accent is a letter of its own."""
    return unicodedata.normalize("NFC", _text(value).strip().casefold())


def _number(value: Any) -> Decimal | None:
    """Read a number exactly; None for what is none, true and false, infinity and not-a-number included."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal, str)):
        return None
    try:
        number = Decimal(value if isinstance(value, (int, Decimal)) else str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
