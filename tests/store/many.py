"""A store with leads that differ in everything that can be asked by."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

import attrs

from lifecycle import Lead
from lifecycle.canonical import plain
from lifecycle.course import Course
from lifecycle.decision import Request
from lifecycle.journey import Journey
from lifecycle.loading import read_definition
from lifecycle.record import Record, Refusal, record_of, refusal_of
from tests.made import REGISTRY, arrow, day, made

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from lifecycle.query import Filter
    from lifecycle.store.sql import Store

INTEREST: Final = "[scores.interest.points]\nvisits = { each = 10, up_to = 50 }\nlikes = 20\n"
ARROWS: Final = (
    arrow("qualify", "iql", "mql", "interest >= 20", automatic=True),
    arrow("accept", "mql", "sal", "likes and fits", override_by=["boss"]),
    arrow("recycle", "mql sal", "recycled", reasons=["later"], new_cycle=True),
    arrow("enter", "recycled", "iql", "demo", automatic=True),
)
FIRST: Final = made(*ARROWS, more=INTEREST)
SECOND: Final = made(*ARROWS, arrow("drop", "iql mql", "dropped"), version="2", more=INTEREST)
OTHER: Final = made(*ARROWS, name="other", more=INTEREST)
CONFUSING: Final = read_definition(
    FIRST.text.replace('name = "made"', 'name = "confusing"').replace('["channel", "country"]', '["kind", "likes"]'),
    plugins=REGISTRY,
)
"""Its dimensions are called like what a content says of itself."""

ACCEPT: Final = Request(trigger="accept", actor="sales:1", note="hm")
OVERRIDE: Final = Request(trigger="accept", actor="boss:1", override=True)
RECYCLE: Final = Request(trigger="recycle", actor="sales:2", reason="later")
UNHEARD_OF: Final = Request(trigger="sing", actor="sales:2")
WITHOUT_REASON: Final = Request(trigger="recycle", actor="sales:1")

Asked = tuple[float, Request]


@attrs.frozen
class Life:
    """What a lead lives through: visits a day, then requests."""

    name: str
    definition: Any
    begins: float
    visits: int
    asked: tuple[Asked, ...] = ()
    likes: float | None = None
    profile: Mapping[str, str] = attrs.field(factory=dict[str, str])


SOFTWARE: Final = {"industry": "software"}

LIVES: Final = (
    Life("ann", FIRST, 0, 2, ((3, ACCEPT), (4, OVERRIDE), (9, RECYCLE))),
    Life("bob", FIRST, 0, 4, ((3, ACCEPT), (6, ACCEPT), (7, UNHEARD_OF))),
    Life("cid", FIRST, 1, 3, ((2, ACCEPT), (3, ACCEPT)), likes=1.5),
    Life("dee", SECOND, 2, 3, ((5, WITHOUT_REASON), (6, ACCEPT)), likes=4, profile=SOFTWARE),
    Life("eve", OTHER, 2, 5, ((8, ACCEPT), (8, RECYCLE))),
    Life("fay", SECOND, 20, 0, ((19, ACCEPT),)),
)


def lived(life: Life) -> tuple[list[Record], list[Refusal]]:
    """Return the records and the refusals of a life."""
    lead = Lead(life.name).activity("came", at=day(life.begins)).channel(life.name, at=day(0)).profile(life.profile)
    for number in range(life.visits):
        lead.activity("visit", at=day(life.begins + 0.1 * number))
    if life.likes is not None:
        lead.answer(likes=True, at=day(life.likes))
    requests: Sequence[tuple[datetime, Request]] = [(day(at), request) for at, request in life.asked]
    decisions = [one.decision for one in Course(life.definition).advance(lead, Journey(), day(30), requests=requests)]
    records = [record_of(life.definition, decision, life.name) for decision in decisions if decision.granted]
    return records, [refusal_of(life.definition, decision, life.name) for decision in decisions if not decision.granted]


def keep(store: Store, *lives: Life, now: float = 100) -> None:
    """Write lives into a store, each lead in a transaction of its own."""
    for definition in {life.definition.hash: life.definition for life in lives}.values():
        store.register(definition, now=day(now))
    for life in lives:
        records, refusals = lived(life)
        with store.writing() as transaction:
            transaction.append(life.name, records, expected=0, now=day(now))
        with store.writing() as transaction:
            transaction.keep(life.name, refusals, now=day(now))


# --- The plain account of what is asked for --------------------------------------------------------------------------


def place(entry: Record | Refusal) -> tuple[datetime, str, int]:
    """Return where an entry stands in the order of time."""
    assert entry.envelope is not None
    number = entry.sequence if isinstance(entry, Record) else entry.number
    return entry.at, entry.envelope.subject, number or 0


def admitted(where: Filter, entry: Record | Refusal) -> bool:
    """Say, one question after the other, whether an entry is what a filter asks for."""
    assert entry.envelope is not None
    source = entry.source if isinstance(entry, Record) else entry.stage
    same = {
        "lead": entry.lead,
        "subject": entry.envelope.subject,
        "source": source or "(new)",
        "target": getattr(entry, "target", None),
        "trigger": entry.trigger,
        "actor": entry.actor,
        "kind": entry.kind,
        "definition": entry.definition,
        "version": entry.version,
        "result": getattr(entry, "result", None),
    }
    if any(getattr(where, name) not in {None, value} for name, value in same.items()):
        return False
    if where.atom is not None and where.atom not in entry.atoms:
        return False
    if where.outcome is not None and entry.atoms[str(where.atom)] is not where.outcome:
        return False
    if where.blocker is not None and where.blocker not in getattr(entry, "blockers", ()):
        return False
    if where.position is not None and not 1 <= (entry.envelope.position or 10**9) <= where.position:
        return False
    return (where.since is None or where.since <= entry.at) and (where.until is None or entry.at < where.until)


def values(entries: Iterable[Record | Refusal], name: str) -> list[Any]:
    """Return every value that a field of entries has, once and in order."""
    found = sorted((getattr(entry, name) for entry in entries), key=lambda value: str(plain(value)))
    return [value for value, _ in groupby(found)]
