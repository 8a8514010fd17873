"""Logs made from a seed: the same signals on every machine and in every year."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

import attrs

from lifecycle.errors import Place
from lifecycle.signals import Signal, SignalType

__all__ = ["DENSE", "SPARSE", "Shape", "long_lead", "make_log"]

START: Final = datetime(2026, 1, 1, tzinfo=UTC)
SPAN: Final = timedelta(days=360)
"""Every log covers the same time, so that a larger one has more leads and not busier ones."""

SEED: Final = 20_260_101
PROPERTIES: Final[Mapping[str, Mapping[str, Any]]] = {"page_visited": {"seconds": 40}, "blog_read": {"seconds": 90}}
NOTHING: Final[Mapping[str, Any]] = {}

Said = tuple[SignalType, str | None, Mapping[str, Any]]
"""The type, the name and the data of a signal."""


@attrs.frozen(kw_only=True, eq=False)
class Shape:
    """What a log is like: how many signals a lead has on average, and how often it does what (per thousand)."""

    name: str
    signals_per_lead: int
    activities: Mapping[str, int]


SPARSE: Final = Shape(
    name="sparse",
    signals_per_lead=30,
    activities={
        "page_visited": 470,
        "email_opened": 280,
        "blog_read": 150,
        "newsletter_subscribed": 12,
        "ebook_downloaded": 8,
        "pricing_page_visited": 26,
        "webinar_attended": 14,
        "case_study_read": 10,
        "demo_requested": 6,
        "trial_started": 8,
        "meeting_booked": 6,
        "quote_requested": 5,
        "contract_signed": 3,
        "call_unanswered": 2,
    },
)
"""About 20 records per 1,000 signals: leads that mostly read."""

DENSE: Final = Shape(
    name="dense",
    signals_per_lead=12,
    activities={
        "page_visited": 130,
        "email_opened": 90,
        "blog_read": 60,
        "newsletter_subscribed": 50,
        "ebook_downloaded": 50,
        "pricing_page_visited": 50,
        "webinar_attended": 40,
        "case_study_read": 40,
        "demo_requested": 130,
        "trial_started": 90,
        "meeting_booked": 90,
        "quote_requested": 60,
        "contract_signed": 50,
        "call_unanswered": 70,
    },
)
"""About 150 records per 1,000 signals: leads that move."""


def make_log(shape: Shape, size: int, *, seed: int = SEED) -> list[Signal]:
    """Make a log of so many signals, in order of time; no two of them share an instant."""
    random = Random(seed)
    leads = max(1, size // shape.signals_per_lead)
    kinds, weights = list(shape.activities), list(shape.activities.values())
    chosen = random.choices(kinds, weights, k=size)
    step = SPAN / size
    seen = [0] * leads
    signals: list[Signal] = []
    for position in range(size):
        number = int(leads * random.random() ** 1.5)  # some leads are busier than others
        seen[number] += 1
        said = _said(random, seen[number], chosen[position])
        signals.append(_signal(f"L{number:07}", START + position * step, said, position))
    return signals


def long_lead(size: int) -> list[Signal]:
    """Make the log of one lead that comes every quarter of an hour, is judged each time, and moves at its very end."""
    usual: Said = (SignalType.ACTIVITY, "page_visited", PROPERTIES["page_visited"])
    turns: dict[int, Said] = {
        0: (SignalType.ACTIVITY, "newsletter_subscribed", NOTHING),
        1: (SignalType.PROFILE, None, {"industry": "software", "employees": 200}),
        size - 1: (SignalType.ACTIVITY, "demo_requested", NOTHING),
    }
    step = timedelta(minutes=15)
    return [_signal("L0000000", START + turn * step, turns.get(turn, usual), turn) for turn in range(size)]


def _said(random: Random, turn: int, kind: str) -> Said:
    if turn == 1:
        return SignalType.CHANNEL, random.choice(["webinar", "paid_search", "referral", "product"]), NOTHING
    if turn == 2 or random.random() < 0.02:  # one signal in fifty corrects the profile
        return SignalType.PROFILE, None, _profile(random)
    return SignalType.ACTIVITY, kind, PROPERTIES.get(kind, NOTHING)


def _profile(random: Random) -> Mapping[str, Any]:
    found: dict[str, Any] = {"industry": random.choice(["software", "manufacturing", "software", "retail"])}
    if random.random() < 0.9:  # of one lead in ten the size is not known
        found["employees"] = random.choice([8, 45, 200, 900, 3_000])
    if random.random() < 0.5:  # of half of them the role
        found["role"] = random.choice(["manager", "engineer", "buyer", "student"])
    return found


def _signal(lead: str, at: datetime, said: Said, position: int) -> Signal:
    type_, name, data = said
    place = Place("generated", position + 1)
    return Signal(lead=lead, at=at, type=type_, name=name, data=data, identifier=None, place=place)
