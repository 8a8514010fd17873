"""Which personal data may be missing: what an erasure or a redaction says that it deleted."""

from __future__ import annotations

from typing import Any

import attrs
import sqlalchemy as sa

from lifecycle.erasure import Action, Erasure, read_erasure
from lifecycle.store.checks.finding import raw
from lifecycle.store.instants import instant
from lifecycle.store.reading import Reading
from lifecycle.store.schema import erasures

__all__ = ["Covering"]

_UNKNOWN = object()


@attrs.define
class Covering:
    """What the store says it has deleted. The entries of one subject are looked up when it is asked for."""

    _reading: Reading
    _subject: object = _UNKNOWN
    _own: list[Erasure] = attrs.field(factory=list[Erasure])
    _redactions: list[Erasure] | None = None

    def covers(self, subject: str, kind: str, number: int, at: int) -> bool:
        """Say whether the detail of a record or refusal may be missing.

        Args:
            subject: Whose it is.
            kind: `record` or `refusal`.
            number: Which.
            at: When it was true, in microseconds.
        """
        own = self._of(subject)
        for one in own:
            within = one.records if kind == "record" else one.refusals
            if one.action is Action.ERASE and within is not None and within[0] <= number <= within[1]:
                return True
        return any(
            one.before is not None and instant(at) < one.before and not _held(own, one.number)
            for one in self._all_redactions()
        )

    def _of(self, subject: str) -> list[Erasure]:
        if subject != self._subject:
            self._subject, self._own = subject, self._read(erasures.c.subject == subject)
        return self._own

    def _all_redactions(self) -> list[Erasure]:
        if self._redactions is None:
            self._redactions = self._read(erasures.c.action == "redact")
        return self._redactions

    def _read(self, which: sa.ColumnElement[bool]) -> list[Erasure]:
        query = sa.select(raw(erasures.c.content)).where(which).order_by(erasures.c.number)
        found = (_entry(row.content) for row in self._reading.connection.execute(query).all())
        return [one for one in found if one is not None]


def _entry(content: Any) -> Erasure | None:
    """Read an entry; one that cannot be read covers nothing, and its chain says so."""
    try:
        return read_erasure(content)
    except (TypeError, ValueError):
        return None


def _held(own: list[Erasure], number: int) -> bool:
    """Say whether a hold protected the subject when the entry of this number was written."""
    bases = set[str]()
    for one in own:
        if one.number < number and one.action in {Action.HOLD, Action.RELEASE}:
            (bases.add if one.action is Action.HOLD else bases.discard)(one.basis)
    return bool(bases)
