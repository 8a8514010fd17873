"""The chains: each record, refusal and erasure, one after the other as they follow each other."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import attrs
import sqlalchemy as sa

from lifecycle.canonical import digest
from lifecycle.erasure import Erasure, read_erasure
from lifecycle.errors import Severity
from lifecycle.history import recheck
from lifecycle.record import Record, Refusal, commitment_of, read_content, read_refusal
from lifecycle.store.checks.covering import Covering
from lifecycle.store.checks.dating import Dating
from lifecycle.store.checks.finding import Finding, raw
from lifecycle.store.checks.rules import Rules
from lifecycle.store.log import ENTRIES
from lifecycle.store.reading import Reading
from lifecycle.store.schema import details, erasures, leaves, pending, refusal_details, subjects
from lifecycle.store.writing import record_columns, refusal_columns
from lifecycle.times import instant, instant_text

__all__ = ["Chain"]

_Entry = Record | Refusal | Erasure


@attrs.frozen(kw_only=True)
class _Kind:
    """What differs between the kinds of entries.

    Attributes:
        read: Reads a content.
        columns: What the columns of the row should say, from the entry, its number and the row before it.
        details: Where the details are; None where there are none.
    """

    read: Callable[[bytes], _Entry]
    columns: Callable[[Any, int, Any], Mapping[str, Any]]
    details: sa.Table | None


def _erasure_columns(entry: Erasure, number: int, _: Any) -> Mapping[str, Any]:
    same = {"action": entry.action.value, "subject": entry.subject, "basis": entry.basis}
    return {"number": entry.number, "previous_number": number - 1 or None, **same}


_KINDS: Final[Mapping[str, _Kind]] = {
    "record": _Kind(
        read=read_content,
        columns=lambda entry, _, before: record_columns(entry, None if before is None else before.at),
        details=details,
    ),
    "refusal": _Kind(
        read=read_refusal, columns=lambda entry, number, _: refusal_columns(entry, number), details=refusal_details
    ),
    "erasure": _Kind(read=read_erasure, columns=_erasure_columns, details=None),
}


class Chain:
    """All chains of one kind.

    Attributes:
        seen: How many entries have been seen.
        sealed: How many of them have a leaf.
        waiting: How many wait to be sealed.
    """

    def __init__(self, reading: Reading, kind: str, rules: Rules) -> None:
        self.seen = self.sealed = self.waiting = 0
        self._reading = reading
        self._kind = kind
        self._rules = rules
        self._at, self._of = ENTRIES[kind], _KINDS[kind]
        self._covering, self._dating = Covering(reading), Dating.of(reading)
        self._before: Any = None

    def findings(self) -> Iterator[Finding]:
        """Walk them from front to back, subject by subject."""
        for row in self._reading.connection.execute(self._query(), execution_options={"yield_per": 1000}):
            if self._before is not None and (row.owner, row.place) == (self._before.owner, self._before.place):
                yield self._finding("not-sealed", row, "waits to be sealed twice")
                continue
            first = self._before is None or row.owner != self._before.owner
            before = None if first else self._before
            try:
                yield from self._row(row, before)
            except Exception as error:  # noqa: BLE001 - an owner can write anything into a row, and it must not end the check
                yield self._finding("unreadable", row, f"cannot be read: {error!r}")
            self._before = row

    def _query(self) -> sa.Select[*tuple[Any, ...]]:
        """Ask for all entries in their order, each with its detail, its lead, its leaf, and whether it waits."""
        at, table = self._at, self._at.table
        owner: sa.ColumnElement[Any] = sa.literal("") if at.subject is None else at.subject
        is_leaf = (leaves.c.kind == self._kind, leaves.c.subject == owner, leaves.c.number == at.number)
        waits = (pending.c.kind == self._kind, pending.c.subject == owner)
        joined = table.outerjoin(leaves, sa.and_(*is_leaf)).outerjoin(
            pending, sa.and_(*waits, at.number.between(pending.c.first, pending.c.last))
        )
        columns = [*(raw(column) for column in table.c), owner.label("owner"), at.number.label("place")]
        columns += [raw(leaves.c.digest).label("leaf"), leaves.c.position, pending.c.entry.label("waits")]
        if self._of.details is not None:
            joined, columns = self._with_personal(joined, columns, self._of.details, owner)
        return sa.select(*columns).select_from(joined).order_by(owner, at.number)

    def _with_personal(self, joined: Any, columns: list[Any], kept: sa.Table, owner: Any) -> tuple[Any, list[Any]]:
        same = sa.and_(kept.c.subject == owner, kept.c[self._at.number.name] == self._at.number)
        gone = sa.select(erasures.c.subject).where(erasures.c.action == "erase").distinct().subquery()
        joined = joined.outerjoin(kept, same).outerjoin(subjects, subjects.c.subject == owner)
        joined = joined.outerjoin(gone, gone.c.subject == owner)
        personal = (raw(kept.c.salt), raw(kept.c.body), subjects.c.lead.label("known"), gone.c.subject.label("gone"))
        return joined, [*columns, *personal]

    # --- One row ---

    def _row(self, row: Any, before: Any) -> Iterator[Finding]:
        self.seen += 1
        self.sealed += row.leaf is not None
        self.waiting += row.waits is not None
        yield from self._sealing(row)
        yield from self._chaining(row, before)
        if self._of.details is not None:
            yield from self._personal(row, before)
        try:
            entry = self._of.read(row.content)
        except ValueError as error:
            yield self._finding("content", row, str(error))
            return
        yield from self._content(row, entry, before)
        if isinstance(entry, Record):
            yield from self._rechecked(row, entry)

    def _sealing(self, row: Any) -> Iterator[Finding]:
        if row.leaf is None and row.waits is None:
            yield self._finding("not-sealed", row, "is not sealed, and does not wait for it")
        if row.leaf is not None and row.leaf != row.digest:
            yield self._finding("leaf", row, f"was sealed as {row.leaf}, and has the digest {row.digest}")
        if row.leaf is not None and row.waits is not None:
            yield self._finding("not-sealed", row, "is sealed, and waits to be sealed again")
        if row.leaf is not None and self._dating.is_early(row.position, row.recorded_at):
            early = self._finding("sealed-early", row, "was sealed before it was written, by the clocks of both")
            yield attrs.evolve(early, severity=Severity.WARNING)

    def _chaining(self, row: Any, before: Any) -> Iterator[Finding]:
        outside = {name: _text(row, name) for name in self._at.outside}
        made = digest(row.format, row.content, _json(outside))
        if made != row.digest:
            yield self._finding("digest", row, f"has the digest {made}, and {row.digest} is written beside it")
        number, last = (0, "") if before is None else (before.place, before.digest)
        if row.place != number + 1:
            yield self._finding("gap", row, f"follows number {number}" if number else "is the first that is there")
        elif row.previous != last:
            yield self._finding(
                "previous", row, f"follows {row.previous or 'nothing'}, and {last or 'nothing'} is there"
            )

    def _content(self, row: Any, entry: _Entry, before: Any) -> Iterator[Finding]:
        same = _json(json.loads(row.content, parse_float=str)) == row.content  # quicker; a float would become a text
        if not same and entry.content != row.content:
            yield self._finding("content", row, "has a content that is not in the canonical form")
        for name, value in self._of.columns(entry, row.place, before).items():
            if getattr(row, name) != value:
                yield self._finding(
                    "column", row, f"has {name} {getattr(row, name)!r} in its row, which should be {value!r}"
                )
        if isinstance(entry, Record) and before is not None:
            yield from self._following(row, entry, before)

    def _following(self, row: Any, record: Record, before: Any) -> Iterator[Finding]:
        if record.source != before.target:
            yield self._finding(
                "illegal-move", row, f"starts in {record.source}, and the lead stood in {before.target}"
            )
        if record.at < instant(before.at):
            yield self._finding("illegal-move", row, "lies before the one before it")

    def _rechecked(self, row: Any, record: Record) -> Iterator[Finding]:
        definition = self._rules.known.get(record.definition_hash)
        if definition is None:
            yield self._finding("recheck", row, f"cannot be re-checked: no text of {record.definition_hash} is kept")
        elif definition.transition(record.trigger, record.source) is None:
            yield self._finding("illegal-move", row, f"moves from {record.source or '(new)'} by {record.trigger}")
        elif not recheck(definition, record):
            yield self._finding("recheck", row, "does not follow from its atoms by the definition that it names")

    def _personal(self, row: Any, before: Any) -> Iterator[Finding]:
        erased = row.known is None or row.body is None
        covered = erased and self._covering.covers(row.owner, self._kind, row.place, row.at)
        if row.body is None and not covered:
            yield self._finding("detail-gone", row, "has no detail, and no erasure or redaction says why")
        if row.body is not None and commitment_of(row.body, row.salt) != row.commitment:
            yield self._finding("detail", row, "has another detail than was committed to")
        if before is None:
            yield from self._lead(row)
        if row.known is None and row.body is not None:
            yield self._finding("erased-is-there", row, "has a detail, and its lead is not known any more")

    def _lead(self, row: Any) -> Iterator[Finding]:
        """Check once for each subject whether the store should still know whose it is."""
        if row.known is None and row.gone is None:
            yield self._finding("lead-gone", row, "is of nobody, and no erasure says why")
        if row.known is not None and row.gone is not None:
            yield self._finding("erased-is-there", row, "is of a lead that was erased, and is still known")

    def _finding(self, code: str, row: Any, words: str) -> Finding:
        whose = row.owner or None
        name = f"{self._kind} {row.place}{'' if whose is None else f' of {whose}'}"
        lead = None if self._of.details is None else row.known
        message = f"{name} {words}"
        return Finding(code=code, message=message, kind=self._kind, subject=whose, number=row.place, lead=lead)


def _text(row: Any, name: str) -> str:
    value = getattr(row, name)
    return instant_text(instant(value)) if name == "recorded_at" else value


def _json(value: object) -> bytes:
    """Write what holds no more than JSON does: nearly always in the canonical form, and several times as fast."""
    return _ENCODER.encode(value).encode("utf-8")


_ENCODER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
