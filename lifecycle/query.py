"""What may be asked of all histories at once: a filter, and pages with a cursor.

The order is that of time: `at`, and what shares an instant by subject and number. It never changes, so that a cursor,
which names a place in it, stays good.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from datetime import datetime
from itertools import islice
from typing import Final, TypeVar

import attrs

from lifecycle.criteria import Outcome
from lifecycle.decision import Kind, Result
from lifecycle.errors import CallerError
from lifecycle.record import Record, Refusal
from lifecycle.times import as_utc, instant, micros

__all__ = ["ANY", "LARGEST", "PAGE", "Cursor", "Filter", "Page", "check_limit", "page_of"]

PAGE: Final = 1000
"""How many entries a page has unless another number is asked for."""

LARGEST: Final = 2**31 - 1
"""The largest number that an entry of a lead can have: what every database counts to."""

_MOST: Final = 2**62
"""The largest limit: beyond it neither databases nor Python count, not even by one more."""

_NO_CURSOR: Final = "this is no cursor: give one that came with a page, as it is"

_Entry = TypeVar("_Entry", Record, Refusal)


def _utc(at: datetime | None) -> datetime | None:
    return None if at is None else as_utc(at)


@attrs.frozen(kw_only=True)
class Filter:
    """Which records or refusals are asked for: those that fit everything that is given.

    Attributes:
        lead: Your id of the lead.
        subject: The name of the lead in the store, which remains when the lead is erased.
        source: The stage that was to be left; `(new)` for what had not entered.
        target: The stage entered; of records only.
        trigger: What was asked of the machine.
        actor: Who asked, as `role:id`, or `system`.
        kind: Automatic, requested or an override.
        definition: The name of the definition.
        version: The version of the definition.
        atom: An atom of the condition that was judged.
        outcome: What that atom was.
        result: What was decided; of refusals only.
        blocker: An atom that stood in the way; of refusals only.
        since: The first instant `at` which it may have been.
        until: The instant before which it was.
        position: Only what had been sealed up to this position of the log.

    Raises:
        NaiveInstantError: an instant has no time zone.
        CallerError: there is an outcome and no atom.
    """

    lead: str | None = None
    subject: str | None = None
    source: str | None = None
    target: str | None = None
    trigger: str | None = None
    actor: str | None = None
    kind: Kind | None = None
    definition: str | None = None
    version: str | None = None
    atom: str | None = None
    outcome: Outcome | None = None
    result: Result | None = None
    blocker: str | None = None
    since: datetime | None = attrs.field(default=None, converter=_utc)
    until: datetime | None = attrs.field(default=None, converter=_utc)
    position: int | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse what nothing could be meant by."""
        if self.outcome is not None and self.atom is None:
            raise CallerError("an outcome is that of an atom: say which atom")

    @classmethod
    def of(cls, where: Filter | str) -> Filter:
        """Take a filter as it is; anything else is your id of a lead."""
        return where if isinstance(where, Filter) else cls(lead=where)

    def check(self, kind: type[Record | Refusal]) -> None:
        """See to it that everything asked for is something that records, or refusals, have.

        Raises:
            CallerError: it is not.
        """
        only_others = ("result", "blocker") if kind is Record else ("target",)
        for name in only_others:
            if getattr(self, name) is not None:
                raise CallerError(f"a {kind.__name__.lower()} has no {name}: leave it out")


ANY: Final = Filter()
"""The filter that everything fits."""


@attrs.frozen
class Cursor:
    """A place in the order of all records, or of all refusals: right after one of them."""

    kind: type[Record | Refusal]
    at: datetime
    subject: str
    number: int

    @classmethod
    def behind(cls, entry: Record | Refusal) -> Cursor:
        """Give the place behind a stored entry."""
        assert entry.envelope is not None, "a stored entry has an envelope"
        return cls(type(entry), entry.at, entry.envelope.subject, _number(entry))

    @classmethod
    def read(cls, kind: type[Record | Refusal], text: str) -> Cursor:
        """Read a cursor that was given back with a page.

        Raises:
            CallerError: it is none, or one of something else.
        """
        try:
            name, at, rest = text.split(".", 2)
            subject, number = rest.rsplit(".", 1)
            found = cls(kind, instant(int(at)), subject, int(number))
        except (ValueError, OverflowError) as error:
            raise CallerError(_NO_CURSOR) from error
        if not (subject.isascii() and subject.isalnum() and 1 <= found.number <= LARGEST):
            raise CallerError(_NO_CURSOR)
        if name != kind.__name__.lower():
            raise CallerError(f"this cursor is none of {kind.__name__.lower()}s")
        return found

    def __str__(self) -> str:
        """Give it as a text that is short enough to be copied; what stands in it is nobody's business but ours."""
        return f"{self.kind.__name__.lower()}.{micros(self.at)}.{self.subject}.{self.number}"


def _number(entry: Record | Refusal) -> int:
    if isinstance(entry, Record):
        return entry.sequence
    assert entry.number is not None, "a stored refusal has a number"
    return entry.number


class Page(tuple[_Entry, ...]):  # noqa: SLOT001 - a tuple cannot have slots of its own
    """Some of what was asked for, in order of time: a tuple that knows where the rest begins.

    `next` is the cursor to ask on with, and None where there is no more.
    """

    next: str | None = None


def check_limit(limit: int | None, *, least: int = 0) -> None:
    """See to it that a limit is one; None is none, and everything is wanted.

    Raises:
        CallerError: it is less than the least, or more than can be counted to.
    """
    if limit is not None and not least <= limit <= _MOST:
        raise CallerError(f"a limit is a whole number from {least} to {_MOST}; for everything there is leave it out")


def page_of(entries: Generator[_Entry], limit: int | None) -> Page[_Entry]:
    """Take a page off a stream of entries, and end the stream.

    Args:
        entries: What was asked for, in order.
        limit: How many at most; None for all.

    Raises:
        CallerError: the limit is no number of entries.
    """
    check_limit(limit, least=1)
    with closing(entries):
        some = list(entries if limit is None else islice(entries, limit + 1))
    made = Page[_Entry](some[:limit])
    if limit is not None and len(some) > limit:
        made.next = str(Cursor.behind(made[-1]))
    return made
