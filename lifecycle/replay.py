"""The courses of many leads, from signals: every lead is lived through from its first fact to an instant.

Replay into a store writes a lead's records whole or not at all. Of a lead that the store knows, the computed history is
compared with the stored one: where the stored one is its beginning, it is completed; otherwise the lead is left alone
and the first difference is reported. Nothing here reads a clock: the instant of writing comes as an argument.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import attrs

from lifecycle.course import Course
from lifecycle.decision import Request
from lifecycle.definition import Definition
from lifecycle.errors import ConcurrentUpdateError, SignalError
from lifecycle.history import HistoryDigest, first_difference
from lifecycle.journey import Journey
from lifecycle.lead import Lead
from lifecycle.record import Record, Refusal, record_of, refusal_of
from lifecycle.signals import Signal, SignalType
from lifecycle.times import BEGINNING, as_utc

if TYPE_CHECKING:
    from lifecycle.store.sql import Store, Transaction

__all__ = ["Difference", "History", "Log", "Replay", "lead_of", "live_through", "replay"]

BATCH: Final = 500
"""Leads written in one transaction: so many that a commit costs little, so few that an interrupt loses little."""

ATTEMPTS: Final = 5
"""How often a batch is tried in which other writers were first."""


@attrs.define
class Log:
    """Signals gathered by lead, in order of position, with the greatest instant among them.

    A repeated identifier of one lead is dropped and counted in `repeated`; the first in order of position stays.
    """

    signals: dict[str, list[Signal]] = attrs.field(factory=dict[str, list[Signal]])
    latest: datetime | None = None
    repeated: int = 0
    _seen: set[tuple[str, str]] = attrs.field(factory=set[tuple[str, str]], repr=False)

    @classmethod
    def of(cls, signals: Iterable[Signal]) -> Log:
        """Gather signals; each lead's stay in the order given.

        Raises:
            NaiveInstantError: a signal's instant has no time zone.
        """
        log = cls()
        for signal in signals:
            log.add(signal)
        return log

    def add(self, signal: Signal) -> None:
        """Add one signal behind the others of its lead.

        Raises:
            NaiveInstantError: the signal's instant has no time zone.
        """
        if signal.identifier is not None:
            if (signal.lead, signal.identifier) in self._seen:
                self.repeated += 1
                return
            self._seen.add((signal.lead, signal.identifier))
        if signal.at is not None:
            at = as_utc(signal.at)
            self.latest = at if self.latest is None else max(self.latest, at)
        self.signals.setdefault(signal.lead, []).append(signal)


@attrs.frozen
class History:
    """What one lead's signals come to: its records and refusals, and the facts themselves."""

    lead: Lead
    records: tuple[Record, ...]
    refusals: tuple[Refusal, ...]
    journey: Journey


@attrs.frozen(kw_only=True)
class Difference:
    """Where a stored history first differs from the computed one."""

    lead: str
    sequence: int
    what: str

    def __str__(self) -> str:
        """Say where, without naming the lead."""
        return f"record {self.sequence}: {self.what}"


@attrs.define(kw_only=True)
class Replay:
    """What a replay did.

    Attributes:
        until: The last instant judged, inclusive; None where there was nothing dated.
        leads: Leads with signals; `entered` of them entered the lifecycle.
        signals: Signals at or before `until`; `later` are those after it.
        clashes: Facts that contradicted another one of the same instant; `repeated` are signals dropped because their
            lead had their identifier before (the readers of files drop, and count, such rows themselves).
        transitions: How many records there are for each (source, target); a source of None is the entry.
        stages: How many leads end in each stage.
        results: How many refusals there are of each result.
        added: Leads whose history was written whole, or by a check would be; `completed` those whose stored beginning
            was continued, `unchanged` those whose stored history says the same already, `differing` those left alone.
        differences: The first difference of each lead left alone.
        history_digest: By which two runs are compared.
    """

    until: datetime | None
    leads: int = 0
    entered: int = 0
    signals: int = 0
    later: int = 0
    clashes: int = 0
    repeated: int = 0
    records: int = 0
    refusals: int = 0
    transitions: Counter[tuple[str | None, str]] = attrs.field(factory=Counter[tuple[str | None, str]])
    stages: Counter[str] = attrs.field(factory=Counter[str])
    results: Counter[str] = attrs.field(factory=Counter[str])
    added: int = 0
    completed: int = 0
    unchanged: int = 0
    differences: list[Difference] = attrs.field(factory=list[Difference])
    history_digest: str = ""

    @property
    def differing(self) -> int:
        """How many leads were left alone because their stored history differs."""
        return len(self.differences)

    def take(self, other: Replay) -> None:
        """Add what another one found in the store."""
        self.added += other.added
        self.completed += other.completed
        self.unchanged += other.unchanged
        self.differences += other.differences

    def count(self, history: History) -> None:
        """Add one lead's history to the counts."""
        self.leads += 1
        self.entered += bool(history.records)
        self.clashes += history.lead.clashes
        self.records += len(history.records)
        self.refusals += len(history.refusals)
        self.transitions.update((record.source, record.target) for record in history.records)
        self.results.update(refusal.result.value for refusal in history.refusals)
        if history.journey.stage is not None:
            self.stages[history.journey.stage] += 1


def lead_of(name: str, signals: Iterable[Signal], *, until: datetime) -> tuple[Lead, list[tuple[datetime, Request]]]:
    """Make a lead of its facts up to an instant, and give what was asked of it, both in order of time.

    Of one instant the order of position stays, and of a repeated identifier the first in order of position.

    Raises:
        SignalError: a request has no instant, or nobody could ask it.
    """
    lead, requests = Lead(name), list[tuple[datetime, Request]]()
    fresh = [signal for signal in signals if lead.is_new(signal.identifier)]
    for signal in sorted(fresh, key=_instant):
        if signal.at is not None and signal.at > until:
            break
        if signal.type is SignalType.REQUEST:
            requests.append(_asked(signal))
        else:
            _add(lead, signal)
    return lead, requests


def live_through(course: Course, name: str, signals: Iterable[Signal], *, until: datetime) -> History:
    """Live one lead's signals through from the beginning to an instant, inclusive.

    Raises:
        SignalError: a request has no instant, or nobody could ask it.
    """
    lead, requests = lead_of(name, signals, until=until)
    definition, journey = course.definition, Journey()
    records, refusals = list[Record](), list[Refusal]()
    for step in course.advance(lead, journey, until, requests=requests):
        journey = step.journey
        if step.decision.granted:
            records.append(record_of(definition, step.decision, name))
        else:
            refusals.append(refusal_of(definition, step.decision, name))
    return History(lead, tuple(records), tuple(refusals), journey)


def replay(
    definition: Definition,
    signals: Iterable[Signal],
    *,
    until: datetime | None = None,
    store: Store | None = None,
    check: bool = False,
    now: datetime | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> Replay:
    """Live through a log, lead by lead, and leave full records and refusals in the store.

    Args:
        definition: The rules.
        signals: What happened, in order of position.
        until: The last instant, inclusive; the greatest instant of the whole input if left out.
        store: Where histories are kept; without one it is a trial, which keeps nothing.
        check: Compare with the store, and write nothing.
        now: The instant of writing; needed with a store that is written.
        progress: Told after each batch how many leads of how many are done.

    Raises:
        NaiveInstantError: `until` has no time zone.
        SignalError: a request has no instant, or nobody could ask it; signals that were read from files all have been
            checked for that.
        ValueError: there is a store to be written and `now` is missing.
        DefinitionConflictError: the store keeps another text under this name and version.
        ConcurrentUpdateError: other writers were first with leads of one batch, again and again.
        StoreError: the store fails; batches written before stay, each lead whole.
    """
    log = Log.of(signals)
    end = as_utc(until) if until is not None else log.latest
    report = Replay(until=end, repeated=log.repeated)
    if end is None:
        report.leads = len(log.signals)
        report.history_digest = str(HistoryDigest())
        return report
    if store is not None and not check:
        if now is None:
            raise ValueError("replay into a store needs now=, the instant of writing")
        store.register(definition, now=now)
    total = len(log.signals)
    digest = HistoryDigest()
    for batch in _batches(_histories(definition, log, end, report)):
        for history in batch:
            digest.add(history.lead.id, history.records)
        if store is not None:
            _compare_and_write(store, batch, report, now=None if check else now)
        if progress is not None:
            progress(report.leads, total)
    report.history_digest = str(digest)
    return report


def _histories(definition: Definition, log: Log, end: datetime, report: Replay) -> Iterator[History]:
    course = Course(definition)
    for name in sorted(log.signals, key=HistoryDigest.place):
        signals = log.signals[name]
        seen = sum(signal.at is None or signal.at <= end for signal in signals)
        report.signals += seen
        report.later += len(signals) - seen
        history = live_through(course, name, signals, until=end)
        report.count(history)
        yield history


def _batches(histories: Iterator[History]) -> Iterator[list[History]]:
    while batch := list(islice(histories, BATCH)):
        yield batch


def _compare_and_write(store: Store, batch: Sequence[History], report: Replay, *, now: datetime | None) -> None:
    """Write what is new of a batch in one transaction; without `now` only compare.

    Where another writer was first with a lead of the batch, the whole batch is compared again with what is there then.
    """
    for _ in range(1, ATTEMPTS):
        with suppress(ConcurrentUpdateError):
            found = _once(store, batch, report.until, now=now)
            break
    else:
        found = _once(store, batch, report.until, now=now)
    report.take(found)


def _once(store: Store, batch: Sequence[History], until: datetime | None, *, now: datetime | None) -> Replay:
    found = Replay(until=until)
    if now is None:
        _check(store, batch, found)
    else:
        _write(store, batch, found, now=now)
    return found


def _check(store: Store, batch: Sequence[History], report: Replay) -> None:
    with store.reading() as reading:
        known = reading.known(history.lead.id for history in batch)
        stored = {name: reading.history(name) for name in known}
    for history in batch:
        _compare(history, stored.get(history.lead.id, ()), report)


def _write(store: Store, batch: Sequence[History], report: Replay, *, now: datetime) -> None:
    with store.writing() as transaction:
        known = transaction.known(history.lead.id for history in batch)
        new = [history for history in batch if history.lead.id not in known and (history.records or history.refusals)]
        transaction.add(((one.lead.id, one.records, one.refusals) for one in new), now=now)
        report.added += sum(bool(history.records) for history in new)
        for history in batch:
            if history.lead.id in known:
                _complete(transaction, history, report, now=now)


def _complete(transaction: Transaction, history: History, report: Replay, *, now: datetime) -> None:
    name = history.lead.id
    stored = transaction.history(name)
    if _compare(history, stored, report):
        rest = history.records[len(stored) :]
        if rest:
            transaction.append(name, rest, expected=len(stored), now=now)
        transaction.keep(name, history.refusals, now=now)


def _compare(history: History, stored: Sequence[Record], report: Replay) -> bool:
    """Say whether the stored history begins the computed one, or goes on beyond the replay's last instant."""
    for old, new in zip(stored, history.records, strict=False):
        what = first_difference(old, new)
        if what is not None:
            report.differences.append(Difference(lead=history.lead.id, sequence=old.sequence, what=what))
            return False
    beyond = stored[len(history.records) :]
    if beyond and report.until is not None and beyond[0].at <= report.until:
        what = f"{beyond[0].trigger} to {beyond[0].target} is stored, and nothing is computed"
        report.differences.append(Difference(lead=history.lead.id, sequence=beyond[0].sequence, what=what))
        return False
    if stored and len(history.records) > len(stored):
        report.completed += 1
    elif stored or not history.records:
        report.unchanged += bool(stored)
    else:
        report.added += 1
    return True


def _instant(signal: Signal) -> datetime:
    return BEGINNING if signal.at is None else signal.at


def _asked(signal: Signal) -> tuple[datetime, Request]:
    if signal.at is None:
        raise SignalError("a request needs an instant", place=signal.place, lead=signal.lead)
    data: Mapping[str, Any] = signal.data
    try:
        request = Request(
            trigger=signal.name or "",
            actor=data.get("actor", ""),
            reason=data.get("reason"),
            note=data.get("note"),
            override=data.get("override", False),
        )
    except ValueError as error:
        raise SignalError(str(error), place=signal.place, lead=signal.lead) from error
    return signal.at, request


def _add(lead: Lead, signal: Signal) -> None:
    if signal.type is SignalType.ACTIVITY:
        lead.activity(signal.name or "", signal.data, at=signal.at)
    elif signal.type is SignalType.CHANNEL:
        lead.channel(signal.name or "", at=signal.at)
    elif signal.type is SignalType.PROFILE:
        lead.profile(signal.data, at=signal.at)
    else:
        lead.answer(signal.data, at=signal.at)
