"""More broken criteria: those that judge well at first sight, and are wrong about facts, time, meaning or privacy."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Final

from lifecycle import Snapshot, Verdict, criterion, met_if, parameters, unknown
from tests.testing.saboteurs import caught_by

__all__: list[str] = []

_WEEK: Final = timedelta(days=7)
_FREE: Final = frozenset({"gmail.com", "mailinator.com"})


# --- Reads -----------------------------------------------------------------------------------------------------------


@caught_by("honest_reads")
@criterion("glancing", version="1")
class Glancing:
    """Looks at the country too, and does not declare it."""

    field: str = parameters.profile_field(default="employees")

    def judge(self, known: Snapshot) -> Verdict:
        size = known.profile(self.field)
        if size is None:
            return unknown("not known")
        return met_if(size == 5 and known.profile("country") != "Atlantis", "five, and not there")


@caught_by("honest_reads")
@criterion("standing", version="1")
class Standing:
    """Looks at the stage too, and does not declare the journey."""

    field: str = parameters.profile_field(default="employees")

    def judge(self, known: Snapshot) -> Verdict:
        size = known.profile(self.field)
        if size is None:
            return unknown("not known")
        return met_if(size == 5 and known.journey.stage != "recycled", "five, and not there")


@caught_by("honest_reads")
@criterion("counting_all", version="1", never=["unknown"])
class CountingAll:
    """Counts all that was done, and declares some of it."""

    kinds: tuple[str, ...] = parameters.kinds()

    def judge(self, known: Snapshot) -> Verdict:
        count = sum(1 for _ in known.activities())
        return met_if(count >= 2, f"{count} times")


@caught_by("honest_reads")
@criterion("peeking", version="1", never=["unknown"])
class Peeking:
    """Looks behind the snapshot, where the future can be seen."""

    kinds: tuple[str, ...] = parameters.kinds()

    def judge(self, known: Snapshot) -> Verdict:
        lead = known._lead  # pyright: ignore[reportPrivateUsage] - that is what is wrong
        return met_if(known.activities(self.kinds).count >= 2 and lead.id, "twice or not")


@caught_by("missing_is_unknown")
@criterion("guessing", version="1")
class Guessing:
    """Takes a size that is not known for a small one."""

    minimum: int
    field: str = parameters.profile_field(default="employees")

    def judge(self, known: Snapshot) -> Verdict:
        size = known.profile(self.field)
        return met_if(isinstance(size, int) and size >= self.minimum, f"{size} employees")


@caught_by("missing_is_unknown")
@criterion("inventing", version="1")
class Inventing:
    """Takes an answer that nobody gave for yes."""

    answer: str = parameters.answer(default="budget")

    def judge(self, known: Snapshot) -> Verdict:
        return met_if(known.answer(self.answer) in {None, True}, "yes or not")


# --- Time ------------------------------------------------------------------------------------------------------------


@caught_by("holds_until")
@criterion("lasting", version="1", never=["unknown"])
class Lasting:
    """Forgets that a window moves."""

    kinds: tuple[str, ...] = parameters.kinds()
    within: timedelta = parameters.duration()

    def judge(self, known: Snapshot) -> Verdict:
        count = known.activities(self.kinds, within=self.within).count
        return met_if(count >= 1, f"{count} times")


@caught_by("holds_until")
@criterion("late", version="1", never=["unknown"])
class Late:
    """Looks again an instant too late."""

    kinds: tuple[str, ...] = parameters.kinds()
    within: timedelta = parameters.duration()

    def judge(self, known: Snapshot) -> Verdict:
        done = known.activities(self.kinds, within=self.within)
        until = None if done.until is None else done.until + timedelta(microseconds=1)
        return met_if(done.count >= 1, f"{done.count} times", until=until)


@caught_by("holds_until")
@criterion("adding_up", version="1")
class AddingUp:
    """Forgets that a window moves, where only a property that its code names can show it."""

    kinds: tuple[str, ...] = parameters.kinds()
    within: timedelta = parameters.duration()

    def judge(self, known: Snapshot) -> Verdict:
        try:
            spent = known.activities(self.kinds, within=self.within).total("minutes")
        except TypeError as error:
            return unknown(str(error), until=known.activities(self.kinds, within=self.within).until)
        return met_if(spent >= 1, f"{spent} minutes")


@caught_by("holds_until")
@criterion("weekly", version="1", never=["unknown"])
class Weekly:
    """Has a duration that no parameter shows, and says nothing of it."""

    kinds: tuple[str, ...] = parameters.kinds()

    def judge(self, known: Snapshot) -> Verdict:
        last = known.activities(self.kinds).last
        return met_if(last is not None and known.at - last.at < _WEEK, "this week or not")


@caught_by("holds_until")
@criterion("office_hours", version="1")
class OfficeHours:
    """Is met in office hours, and says that it always is."""

    def judge(self, known: Snapshot) -> Verdict:
        return met_if(9 <= known.at.hour < 17, "office hours or not")


@caught_by("holds_until")
@criterion("ageing", version="1", never=["unknown"])
class Ageing:
    """Has an amount that grows by waiting, and says nothing of it."""

    kinds: tuple[str, ...] = parameters.kinds()

    def judge(self, known: Snapshot) -> Verdict:
        last = known.activities(self.kinds).last
        days = 0 if last is None else (known.at - last.at).days
        return met_if(last is not None, "once or not", amount=days)


@caught_by("cycles")
@criterion("unforgetting", version="1", never=["unknown"])
class Unforgetting:
    """Counts what was done in earlier cycles, and offers no parameter to say so."""

    kinds: tuple[str, ...] = parameters.kinds()

    def judge(self, known: Snapshot) -> Verdict:
        count = known.activities(self.kinds, ever=True).count
        return met_if(count >= 2, f"{count} times")


@caught_by("cycles")
@criterion("deaf", version="1")
class Deaf:
    """Has the parameter `ever` and does not heed it."""

    answer: str = parameters.answer(default="budget")
    ever: bool = False

    def judge(self, known: Snapshot) -> Verdict:
        given = known.answer(self.answer)
        return unknown("not known") if given is None else met_if(given is True, "yes or not")


# --- Meaning ---------------------------------------------------------------------------------------------------------


@caught_by("same_meaning")
@criterion("case_sensitive", version="1")
class CaseSensitive:
    """Does not know GMAIL.com."""

    field: str = parameters.profile_field(default="email")

    def judge(self, known: Snapshot) -> Verdict:
        told = known.profile(self.field)
        if told is None:
            return unknown("not known")
        return met_if(str(told).strip().rpartition("@")[2] in _FREE, "free mail or not")


@caught_by("same_meaning")
@criterion("space_sensitive", version="1")
class SpaceSensitive:
    """Compares the blanks around a word."""

    word: str
    field: str = parameters.profile_field(default="industry")

    def judge(self, known: Snapshot) -> Verdict:
        told = known.profile(self.field)
        if told is None:
            return unknown("not known")
        return met_if(str(told).casefold() == self.word.casefold(), "the word or not")


@caught_by("same_meaning")
@criterion("tag_sensitive", version="1")
class TagSensitive:
    """Does not know info+news@."""

    field: str = parameters.profile_field(default="email")

    def judge(self, known: Snapshot) -> Verdict:
        told = known.profile(self.field)
        if told is None:
            return unknown("not known")
        return met_if(str(told).strip().casefold().startswith("info@"), "a role account or not")


@caught_by("same_meaning")
@criterion("letter_sensitive", version="1")
class LetterSensitive:
    """Does not know the ASCII form of a domain."""

    domain: str = parameters.fixed_text(choices=["bücher.example"])
    field: str = parameters.profile_field(default="email")

    def judge(self, known: Snapshot) -> Verdict:
        told = known.profile(self.field)
        if told is None:
            return unknown("not known")
        return met_if(str(told).strip().casefold().endswith(f"@{self.domain}"), "of this domain or not")


@caught_by("same_meaning")
@criterion("shouting", version="1", also_reads=["channel"])
class Shouting:
    """Compares the case of a channel."""

    def judge(self, known: Snapshot) -> Verdict:
        return unknown("not known") if known.channel is None else met_if(known.channel.strip() == "webinar", "there")


@caught_by("same_meaning")
@criterion("accent_sensitive", version="1")
class AccentSensitive:
    """Compares letters, and does not know that an accent may be one of its own."""

    words: tuple[str, ...] = parameters.texts()
    field: str = parameters.profile_field(default="industry")

    def judge(self, known: Snapshot) -> Verdict:
        told = known.profile(self.field)
        if told is None:
            return unknown("not known")
        return met_if(str(told).strip().casefold() in {word.strip().casefold() for word in self.words}, "one or none")


@caught_by("monotone")
@criterion("enough", version="1", never=["unknown"], monotone=True)
class Enough:
    """Finds more than 400 times suspicious, and declares that more is never less."""

    kinds: tuple[str, ...] = parameters.kinds()
    at_least: int = parameters.whole(minimum=1)

    def judge(self, known: Snapshot) -> Verdict:
        count = known.activities(self.kinds).count
        return met_if(self.at_least <= count <= 400, f"{count} times", amount=count)


@caught_by("monotone")
@criterion("small_enough", version="1", monotone=True)
class SmallEnough:
    """Finds a firm too large, and declares that more is never less."""

    minimum: int
    field: str = parameters.profile_field(default="employees")

    def judge(self, known: Snapshot) -> Verdict:
        size = known.profile(self.field)
        if type(size) is not int:
            return unknown("not known")
        return met_if(self.minimum <= size < 900_000, f"{size} employees")


# --- Evidence and speed ----------------------------------------------------------------------------------------------


@caught_by("evidence")
@criterion("keeping_a_set", version="1", never=["unknown"])
class KeepingASet:
    """Gives a set as evidence, which JSON does not have."""

    kinds: tuple[str, ...] = parameters.kinds()

    def judge(self, known: Snapshot) -> Verdict:
        done = known.activities(self.kinds)
        return met_if(done.count >= 2, f"{done.count} times", kinds={activity.kind for activity in done})


@caught_by("evidence")
@criterion("keeping_an_instant", version="1", never=["unknown"])
class KeepingAnInstant:
    """Gives an instant as evidence, which JSON does not have."""

    kinds: tuple[str, ...] = parameters.kinds()

    def judge(self, known: Snapshot) -> Verdict:
        last = known.activities(self.kinds).last
        return met_if(last is not None, "once or not", at=None if last is None else last.at)


@caught_by("evidence")
@criterion("numbering_the_kinds", version="1", never=["unknown"])
class NumberingTheKinds:
    """Gives evidence under numbers, where JSON has texts."""

    kinds: tuple[str, ...] = parameters.kinds()

    def judge(self, known: Snapshot) -> Verdict:
        done = known.activities(self.kinds)
        return met_if(done.count >= 2, f"{done.count} times", kinds=dict(enumerate(self.kinds)))


@caught_by("evidence")
@criterion("dividing", version="1", never=["unknown"])
class Dividing:
    """Gives a share of nothing as evidence, which is no number in JSON."""

    kinds: tuple[str, ...] = parameters.kinds()

    def judge(self, known: Snapshot) -> Verdict:
        count = known.activities(self.kinds).count
        return met_if(count >= 2, f"{count} times", share=1 / count if count else math.inf)


@caught_by("evidence")
@criterion("leaking", version="1", never=["unknown"])
class Leaking:
    """Copies all that is known of an activity into the evidence."""

    kinds: tuple[str, ...] = parameters.kinds()

    def judge(self, known: Snapshot) -> Verdict:
        last = known.activities(self.kinds).last
        return met_if(last is not None, "once or not", last={} if last is None else dict(last.properties))


@caught_by("evidence")
@criterion("talkative", version="1", never=["unknown"])
class Talkative:
    """Says all that is known of an activity."""

    kinds: tuple[str, ...] = parameters.kinds()

    def judge(self, known: Snapshot) -> Verdict:
        last = known.activities(self.kinds).last
        return met_if(last is not None, "nothing" if last is None else f"{last.kind}: {dict(last.properties)}")


@caught_by("budget")
@criterion("slow", version="1", never=["unknown"])
class Slow:
    """Walks through a long past again and again."""

    kinds: tuple[str, ...] = parameters.kinds()

    def judge(self, known: Snapshot) -> Verdict:
        done = list(known.activities(self.kinds))
        count = max((sum(1 for _ in done) for _ in done[:600]), default=0)
        return met_if(count >= 2, f"{count} times")
