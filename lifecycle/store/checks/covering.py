"""Which personal data may be missing: what an erasure or a redaction says that it deleted."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import Any, Final

import attrs
import sqlalchemy as sa

from lifecycle.erasure import Action, Erasure, read_erasure
from lifecycle.store.checks.finding import raw
from lifecycle.store.reading import Reading
from lifecycle.store.schema import erasures
from lifecycle.times import micros

__all__ = ["NEVER", "Covering", "Redactions"]

NEVER: Final = -(2**63)
"""Earlier than any instant that a column can hold."""

_UNKNOWN = object()


@attrs.define
class Covering:
    """What the store says it has deleted. The entries of one subject are looked up when it is asked for.

    A store may have thousands of redactions, and each may have taken a million details. So what they cover is brought
    into a list once, in which each row is looked up.
    """

    _reading: Reading
    _subject: object = _UNKNOWN
    _own: list[Erasure] = attrs.field(factory=list[Erasure])
    _until: int = NEVER
    _redactions: Redactions | None = None

    def covers(self, subject: str, kind: str, number: int, at: int) -> bool:
        """Say whether the detail of a record or refusal may be missing.

        Args:
            subject: Whose it is.
            kind: `record` or `refusal`.
            number: Which.
            at: When it was true, in microseconds.
        """
        for one in self._of(subject):
            within = one.records if kind == "record" else one.refusals
            if one.action is Action.ERASE and within is not None and within[0] <= number <= within[1]:
                return True
        return at < self._until

    def _of(self, subject: str) -> list[Erasure]:
        if subject != self._subject:
            self._subject, self._own = subject, self._read(erasures.c.subject == subject)
            self._until = self._all_redactions().until(self._own)
        return self._own

    def _all_redactions(self) -> Redactions:
        if self._redactions is None:
            self._redactions = Redactions(self._read(erasures.c.action == "redact"))
        return self._redactions

    def _read(self, which: sa.ColumnElement[bool]) -> list[Erasure]:
        query = sa.select(raw(erasures.c.content)).where(which).order_by(erasures.c.number)
        found = (_entry(row.content) for row in self._reading.connection.execute(query).all())
        return [one for one in found if one is not None]


class Redactions:
    """All redactions of a store."""

    def __init__(self, redactions: Iterable[Erasure]) -> None:
        found = sorted((one.number, micros(one.before)) for one in redactions if one.before is not None)
        self._numbers = [number for number, _ in found]
        self._befores = [before for _, before in found]
        self._greatest = max(self._befores, default=NEVER)

    def until(self, own: Iterable[Erasure]) -> int:
        """Give the instant before which details of a subject were redacted, in microseconds.

        Redactions of before different instants reach as far as the latest of them. One that was written while a hold
        protected the subject took nothing of it.

        Args:
            own: What else was done to the subject, by number.
        """
        holds = [one for one in own if one.action in {Action.HOLD, Action.RELEASE}]
        if not holds:
            return self._greatest
        latest, since, bases = NEVER, 0, set[str]()
        for one in sorted(holds, key=lambda one: one.number):
            latest = latest if bases else max(latest, self._latest(since, one.number))
            (bases.add if one.action is Action.HOLD else bases.discard)(one.basis)
            since = one.number
        return latest if bases else max(latest, self._latest(since, None))

    def _latest(self, after: int, until: int | None) -> int:
        """Give the latest instant of the redactions whose numbers lie between two others."""
        first = bisect_right(self._numbers, after)
        last = len(self._numbers) if until is None else bisect_right(self._numbers, until)
        return max(self._befores[first:last], default=NEVER)


def _entry(content: Any) -> Erasure | None:
    """Read an entry; one that cannot be read covers nothing, and its chain says so."""
    try:
        found = read_erasure(content)
    except (TypeError, ValueError):
        return None
    return found if type(found.number) is int else None  # what is read is what somebody wrote
