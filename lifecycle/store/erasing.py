"""Erasing a person, holding and releasing, and the retention of details.

What may be personal stands in `subjects`, `details`, `refusal_details` and `commands`, and is deleted from there;
records and refusals stay, and so do all counts and chains. Each act leaves an entry in `erasures`, in one transaction.

Acts take turns, so that none misses a hold that is just being written. Against writers an erasure is guarded by the
tables: what is personal refers to the lead's row in `subjects`. A writer who was first keeps that row from going, so
that its rows are there to be deleted; one who comes later finds the row gone, and is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import attrs
import sqlalchemy as sa

from lifecycle.erasure import Action, Erasure, enclose, read_erasure
from lifecycle.errors import HeldError, NotHeldError, UnknownLeadError
from lifecycle.store.entries import erasure_of, select_erasures
from lifecycle.store.reading import Reading
from lifecycle.store.schema import commands, details, erasures, pending, records, refusal_details, refusals, subjects
from lifecycle.store.writing import Transaction
from lifecycle.times import instant, micros

__all__ = ["Done", "Held", "erase", "erasures_of", "foresee", "hold", "holds", "holds_of", "redact", "release"]

_PERSONAL: Final = {"details": details, "refusal_details": refusal_details, "commands": commands}
"""What is deleted of a lead beside its row in `subjects`, by the names of the counts."""


@attrs.frozen(kw_only=True)
class Done:
    """What came of an act.

    Attributes:
        erasure: The entry that was written.
        remains: Where the files of the database may still hold what was deleted, and until when; None where this
            library has left it nowhere.
    """

    erasure: Erasure
    remains: str | None


@attrs.frozen(kw_only=True)
class Held:
    """A hold that has not been released.

    Attributes:
        lead: Your id of the lead; None where only the subject is known.
        subject: The name under which the store knows it.
        basis: The code of why, by which it is released.
        since: When it was written.
        actor: `role:id` of who did it.
    """

    lead: str | None
    subject: str
    basis: str
    since: datetime
    actor: str


def erase(transaction: Transaction, lead: str, *, basis: str, actor: str, now: datetime) -> Erasure:
    """Delete your id of a lead, and everything personal of it; a second time the lead is not known.

    Raises:
        UnknownLeadError: the store does not know the lead.
        HeldError: the lead is held.
        ValueError: the basis is no code, or the actor is not `role:id`.
    """
    _take_turn(transaction)
    query = sa.select(subjects.c.subject).where(subjects.c.lead == lead)
    subject = transaction.connection.scalar(query.with_for_update())  # waits for writers that hold the row
    return _erase(transaction, _free(transaction, lead, subject), basis=basis, actor=actor, now=now)


def foresee(reading: Reading, lead: str, *, basis: str, actor: str, now: datetime) -> Erasure:
    """Give the entry that an erasure would leave, with what it would delete; nothing is written.

    Raises:
        UnknownLeadError: the store does not know the lead.
        HeldError: the lead is held.
        ValueError: the basis is no code, or the actor is not `role:id`.
    """
    subject = _free(reading, lead, reading.subject_of(lead))
    counts = {
        name: reading.connection.scalar(sa.select(sa.func.count()).where(table.c.subject == subject)) or 0
        for name, table in _PERSONAL.items()
    }
    last = reading.connection.scalar(sa.select(sa.func.max(erasures.c.number))) or 0
    return Erasure(
        number=last + 1,
        action=Action.ERASE,
        subject=subject,
        basis=basis,
        actor=actor,
        at=now,
        counts=counts,
        **_what_stays(reading, subject),
    )


def hold(transaction: Transaction, lead: str, *, basis: str, actor: str, now: datetime) -> Erasure:
    """Have a lead's data kept: until this hold is released nothing of it is erased or redacted.

    Several holds of different bases stand side by side.

    Raises:
        UnknownLeadError: the store does not know the lead.
        HeldError: it is held on this basis already.
        ValueError: the basis is no code, or the actor is not `role:id`.
    """
    _take_turn(transaction)
    subject = _known(transaction, lead)
    found = holds_of(transaction, subject)
    if basis in found:
        raise HeldError(holds={basis: found[basis]}, lead=lead)
    return _write(transaction, Action.HOLD, subject=subject, basis=basis, actor=actor, at=now)


def release(transaction: Transaction, lead: str, *, basis: str, actor: str, now: datetime) -> Erasure:
    """End the hold of this basis; holds of other bases go on.

    Raises:
        UnknownLeadError: the store does not know the lead.
        NotHeldError: it is not held on this basis.
        ValueError: the actor is not `role:id`.
    """
    _take_turn(transaction)
    subject = _known(transaction, lead)
    found = holds_of(transaction, subject)
    if basis not in found:
        raise NotHeldError(holds=found, lead=lead)
    return _write(transaction, Action.RELEASE, subject=subject, basis=basis, actor=actor, at=now)


def redact(transaction: Transaction, before: datetime, *, basis: str, actor: str, now: datetime) -> Erasure:
    """Delete the details of what was decided before an instant, of all leads that are not held.

    Raises:
        ValueError: the instant lies in the future, the basis is no code, or the actor is not `role:id`.
    """
    if before > now:
        message = f"{before.isoformat()} lies in the future: what is still to be decided cannot be redacted"
        raise ValueError(message)
    _take_turn(transaction)
    held = sa.select(_held().subquery().c.subject)
    old = [(name, _PERSONAL[name], is_old) for name, is_old in _older(micros(before)).items()]
    spared = sa.union(
        *(sa.select(table.c.subject).where(is_old, table.c.subject.in_(held)) for _, table, is_old in old)
    )
    query = sa.select(sa.func.count()).select_from(spared.subquery())
    counts = {"held": transaction.connection.execute(query).scalar_one()}
    for name, table, is_old in old:
        counts[name] = _delete(transaction, table, sa.and_(is_old, table.c.subject.not_in(held)))
    return _write(transaction, Action.REDACT, basis=basis, actor=actor, at=now, before=before, counts=counts)


def erasures_of(reading: Reading) -> Iterator[Erasure]:
    """Walk everything that was done to personal data, in its order."""
    query = select_erasures().order_by(erasures.c.number)
    for row in reading.connection.execute(query, execution_options={"yield_per": 1000}):
        yield erasure_of(row)


def holds(reading: Reading) -> tuple[Held, ...]:
    """Give the holds that have not been released, in the order in which they were made."""
    query = _held().add_columns(subjects.c.lead).outerjoin(subjects, subjects.c.subject == erasures.c.subject)
    return tuple(
        Held(
            lead=row.lead,
            subject=row.subject,
            basis=row.basis,
            since=instant(row.recorded_at),
            actor=read_erasure(row.content).actor,
        )
        for row in reading.connection.execute(query.order_by(erasures.c.number))
    )


def holds_of(reading: Reading, subject: str) -> Mapping[str, datetime]:
    """Give the bases on which a lead is held, each with since when."""
    rows = reading.connection.execute(_held().where(erasures.c.subject == subject).order_by(erasures.c.number))
    return {row.basis: instant(row.recorded_at) for row in rows}


# --- Inside ----------------------------------------------------------------------------------------------------------


def _take_turn(transaction: Transaction) -> None:
    transaction.location.database.lock(transaction.connection, f"erase {transaction.settings.origin}")


def _free(reading: Reading, lead: str, subject: str | None) -> str:
    if subject is None:
        raise UnknownLeadError(lead=lead)
    found = holds_of(reading, subject)
    if found:
        raise HeldError(holds=found, lead=lead)
    return subject


def _known(transaction: Transaction, lead: str) -> str:
    subject = transaction.subject_of(lead)
    if subject is None:
        raise UnknownLeadError(lead=lead)
    return subject


def _held() -> sa.Select[*tuple[Any, ...]]:
    """Give the holds that have not been released since."""
    released = erasures.alias("released")
    same = (released.c.subject == erasures.c.subject, released.c.basis == erasures.c.basis)
    later = sa.exists().where(*same, released.c.action == Action.RELEASE.value, released.c.number > erasures.c.number)
    return sa.select(erasures).where(erasures.c.action == Action.HOLD.value, ~later)


def _erase(transaction: Transaction, subject: str, *, basis: str, actor: str, now: datetime) -> Erasure:
    counts = {
        name: _delete(transaction, table, table.c.subject == subject) for name, table in _PERSONAL.items()
    }  # first what refers to the row that goes last
    _delete(transaction, subjects, subjects.c.subject == subject)
    return _write(
        transaction,
        Action.ERASE,
        subject=subject,
        basis=basis,
        actor=actor,
        at=now,
        counts=counts,
        **_what_stays(transaction, subject),
    )


def _what_stays(reading: Reading, subject: str) -> dict[str, Any]:
    return {
        "records": _range(reading, records.c.sequence, records.c.subject == subject),
        "refusals": _range(reading, refusals.c.number, refusals.c.subject == subject),
    }


def _delete(transaction: Transaction, table: sa.Table, which: sa.ColumnElement[bool]) -> int:
    return transaction.connection.execute(table.delete().where(which)).rowcount


def _older(before: int) -> Mapping[str, sa.ColumnElement[bool]]:
    """Say of the tables of details which rows are about what was decided before an instant."""
    same_record = (records.c.subject == details.c.subject, records.c.sequence == details.c.sequence)
    same_refusal = (refusals.c.subject == refusal_details.c.subject, refusals.c.number == refusal_details.c.number)
    return {
        "details": sa.exists().where(*same_record, records.c.at < before),
        "refusal_details": sa.exists().where(*same_refusal, refusals.c.at < before),
    }


def _range(reading: Reading, number: sa.Column[int], which: sa.ColumnElement[bool]) -> tuple[int, int] | None:
    query = sa.select(sa.func.min(number), sa.func.max(number), sa.func.count()).where(which)
    first, last, count = reading.connection.execute(query).one()
    return (first, last) if count else None


def _write(transaction: Transaction, action: Action, **what: Any) -> Erasure:
    """Append an entry to the chain, and have it sealed."""
    query = sa.select(erasures.c.number, erasures.c.digest).order_by(erasures.c.number.desc()).limit(1)
    last = transaction.connection.execute(query).first()
    number, previous = (1, "") if last is None else (last.number + 1, last.digest)
    entry = enclose(Erasure(number=number, action=action, **what), recorded_at=what["at"], previous=previous)
    transaction.connection.execute(erasures.insert(), _row(entry))
    transaction.connection.execute(
        pending.insert(), {"kind": "erasure", "subject": "", "first": number, "last": number}
    )
    return entry


def _row(entry: Erasure) -> dict[str, Any]:
    envelope = entry.envelope
    assert envelope is not None
    return {
        "number": entry.number,
        "previous_number": entry.number - 1 or None,
        "action": entry.action.value,
        "subject": entry.subject,
        "basis": entry.basis,
        "content": entry.content,
        "recorded_at": micros(envelope.recorded_at),
        "format": envelope.format,
        "previous": envelope.previous,
        "digest": envelope.digest,
    }
