"""Doing again, after a restore, what the copy does not know of: a copy brings back whom it was made before.

What was done is known from outside: from the lines of `lifecycle export --what erasures`, kept apart from the store, or
from the names of the subjects alone. What the store knows already is passed over, so that doing it twice does no harm.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

import attrs
import sqlalchemy as sa

from lifecycle.erasure import Action, Erasure
from lifecycle.errors import CallerError, HeldError
from lifecycle.narrowing import is_mapping
from lifecycle.store import erasing
from lifecycle.store.schema import erasures, subjects
from lifecycle.store.writing import Transaction
from lifecycle.times import parse_instant

__all__ = ["Again", "Wanted", "again", "read_wanted"]

_SUBJECT: Final = re.compile(r"[0-9a-f]{32}")

Transact = Callable[[Callable[[Transaction], Erasure | None]], Erasure | None]


@attrs.frozen(kw_only=True)
class Wanted:
    """One act that is to be done again.

    Attributes:
        action: What was done.
        subject: The name of the lead; None where it was about all leads.
        basis: Why; None where only the subject is known.
        before: Where details were redacted: those of before this instant.
        digest: The digest of the entry; a store that has it knows of the act.
    """

    action: Action
    subject: str | None
    basis: str | None = None
    before: datetime | None = None
    digest: str | None = None


@attrs.frozen(kw_only=True)
class Again:
    """What came of doing it again.

    Attributes:
        done: The entries that were written.
        known: How many acts there was nothing to do for: the store knows of them, or not of the lead.
        held: The subjects that were not erased, because they are held.
        remains: Where the files of the database may still hold what was deleted, and until when; None where this
            library has left it nowhere.
    """

    done: tuple[Erasure, ...]
    known: int
    held: tuple[str, ...]
    remains: str | None = None


def read_wanted(lines: Iterable[str], *, basis: str | None) -> tuple[Wanted, ...]:
    """Read what is to be done again; empty lines mean nothing.

    Args:
        lines: Each the name of a subject, or a line of `lifecycle export --what erasures`.
        basis: Why, where a line names a subject only.

    Raises:
        CallerError: a line is neither, or a basis is needed.
    """
    return tuple(_wanted(number, line.strip(), basis) for number, line in enumerate(lines, 1) if line.strip())


def _wanted(number: int, line: str, basis: str | None) -> Wanted:
    if _SUBJECT.fullmatch(line):
        if basis is None:
            raise CallerError(f"line {number} names a subject only: say on which basis it is erased")
        return Wanted(action=Action.ERASE, subject=line, basis=basis)
    try:
        return _from_row(json.loads(line))
    except (KeyError, TypeError, ValueError) as error:
        # The line may be somebody's id by mistake, and is not said again.
        raise CallerError(
            f"line {number} is neither the name of a subject (32 hexadecimal digits) nor a line of "
            "`lifecycle export --what erasures`"
        ) from error


def _from_row(row: Any) -> Wanted:
    if not is_mapping(row):
        raise TypeError
    wanted = Wanted(
        action=Action(row["action"]),
        subject=None if row["subject"] is None else str(row["subject"]),
        basis=str(row["basis"]),
        before=None if row["before"] is None else parse_instant(row["before"]),
        digest=str(row["digest"]),
    )
    fits = (wanted.before if wanted.action is Action.REDACT else wanted.subject) is not None
    if not fits:
        raise ValueError
    return wanted


def again(transact: Transact, wanted: Sequence[Wanted], *, actor: str, now: datetime) -> Again:
    """Do acts again in their order, each in a transaction of its own, so that an interrupt loses nothing.

    Args:
        transact: Runs something in a transaction.
        wanted: The acts.
        actor: Who does it now.
        now: The instant of writing.

    Raises:
        ValueError: a basis is no code, or the actor is not `role:id`.
    """
    done = list[Erasure]()
    held = list[str]()
    for one in wanted:
        try:
            entry = transact(partial(_again, one, actor=actor, now=now))
        except HeldError:
            held.append(str(one.subject))
        else:
            done += [entry] if entry is not None else []
    return Again(done=tuple(done), known=len(wanted) - len(done) - len(held), held=tuple(held))


def _again(wanted: Wanted, transaction: Transaction, *, actor: str, now: datetime) -> Erasure | None:
    """Do one act, and give its entry; None where there is nothing to do."""
    if _has(transaction, erasures.c.digest == wanted.digest):
        return None
    how: Mapping[str, Any] = {"basis": wanted.basis, "actor": actor, "now": now}
    if wanted.action is Action.REDACT:
        assert wanted.before is not None
        return erasing.redact(transaction, wanted.before, **how)
    lead = transaction.connection.scalar(sa.select(subjects.c.lead).where(subjects.c.subject == wanted.subject))
    if lead is None:
        return None
    if wanted.action is Action.ERASE:
        return erasing.erase(transaction, lead, **how)
    is_held = wanted.basis in erasing.holds_of(transaction, str(wanted.subject))
    if wanted.action is Action.HOLD:
        return None if is_held else erasing.hold(transaction, lead, **how)
    return erasing.release(transaction, lead, **how) if is_held else None


def _has(transaction: Transaction, which: sa.ColumnElement[bool]) -> bool:
    return transaction.connection.scalar(sa.select(erasures.c.number).where(which)) is not None
