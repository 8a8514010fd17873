"""Logs to replay, of leads that live in a small definition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from lifecycle import Signal
from lifecycle.errors import Place
from lifecycle.signals import SignalType
from tests.made import arrow, day, made

if TYPE_CHECKING:
    from lifecycle.record import Record
    from lifecycle.store.sql import Store


NOW: Final = day(100)
DEFINITION: Final = made(
    arrow("qualify", "iql", "mql", "demo", automatic=True),
    arrow("accept", "mql", "sal", "likes", by=["sales"], override_by=["boss"]),
    arrow("cool", "mql", "iql", "not demo", automatic=True),
)


def signal(lead: str, at: float | None, name: str, *, identifier: str | None = None) -> Signal:
    """Return an activity at a day."""
    instant = None if at is None else day(at)
    return Signal(lead, instant, SignalType.ACTIVITY, name, {}, identifier, Place("log.jsonl", 1))


def fact(lead: str, at: float | None, type_: SignalType, name: str | None = None, **data: Any) -> Signal:
    """Return a signal of another type."""
    return Signal(lead, None if at is None else day(at), type_, name, data, None, Place("log.jsonl", 2))


def asks(lead: str, at: float | None, **data: Any) -> Signal:
    """Return a request for `accept` by sales."""
    return fact(lead, at, SignalType.REQUEST, "accept", **{"actor": "sales:17", **data})


def life(lead: str) -> list[Signal]:
    """Return signals of a lead that comes, asks for a demo, is accepted by override after a refusal, and answers."""
    return [
        signal(lead, 0, "came"),
        fact(lead, 0, SignalType.CHANNEL, "webinar"),
        fact(lead, None, SignalType.PROFILE, country="AT"),
        signal(lead, 1, "demo"),
        asks(lead, 2, note="please"),
        asks(lead, 3, actor="boss:1", override=True),
        fact(lead, 4, SignalType.ANSWER, likes=True),
    ]


LOG: Final = [*life("1"), *life("2"), signal("3", 2, "came"), signal("4", 9, "click")]


def histories(store: Store) -> dict[str, tuple[Record, ...]]:
    """Return all histories of a store."""
    with store.reading() as reading:
        return {str(one.lead): reading.history(str(one.lead)) for one in list(reading.leads())}


def content(store: Store) -> list[dict[str, Any]]:
    """Return all that a store keeps, details and instants of writing included."""
    with store.reading() as reading:
        records = [attrs.asdict(record) for record in reading.records(with_details=True)]
        return records + [attrs.asdict(refusal) for refusal in reading.refusals(with_details=True)]
