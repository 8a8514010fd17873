"""Broken criteria that are wrong in how they are offered, or in how they take their parameters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import attrs

from lifecycle import Lead, Snapshot, Verdict, criterion, met_if, parameters, unknown
from lifecycle.testing import Example
from tests.testing.saboteurs import COUNTER, EXAMPLES, SIZE, caught_by, folded

__all__: list[str] = []


def _made_on_the_spot() -> Callable[[object], bool]:
    def is_five(size: object) -> bool:
        return size == 5

    return is_five


# --- How it is offered -----------------------------------------------------------------------------------------------


@caught_by("loads")
@criterion("Head Count", version="1")
class BadName:
    """Has a name that no definition can spell."""

    field: str = parameters.profile_field(default=SIZE)

    def judge(self, known: Snapshot) -> Verdict:
        size = known.profile(self.field)
        return unknown("not known") if size is None else met_if(size == 5, "five or not")


@caught_by("loads")
@criterion("unequal", version="1")
class Unequal:
    """Is never equal to itself made again."""

    field: str = parameters.profile_field(default=SIZE)
    minimum: Any = attrs.field(default=5, converter=lambda value: [object(), value])

    def judge(self, known: Snapshot) -> Verdict:
        size = known.profile(self.field)
        return (
            unknown("not known") if size is None else met_if(folded(size) == folded(self.minimum[1]), "so many or not")
        )


@caught_by("loads")
@criterion("unmakeable", version="1")
class Unmakeable:
    """Needs a parameter of which nobody knows what it may be."""

    limits: list[int]

    def judge(self, known: Snapshot) -> Verdict:
        return met_if(known.at.year in self.limits, "a year")


@caught_by("signature")
@criterion("boolean", version="1", also_reads=["channel"])
class Promises:  # type: ignore[type-var]  # that is what is wrong
    """Says that it returns something else."""

    def judge(self, known: Snapshot) -> bool:
        told = known.channel
        verdict: Any = unknown("not known") if told is None else met_if(folded(told) == "webinar", "there")
        return verdict  # type: ignore[no-any-return]  # that is what is wrong


@caught_by("signature")
@criterion("asking_more", version="1")
class AskingMore:
    """Takes something that no engine gives."""

    field: str = parameters.profile_field(default=SIZE)

    def judge(self, known: Snapshot, wanted: int = 5) -> Verdict:
        size = known.profile(self.field)
        return unknown("not known") if size is None else met_if(size == wanted, "so many or not")


@caught_by("documented")
@criterion("silent", version="1")
class Silent:
    field: str = parameters.profile_field(default=SIZE)

    def judge(self, known: Snapshot) -> Verdict:
        size = known.profile(self.field)
        return unknown("not known") if size is None else met_if(size == 5, "five or not")


@caught_by("fingerprint")
@criterion("renumbered", version="1", lists=lambda: [f"list {next(COUNTER)}"])
class Renumbered:
    """Has lists that are called something else each time."""

    field: str = parameters.profile_field(default=SIZE)

    def judge(self, known: Snapshot) -> Verdict:
        size = known.profile(self.field)
        return unknown("not known") if size is None else met_if(size == 5, "five or not")


@caught_by("fingerprint")
@criterion("dated", version="1", lists=lambda: [f"list of {datetime.now(UTC).date()}"])
class Dated:
    """Has lists that are called after the day."""

    field: str = parameters.profile_field(default=SIZE)

    def judge(self, known: Snapshot) -> Verdict:
        size = known.profile(self.field)
        return unknown("not known") if size is None else met_if(size == 5, "five or not")


def _nested() -> type:
    @criterion("nested", version="1")
    class Nested:
        """Stands where no other process finds it."""

        field: str = parameters.profile_field(default=SIZE)

        def judge(self, known: Snapshot) -> Verdict:
            size = known.profile(self.field)
            return unknown("not known") if size is None else met_if(size == 5, "five or not")

    return Nested


Nested: Final = caught_by("picklable")(_nested())


@caught_by("picklable")
@criterion("holding", version="1")
class Holding:
    """Keeps a function of its own in a field."""

    field: str = parameters.profile_field(default=SIZE)
    fits: Any = attrs.field(init=False, eq=False, factory=_made_on_the_spot)

    def judge(self, known: Snapshot) -> Verdict:
        size = known.profile(self.field)
        return unknown("not known") if size is None else met_if(self.fits(size), "five or not")


@caught_by("picklable")
@criterion("forgetful", version="1")
class Forgetful:
    """Has a copy that knows nothing of the parameters."""

    minimum: int
    field: str = parameters.profile_field(default=SIZE)

    def __reduce__(self) -> tuple[Callable[[], Any], tuple[()]]:
        return _forgotten, ()

    def judge(self, known: Snapshot) -> Verdict:
        size = known.profile(self.field)
        return unknown("not known") if size is None else met_if(size == self.minimum, "it", amount=self.minimum)


def _forgotten() -> Any:
    forgetful: Any = Forgetful
    return forgetful(minimum=5)


# --- Parameters ------------------------------------------------------------------------------------------------------


@caught_by("config_errors")
@criterion("tripping", version="1")
class Tripping:
    """Trips over a parameter that is too short."""

    word: str
    field: str = parameters.profile_field(default="industry")

    def __attrs_post_init__(self) -> None:
        self.word[2].upper()

    def judge(self, known: Snapshot) -> Verdict:
        told = known.profile(self.field)
        return unknown("not known") if told is None else met_if(folded(told) == folded(self.word), "the word or not")


@caught_by("config_errors")
@criterion("careless_reader", version="1")
class CarelessReader:
    """Reads a parameter as if nobody could write anything but a text."""

    word: str = attrs.field(converter=lambda word: word.strip().casefold())
    field: str = parameters.profile_field(default="industry")

    def judge(self, known: Snapshot) -> Verdict:
        told = known.profile(self.field)
        return unknown("not known") if told is None else met_if(folded(told) == folded(self.word), "the word or not")


@caught_by("config_errors")
@criterion("wordless", version="1")
class Wordless:
    """Refuses a parameter without saying which."""

    minimum: int
    field: str = parameters.profile_field(default=SIZE)

    def __attrs_post_init__(self) -> None:
        if self.minimum < 0:
            raise ValueError("no")

    def judge(self, known: Snapshot) -> Verdict:
        size = known.profile(self.field)
        return unknown("not known") if size is None else met_if(size == self.minimum, "so many or not")


@caught_by("config_errors")
@criterion("trusting", version="1")
class Trusting:
    """Takes anything for a list of numbers, and breaks over it when a lead is judged."""

    limits: list[int]
    field: str = parameters.profile_field(default=SIZE)

    def judge(self, known: Snapshot) -> Verdict:
        size, most = known.profile(self.field), max(self.limits) + 1
        return unknown("not known") if size is None else met_if(size == most, "so many or not")


EXAMPLES[Trusting] = [
    Example(outcome="met", lead=Lead("1").profile(employees=6), parameters={"limits": [1, 5]}),
    Example(outcome="unmet", lead=Lead("1").profile(employees=7), parameters={"limits": [1, 5]}),
]
