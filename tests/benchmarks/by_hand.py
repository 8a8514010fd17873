"""The same rules as a program that knows nothing else: written by hand for them, and tuned.

It keeps of each lead exactly what its rules read, looks only at what can open a door of the present stage, and has no
criteria, verdicts or definition. With `Records` it also writes the same records, byte by byte, with the same digest.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from lifecycle.signals import Signal, SignalType

__all__ = ["Move", "Records", "replay_by_hand"]

Move = Callable[["Prospect", str, datetime, str, str], object]
"""Called before a move, with the lead, its name, the instant, the trigger and the target."""

NEVER: Final = datetime.min.replace(tzinfo=UTC)
DAYS_14, DAYS_30, DAYS_60, DAYS_90 = (timedelta(days=days) for days in (14, 30, 60, 90))
FITTING: Final = frozenset({"software", "manufacturing"})
SIGN_UPS: Final = frozenset({"ebook_downloaded", "newsletter_subscribed", "demo_requested"})
QUALIFYING: Final = frozenset(
    {
        *("demo_requested", "webinar_attended", "pricing_page_visited", "case_study_read"),
        *("page_visited", "email_opened", "blog_read", "trial_started"),
    }
)
OPENS: Final[Mapping[str | None, frozenset[str]]] = {
    None: SIGN_UPS,
    "iql": QUALIFYING,
    "recycled": QUALIFYING,
    "mql": frozenset({"meeting_booked", "call_unanswered"}),
    "sal": frozenset({"trial_started", "call_unanswered"}),
    "sql": QUALIFYING | {"quote_requested", "call_unanswered"},
    "sqo": frozenset({"contract_signed", "call_unanswered"}),
    "customer": frozenset(),
}


class Prospect:
    """What the rules need to know of a lead."""

    __slots__ = (
        *("channel", "cycle", "demo", "employees", "engaged", "industry", "quoted", "reads", "role", "sequence"),
        *("signed", "signed_up", "silent", "stage", "talked", "tried", "visits"),
    )

    def __init__(self) -> None:
        self.stage: str | None = None
        self.sequence = 0
        self.cycle = 1
        self.channel: str | None = None
        self.industry: str | None = None
        self.employees: int | None = None
        self.role: str | None = None
        self.engaged: deque[datetime] = deque(maxlen=3)
        self.visits: deque[datetime] = deque(maxlen=10)
        self.reads: deque[datetime] = deque(maxlen=10)
        self.begin_cycle()

    def begin_cycle(self) -> None:
        """Forget what the lead did."""
        self.signed_up = self.talked = self.signed = self.silent = False
        self.demo = self.tried = self.quoted = NEVER
        self.engaged.clear()
        self.visits.clear()
        self.reads.clear()

    def interest(self, at: datetime) -> int:
        """Give the score."""
        recently = at - DAYS_30
        points = 30 if self.is_engaged(at) else 0
        if self.demo > recently:
            points += 40
        if self.tried > at - DAYS_60:
            points += 30
        points += 2 * sum(visit > recently for visit in self.visits)
        lately = at - DAYS_14
        points += sum(read > lately for read in self.reads)
        return min(points, 100)

    def is_engaged(self, at: datetime) -> bool:
        """Say whether the third last of three kinds of activities is recent."""
        return len(self.engaged) == 3 and self.engaged[0] > at - DAYS_30


def replay_by_hand(signals: Iterable[Signal], move: Move | None = None) -> Counter[tuple[str | None, str]]:
    """Live through a log, and count how often leads moved by (source, target)."""
    prospects: dict[str, Prospect] = {}
    moves: Counter[tuple[str | None, str]] = Counter()
    activity, profile = SignalType.ACTIVITY, SignalType.PROFILE
    for signal in signals:
        name, at, kind = signal.lead, signal.at, signal.name
        assert at is not None
        prospect = prospects.get(name)
        if prospect is None:
            prospect = prospects[name] = Prospect()
        if signal.type is activity:
            assert kind is not None
            _do(prospect, kind, at)
            if kind not in OPENS[prospect.stage]:
                continue
        elif signal.type is profile:
            _learn(prospect, signal.data)
        else:
            prospect.channel = prospect.channel or kind
            continue
        while (found := _next(prospect, at)) is not None:
            trigger, target = found
            moves[prospect.stage, target] += 1
            if target == "recycled":
                prospect.cycle += 1
            if move is not None:
                move(prospect, name, at, trigger, target)
            prospect.stage = target
            if target == "recycled":
                prospect.begin_cycle()
    return moves


def _do(prospect: Prospect, kind: str, at: datetime) -> None:
    if kind == "page_visited":
        prospect.visits.append(at)
    elif kind in {"email_opened", "blog_read"}:
        prospect.reads.append(at)
    elif kind in {"pricing_page_visited", "webinar_attended", "case_study_read"}:
        prospect.engaged.append(at)
    elif kind == "demo_requested":
        prospect.demo, prospect.signed_up = at, True
    elif kind == "trial_started":
        prospect.tried = at
    elif kind == "quote_requested":
        prospect.quoted = at
    elif kind == "meeting_booked":
        prospect.talked = True
    elif kind == "contract_signed":
        prospect.signed = True
    elif kind == "call_unanswered":
        prospect.silent = True
    else:
        prospect.signed_up = True


def _learn(prospect: Prospect, data: Mapping[str, Any]) -> None:
    prospect.industry = data.get("industry", prospect.industry)
    prospect.employees = data.get("employees", prospect.employees)
    prospect.role = data.get("role", prospect.role)


def _next(prospect: Prospect, at: datetime) -> tuple[str, str] | None:
    """Give the trigger and the target of the first door that is open."""
    stage = prospect.stage
    if stage is None:
        return ("capture", "iql") if prospect.signed_up else None
    if stage == "iql":
        return ("qualify", "mql") if _qualified(prospect, at) else None
    if stage == "recycled":
        return ("requalify", "mql") if not prospect.silent and _qualified(prospect, at) else None
    if stage == "mql" and prospect.talked and prospect.role != "student":
        return "accept", "sal"
    if stage == "sal" and prospect.tried > at - DAYS_60:
        return "engage", "sql"
    if stage == "sql" and prospect.quoted > at - DAYS_90 and prospect.interest(at) >= 20:
        return "open_opportunity", "sqo"
    if stage == "sqo" and prospect.signed:
        return "win", "customer"
    return ("recycle", "recycled") if prospect.silent and stage != "customer" else None


def _qualified(prospect: Prospect, at: datetime) -> bool:
    return (
        prospect.industry in FITTING
        and prospect.employees is not None
        and 20 <= prospect.employees <= 5000
        and prospect.role != "student"
        and (prospect.demo > at - DAYS_30 or prospect.interest(at) >= 50)
    )


class Records:
    """Writes the content of each record, and digests the whole history: the same bytes as the library's."""

    def __init__(self, definition_hash: str, rules_digest: str) -> None:
        self.fixed: dict[str, Any] = {
            "actor": "system",
            "definition": "benchmark",
            "definition_hash": definition_hash,
            "kind": "automatic",
            "rules_digest": rules_digest,
            "version": "1",
            "waived": [],
        }
        self.lines: list[bytes] = []

    def __call__(self, prospect: Prospect, name: str, at: datetime, trigger: str, target: str) -> None:
        """Write one record."""
        prospect.sequence += 1
        content: dict[str, Any] = {
            **self.fixed,
            "at": at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "atoms": _atoms(prospect, at, trigger),
            "cycle": prospect.cycle,
            "dimensions": {"channel": prospect.channel},
            "reason": "no_answer" if trigger == "recycle" else None,
            "sequence": prospect.sequence,
            "source": prospect.stage or "(new)",
            "target": target,
            "trigger": trigger,
        }
        self.lines.append(f'["{name}"]{json.dumps(content, separators=(",", ":"), sort_keys=True)}'.encode())

    def digest(self) -> str:
        """Give the history digest."""
        hashed = hashlib.sha256(b"lifecycle-history-1\n")
        for line in sorted(self.lines):
            hashed.update(b"%d:" % len(line))
            hashed.update(line)
        return f"sha256:{hashed.hexdigest()}"


def _atoms(prospect: Prospect, at: datetime, trigger: str) -> dict[str, str]:
    """Give the outcome of every atom of a condition that holds."""
    student = "unknown" if prospect.role is None else "unmet"
    if trigger in {"qualify", "requalify"}:
        return {
            **({"went_silent": "unmet"} if trigger == "requalify" else {}),
            "asked_for_demo": "met" if prospect.demo > at - DAYS_30 else "unmet",
            "good_fit": "met",
            "interest >= 50": "met" if prospect.interest(at) >= 50 else "unmet",
            "right_size": "met",
            "student": student,
        }
    if trigger == "accept":
        return {"student": student, "talked": "met"}
    if trigger == "open_opportunity":
        return {"interest >= 20": "met", "quoted": "met"}
    return {{"capture": "signed_up", "engage": "tried", "win": "signed", "recycle": "went_silent"}[trigger]: "met"}
